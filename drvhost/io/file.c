// File objects: one for each file that the Executive has open on a device of this host.

#include "../ntos.h"

typedef struct _IOP_FILE {
    FILE_OBJECT Object; // first
    ULONG Number;       // 0: closed
    LIST_ENTRY Link;
} IOP_FILE, *PIOP_FILE;

enum { TableBuckets = 64 };

static RTL_SRWLOCK IopFileLock;
static LIST_ENTRY IopFiles[TableBuckets];

static VOID IopDeleteFileObject(PVOID Object)
{
    PFILE_OBJECT File = Object;
    if (File->FileName.Buffer)
        ExFreePoolWithTag(File->FileName.Buffer, 'mNoI');
    if (File->RelatedFileObject)
        ObfDereferenceObject(File->RelatedFileObject);
    ObfDereferenceObject(File->DeviceObject);
}

OBJECT_TYPE IopFileType = {"File", IopDeleteFileObject};

static PLIST_ENTRY IopBucket(ULONG Number)
{
    PLIST_ENTRY Bucket = &IopFiles[Number % TableBuckets];
    if (!Bucket->Flink)
        InitializeListHead(Bucket);
    return Bucket;
}

PFILE_OBJECT IopReferenceFile(ULONG Number)
{
    PFILE_OBJECT Found = nullptr;
    RtlAcquireSRWLockExclusive(&IopFileLock);
    PLIST_ENTRY Bucket = IopBucket(Number);
    for (PLIST_ENTRY Link = Bucket->Flink; Link != Bucket && !Found; Link = Link->Flink) {
        PIOP_FILE File = CONTAINING_RECORD(Link, IOP_FILE, Link);
        if (File->Number == Number)
            Found = &File->Object;
    }
    if (Found)
        ObfReferenceObject(Found);
    RtlReleaseSRWLockExclusive(&IopFileLock);
    return Found;
}

static NTSTATUS IopSetFileName(PFILE_OBJECT File, PCWSTR Name, ULONG Length)
{
    if (!Length)
        return STATUS_SUCCESS;
    if (Length > MAXUSHORT - sizeof(WCHAR))
        return STATUS_NAME_TOO_LONG;
    // File systems append to the name within the maximum length.
    File->FileName.Buffer = ExAllocatePoolWithTag(PagedPool, Length + sizeof(WCHAR), 'mNoI');
    if (!File->FileName.Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlCopyMemory(File->FileName.Buffer, Name, Length);
    File->FileName.Length = (USHORT)Length;
    File->FileName.MaximumLength = (USHORT)(Length + sizeof(WCHAR));
    return STATUS_SUCCESS;
}

// With one reference, which IopForgetFile gives back.
PFILE_OBJECT IopCreateFileObject(ULONG Number, PDEVICE_OBJECT Device, const HOST_CREATE *Create,
                                 PCWSTR Name)
{
    PIOP_FILE File = ObpAllocateObject(&IopFileType, sizeof(*File));
    if (!File)
        return nullptr;
    PFILE_OBJECT Object = &File->Object;
    Object->Type = IO_TYPE_FILE;
    Object->Size = sizeof(*Object);
    ObfReferenceObject(Device);
    Object->DeviceObject = Device;
    Object->Vpb = Device->Vpb;
    Object->Flags = Create->FileFlags;
    KeInitializeEvent(&Object->Lock, SynchronizationEvent, FALSE);
    KeInitializeEvent(&Object->Event, NotificationEvent, FALSE);
    KeInitializeSpinLock(&Object->IrpListLock);
    InitializeListHead(&Object->IrpList);
    if (!NT_SUCCESS(IopSetFileName(Object, Name, Create->NameLength))) {
        ObfDereferenceObject(Object);
        return nullptr;
    }
    if (Create->RelatedFile)
        Object->RelatedFileObject = IopReferenceFile(Create->RelatedFile);
    File->Number = Number;
    RtlAcquireSRWLockExclusive(&IopFileLock);
    InsertTailList(IopBucket(Number), &File->Link);
    RtlReleaseSRWLockExclusive(&IopFileLock);
    return Object;
}

VOID IopForgetFile(PFILE_OBJECT Object)
{
    PIOP_FILE File = CONTAINING_RECORD(Object, IOP_FILE, Object);
    RtlAcquireSRWLockExclusive(&IopFileLock);
    BOOLEAN Known = File->Number != 0;
    if (Known)
        RemoveEntryList(&File->Link);
    File->Number = 0;
    RtlReleaseSRWLockExclusive(&IopFileLock);
    if (Known)
        ObfDereferenceObject(Object);
}

ULONG IopFileNumberOf(PFILE_OBJECT File)
{
    return CONTAINING_RECORD(File, IOP_FILE, Object)->Number;
}
