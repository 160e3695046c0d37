// NtSetSystemInformation.
#include "exp.h"

typedef NTSTATUS EXP_SET_ROUTINE(const VOID USER *Buffer, ULONG Length);

// What is kept for the next of its kind is the standby list here: address spaces of ended processes.
static NTSTATUS ExpSetMemoryList(const VOID USER *Buffer, ULONG Length)
{
    ULONG Command;
    if (Length != sizeof(Command))
        return STATUS_INFO_LENGTH_MISMATCH;
    NTSTATUS Status = MmCopyFromUser(&Command, Buffer, sizeof(Command));
    if (!NT_SUCCESS(Status))
        return Status;
    if (!SeSinglePrivilegeCheck(RtlConvertUlongToLuid(SE_PROF_SINGLE_PROCESS_PRIVILEGE), UserMode))
        return STATUS_PRIVILEGE_NOT_HELD;
    if (Command >= MemoryCommandMax)
        return STATUS_INVALID_PARAMETER;
    if (Command != MemoryPurgeStandbyList && Command != MemoryPurgeLowPriorityStandbyList)
        return STATUS_NOT_SUPPORTED;
    MmPurgeCaches();
    return STATUS_SUCCESS;
}

NTSTATUS NtSetSystemInformation(ULONG SystemInformationClass, const VOID USER *SystemInformation,
                                ULONG SystemInformationLength)
{
    static EXP_SET_ROUTINE *const Routines[MaxSystemInfoClass] = {
        [SystemMemoryListInformation] = ExpSetMemoryList,
    };
    if (SystemInformationClass >= MaxSystemInfoClass || !Routines[SystemInformationClass])
        return STATUS_INVALID_INFO_CLASS;
    return Routines[SystemInformationClass](SystemInformation, SystemInformationLength);
}
