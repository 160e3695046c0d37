// What modules there are, in the form of the system information class.

#include "ldrp.h"

static VOID LdrpDescribeModule(PLDRP_MODULE Module, USHORT Index,
                               PRTL_PROCESS_MODULE_INFORMATION Information)
{
    *Information = (RTL_PROCESS_MODULE_INFORMATION){
        .ImageBase = Module->Entry.DllBase,
        .ImageSize = Module->Entry.SizeOfImage,
        .Flags = Module->Entry.Flags,
        .LoadOrderIndex = Index,
        .LoadCount =
            Module->Node.LoadCount < MAXUSHORT ? (USHORT)Module->Node.LoadCount : MAXUSHORT,
    };
    ULONG Bytes = 0;
    RtlUnicodeToMultiByteN((PCHAR)Information->FullPathName, sizeof(Information->FullPathName) - 1,
                           &Bytes, Module->Entry.FullDllName.Buffer,
                           Module->Entry.FullDllName.Length);
    for (ULONG i = 0; i < Bytes; i++) {
        if (Information->FullPathName[i] == '\\')
            Information->OffsetToFileName = (USHORT)(i + 1);
    }
}

// RTL_PROCESS_MODULES. STATUS_INFO_LENGTH_MISMATCH when not all fit; the size is returned in any case.
NTSTATUS NTAPI LdrQueryProcessModuleInformation(PVOID ModuleInformation, ULONG Size,
                                                PULONG ReturnedSize)
{
    PRTL_PROCESS_MODULES Modules = ModuleInformation;
    ULONG Needed = FIELD_OFFSET(RTL_PROCESS_MODULES, Modules), Count = 0;
    BOOLEAN Room = Size >= Needed;
    RtlEnterCriticalSection(&LdrpLock);
    PLIST_ENTRY Head = &LdrpData.InLoadOrderModuleList;
    for (PLIST_ENTRY Link = Head->Flink; Link != Head; Link = Link->Flink) {
        Needed += (ULONG)sizeof(Modules->Modules[0]);
        if (Needed > Size)
            continue;
        PLDRP_MODULE Module =
            LdrpModuleOf(CONTAINING_RECORD(Link, LDR_DATA_TABLE_ENTRY, InLoadOrderLinks));
        LdrpDescribeModule(Module, (USHORT)Count, &Modules->Modules[Count]);
        Count++;
    }
    RtlLeaveCriticalSection(&LdrpLock);
    if (Room)
        Modules->NumberOfModules = Count;
    if (ReturnedSize)
        *ReturnedSize = Needed;
    return Needed <= Size ? STATUS_SUCCESS : STATUS_INFO_LENGTH_MISMATCH;
}
