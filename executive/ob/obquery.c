// NtQueryObject and NtSetInformationObject.
#include "obp.h"
#include "ex/ex.h"

typedef struct _OBP_QUERY {
    PVOID Object;
    HANDLE Handle;
    ACCESS_MASK GrantedAccess;
    ULONG HandleAttributes;
    VOID USER *Buffer;
    ULONG Length;
    ULONG Needed; // result
} OBP_QUERY, *POBP_QUERY;

static ULONG ObpTypeInformationSize(POBJECT_TYPE Type)
{
    return (ULONG)ALIGN_UP_BY(sizeof(OBJECT_TYPE_INFORMATION) + Type->Name.Length + sizeof(WCHAR),
                              sizeof(PVOID));
}

static ULONG ObpNameInformationSize(PVOID Object)
{
    ULONG Needed = 0;
    ObQueryNameString(Object, nullptr, 0, &Needed);
    return Needed;
}

static NTSTATUS ObpQueryBasic(POBP_QUERY Query)
{
    POBJECT_HEADER Header = ObpHeader(Query->Object);
    Query->Needed = sizeof(OBJECT_BASIC_INFORMATION);
    if (Query->Length != Query->Needed)
        return STATUS_INFO_LENGTH_MISMATCH;

    OBJECT_BASIC_INFORMATION Information = {
        .Attributes = Query->HandleAttributes |
                      (Header->Flags & OBP_PERMANENT ? OBJ_PERMANENT : 0) |
                      (Header->Flags & OBP_EXCLUSIVE ? OBJ_EXCLUSIVE : 0),
        .GrantedAccess = Query->GrantedAccess,
        .HandleCount = Header->HandleCount,
        .PointerCount = (ULONG)Header->PointerCount - 1, // without the reference of this query
        .NonPagedPoolCharge = (ULONG)sizeof(*Header) + Header->Type->Info.BodySize,
        .NameInfoSize = ObpNameInformationSize(Query->Object),
        .TypeInfoSize = ObpTypeInformationSize(Header->Type),
    };
    if (Header->SecurityDescriptor)
        Information.SecurityDescriptorSize =
            RtlLengthSecurityDescriptor(Header->SecurityDescriptor);
    if (Header->Type == ObpSymbolicLinkObjectType)
        Information.CreationTime = ((POBJECT_SYMBOLIC_LINK)Query->Object)->CreationTime;
    return MmCopyToUser(Query->Buffer, &Information, sizeof(Information));
}

// The name may change while memory is allocated for it: ask again until it fits.
static NTSTATUS ObpAllocateName(PVOID Object, POBJECT_NAME_INFORMATION *Name, PULONG Size)
{
    ULONG Allocated = sizeof(OBJECT_NAME_INFORMATION);
    for (;;) {
        *Name = ExAllocatePoolZero(PagedPool, Allocated, OB_TAG_BUFFER);
        if (!*Name)
            return STATUS_INSUFFICIENT_RESOURCES;
        NTSTATUS Status = ObQueryNameString(Object, *Name, Allocated, Size);
        if (NT_SUCCESS(Status))
            return Status;
        ExFreePoolWithTag(*Name, OB_TAG_BUFFER);
        if (*Size <= Allocated)
            return Status;
        Allocated = *Size;
    }
}

static NTSTATUS ObpQueryName(POBP_QUERY Query)
{
    POBJECT_NAME_INFORMATION Name;
    NTSTATUS Status = ObpAllocateName(Query->Object, &Name, &Query->Needed);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Query->Length < sizeof(*Name))
        Status = STATUS_INFO_LENGTH_MISMATCH;
    else if (Query->Length < Query->Needed)
        Status = STATUS_BUFFER_OVERFLOW;
    if (NT_SUCCESS(Status)) {
        if (Name->Name.Buffer)
            Name->Name.Buffer =
                (PWCH)((ULONG_PTR)Query->Buffer + ((ULONG_PTR)Name->Name.Buffer - (ULONG_PTR)Name));
        Status = MmCopyToUser(Query->Buffer, Name, Query->Needed);
    }
    ExFreePoolWithTag(Name, OB_TAG_BUFFER);
    return Status;
}

// Fills ObpTypeInformationSize bytes, which are cleared; UserBase is where the program sees them.
static VOID ObpFillTypeInformation(POBJECT_TYPE Type, POBJECT_TYPE_INFORMATION Information,
                                   ULONG_PTR UserBase)
{
    const OBJECT_TYPE_INITIALIZER *Info = &Type->Info;
    *Information = (OBJECT_TYPE_INFORMATION){
        .TypeName = {Type->Name.Length, (USHORT)(Type->Name.Length + sizeof(WCHAR)),
                     (PWCH)(UserBase + sizeof(*Information))},
        .TotalNumberOfObjects = Type->ObjectCount,
        .TotalNumberOfHandles = Type->HandleCount,
        .HighWaterNumberOfObjects = Type->HighObjectCount,
        .HighWaterNumberOfHandles = Type->HighHandleCount,
        .InvalidAttributes = Info->InvalidAttributes,
        .GenericMapping = Info->GenericMapping,
        .ValidAccessMask = Info->ValidAccess,
        .SecurityRequired = Info->SecurityRequired,
        .MaintainHandleCount = Info->MaintainHandleCount,
        .TypeIndex = (UCHAR)Type->Index,
        .DefaultNonPagedPoolCharge = (ULONG)sizeof(OBJECT_HEADER) + Info->BodySize,
    };
    memcpy(Information + 1, Type->Name.Buffer, Type->Name.Length);
}

static NTSTATUS ObpQueryType(POBP_QUERY Query)
{
    POBJECT_TYPE Type = ObGetObjectType(Query->Object);
    ULONG Size = ObpTypeInformationSize(Type);
    Query->Needed = Size;
    if (Query->Length < Size)
        return STATUS_INFO_LENGTH_MISMATCH;

    POBJECT_TYPE_INFORMATION Information = ExAllocatePoolZero(PagedPool, Size, OB_TAG_BUFFER);
    if (!Information)
        return STATUS_INSUFFICIENT_RESOURCES;
    ObpFillTypeInformation(Type, Information, (ULONG_PTR)Query->Buffer);
    NTSTATUS Status = MmCopyToUser(Query->Buffer, Information, Size);
    ExFreePoolWithTag(Information, OB_TAG_BUFFER);
    return Status;
}

static ULONG ObpAllTypesSize(ULONG TypeCount)
{
    ULONG Size = (ULONG)ALIGN_UP_BY(sizeof(OBJECT_TYPES_INFORMATION), sizeof(PVOID));
    for (ULONG i = OBP_FIRST_TYPE_INDEX; i < TypeCount; i++)
        Size += ObpTypeInformationSize(ObpTypes[i]);
    return Size;
}

static NTSTATUS ObpQueryAllTypes(POBP_QUERY Query)
{
    ULONG TypeCount = ObpTypeCount;
    ULONG Size = ObpAllTypesSize(TypeCount);
    Query->Needed = Size;
    if (Query->Length < Size)
        return STATUS_INFO_LENGTH_MISMATCH;
    PUCHAR Buffer = ExAllocatePoolZero(PagedPool, Size, OB_TAG_BUFFER);
    if (!Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;

    ((POBJECT_TYPES_INFORMATION)Buffer)->NumberOfTypes = TypeCount - OBP_FIRST_TYPE_INDEX;
    ULONG Offset = (ULONG)ALIGN_UP_BY(sizeof(OBJECT_TYPES_INFORMATION), sizeof(PVOID));
    for (ULONG i = OBP_FIRST_TYPE_INDEX; i < TypeCount; i++) {
        ObpFillTypeInformation(ObpTypes[i], (POBJECT_TYPE_INFORMATION)(Buffer + Offset),
                               (ULONG_PTR)Query->Buffer + Offset);
        Offset += ObpTypeInformationSize(ObpTypes[i]);
    }
    NTSTATUS Status = MmCopyToUser(Query->Buffer, Buffer, Size);
    ExFreePoolWithTag(Buffer, OB_TAG_BUFFER);
    return Status;
}

static NTSTATUS ObpQueryHandleFlags(POBP_QUERY Query)
{
    OBJECT_HANDLE_FLAG_INFORMATION Information = {
        .Inherit = (Query->HandleAttributes & OBJ_INHERIT) != 0,
        .ProtectFromClose = (Query->HandleAttributes & OBJ_PROTECT_CLOSE) != 0,
    };
    Query->Needed = sizeof(Information);
    if (Query->Length != sizeof(Information))
        return STATUS_INFO_LENGTH_MISMATCH;
    return MmCopyToUser(Query->Buffer, &Information, sizeof(Information));
}

static NTSTATUS (*const ObpQueryClasses[MaxObjectInfoClass])(POBP_QUERY Query) = {
    [ObjectBasicInformation] = ObpQueryBasic,
    [ObjectNameInformation] = ObpQueryName,
    [ObjectTypeInformation] = ObpQueryType,
    [ObjectTypesInformation] = ObpQueryAllTypes,
    [ObjectHandleFlagInformation] = ObpQueryHandleFlags,
};

// Only the list of all types needs no object.
static NTSTATUS ObpReferenceForQuery(POBP_QUERY Query, ULONG Class)
{
    if (Class == ObjectTypesInformation)
        return STATUS_SUCCESS;
    return ObpReferenceByHandle(ObpCurrentProcess(), Query->Handle, 0, nullptr, UserMode,
                                &Query->Object, &Query->GrantedAccess, &Query->HandleAttributes);
}

NTSTATUS NtQueryObject(HANDLE Handle, ULONG ObjectInformationClass, VOID USER *ObjectInformation,
                       ULONG ObjectInformationLength, ULONG USER *ReturnLength)
{
    if (ObjectInformationClass >= MaxObjectInfoClass || !ObpQueryClasses[ObjectInformationClass])
        return STATUS_INVALID_INFO_CLASS;
    OBP_QUERY Query = {
        .Handle = Handle, .Buffer = ObjectInformation, .Length = ObjectInformationLength};
    NTSTATUS Status = ObpReferenceForQuery(&Query, ObjectInformationClass);
    if (!NT_SUCCESS(Status))
        return Status;

    Status = ObpQueryClasses[ObjectInformationClass](&Query);
    if (Query.Object)
        ObDereferenceObject(Query.Object);
    if (ReturnLength && Query.Needed) {
        NTSTATUS WriteStatus = MmWriteUser(ReturnLength, Query.Needed);
        if (!NT_SUCCESS(WriteStatus))
            return WriteStatus;
    }
    return Status;
}

NTSTATUS NtSetInformationObject(HANDLE Handle, ULONG ObjectInformationClass,
                                const VOID USER *ObjectInformation, ULONG ObjectInformationLength)
{
    if (ObjectInformationClass != ObjectHandleFlagInformation)
        return STATUS_INVALID_INFO_CLASS;
    OBJECT_HANDLE_FLAG_INFORMATION Information;
    if (ObjectInformationLength != sizeof(Information))
        return STATUS_INFO_LENGTH_MISMATCH;
    NTSTATUS Status = MmCopyFromUser(&Information, ObjectInformation, sizeof(Information));
    if (!NT_SUCCESS(Status))
        return Status;
    PHANDLE_ENTRY Entry = ObpLookupHandle(ObpCurrentTable(), Handle);
    if (!Entry)
        return STATUS_INVALID_HANDLE;

    Entry->Attributes &= ~(ULONG)(OBJ_INHERIT | OBJ_PROTECT_CLOSE);
    if (Information.Inherit)
        Entry->Attributes |= OBJ_INHERIT;
    if (Information.ProtectFromClose)
        Entry->Attributes |= OBJ_PROTECT_CLOSE;
    return STATUS_SUCCESS;
}
