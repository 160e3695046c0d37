// NtQueryDirectoryObject: as many entries as fit, an entry of zeros, then their strings.
#include "obp.h"

typedef struct _OBP_LISTING {
    POBJECT_DIRECTORY Directory;
    ULONG Bucket;
    PLIST_ENTRY Link; // null: the bucket was not begun
} OBP_LISTING;

static POBP_NAME ObpNextListed(OBP_LISTING *Listing)
{
    for (; Listing->Bucket < OBP_BUCKETS; Listing->Bucket++, Listing->Link = nullptr) {
        PLIST_ENTRY Head = &Listing->Directory->Buckets[Listing->Bucket];
        Listing->Link = Listing->Link ? Listing->Link->Flink : Head->Flink;
        if (Listing->Link != Head)
            return CONTAINING_RECORD(Listing->Link, OBP_NAME, HashLinks);
    }
    return nullptr;
}

static POBP_NAME ObpListedAt(OBP_LISTING *Listing, POBJECT_DIRECTORY Directory, ULONG Index)
{
    *Listing = (OBP_LISTING){.Directory = Directory};
    POBP_NAME Name = ObpNextListed(Listing);
    while (Name && Index--)
        Name = ObpNextListed(Listing);
    return Name;
}

static ULONG ObpListedSize(POBP_NAME Name)
{
    return sizeof(OBJECT_DIRECTORY_INFORMATION) + Name->Name.Length + sizeof(WCHAR) +
           ObpHeader(Name->Object)->Type->Name.Length + sizeof(WCHAR);
}

// Copy a string behind Offset and describe it with its address in the program.
static ULONG ObpPutString(PUCHAR Buffer, ULONG_PTR UserBase, ULONG Offset, PCUNICODE_STRING From,
                          PUNICODE_STRING Result)
{
    memcpy(Buffer + Offset, From->Buffer, From->Length);
    Result->Length = From->Length;
    Result->MaximumLength = (USHORT)(From->Length + sizeof(WCHAR));
    Result->Buffer = (PWCH)(UserBase + Offset);
    return Offset + Result->MaximumLength;
}

// The buffer is cleared, so the strings end in a zero.
static VOID ObpFillListing(POBJECT_DIRECTORY Directory, ULONG First, ULONG Count, PUCHAR Buffer,
                           ULONG_PTR UserBase)
{
    POBJECT_DIRECTORY_INFORMATION Information = (POBJECT_DIRECTORY_INFORMATION)Buffer;
    ULONG Offset = (Count + 1) * sizeof(*Information);
    OBP_LISTING Listing;
    POBP_NAME Name = ObpListedAt(&Listing, Directory, First);
    for (ULONG i = 0; i < Count; i++, Name = ObpNextListed(&Listing)) {
        Offset = ObpPutString(Buffer, UserBase, Offset, &Name->Name, &Information[i].Name);
        Offset = ObpPutString(Buffer, UserBase, Offset, &ObpHeader(Name->Object)->Type->Name,
                              &Information[i].TypeName);
    }
}

// How many entries from First on fit, and the bytes they take. *Needed: at least for one.
static NTSTATUS ObpMeasureListing(POBJECT_DIRECTORY Directory, ULONG First, BOOLEAN Single,
                                  ULONG Length, PULONG Count, PULONG Needed)
{
    OBP_LISTING Listing;
    POBP_NAME Name = ObpListedAt(&Listing, Directory, First);
    *Count = 0;
    *Needed = sizeof(OBJECT_DIRECTORY_INFORMATION); // the entry of zeros
    if (!Name)
        return STATUS_NO_MORE_ENTRIES;

    for (; Name; Name = ObpNextListed(&Listing)) {
        ULONG Size = ObpListedSize(Name);
        if (*Needed + Size > Length) {
            if (*Count)
                return STATUS_MORE_ENTRIES;
            *Needed += Size;
            return STATUS_BUFFER_TOO_SMALL;
        }
        *Needed += Size;
        ++*Count;
        if (Single)
            break;
    }
    return STATUS_SUCCESS;
}

typedef struct _OBP_LISTING_RESULT {
    ULONG Count, Size;
    PUCHAR Buffer; // pool, or null when there is nothing to copy
} OBP_LISTING_RESULT;

static NTSTATUS ObpMakeListing(POBJECT_DIRECTORY Directory, ULONG First, BOOLEAN Single,
                               ULONG Length, VOID USER *UserBuffer, OBP_LISTING_RESULT *Result)
{
    *Result = (OBP_LISTING_RESULT){};
    NTSTATUS Status =
        ObpMeasureListing(Directory, First, Single, Length, &Result->Count, &Result->Size);
    if (!Result->Count)
        return Status;
    Result->Buffer = ExAllocatePoolZero(PagedPool, Result->Size, OB_TAG_BUFFER);
    if (!Result->Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    ObpFillListing(Directory, First, Result->Count, Result->Buffer, (ULONG_PTR)UserBuffer);
    return Status;
}

static NTSTATUS ObpReturnListing(const OBP_LISTING_RESULT *Result, ULONG First, VOID USER *Buffer,
                                 ULONG USER *Context, ULONG USER *ReturnLength)
{
    NTSTATUS Status = STATUS_SUCCESS;
    if (Result->Count)
        Status = MmCopyToUser(Buffer, Result->Buffer, Result->Size);
    if (NT_SUCCESS(Status) && ReturnLength)
        Status = MmWriteUser(ReturnLength, Result->Size);
    if (NT_SUCCESS(Status) && Result->Count)
        Status = MmWriteUser(Context, First + Result->Count);
    return Status;
}

NTSTATUS NtQueryDirectoryObject(HANDLE DirectoryHandle, VOID USER *Buffer, ULONG Length,
                                BOOLEAN ReturnSingleEntry, BOOLEAN RestartScan, ULONG USER *Context,
                                ULONG USER *ReturnLength)
{
    ULONG First = 0;
    NTSTATUS Status = MmProbeForWrite(Context, sizeof(*Context), 1);
    if (NT_SUCCESS(Status) && ReturnLength)
        Status = MmProbeForWrite(ReturnLength, sizeof(*ReturnLength), 1);
    if (NT_SUCCESS(Status))
        Status = MmCopyFromUser(&First, Context, sizeof(First));
    if (!NT_SUCCESS(Status))
        return Status;
    if (RestartScan)
        First = 0;

    POBJECT_DIRECTORY Directory;
    Status = ObReferenceObjectByHandle(DirectoryHandle, DIRECTORY_QUERY, ObpDirectoryObjectType,
                                       UserMode, (PVOID *)&Directory, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;

    OBP_LISTING_RESULT Result;
    Status = ObpMakeListing(Directory, First, ReturnSingleEntry, Length, Buffer, &Result);
    ObDereferenceObject(Directory);
    NTSTATUS CopyStatus = STATUS_SUCCESS;
    if (Status != STATUS_INSUFFICIENT_RESOURCES)
        CopyStatus = ObpReturnListing(&Result, First, Buffer, Context, ReturnLength);
    if (Result.Buffer)
        ExFreePoolWithTag(Result.Buffer, OB_TAG_BUFFER);
    return NT_SUCCESS(CopyStatus) ? Status : CopyStatus;
}
