// IRP_MJ_QUERY_INFORMATION.
#include "ff.h"

typedef struct _FF_QUERY {
    PFF_FCB Fcb;
    PFILE_OBJECT FileObject;
    PUCHAR Buffer;
    ULONG Length, Used;
} FF_QUERY, *PFF_QUERY;

typedef NTSTATUS FF_QUERY_CLASS(PFF_QUERY Query);

static NTSTATUS FfQueryBasic(PFF_QUERY Query)
{
    FILE_BASIC_INFORMATION *Out = (PVOID)Query->Buffer;
    *Out = (FILE_BASIC_INFORMATION){
        .CreationTime = FfEntryTime(Query->Fcb, FfCreated),
        .LastAccessTime = FfEntryTime(Query->Fcb, FfAccessed),
        .LastWriteTime = FfEntryTime(Query->Fcb, FfModified),
        .ChangeTime = FfEntryTime(Query->Fcb, FfModified),
        .FileAttributes = FfAttributes(Query->Fcb),
    };
    Query->Used = sizeof(*Out);
    return STATUS_SUCCESS;
}

static NTSTATUS FfQueryStandard(PFF_QUERY Query)
{
    FILE_STANDARD_INFORMATION *Out = (PVOID)Query->Buffer;
    PFF_FCB Fcb = Query->Fcb;
    BOOLEAN Directory = FfIsDirectory(Fcb);
    *Out = (FILE_STANDARD_INFORMATION){
        .NumberOfLinks = 1,
        .DeletePending = Fcb->DeletePending || Fcb->Deleted,
        .Directory = Directory,
    };
    if (!Directory) {
        Out->AllocationSize = Fcb->Header.AllocationSize;
        Out->EndOfFile = Fcb->Header.FileSize;
    }
    Query->Used = sizeof(*Out);
    return STATUS_SUCCESS;
}

static NTSTATUS FfQueryInternal(PFF_QUERY Query)
{
    FILE_INTERNAL_INFORMATION *Out = (PVOID)Query->Buffer;
    Out->IndexNumber.QuadPart = (LONGLONG)FfFileId(Query->Fcb);
    Query->Used = sizeof(*Out);
    return STATUS_SUCCESS;
}

static NTSTATUS FfQueryEa(PFF_QUERY Query)
{
    FILE_EA_INFORMATION *Out = (PVOID)Query->Buffer;
    Out->EaSize = 0;
    Query->Used = sizeof(*Out);
    return STATUS_SUCCESS;
}

static NTSTATUS FfQueryPosition(PFF_QUERY Query)
{
    FILE_POSITION_INFORMATION *Out = (PVOID)Query->Buffer;
    Out->CurrentByteOffset = Query->FileObject->CurrentByteOffset;
    Query->Used = sizeof(*Out);
    return STATUS_SUCCESS;
}

// What does not fit is cut, and the length says how much there is.
static NTSTATUS FfPutName(PFF_QUERY Query, ULONG Head, const WCHAR *Name, ULONG Bytes)
{
    ULONG Room = Query->Length - Head, Put = min(Room, Bytes);
    RtlCopyMemory(Query->Buffer + Head, Name, Put);
    Query->Used = Head + Put;
    return Put < Bytes ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

static NTSTATUS FfQueryName(PFF_QUERY Query)
{
    FILE_NAME_INFORMATION *Out = (PVOID)Query->Buffer;
    Out->FileNameLength = Query->Fcb->Path.Length;
    return FfPutName(Query, FIELD_OFFSET(FILE_NAME_INFORMATION, FileName), Query->Fcb->Path.Buffer,
                     Query->Fcb->Path.Length);
}

static NTSTATUS FfQueryShortName(PFF_QUERY Query)
{
    FILE_NAME_INFORMATION *Out = (PVOID)Query->Buffer;
    const FAT_ENTRY *Entry = &Query->Fcb->Entry;
    if (!Query->Fcb->Parent)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    Out->FileNameLength = Entry->ShortLength * sizeof(WCHAR);
    return FfPutName(Query, FIELD_OFFSET(FILE_NAME_INFORMATION, FileName),
                     (const WCHAR *)Entry->ShortName, Out->FileNameLength);
}

static NTSTATUS FfQueryNetworkOpen(PFF_QUERY Query)
{
    FILE_NETWORK_OPEN_INFORMATION *Out = (PVOID)Query->Buffer;
    PFF_FCB Fcb = Query->Fcb;
    *Out = (FILE_NETWORK_OPEN_INFORMATION){
        .CreationTime = FfEntryTime(Fcb, FfCreated),
        .LastAccessTime = FfEntryTime(Fcb, FfAccessed),
        .LastWriteTime = FfEntryTime(Fcb, FfModified),
        .ChangeTime = FfEntryTime(Fcb, FfModified),
        .FileAttributes = FfAttributes(Fcb),
    };
    if (!FfIsDirectory(Fcb)) {
        Out->AllocationSize = Fcb->Header.AllocationSize;
        Out->EndOfFile = Fcb->Header.FileSize;
    }
    Query->Used = sizeof(*Out);
    return STATUS_SUCCESS;
}

static NTSTATUS FfQueryAttributeTag(PFF_QUERY Query)
{
    FILE_ATTRIBUTE_TAG_INFORMATION *Out = (PVOID)Query->Buffer;
    *Out = (FILE_ATTRIBUTE_TAG_INFORMATION){.FileAttributes = FfAttributes(Query->Fcb)};
    Query->Used = sizeof(*Out);
    return STATUS_SUCCESS;
}

static NTSTATUS FfQueryStream(PFF_QUERY Query)
{
    FILE_STREAM_INFORMATION *Out = (PVOID)Query->Buffer;
    static const WCHAR Name[] = L"::$DATA";
    constexpr ULONG Bytes = sizeof(Name) - sizeof(WCHAR);
    if (FfIsDirectory(Query->Fcb))
        return STATUS_SUCCESS; // has none
    *Out = (FILE_STREAM_INFORMATION){
        .StreamNameLength = Bytes,
        .StreamSize = Query->Fcb->Header.FileSize,
        .StreamAllocationSize = Query->Fcb->Header.AllocationSize,
    };
    return FfPutName(Query, FIELD_OFFSET(FILE_STREAM_INFORMATION, StreamName), Name, Bytes);
}

// The parts of the I/O manager are filled in by it.
static NTSTATUS FfQueryAll(PFF_QUERY Query)
{
    FILE_ALL_INFORMATION *Out = (PVOID)Query->Buffer;
    FF_QUERY Part = *Query;
    Part.Buffer = (PUCHAR)&Out->BasicInformation;
    (VOID) FfQueryBasic(&Part);
    Part.Buffer = (PUCHAR)&Out->StandardInformation;
    (VOID) FfQueryStandard(&Part);
    Part.Buffer = (PUCHAR)&Out->InternalInformation;
    (VOID) FfQueryInternal(&Part);
    Part.Buffer = (PUCHAR)&Out->EaInformation;
    (VOID) FfQueryEa(&Part);
    Part.Buffer = (PUCHAR)&Out->PositionInformation;
    (VOID) FfQueryPosition(&Part);
    Out->NameInformation.FileNameLength = Query->Fcb->Path.Length;
    return FfPutName(Query, FIELD_OFFSET(FILE_ALL_INFORMATION, NameInformation.FileName),
                     Query->Fcb->Path.Buffer, Query->Fcb->Path.Length);
}

static const struct {
    FILE_INFORMATION_CLASS Class;
    ULONG Least;
    FF_QUERY_CLASS *Routine;
} FfQueries[] = {
    {FileBasicInformation, sizeof(FILE_BASIC_INFORMATION), FfQueryBasic},
    {FileStandardInformation, sizeof(FILE_STANDARD_INFORMATION), FfQueryStandard},
    {FileInternalInformation, sizeof(FILE_INTERNAL_INFORMATION), FfQueryInternal},
    {FileEaInformation, sizeof(FILE_EA_INFORMATION), FfQueryEa},
    {FilePositionInformation, sizeof(FILE_POSITION_INFORMATION), FfQueryPosition},
    {FileNameInformation, FIELD_OFFSET(FILE_NAME_INFORMATION, FileName), FfQueryName},
    {FileNormalizedNameInformation, FIELD_OFFSET(FILE_NAME_INFORMATION, FileName), FfQueryName},
    {FileAlternateNameInformation, FIELD_OFFSET(FILE_NAME_INFORMATION, FileName), FfQueryShortName},
    {FileNetworkOpenInformation, sizeof(FILE_NETWORK_OPEN_INFORMATION), FfQueryNetworkOpen},
    {FileAttributeTagInformation, sizeof(FILE_ATTRIBUTE_TAG_INFORMATION), FfQueryAttributeTag},
    {FileStreamInformation, sizeof(FILE_STREAM_INFORMATION), FfQueryStream},
    {FileAllInformation, FIELD_OFFSET(FILE_ALL_INFORMATION, NameInformation.FileName), FfQueryAll},
};

static NTSTATUS FfDoQuery(PFF_QUERY Query, FILE_INFORMATION_CLASS Class)
{
    for (ULONG i = 0; i < RTL_NUMBER_OF(FfQueries); i++) {
        if (FfQueries[i].Class != Class)
            continue;
        if (Query->Length < FfQueries[i].Least)
            return STATUS_INFO_LENGTH_MISMATCH;
        ExAcquireResourceSharedLite(&Query->Fcb->MainResource, TRUE);
        NTSTATUS Status = FfQueries[i].Routine(Query);
        ExReleaseResourceLite(&Query->Fcb->MainResource);
        return Status;
    }
    return STATUS_INVALID_PARAMETER;
}

NTSTATUS FfQueryInformation(PFF_VOLUME Volume, PIRP Irp, PIO_STACK_LOCATION Stack)
{
    FF_QUERY Query = {
        .Fcb = FfFcb(Stack->FileObject),
        .FileObject = Stack->FileObject,
        .Buffer = Irp->AssociatedIrp.SystemBuffer,
        .Length = Stack->Parameters.QueryFile.Length,
    };
    NTSTATUS Status = STATUS_INVALID_PARAMETER;
    ExAcquireResourceSharedLite(&Volume->Resource, TRUE);
    if (Volume->Dismounted)
        Status = FfGone(Volume);
    else if (Query.Fcb && Query.Fcb != Volume->VolumeFcb)
        Status = FfDoQuery(&Query, Stack->Parameters.QueryFile.FileInformationClass);
    ExReleaseResourceLite(&Volume->Resource);
    return FfComplete(Irp, Status, NT_ERROR(Status) ? 0 : Query.Used);
}
