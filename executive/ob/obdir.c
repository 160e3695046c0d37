// Directories: hash tables of named objects.
#include "obp.h"

POBJECT_TYPE ObpDirectoryObjectType;
POBJECT_DIRECTORY ObpRootDirectory, ObpTypeDirectory;

// Equal for names that differ in case only, so that both kinds of lookup use one table.
static ULONG ObpHashName(PCUNICODE_STRING Name)
{
    ULONG Hash = 0;
    for (ULONG i = 0; i < Name->Length / sizeof(WCHAR); i++)
        Hash = Hash * 37 + RtlUpcaseUnicodeChar(Name->Buffer[i]);
    return Hash;
}

VOID ObpInitializeDirectory(POBJECT_DIRECTORY Directory)
{
    for (ULONG i = 0; i < OBP_BUCKETS; i++)
        InitializeListHead(&Directory->Buckets[i]);
}

NTSTATUS ObpCreateDirectory(PVOID *Directory)
{
    NTSTATUS Status = ObCreateObject(ObpDirectoryObjectType, 0, Directory);
    if (NT_SUCCESS(Status))
        ObpInitializeDirectory(*Directory);
    return Status;
}

// Its entries held references, so it has none any more.
VOID ObpDeleteDirectory(PVOID Object)
{
    POBJECT_DIRECTORY Directory = Object;
    ObpDropNamespace(Directory);
    ObpNoteChange(Directory);
    if (Directory->Shadow)
        ObDereferenceObject(Directory->Shadow);
}

NTSTATUS ObpCreateName(PCUNICODE_STRING Name, POBP_NAME *Result)
{
    POBP_NAME Entry = ExAllocatePoolZero(PagedPool, sizeof(*Entry) + Name->Length, OB_TAG_NAME);
    if (!Entry)
        return STATUS_INSUFFICIENT_RESOURCES;
    Entry->Name.Buffer = (PWCH)(Entry + 1);
    Entry->Name.Length = Entry->Name.MaximumLength = Name->Length;
    memcpy(Entry->Name.Buffer, Name->Buffer, Name->Length);
    Entry->Hash = ObpHashName(Name);
    *Result = Entry;
    return STATUS_SUCCESS;
}

VOID ObpLinkName(POBJECT_DIRECTORY Directory, PVOID Object, POBP_NAME Name)
{
    POBJECT_HEADER Header = ObpHeader(Object);
    ASSERT(!Header->Name || !Header->Name->Directory);
    if (Header->Name)
        ExFreePoolWithTag(Header->Name, OB_TAG_NAME);
    Header->Name = Name;
    Name->Object = Object;
    Name->Directory = Directory;
    InsertHeadList(&Directory->Buckets[Name->Hash % OBP_BUCKETS], &Name->HashLinks);
    ObpNoteChange(Directory);
    ObReferenceObject(Directory);
    ObReferenceObject(Object);
}

static PVOID ObpFindEntry(POBJECT_DIRECTORY Directory, ULONG Hash, PCUNICODE_STRING Name,
                          BOOLEAN IgnoreCase)
{
    PLIST_ENTRY Head = &Directory->Buckets[Hash % OBP_BUCKETS];
    for (PLIST_ENTRY Link = Head->Flink; Link != Head; Link = Link->Flink) {
        POBP_NAME Entry = CONTAINING_RECORD(Link, OBP_NAME, HashLinks);
        if (Entry->Hash == Hash && RtlEqualUnicodeString(&Entry->Name, Name, IgnoreCase))
            return Entry->Object;
    }
    return nullptr;
}

PVOID ObpLookupOwnEntry(POBJECT_DIRECTORY Directory, PCUNICODE_STRING Name, BOOLEAN IgnoreCase)
{
    return ObpFindEntry(Directory, ObpHashName(Name), Name, IgnoreCase);
}

PVOID ObpLookupDirectoryEntry(POBJECT_DIRECTORY Directory, PCUNICODE_STRING Name,
                              BOOLEAN IgnoreCase)
{
    ULONG Hash = ObpHashName(Name);
    PVOID Found = nullptr;
    for (; Directory && !Found; Directory = Directory->Shadow)
        Found = ObpFindEntry(Directory, Hash, Name, IgnoreCase);
    return Found;
}

// ---- Services

static NTSTATUS ObpReferenceShadow(HANDLE Handle, POBJECT_DIRECTORY *Shadow)
{
    *Shadow = nullptr;
    if (!Handle)
        return STATUS_SUCCESS;
    return ObReferenceObjectByHandle(Handle, DIRECTORY_QUERY | DIRECTORY_TRAVERSE,
                                     ObpDirectoryObjectType, UserMode, (PVOID *)Shadow, nullptr);
}

NTSTATUS NtCreateDirectoryObjectEx(HANDLE USER *DirectoryHandle, ACCESS_MASK DesiredAccess,
                                   const OBJECT_ATTRIBUTES USER *ObjectAttributes,
                                   HANDLE ShadowDirectoryHandle, ULONG Flags)
{
    if (Flags)
        return STATUS_INVALID_PARAMETER;
    POBJECT_DIRECTORY Shadow, Directory;
    NTSTATUS Status = ObpReferenceShadow(ShadowDirectoryHandle, &Shadow);
    if (!NT_SUCCESS(Status))
        return Status;
    OB_ATTRIBUTES Attributes;
    Status = ObBeginCreateService(ObpDirectoryObjectType, DirectoryHandle, ObjectAttributes,
                                  &Attributes, (PVOID *)&Directory);
    if (!NT_SUCCESS(Status)) {
        if (Shadow)
            ObDereferenceObject(Shadow);
        return Status;
    }
    ObpInitializeDirectory(Directory);
    Directory->Shadow = Shadow;
    return ObInsertService(Directory, &Attributes, DesiredAccess, DirectoryHandle);
}

NTSTATUS NtCreateDirectoryObject(HANDLE USER *DirectoryHandle, ACCESS_MASK DesiredAccess,
                                 const OBJECT_ATTRIBUTES USER *ObjectAttributes)
{
    return NtCreateDirectoryObjectEx(DirectoryHandle, DesiredAccess, ObjectAttributes, nullptr, 0);
}

NTSTATUS NtOpenDirectoryObject(HANDLE USER *DirectoryHandle, ACCESS_MASK DesiredAccess,
                               const OBJECT_ATTRIBUTES USER *ObjectAttributes)
{
    return ObOpenService(ObpDirectoryObjectType, DirectoryHandle, DesiredAccess, ObjectAttributes);
}
