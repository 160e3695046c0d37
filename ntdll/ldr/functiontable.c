// The function tables (.pdata) of all modules, for the unwinder.
//
// An exception may be dispatched at any time, also while its thread or another one holds the loader
// lock or the heap's. So the tables have a lock of their own, which is held only while memory that is
// there is read or moved.

#include "ldrp.h"
#include "../../rtl/amd64/unwind.h"

typedef struct _LDRP_FUNCTION_RANGE {
    ULONG_PTR Base;
    ULONG Size, Count;
    PRUNTIME_FUNCTION Table;
} LDRP_FUNCTION_RANGE, *PLDRP_FUNCTION_RANGE;

static RTL_SRWLOCK LdrpRangeLock;
static PLDRP_FUNCTION_RANGE LdrpRanges; // by base
static ULONG LdrpRangeCount, LdrpRangeCapacity;

// Functions that a program made at run time.
typedef struct _LDRP_DYNAMIC_TABLE {
    SINGLE_LIST_ENTRY Link;
    PRUNTIME_FUNCTION Table;
    ULONG Count;
    DWORD64 Base;
    PGET_RUNTIME_FUNCTION_CALLBACK Callback;
    DWORD64 TableIdentifier;
    ULONG Length;
    PVOID Context;
} LDRP_DYNAMIC_TABLE, *PLDRP_DYNAMIC_TABLE;

static SINGLE_LIST_ENTRY LdrpDynamicTables;
static RTL_SRWLOCK LdrpDynamicLock;

// Changes are made under the loader lock: only readers are kept out here.
static NTSTATUS LdrpGrowRanges(void)
{
    ULONG Capacity = LdrpRangeCapacity ? 2 * LdrpRangeCapacity : 16;
    PLDRP_FUNCTION_RANGE Larger = LdrpAllocate(Capacity * sizeof(*Larger));
    if (!Larger)
        return STATUS_NO_MEMORY;
    PLDRP_FUNCTION_RANGE Old = LdrpRanges;
    if (Old)
        memcpy(Larger, Old, LdrpRangeCount * sizeof(*Larger));
    RtlAcquireSRWLockExclusive(&LdrpRangeLock);
    LdrpRanges = Larger;
    RtlReleaseSRWLockExclusive(&LdrpRangeLock);
    LdrpRangeCapacity = Capacity;
    LdrpFree(Old);
    return STATUS_SUCCESS;
}

NTSTATUS LdrpAddFunctionTable(PLDRP_MODULE Module)
{
    if (LdrpRangeCount == LdrpRangeCapacity) {
        NTSTATUS Status = LdrpGrowRanges();
        if (!NT_SUCCESS(Status))
            return Status;
    }
    ULONG Size = 0;
    PVOID Table = RtlImageDirectoryEntryToData(Module->Entry.DllBase, TRUE,
                                               IMAGE_DIRECTORY_ENTRY_EXCEPTION, &Size);
    LDRP_FUNCTION_RANGE Range = {
        .Base = (ULONG_PTR)Module->Entry.DllBase,
        .Size = Module->Entry.SizeOfImage,
        .Count = Table ? Size / (ULONG)sizeof(RUNTIME_FUNCTION) : 0,
        .Table = Table,
    };
    RtlAcquireSRWLockExclusive(&LdrpRangeLock);
    ULONG i = LdrpRangeCount++;
    for (; i && LdrpRanges[i - 1].Base > Range.Base; i--)
        LdrpRanges[i] = LdrpRanges[i - 1];
    LdrpRanges[i] = Range;
    RtlReleaseSRWLockExclusive(&LdrpRangeLock);
    return STATUS_SUCCESS;
}

VOID LdrpRemoveFunctionTable(PLDRP_MODULE Module)
{
    RtlAcquireSRWLockExclusive(&LdrpRangeLock);
    ULONG i = 0;
    while (i < LdrpRangeCount && LdrpRanges[i].Base != (ULONG_PTR)Module->Entry.DllBase)
        i++;
    if (i < LdrpRangeCount) {
        LdrpRangeCount--;
        memmove(&LdrpRanges[i], &LdrpRanges[i + 1], (LdrpRangeCount - i) * sizeof(LdrpRanges[0]));
    }
    RtlReleaseSRWLockExclusive(&LdrpRangeLock);
}

static BOOLEAN LdrpFindRange(DWORD64 Pc, PLDRP_FUNCTION_RANGE Found)
{
    BOOLEAN IsFound = FALSE;
    RtlAcquireSRWLockShared(&LdrpRangeLock);
    ULONG Low = 0, High = LdrpRangeCount;
    while (Low < High && !IsFound) {
        ULONG Middle = Low + (High - Low) / 2;
        PLDRP_FUNCTION_RANGE Range = &LdrpRanges[Middle];
        if (Pc < Range->Base) {
            High = Middle;
        } else if (Pc - Range->Base >= Range->Size) {
            Low = Middle + 1;
        } else {
            *Found = *Range;
            IsFound = TRUE;
        }
    }
    RtlReleaseSRWLockShared(&LdrpRangeLock);
    return IsFound;
}

static PRUNTIME_FUNCTION LdrpSearchDynamicTable(const LDRP_DYNAMIC_TABLE *Table, DWORD64 Pc)
{
    if (Table->Callback)
        return Pc - Table->Base < Table->Length ? Table->Callback(Pc, Table->Context) : nullptr;
    DWORD64 Rva = Pc - Table->Base;
    for (ULONG i = 0; i < Table->Count; i++) { // it need not be sorted
        PRUNTIME_FUNCTION Entry = &Table->Table[i];
        if (Rva >= Entry->BeginAddress && Rva < Entry->EndAddress)
            return Entry;
    }
    return nullptr;
}

static PRUNTIME_FUNCTION LdrpFindDynamicFunction(DWORD64 Pc, PDWORD64 ImageBase)
{
    PRUNTIME_FUNCTION Found = nullptr;
    RtlAcquireSRWLockShared(&LdrpDynamicLock);
    for (PSINGLE_LIST_ENTRY Link = LdrpDynamicTables.Next; Link && !Found; Link = Link->Next) {
        PLDRP_DYNAMIC_TABLE Table = CONTAINING_RECORD(Link, LDRP_DYNAMIC_TABLE, Link);
        Found = LdrpSearchDynamicTable(Table, Pc);
        if (Found)
            *ImageBase = Table->Base;
    }
    RtlReleaseSRWLockShared(&LdrpDynamicLock);
    return Found;
}

PRUNTIME_FUNCTION NTAPI RtlLookupFunctionEntry(DWORD64 ControlPc, PDWORD64 ImageBase,
                                               PUNWIND_HISTORY_TABLE HistoryTable)
{
    UNREFERENCED_PARAMETER(HistoryTable);
    LDRP_FUNCTION_RANGE Range;
    if (LdrpFindRange(ControlPc, &Range)) {
        *ImageBase = Range.Base;
        return RtlpSearchFunctionTable(Range.Table, Range.Count, Range.Base,
                                       (ULONG)(ControlPc - Range.Base));
    }
    *ImageBase = 0;
    return LdrpDynamicTables.Next ? LdrpFindDynamicFunction(ControlPc, ImageBase) : nullptr;
}

PVOID NTAPI RtlPcToFileHeader(PVOID PcValue, PVOID *BaseOfImage)
{
    LDRP_FUNCTION_RANGE Range;
    *BaseOfImage = LdrpFindRange((DWORD64)PcValue, &Range) ? (PVOID)Range.Base : nullptr;
    return *BaseOfImage;
}

static BOOLEAN LdrpAddDynamicTable(const LDRP_DYNAMIC_TABLE *Description)
{
    PLDRP_DYNAMIC_TABLE Table = LdrpAllocate(sizeof(*Table));
    if (!Table)
        return FALSE;
    *Table = *Description;
    RtlAcquireSRWLockExclusive(&LdrpDynamicLock);
    PushEntryList(&LdrpDynamicTables, &Table->Link);
    RtlReleaseSRWLockExclusive(&LdrpDynamicLock);
    return TRUE;
}

BOOLEAN NTAPI RtlAddFunctionTable(PRUNTIME_FUNCTION FunctionTable, DWORD EntryCount,
                                  DWORD64 BaseAddress)
{
    return LdrpAddDynamicTable(&(LDRP_DYNAMIC_TABLE){
        .Table = FunctionTable,
        .Count = EntryCount,
        .Base = BaseAddress,
    });
}

BOOLEAN NTAPI RtlInstallFunctionTableCallback(DWORD64 TableIdentifier, DWORD64 BaseAddress,
                                              DWORD Length, PGET_RUNTIME_FUNCTION_CALLBACK Callback,
                                              PVOID Context, PCWSTR OutOfProcessCallbackDll)
{
    UNREFERENCED_PARAMETER(OutOfProcessCallbackDll); // for debuggers
    if ((TableIdentifier & 3) != 3)
        return FALSE;
    return LdrpAddDynamicTable(&(LDRP_DYNAMIC_TABLE){
        .Base = BaseAddress,
        .Callback = Callback,
        .TableIdentifier = TableIdentifier,
        .Length = Length,
        .Context = Context,
    });
}

// FunctionTable: the table of RtlAddFunctionTable, or the identifier of a callback.
BOOLEAN NTAPI RtlDeleteFunctionTable(PRUNTIME_FUNCTION FunctionTable)
{
    PLDRP_DYNAMIC_TABLE Found = nullptr;
    RtlAcquireSRWLockExclusive(&LdrpDynamicLock);
    for (PSINGLE_LIST_ENTRY Previous = &LdrpDynamicTables; Previous->Next && !Found;) {
        PLDRP_DYNAMIC_TABLE Table = CONTAINING_RECORD(Previous->Next, LDRP_DYNAMIC_TABLE, Link);
        BOOLEAN IsIt = Table->Callback ? Table->TableIdentifier == (DWORD64)FunctionTable
                                       : Table->Table == FunctionTable;
        if (IsIt) {
            Found = Table;
            Previous->Next = Table->Link.Next;
        } else {
            Previous = Previous->Next;
        }
    }
    RtlReleaseSRWLockExclusive(&LdrpDynamicLock);
    LdrpFree(Found);
    return Found != nullptr;
}
