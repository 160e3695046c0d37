// The function tables (.pdata) of all modules, for the unwinder.
//
// An exception may be dispatched at any time, also while its thread or another one holds the loader
// lock. So the unwinder reads an immutable table that is replaced as a whole. The table before the
// current one is kept for readers that were just at it; one that is older is freed.

#include "ldrp.h"
#include "../../rtl/amd64/unwind.h"

typedef struct _LDRP_FUNCTION_RANGE {
    ULONG_PTR Base;
    ULONG Size, Count;
    PRUNTIME_FUNCTION Table;
} LDRP_FUNCTION_RANGE, *PLDRP_FUNCTION_RANGE;

typedef struct _LDRP_FUNCTION_TABLES {
    ULONG Count;
    LDRP_FUNCTION_RANGE Ranges[]; // by base
} LDRP_FUNCTION_TABLES, *PLDRP_FUNCTION_TABLES;

static PLDRP_FUNCTION_TABLES LdrpTables, LdrpOldTables;

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

static VOID LdrpInsertRange(PLDRP_FUNCTION_TABLES Tables, const LDRP_FUNCTION_RANGE *Range)
{
    ULONG i = Tables->Count++;
    for (; i && Tables->Ranges[i - 1].Base > Range->Base; i--)
        Tables->Ranges[i] = Tables->Ranges[i - 1];
    Tables->Ranges[i] = *Range;
}

NTSTATUS LdrpPublishFunctionTables(void)
{
    ULONG Count = 0;
    PLIST_ENTRY Head = &LdrpData.InLoadOrderModuleList;
    for (PLIST_ENTRY Link = Head->Flink; Link != Head; Link = Link->Flink)
        Count++;
    PLDRP_FUNCTION_TABLES Tables =
        LdrpAllocate(sizeof(*Tables) + Count * sizeof(Tables->Ranges[0]));
    if (!Tables)
        return STATUS_NO_MEMORY;

    for (PLIST_ENTRY Link = Head->Flink; Link != Head; Link = Link->Flink) {
        PLDR_DATA_TABLE_ENTRY Entry =
            CONTAINING_RECORD(Link, LDR_DATA_TABLE_ENTRY, InLoadOrderLinks);
        ULONG Size = 0;
        PVOID Table = RtlImageDirectoryEntryToData(Entry->DllBase, TRUE,
                                                   IMAGE_DIRECTORY_ENTRY_EXCEPTION, &Size);
        LDRP_FUNCTION_RANGE Range = {
            .Base = (ULONG_PTR)Entry->DllBase,
            .Size = Entry->SizeOfImage,
            .Count = Table ? Size / (ULONG)sizeof(RUNTIME_FUNCTION) : 0,
            .Table = Table,
        };
        LdrpInsertRange(Tables, &Range);
    }
    PLDRP_FUNCTION_TABLES Oldest = LdrpOldTables;
    LdrpOldTables = LdrpTables;
    __atomic_store_n(&LdrpTables, Tables, __ATOMIC_RELEASE);
    LdrpFree(Oldest);
    return STATUS_SUCCESS;
}

static const LDRP_FUNCTION_RANGE *LdrpFindRange(DWORD64 Pc)
{
    PLDRP_FUNCTION_TABLES Tables = __atomic_load_n(&LdrpTables, __ATOMIC_ACQUIRE);
    ULONG Low = 0, High = Tables ? Tables->Count : 0;
    while (Low < High) {
        ULONG Middle = Low + (High - Low) / 2;
        const LDRP_FUNCTION_RANGE *Range = &Tables->Ranges[Middle];
        if (Pc < Range->Base)
            High = Middle;
        else if (Pc - Range->Base >= Range->Size)
            Low = Middle + 1;
        else
            return Range;
    }
    return nullptr;
}

static PRUNTIME_FUNCTION LdrpFindDynamicFunction(DWORD64 Pc, PDWORD64 ImageBase)
{
    PRUNTIME_FUNCTION Found = nullptr;
    RtlAcquireSRWLockShared(&LdrpDynamicLock);
    for (PSINGLE_LIST_ENTRY Link = LdrpDynamicTables.Next; Link && !Found; Link = Link->Next) {
        PLDRP_DYNAMIC_TABLE Table = CONTAINING_RECORD(Link, LDRP_DYNAMIC_TABLE, Link);
        if (Table->Callback) {
            if (Pc - Table->Base < Table->Length)
                Found = Table->Callback(Pc, Table->Context);
        } else if (Pc >= Table->Base && Pc - Table->Base <= MAXULONG) {
            // Tables of RtlAddFunctionTable need not be sorted.
            for (ULONG i = 0; i < Table->Count && !Found; i++) {
                PRUNTIME_FUNCTION Entry = &Table->Table[i];
                if (Pc - Table->Base - Entry->BeginAddress <
                    Entry->EndAddress - Entry->BeginAddress)
                    Found = Entry;
            }
        }
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
    const LDRP_FUNCTION_RANGE *Range = LdrpFindRange(ControlPc);
    if (Range) {
        *ImageBase = Range->Base;
        return RtlpSearchFunctionTable(Range->Table, Range->Count, Range->Base,
                                       (ULONG)(ControlPc - Range->Base));
    }
    *ImageBase = 0;
    return LdrpDynamicTables.Next ? LdrpFindDynamicFunction(ControlPc, ImageBase) : nullptr;
}

PVOID NTAPI RtlPcToFileHeader(PVOID PcValue, PVOID *BaseOfImage)
{
    const LDRP_FUNCTION_RANGE *Range = LdrpFindRange((DWORD64)PcValue);
    *BaseOfImage = Range ? (PVOID)Range->Base : nullptr;
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
        if (Table->Table == FunctionTable || Table->TableIdentifier == (DWORD64)FunctionTable) {
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
