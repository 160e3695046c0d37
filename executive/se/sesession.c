// Logon sessions: what the tokens of one logon share.
#include "sep.h"

static LIST_ENTRY SepSessions = {&SepSessions, &SepSessions};

static PSEP_LOGON_SESSION SepFindSession(LUID LogonId)
{
    for (PLIST_ENTRY Link = SepSessions.Flink; Link != &SepSessions; Link = Link->Flink) {
        PSEP_LOGON_SESSION Session = CONTAINING_RECORD(Link, SEP_LOGON_SESSION, Links);
        if (RtlEqualLuid(&Session->LogonId, &LogonId))
            return Session;
    }
    return nullptr;
}

NTSTATUS SepReferenceLogonSession(LUID LogonId, BOOLEAN Create, PSEP_LOGON_SESSION *Result)
{
    PSEP_LOGON_SESSION Session = SepFindSession(LogonId);
    if (!Session) {
        if (!Create)
            return STATUS_NO_SUCH_LOGON_SESSION;
        Session = ExAllocatePoolZero(PagedPool, sizeof(*Session), SE_TAG_SESSION);
        if (!Session)
            return STATUS_INSUFFICIENT_RESOURCES;
        Session->LogonId = LogonId;
        InsertTailList(&SepSessions, &Session->Links);
    }
    Session->References++;
    *Result = Session;
    return STATUS_SUCCESS;
}

VOID SepDereferenceLogonSession(PSEP_LOGON_SESSION Session)
{
    if (--Session->References)
        return;
    RemoveEntryList(&Session->Links);
    if (Session->DeviceMap)
        ObDereferenceDeviceMap(Session->DeviceMap);
    ExFreePoolWithTag(Session, SE_TAG_SESSION);
}

LUID SeTokenAuthenticationId(PTOKEN Token)
{
    return Token->Session->LogonId;
}

PVOID *SeTokenDeviceMap(PTOKEN Token)
{
    return &Token->Session->DeviceMap;
}
