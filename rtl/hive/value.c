// Values: a list of cells per key, data in the cell (up to 4 bytes), in a cell of its own, or in
// segments ("big data").
#include "hivep.h"

#define VALUE_LIST_STEP 4

static ULONG DataLength(const VALUE_CELL *Value)
{
    return Value->DataLength & ~(ULONG)VALUE_INLINE;
}

// hivex puts large data into one cell, whatever the version says: the cell's size tells.
BOOLEAN HvpIsSegmented(const HIVE *Hive, HCELL Data, ULONG Length)
{
    return Length > SEGMENT_SIZE && HvpCellLength(Hive, Data) < Length;
}

static HCELL *SegmentsOf(const HIVE *Hive, HCELL Data)
{
    const BIG_DATA_CELL *Big = HvpCell(Hive, Data);
    return HvpCell(Hive, Big->Segments);
}

static PHCELL ValueList(const HIVE *Hive, HCELL Key)
{
    return HvpCell(Hive, HvpKey(Hive, Key)->ValueList);
}

static ULONG FindIndex(const HIVE *Hive, HCELL Key, PCUNICODE_STRING Name)
{
    const KEY_CELL *Cell = HvpKey(Hive, Key);
    STORED_NAME Wanted = HvpUnicodeName(Name);
    ULONG Index = 0;
    for (; Index < Cell->ValueCount; Index++) {
        STORED_NAME Stored = HvpValueStoredName(HvpValue(Hive, ValueList(Hive, Key)[Index]));
        if (HvpNameLength(Stored) == Name->Length && HvpCompareNames(Stored, Wanted) == 0)
            break;
    }
    return Index;
}

HCELL HvFindValue(const HIVE *Hive, HCELL Key, PCUNICODE_STRING Name)
{
    return HvValue(Hive, Key, FindIndex(Hive, Key, Name));
}

HCELL HvValue(const HIVE *Hive, HCELL Key, ULONG Index)
{
    return Index < HvpKey(Hive, Key)->ValueCount ? ValueList(Hive, Key)[Index] : HCELL_NIL;
}

VOID HvQueryValue(const HIVE *Hive, HCELL Value, PHIVE_VALUE_INFO Info)
{
    const VALUE_CELL *Cell = HvpValue(Hive, Value);
    *Info = (HIVE_VALUE_INFO){.Type = Cell->Type,
                              .NameLength = HvpNameLength(HvpValueStoredName(Cell)),
                              .DataLength = DataLength(Cell)};
}

ULONG HvValueName(const HIVE *Hive, HCELL Value, PWCH Buffer, ULONG Length)
{
    return HvpCopyName(HvpValueStoredName(HvpValue(Hive, Value)), Buffer, Length);
}

static VOID ReadSegments(const HIVE *Hive, HCELL Data, ULONG Offset, PUCHAR Buffer, ULONG Length)
{
    while (Length) {
        HCELL Segment = SegmentsOf(Hive, Data)[Offset / SEGMENT_SIZE];
        ULONG Within = Offset % SEGMENT_SIZE;
        ULONG Part = RtlpMin(Length, SEGMENT_SIZE - Within);
        memcpy(Buffer, (PUCHAR)HvpCell(Hive, Segment) + Within, Part);
        Buffer += Part;
        Offset += Part;
        Length -= Part;
    }
}

ULONG HvReadValue(const HIVE *Hive, HCELL Value, ULONG Offset, PVOID Buffer, ULONG Length)
{
    const VALUE_CELL *Cell = HvpValue(Hive, Value);
    ULONG Total = DataLength(Cell);
    if (Offset >= Total)
        return 0;
    Length = RtlpMin(Length, Total - Offset);
    if (Cell->DataLength & VALUE_INLINE)
        memcpy(Buffer, (const UCHAR *)&Cell->Data + Offset, Length);
    else if (HvpIsSegmented(Hive, Cell->Data, Total))
        ReadSegments(Hive, Cell->Data, Offset, Buffer, Length);
    else
        memcpy(Buffer, (PUCHAR)HvpCell(Hive, Cell->Data) + Offset, Length);
    return Length;
}

static VOID FreeSegments(PHIVE Hive, HCELL Data, ULONG Count)
{
    HCELL List = ((PBIG_DATA_CELL)HvpCell(Hive, Data))->Segments;
    for (ULONG Index = 0; Index < Count; Index++)
        HvpFreeCell(Hive, SegmentsOf(Hive, Data)[Index]);
    HvpFreeCell(Hive, List);
    HvpFreeCell(Hive, Data);
}

static VOID FreeData(PHIVE Hive, ULONG StoredLength, HCELL Data)
{
    if (StoredLength & VALUE_INLINE)
        return;
    if (HvpIsSegmented(Hive, Data, StoredLength))
        FreeSegments(Hive, Data, ((PBIG_DATA_CELL)HvpCell(Hive, Data))->Count);
    else
        HvpFreeCell(Hive, Data);
}

static NTSTATUS AllocateSegments(PHIVE Hive, int Store, const UCHAR *Bytes, ULONG Length,
                                 PHCELL Data)
{
    ULONG Count = (Length + SEGMENT_SIZE - 1) / SEGMENT_SIZE, Done = 0;
    HCELL List;
    if (Count > MAXUSHORT)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS Status = HvpAllocateCell(Hive, Store, sizeof(BIG_DATA_CELL), Data);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = HvpAllocateCell(Hive, Store, Count * (ULONG)sizeof(HCELL), &List);
    if (!NT_SUCCESS(Status)) {
        HvpFreeCell(Hive, *Data);
        return Status;
    }
    *(PBIG_DATA_CELL)HvpCell(Hive, *Data) =
        (BIG_DATA_CELL){BIG_DATA_SIGNATURE, (USHORT)Count, List};
    for (; Done < Count; Done++) {
        HCELL Segment;
        ULONG Part = RtlpMin(Length, SEGMENT_SIZE);
        // Every segment has its full size: readers expect that of all but the last.
        Status = HvpAllocateCell(Hive, Store, SEGMENT_SIZE, &Segment);
        if (!NT_SUCCESS(Status)) {
            FreeSegments(Hive, *Data, Done);
            return Status;
        }
        SegmentsOf(Hive, *Data)[Done] = Segment;
        memcpy(HvpCell(Hive, Segment), Bytes, Part);
        Bytes += Part;
        Length -= Part;
    }
    return STATUS_SUCCESS;
}

// Put data into the hive: what a value cell will say about it.
static NTSTATUS AllocateData(PHIVE Hive, int Store, const VOID *Bytes, ULONG Length,
                             PULONG StoredLength, PHCELL Data)
{
    *StoredLength = Length;
    *Data = 0;
    if (Length <= VALUE_INLINE_MOST) {
        *StoredLength |= VALUE_INLINE;
        memcpy(Data, Bytes, Length);
        return STATUS_SUCCESS;
    }
    if (Length > HIVE_MAX_SIZE / 2)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (Length > SEGMENT_SIZE && Hive->BaseBlock->MinorVersion >= HIVE_MINOR_BIG_DATA)
        return AllocateSegments(Hive, Store, Bytes, Length, Data);
    NTSTATUS Status = HvpAllocateCell(Hive, Store, Length, Data);
    if (NT_SUCCESS(Status))
        memcpy(HvpCell(Hive, *Data), Bytes, Length);
    return Status;
}

// Room for one more entry, the last thing that can fail when a value is added.
static NTSTATUS ReserveListEntry(PHIVE Hive, HCELL Key)
{
    const KEY_CELL *Cell = HvpKey(Hive, Key);
    ULONG Count = Cell->ValueCount;
    HCELL New, Old = Cell->ValueList;
    ULONG Needed = (Count + 1) * (ULONG)sizeof(HCELL);
    ULONG Wanted = Needed + Count / 2 * (ULONG)sizeof(HCELL);
    NTSTATUS Status;
    if (Count && Needed <= HvpCellLength(Hive, Old))
        return STATUS_SUCCESS;
    if (Count)
        Status = HvpGrowCell(Hive, Old, Wanted, &New);
    else
        Status = HvpAllocateCell(Hive, HvpStoreOf(Key), VALUE_LIST_STEP * sizeof(HCELL), &New);
    if (!NT_SUCCESS(Status))
        return Status;
    HvpKey(Hive, Key)->ValueList = New;
    HvpMarkDirty(Hive, Key);
    return STATUS_SUCCESS;
}

static NTSTATUS AllocateValue(PHIVE Hive, int Store, PCUNICODE_STRING Name, PHCELL Value)
{
    BOOLEAN Latin1;
    ULONG Length = HvpLengthToStore(Name, &Latin1);
    NTSTATUS Status = HvpAllocateCell(Hive, Store, (ULONG)sizeof(VALUE_CELL) + Length, Value);
    if (!NT_SUCCESS(Status))
        return Status;
    PVALUE_CELL Cell = HvpValue(Hive, *Value);
    Cell->Signature = VALUE_SIGNATURE;
    Cell->NameLength = (USHORT)Length;
    Cell->Flags = Latin1 && Length ? VALUE_FLAG_LATIN1_NAME : 0;
    HvpStoreName(Cell->Name, Name, Latin1);
    return STATUS_SUCCESS;
}

static VOID NoteMaxima(PKEY_CELL Key, ULONG NameLength, ULONG Length)
{
    Key->MaxValueNameLength = RtlpMax(Key->MaxValueNameLength, NameLength);
    Key->MaxValueDataLength = RtlpMax(Key->MaxValueDataLength, Length);
}

static NTSTATUS AddValue(PHIVE Hive, HCELL Key, PCUNICODE_STRING Name, PHCELL Value)
{
    NTSTATUS Status = AllocateValue(Hive, HvpStoreOf(Key), Name, Value);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = ReserveListEntry(Hive, Key);
    if (!NT_SUCCESS(Status)) {
        HvpFreeCell(Hive, *Value);
        return Status;
    }
    PKEY_CELL Cell = HvpKey(Hive, Key);
    ValueList(Hive, Key)[Cell->ValueCount++] = *Value;
    HvpMarkDirty(Hive, Cell->ValueList);
    return STATUS_SUCCESS;
}

NTSTATUS HvSetValue(PHIVE Hive, HCELL Key, PCUNICODE_STRING Name, ULONG Type, const VOID *Data,
                    ULONG Length)
{
    ULONG StoredLength;
    HCELL DataCell;
    if (Name->Length > HIVE_MAX_VALUE_NAME * sizeof(WCHAR) || Name->Length % sizeof(WCHAR))
        return STATUS_OBJECT_NAME_INVALID;
    NTSTATUS Status = AllocateData(Hive, HvpStoreOf(Key), Data, Length, &StoredLength, &DataCell);
    if (!NT_SUCCESS(Status))
        return Status;
    HCELL Value = HvFindValue(Hive, Key, Name);
    if (Value == HCELL_NIL) {
        Status = AddValue(Hive, Key, Name, &Value);
        if (!NT_SUCCESS(Status)) {
            FreeData(Hive, StoredLength, DataCell);
            return Status;
        }
    } else {
        FreeData(Hive, HvpValue(Hive, Value)->DataLength, HvpValue(Hive, Value)->Data);
    }
    PVALUE_CELL Cell = HvpValue(Hive, Value);
    Cell->DataLength = StoredLength;
    Cell->Data = DataCell;
    Cell->Type = Type;
    HvpMarkDirty(Hive, Value);
    NoteMaxima(HvpKey(Hive, Key), Name->Length, Length);
    HvpSetKeyTime(Hive, Key);
    return STATUS_SUCCESS;
}

static VOID FreeValue(PHIVE Hive, HCELL Value)
{
    const VALUE_CELL *Cell = HvpValue(Hive, Value);
    FreeData(Hive, Cell->DataLength, Cell->Data);
    HvpFreeCell(Hive, Value);
}

NTSTATUS HvDeleteValue(PHIVE Hive, HCELL Key, PCUNICODE_STRING Name)
{
    PKEY_CELL Cell = HvpKey(Hive, Key);
    ULONG Index = FindIndex(Hive, Key, Name);
    if (Index == Cell->ValueCount)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    PHCELL List = ValueList(Hive, Key);
    FreeValue(Hive, List[Index]);
    memmove(&List[Index], &List[Index + 1], (Cell->ValueCount - Index - 1) * sizeof(HCELL));
    HvpMarkDirty(Hive, Cell->ValueList);
    if (!--Cell->ValueCount) {
        HvpFreeCell(Hive, Cell->ValueList);
        Cell->ValueList = HCELL_NIL;
        Cell->MaxValueNameLength = 0;
        Cell->MaxValueDataLength = 0;
    }
    HvpSetKeyTime(Hive, Key);
    return STATUS_SUCCESS;
}

// For a key that goes away.
VOID HvpFreeValues(PHIVE Hive, HCELL Key)
{
    PKEY_CELL Cell = HvpKey(Hive, Key);
    for (ULONG Index = 0; Index < Cell->ValueCount; Index++)
        FreeValue(Hive, ValueList(Hive, Key)[Index]);
    if (Cell->ValueCount)
        HvpFreeCell(Hive, Cell->ValueList);
    Cell->ValueCount = 0;
    Cell->ValueList = HCELL_NIL;
}
