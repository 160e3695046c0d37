// NtQueryKey and NtEnumerateKey.
#include "cmp.h"

enum { REG_FLAG_VOLATILE = 1, REG_FLAG_LINK = 2 };

// What is told about a key. Its name is that of the place where it hangs.
typedef struct _CM_KEY_QUERY {
    CM_PLACE Place;
    HIVE_KEY_INFO Info;
    CM_PLACE Stored; // of the name
    ULONG NameLength;
    PCM_KEY Key; // null when enumerating
    ULONG Length;
} CM_KEY_QUERY, *PCM_KEY_QUERY;

static VOID CmpPutName(PCM_KEY_QUERY Query, PCM_ANSWER Answer, ULONG Offset)
{
    PVOID Place;
    ULONG Room = CmpRoomAt(Answer, Offset, Query->NameLength, &Place);
    if (Room)
        HvKeyName(&Query->Stored.Hive->Hive, Query->Stored.Cell, Place, Room);
}

static VOID CmpPutClass(PCM_KEY_QUERY Query, PCM_ANSWER Answer, ULONG Offset)
{
    PVOID Place;
    ULONG Room = CmpRoomAt(Answer, Offset, Query->Info.ClassLength, &Place);
    if (Room)
        HvKeyClass(&Query->Place.Hive->Hive, Query->Place.Cell, Place, Room);
}

static NTSTATUS CmpAnswerBasic(PCM_KEY_QUERY Query, PCM_ANSWER Answer)
{
    KEY_BASIC_INFORMATION Header = {
        .LastWriteTime = Query->Info.LastWriteTime,
        .NameLength = Query->NameLength,
    };
    constexpr ULONG Fixed = FIELD_OFFSET(KEY_BASIC_INFORMATION, Name);
    NTSTATUS Status = CmpBeginAnswer(Answer, Fixed, Fixed + Query->NameLength, Query->Length);
    if (!NT_SUCCESS(Status))
        return Status;
    CmpPut(Answer, 0, &Header, Fixed);
    CmpPutName(Query, Answer, Fixed);
    return STATUS_SUCCESS;
}

static NTSTATUS CmpAnswerNode(PCM_KEY_QUERY Query, PCM_ANSWER Answer)
{
    constexpr ULONG Fixed = FIELD_OFFSET(KEY_NODE_INFORMATION, Name);
    ULONG ClassOffset = (ULONG)ALIGN_UP_BY(Fixed + Query->NameLength, sizeof(ULONG));
    BOOLEAN HasClass = Query->Info.ClassLength != 0;
    KEY_NODE_INFORMATION Header = {
        .LastWriteTime = Query->Info.LastWriteTime,
        .ClassOffset = HasClass ? ClassOffset : MAXULONG,
        .ClassLength = Query->Info.ClassLength,
        .NameLength = Query->NameLength,
    };
    ULONG Needed = HasClass ? ClassOffset + Query->Info.ClassLength : Fixed + Query->NameLength;
    NTSTATUS Status = CmpBeginAnswer(Answer, Fixed, Needed, Query->Length);
    if (!NT_SUCCESS(Status))
        return Status;
    CmpPut(Answer, 0, &Header, Fixed);
    CmpPutName(Query, Answer, Fixed);
    CmpPutClass(Query, Answer, ClassOffset);
    return STATUS_SUCCESS;
}

static NTSTATUS CmpAnswerFull(PCM_KEY_QUERY Query, PCM_ANSWER Answer)
{
    constexpr ULONG Fixed = FIELD_OFFSET(KEY_FULL_INFORMATION, Class);
    KEY_FULL_INFORMATION Header = {
        .LastWriteTime = Query->Info.LastWriteTime,
        .ClassOffset = Query->Info.ClassLength ? Fixed : MAXULONG,
        .ClassLength = Query->Info.ClassLength,
        .SubKeys = Query->Info.Subkeys,
        .MaxNameLen = Query->Info.MaxNameLength,
        .MaxClassLen = Query->Info.MaxClassLength,
        .Values = Query->Info.Values,
        .MaxValueNameLen = Query->Info.MaxValueNameLength,
        .MaxValueDataLen = Query->Info.MaxValueDataLength,
    };
    NTSTATUS Status = CmpBeginAnswer(Answer, Fixed, Fixed + Query->Info.ClassLength, Query->Length);
    if (!NT_SUCCESS(Status))
        return Status;
    CmpPut(Answer, 0, &Header, Fixed);
    CmpPutClass(Query, Answer, Fixed);
    return STATUS_SUCCESS;
}

static NTSTATUS CmpAnswerFullName(PCM_KEY_QUERY Query, PCM_ANSWER Answer)
{
    UNICODE_STRING Name;
    NTSTATUS Status = CmpFullName(Query->Place, &Name);
    if (!NT_SUCCESS(Status))
        return Status;
    constexpr ULONG Fixed = FIELD_OFFSET(KEY_NAME_INFORMATION, Name);
    ULONG NameLength = Name.Length;
    Status = CmpBeginAnswer(Answer, Fixed, Fixed + NameLength, Query->Length);
    if (NT_SUCCESS(Status)) {
        CmpPut(Answer, 0, &NameLength, sizeof(NameLength));
        CmpPut(Answer, Fixed, Name.Buffer, NameLength);
    }
    ExFreePoolWithTag(Name.Buffer, CM_TAG_NAME);
    return Status;
}

static NTSTATUS CmpAnswerFixed(PCM_KEY_QUERY Query, PCM_ANSWER Answer, const VOID *Data, ULONG Size)
{
    NTSTATUS Status = CmpBeginAnswer(Answer, Size, Size, Query->Length);
    if (NT_SUCCESS(Status))
        CmpPut(Answer, 0, Data, Size);
    return Status;
}

static NTSTATUS CmpAnswerCached(PCM_KEY_QUERY Query, PCM_ANSWER Answer)
{
    KEY_CACHED_INFORMATION Information = {
        .LastWriteTime = Query->Info.LastWriteTime,
        .SubKeys = Query->Info.Subkeys,
        .MaxNameLen = Query->Info.MaxNameLength,
        .Values = Query->Info.Values,
        .MaxValueNameLen = Query->Info.MaxValueNameLength,
        .MaxValueDataLen = Query->Info.MaxValueDataLength,
        .NameLength = Query->NameLength,
    };
    return CmpAnswerFixed(Query, Answer, &Information, sizeof(Information));
}

static NTSTATUS CmpAnswerFlags(PCM_KEY_QUERY Query, PCM_ANSWER Answer)
{
    KEY_FLAGS_INFORMATION Information = {
        .KeyFlags = (Query->Info.Flags & HIVE_KEY_VOLATILE ? REG_FLAG_VOLATILE : 0) |
                    (Query->Info.Flags & HIVE_KEY_SYMLINK ? REG_FLAG_LINK : 0),
    };
    return CmpAnswerFixed(Query, Answer, &Information, sizeof(Information));
}

static NTSTATUS CmpAnswerHandleTags(PCM_KEY_QUERY Query, PCM_ANSWER Answer)
{
    KEY_HANDLE_TAGS_INFORMATION Information = {.HandleTags = Query->Key->HandleTags};
    return CmpAnswerFixed(Query, Answer, &Information, sizeof(Information));
}

typedef NTSTATUS CM_ANSWER_ROUTINE(PCM_KEY_QUERY Query, PCM_ANSWER Answer);

static const struct {
    CM_ANSWER_ROUTINE *Routine;
    BOOLEAN Enumerable; // NtEnumerateKey has it too
    ACCESS_MASK Access; // of NtQueryKey
} CmpKeyClasses[MaxKeyInfoClass] = {
    [KeyBasicInformation] = {CmpAnswerBasic, TRUE, KEY_QUERY_VALUE},
    [KeyNodeInformation] = {CmpAnswerNode, TRUE, KEY_QUERY_VALUE},
    [KeyFullInformation] = {CmpAnswerFull, TRUE, KEY_QUERY_VALUE},
    [KeyNameInformation] = {CmpAnswerFullName, FALSE, 0},
    [KeyCachedInformation] = {CmpAnswerCached, FALSE, KEY_QUERY_VALUE},
    [KeyFlagsInformation] = {CmpAnswerFlags, FALSE, KEY_QUERY_VALUE},
    [KeyHandleTagsInformation] = {CmpAnswerHandleTags, FALSE, 0},
};

static VOID CmpDescribeKey(PCM_KEY_QUERY Query, CM_PLACE Place)
{
    Query->Place = Place;
    Query->Stored = CmpLeaveMount(Place);
    HvQueryKey(&Place.Hive->Hive, Place.Cell, &Query->Info);
    Query->NameLength = HvKeyName(&Query->Stored.Hive->Hive, Query->Stored.Cell, nullptr, 0);
}

NTSTATUS NtQueryKey(HANDLE KeyHandle, ULONG KeyInformationClass, VOID USER *KeyInformation,
                    ULONG Length, ULONG USER *ResultLength)
{
    if (KeyInformationClass >= MaxKeyInfoClass || !CmpKeyClasses[KeyInformationClass].Routine)
        return STATUS_INVALID_PARAMETER;
    CM_KEY_QUERY Query = {.Length = Length};
    NTSTATUS Status =
        CmpReferenceKey(KeyHandle, CmpKeyClasses[KeyInformationClass].Access, &Query.Key);
    if (!NT_SUCCESS(Status))
        return Status;
    CM_ANSWER Answer;
    CmpDescribeKey(&Query, Query.Key->Control->Place);
    Status = CmpKeyClasses[KeyInformationClass].Routine(&Query, &Answer);
    ObDereferenceObject(Query.Key);
    return NT_SUCCESS(Status) ? CmpReturnAnswer(&Answer, KeyInformation, Length, ResultLength)
                              : Status;
}

NTSTATUS NtEnumerateKey(HANDLE KeyHandle, ULONG Index, ULONG KeyInformationClass,
                        VOID USER *KeyInformation, ULONG Length, ULONG USER *ResultLength)
{
    if (KeyInformationClass >= MaxKeyInfoClass || !CmpKeyClasses[KeyInformationClass].Enumerable)
        return STATUS_INVALID_PARAMETER;
    PCM_KEY Key;
    NTSTATUS Status = CmpReferenceKey(KeyHandle, KEY_ENUMERATE_SUB_KEYS, &Key);
    if (!NT_SUCCESS(Status))
        return Status;
    CM_KEY_QUERY Query = {.Length = Length};
    CM_ANSWER Answer;
    HCELL Cell = HvSubkey(CmpHive(Key), CmpCell(Key), Index);
    if (Cell == HCELL_NIL) {
        Status = STATUS_NO_MORE_ENTRIES;
    } else {
        CmpDescribeKey(&Query, CmpEnterMount((CM_PLACE){Key->Control->Place.Hive, Cell}));
        Status = CmpKeyClasses[KeyInformationClass].Routine(&Query, &Answer);
    }
    ObDereferenceObject(Key);
    return NT_SUCCESS(Status) ? CmpReturnAnswer(&Answer, KeyInformation, Length, ResultLength)
                              : Status;
}
