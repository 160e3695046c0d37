// The services for values.
#include "cmp.h"

constexpr ULONG CMP_MAX_DATA = 16 << 20;

typedef struct _CM_VALUE_QUERY {
    PHIVE Hive;
    HCELL Value;
    HIVE_VALUE_INFO Info;
    ULONG Length;
} CM_VALUE_QUERY, *PCM_VALUE_QUERY;

static VOID CmpPutValueName(PCM_VALUE_QUERY Query, PCM_ANSWER Answer, ULONG Offset)
{
    PVOID Place;
    ULONG Room = CmpRoomAt(Answer, Offset, Query->Info.NameLength, &Place);
    if (Room)
        HvValueName(Query->Hive, Query->Value, Place, Room);
}

static VOID CmpPutData(PCM_VALUE_QUERY Query, PCM_ANSWER Answer, ULONG Offset)
{
    PVOID Place;
    ULONG Room = CmpRoomAt(Answer, Offset, Query->Info.DataLength, &Place);
    if (Room)
        HvReadValue(Query->Hive, Query->Value, 0, Place, Room);
}

static NTSTATUS CmpAnswerValueBasic(PCM_VALUE_QUERY Query, PCM_ANSWER Answer)
{
    KEY_VALUE_BASIC_INFORMATION Header = {
        .Type = Query->Info.Type,
        .NameLength = Query->Info.NameLength,
    };
    constexpr ULONG Fixed = FIELD_OFFSET(KEY_VALUE_BASIC_INFORMATION, Name);
    NTSTATUS Status = CmpBeginAnswer(Answer, Fixed, Fixed + Query->Info.NameLength, Query->Length);
    if (!NT_SUCCESS(Status))
        return Status;
    CmpPut(Answer, 0, &Header, Fixed);
    CmpPutValueName(Query, Answer, Fixed);
    return STATUS_SUCCESS;
}

static NTSTATUS CmpAnswerValueWhole(PCM_VALUE_QUERY Query, PCM_ANSWER Answer, ULONG Alignment)
{
    constexpr ULONG Fixed = FIELD_OFFSET(KEY_VALUE_FULL_INFORMATION, Name);
    ULONG DataOffset = (ULONG)ALIGN_UP_BY(Fixed + Query->Info.NameLength, Alignment);
    KEY_VALUE_FULL_INFORMATION Header = {
        .Type = Query->Info.Type,
        .DataOffset = DataOffset,
        .DataLength = Query->Info.DataLength,
        .NameLength = Query->Info.NameLength,
    };
    ULONG Needed = Query->Info.DataLength ? DataOffset + Query->Info.DataLength
                                          : Fixed + Query->Info.NameLength;
    NTSTATUS Status = CmpBeginAnswer(Answer, Fixed, Needed, Query->Length);
    if (!NT_SUCCESS(Status))
        return Status;
    CmpPut(Answer, 0, &Header, Fixed);
    CmpPutValueName(Query, Answer, Fixed);
    CmpPutData(Query, Answer, DataOffset);
    return STATUS_SUCCESS;
}

static NTSTATUS CmpAnswerValueFull(PCM_VALUE_QUERY Query, PCM_ANSWER Answer)
{
    return CmpAnswerValueWhole(Query, Answer, sizeof(ULONG));
}

static NTSTATUS CmpAnswerValueFullAligned(PCM_VALUE_QUERY Query, PCM_ANSWER Answer)
{
    return CmpAnswerValueWhole(Query, Answer, sizeof(ULONGLONG));
}

static NTSTATUS CmpAnswerValueData(PCM_VALUE_QUERY Query, PCM_ANSWER Answer, const VOID *Header,
                                   ULONG Fixed)
{
    NTSTATUS Status = CmpBeginAnswer(Answer, Fixed, Fixed + Query->Info.DataLength, Query->Length);
    if (!NT_SUCCESS(Status))
        return Status;
    CmpPut(Answer, 0, Header, Fixed);
    CmpPutData(Query, Answer, Fixed);
    return STATUS_SUCCESS;
}

static NTSTATUS CmpAnswerValuePartial(PCM_VALUE_QUERY Query, PCM_ANSWER Answer)
{
    KEY_VALUE_PARTIAL_INFORMATION Header = {.Type = Query->Info.Type,
                                            .DataLength = Query->Info.DataLength};
    return CmpAnswerValueData(Query, Answer, &Header,
                              FIELD_OFFSET(KEY_VALUE_PARTIAL_INFORMATION, Data));
}

static NTSTATUS CmpAnswerValuePartialAligned(PCM_VALUE_QUERY Query, PCM_ANSWER Answer)
{
    KEY_VALUE_PARTIAL_INFORMATION_ALIGN64 Header = {.Type = Query->Info.Type,
                                                    .DataLength = Query->Info.DataLength};
    return CmpAnswerValueData(Query, Answer, &Header,
                              FIELD_OFFSET(KEY_VALUE_PARTIAL_INFORMATION_ALIGN64, Data));
}

static NTSTATUS (*const CmpValueClasses[])(PCM_VALUE_QUERY Query, PCM_ANSWER Answer) = {
    [KeyValueBasicInformation] = CmpAnswerValueBasic,
    [KeyValueFullInformation] = CmpAnswerValueFull,
    [KeyValuePartialInformation] = CmpAnswerValuePartial,
    [KeyValueFullInformationAlign64] = CmpAnswerValueFullAligned,
    [KeyValuePartialInformationAlign64] = CmpAnswerValuePartialAligned,
};

static NTSTATUS CmpAnswerValue(PCM_KEY Key, HCELL Value, ULONG Class, ULONG Length,
                               PCM_ANSWER Answer)
{
    CM_VALUE_QUERY Query = {.Hive = CmpHive(Key), .Value = Value, .Length = Length};
    HvQueryValue(Query.Hive, Value, &Query.Info);
    return CmpValueClasses[Class](&Query, Answer);
}

// ---- Querying

static NTSTATUS CmpCaptureValueName(const UNICODE_STRING USER *User, PUNICODE_STRING Name)
{
    NTSTATUS Status = MmCaptureUnicodeString(Name, User);
    if (!NT_SUCCESS(Status))
        return Status;
    // Some programs count the zero at the end.
    if (Name->Length >= sizeof(WCHAR) && !Name->Buffer[Name->Length / sizeof(WCHAR) - 1])
        Name->Length -= sizeof(WCHAR);
    if (Name->Length % sizeof(WCHAR) == 0 && Name->Length <= HIVE_MAX_VALUE_NAME * sizeof(WCHAR))
        return STATUS_SUCCESS;
    MmFreeCapturedString(Name);
    return STATUS_INVALID_PARAMETER;
}

NTSTATUS NtQueryValueKey(HANDLE KeyHandle, const UNICODE_STRING USER *ValueName,
                         ULONG KeyValueInformationClass, VOID USER *KeyValueInformation,
                         ULONG Length, ULONG USER *ResultLength)
{
    if (KeyValueInformationClass >= RTL_NUMBER_OF(CmpValueClasses))
        return STATUS_INVALID_PARAMETER;
    UNICODE_STRING Name;
    NTSTATUS Status = CmpCaptureValueName(ValueName, &Name);
    if (!NT_SUCCESS(Status))
        return Status;
    PCM_KEY Key;
    CM_ANSWER Answer;
    Status = CmpReferenceKey(KeyHandle, KEY_QUERY_VALUE, &Key);
    if (NT_SUCCESS(Status)) {
        HCELL Value = HvFindValue(CmpHive(Key), CmpCell(Key), &Name);
        Status = Value == HCELL_NIL
                     ? STATUS_OBJECT_NAME_NOT_FOUND
                     : CmpAnswerValue(Key, Value, KeyValueInformationClass, Length, &Answer);
        ObDereferenceObject(Key);
    }
    MmFreeCapturedString(&Name);
    return NT_SUCCESS(Status) ? CmpReturnAnswer(&Answer, KeyValueInformation, Length, ResultLength)
                              : Status;
}

NTSTATUS NtEnumerateValueKey(HANDLE KeyHandle, ULONG Index, ULONG KeyValueInformationClass,
                             VOID USER *KeyValueInformation, ULONG Length, ULONG USER *ResultLength)
{
    if (KeyValueInformationClass >= RTL_NUMBER_OF(CmpValueClasses))
        return STATUS_INVALID_PARAMETER;
    PCM_KEY Key;
    CM_ANSWER Answer;
    NTSTATUS Status = CmpReferenceKey(KeyHandle, KEY_QUERY_VALUE, &Key);
    if (!NT_SUCCESS(Status))
        return Status;
    HCELL Value = HvValue(CmpHive(Key), CmpCell(Key), Index);
    Status = Value == HCELL_NIL
                 ? STATUS_NO_MORE_ENTRIES
                 : CmpAnswerValue(Key, Value, KeyValueInformationClass, Length, &Answer);
    ObDereferenceObject(Key);
    return NT_SUCCESS(Status) ? CmpReturnAnswer(&Answer, KeyValueInformation, Length, ResultLength)
                              : Status;
}

// ---- Several at once: their data one after another, 4-aligned

// Data that does not fit is left out; *Used counts it all.
static NTSTATUS CmpAnswerEntry(PCM_KEY Key, KEY_VALUE_ENTRY USER *User, PUCHAR Buffer, ULONG Length,
                               PULONG Used)
{
    KEY_VALUE_ENTRY Entry;
    UNICODE_STRING Name;
    NTSTATUS Status = MmCopyFromUser(&Entry, User, sizeof(Entry));
    if (NT_SUCCESS(Status))
        Status =
            CmpCaptureValueName((const UNICODE_STRING USER *)(ULONG_PTR)Entry.ValueName, &Name);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Key->Control->Deleted) { // while the name was read
        MmFreeCapturedString(&Name);
        return STATUS_KEY_DELETED;
    }
    HCELL Value = HvFindValue(CmpHive(Key), CmpCell(Key), &Name);
    MmFreeCapturedString(&Name);
    if (Value == HCELL_NIL)
        return STATUS_OBJECT_NAME_NOT_FOUND;

    HIVE_VALUE_INFO Info;
    HvQueryValue(CmpHive(Key), Value, &Info);
    ULONG Offset = (ULONG)ALIGN_UP_BY(*Used, sizeof(ULONG));
    if (Info.DataLength > CMP_MAX_DATA || Offset > MAXULONG - CMP_MAX_DATA)
        return STATUS_INVALID_PARAMETER;
    *Used = Offset + Info.DataLength;
    if (*Used > Length)
        return STATUS_SUCCESS;
    HvReadValue(CmpHive(Key), Value, 0, Buffer + Offset, Info.DataLength);
    Entry.Type = Info.Type;
    Entry.DataLength = Info.DataLength;
    Entry.DataOffset = Offset;
    return MmCopyToUser(User, &Entry, sizeof(Entry));
}

static NTSTATUS CmpAnswerEntries(PCM_KEY Key, KEY_VALUE_ENTRY USER *Entries, ULONG Count,
                                 VOID USER *UserBuffer, ULONG Length, PULONG Used)
{
    PUCHAR Buffer = ExAllocatePoolZero(PagedPool, max(Length, 1U), CM_TAG_BUFFER);
    if (!Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS Status = STATUS_SUCCESS;
    *Used = 0;
    for (ULONG i = 0; NT_SUCCESS(Status) && i < Count; i++)
        Status = CmpAnswerEntry(Key, &Entries[i], Buffer, Length, Used);
    if (NT_SUCCESS(Status) && *Used > Length)
        Status = STATUS_BUFFER_OVERFLOW;
    if (Status == STATUS_SUCCESS)
        Status = MmCopyToUser(UserBuffer, Buffer, *Used);
    ExFreePoolWithTag(Buffer, CM_TAG_BUFFER);
    return Status;
}

NTSTATUS NtQueryMultipleValueKey(HANDLE KeyHandle, KEY_VALUE_ENTRY USER *ValueEntries,
                                 ULONG EntryCount, VOID USER *ValueBuffer, ULONG USER *BufferLength,
                                 ULONG USER *RequiredBufferLength)
{
    ULONG Length;
    if (EntryCount > 0x10000)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS Status = MmProbeForWrite(BufferLength, sizeof(*BufferLength), 1);
    if (NT_SUCCESS(Status))
        Status = MmCopyFromUser(&Length, BufferLength, sizeof(Length));
    if (!NT_SUCCESS(Status))
        return Status;
    if (Length > CMP_MAX_DATA)
        return STATUS_INVALID_PARAMETER;
    PCM_KEY Key;
    Status = CmpReferenceKey(KeyHandle, KEY_QUERY_VALUE, &Key);
    if (!NT_SUCCESS(Status))
        return Status;
    ULONG Used = 0;
    Status = CmpAnswerEntries(Key, ValueEntries, EntryCount, ValueBuffer, Length, &Used);
    ObDereferenceObject(Key);
    NTSTATUS WriteStatus = STATUS_SUCCESS;
    if (Status == STATUS_SUCCESS)
        WriteStatus = MmWriteUser(BufferLength, Used);
    if (NT_SUCCESS(WriteStatus) && RequiredBufferLength)
        WriteStatus = MmWriteUser(RequiredBufferLength, Used);
    return NT_SUCCESS(WriteStatus) ? Status : WriteStatus;
}

// ---- Setting

// A link has its target and nothing else.
static NTSTATUS CmpCheckLinkValue(PCM_KEY Key, PCUNICODE_STRING Name, ULONG Type)
{
    static const UNICODE_STRING LinkValue = RTL_CONSTANT_STRING(L"SymbolicLinkValue");
    HIVE_KEY_INFO Info;
    HvQueryKey(CmpHive(Key), CmpCell(Key), &Info);
    if (!(Info.Flags & HIVE_KEY_SYMLINK))
        return STATUS_SUCCESS;
    BOOLEAN IsTarget = RtlEqualUnicodeString(Name, &LinkValue, TRUE) && Type == REG_LINK;
    return IsTarget ? STATUS_SUCCESS : STATUS_ACCESS_DENIED;
}

static NTSTATUS CmpSetValue(HANDLE KeyHandle, PCUNICODE_STRING Name, ULONG Type, const VOID *Data,
                            ULONG DataSize)
{
    PCM_KEY Key;
    NTSTATUS Status = CmpReferenceKey(KeyHandle, KEY_SET_VALUE, &Key);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = CmpCheckLinkValue(Key, Name, Type);
    if (NT_SUCCESS(Status))
        Status = HvSetValue(CmpHive(Key), CmpCell(Key), Name, Type, Data, DataSize);
    if (NT_SUCCESS(Status))
        CmpReportChange(Key->Control->Place, REG_NOTIFY_CHANGE_LAST_SET);
    ObDereferenceObject(Key);
    return Status;
}

NTSTATUS NtSetValueKey(HANDLE KeyHandle, const UNICODE_STRING USER *ValueName, ULONG TitleIndex,
                       ULONG Type, const VOID USER *Data, ULONG DataSize)
{
    (void)TitleIndex; // kept nowhere since Windows NT
    if (DataSize > CMP_MAX_DATA)
        return STATUS_INVALID_PARAMETER;
    UNICODE_STRING Name;
    NTSTATUS Status = CmpCaptureValueName(ValueName, &Name);
    if (!NT_SUCCESS(Status))
        return Status;
    PVOID Captured = ExAllocatePoolWithTag(PagedPool, max(DataSize, 1U), CM_TAG_BUFFER);
    Status = Captured ? MmCopyFromUser(Captured, Data, DataSize) : STATUS_INSUFFICIENT_RESOURCES;
    if (NT_SUCCESS(Status))
        Status = CmpSetValue(KeyHandle, &Name, Type, Captured, DataSize);
    if (Captured)
        ExFreePoolWithTag(Captured, CM_TAG_BUFFER);
    MmFreeCapturedString(&Name);
    return Status;
}

NTSTATUS NtDeleteValueKey(HANDLE KeyHandle, const UNICODE_STRING USER *ValueName)
{
    UNICODE_STRING Name;
    NTSTATUS Status = CmpCaptureValueName(ValueName, &Name);
    if (!NT_SUCCESS(Status))
        return Status;
    PCM_KEY Key;
    Status = CmpReferenceKey(KeyHandle, KEY_SET_VALUE, &Key);
    if (NT_SUCCESS(Status)) {
        Status = HvDeleteValue(CmpHive(Key), CmpCell(Key), &Name);
        if (NT_SUCCESS(Status))
            CmpReportChange(Key->Control->Place, REG_NOTIFY_CHANGE_LAST_SET);
        ObDereferenceObject(Key);
    }
    MmFreeCapturedString(&Name);
    return Status;
}
