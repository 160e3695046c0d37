// Push locks: a word that many readers or one writer hold. ntdll's slim locks have the same form.

#include "../ntos.h"

VOID NTAPI RtlAcquireSRWLockShared(PRTL_SRWLOCK Lock);
VOID NTAPI RtlReleaseSRWLockShared(PRTL_SRWLOCK Lock);
BOOLEAN NTAPI RtlTryAcquireSRWLockShared(PRTL_SRWLOCK Lock);

static_assert(sizeof(RTL_SRWLOCK) == sizeof(EX_PUSH_LOCK));

static PRTL_SRWLOCK ExpPushLock(PEX_PUSH_LOCK PushLock)
{
    return (PRTL_SRWLOCK)PushLock;
}

#undef ExInitializePushLock
VOID NTAPI ExInitializePushLock(PEX_PUSH_LOCK PushLock)
{
    *PushLock = 0;
}

VOID NTAPI ExAcquirePushLockExclusiveEx(PEX_PUSH_LOCK PushLock, ULONG Flags)
{
    UNREFERENCED_PARAMETER(Flags);
    RtlAcquireSRWLockExclusive(ExpPushLock(PushLock));
}

VOID NTAPI ExAcquirePushLockSharedEx(PEX_PUSH_LOCK PushLock, ULONG Flags)
{
    UNREFERENCED_PARAMETER(Flags);
    RtlAcquireSRWLockShared(ExpPushLock(PushLock));
}

BOOLEAN NTAPI ExTryAcquirePushLockExclusiveEx(PEX_PUSH_LOCK PushLock, ULONG Flags)
{
    UNREFERENCED_PARAMETER(Flags);
    return RtlTryAcquireSRWLockExclusive(ExpPushLock(PushLock));
}

BOOLEAN NTAPI ExTryAcquirePushLockSharedEx(PEX_PUSH_LOCK PushLock, ULONG Flags)
{
    UNREFERENCED_PARAMETER(Flags);
    return RtlTryAcquireSRWLockShared(ExpPushLock(PushLock));
}

VOID NTAPI ExReleasePushLockExclusiveEx(PEX_PUSH_LOCK PushLock, ULONG Flags)
{
    UNREFERENCED_PARAMETER(Flags);
    RtlReleaseSRWLockExclusive(ExpPushLock(PushLock));
}

VOID NTAPI ExReleasePushLockSharedEx(PEX_PUSH_LOCK PushLock, ULONG Flags)
{
    UNREFERENCED_PARAMETER(Flags);
    RtlReleaseSRWLockShared(ExpPushLock(PushLock));
}

// In whichever way it is held: bit 0 of the word says exclusively.
VOID NTAPI ExReleasePushLockEx(PEX_PUSH_LOCK PushLock, ULONG Flags)
{
    if (*(volatile EX_PUSH_LOCK *)PushLock & 1)
        ExReleasePushLockExclusiveEx(PushLock, Flags);
    else
        ExReleasePushLockSharedEx(PushLock, Flags);
}
