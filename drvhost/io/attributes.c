// What a file is like that has been opened or cleaned up: the Executive answers questions for its name from then on.

#include "../ntos.h"

#include <nt/nthostfile.h>

enum { IopLongestName = 512 }; // bytes: the Executive wants to know no longer ones

static NTSTATUS NTAPI IopAsked(PDEVICE_OBJECT Device, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(Device);
    if (Irp->PendingReturned)
        KeSetEvent(Context, IO_NO_INCREMENT, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS IopAskAll(PDEVICE_OBJECT Device, PFILE_OBJECT File, PVOID Buffer, ULONG Length)
{
    KEVENT Done;
    PIRP Irp = IoAllocateIrp(Device->StackSize, FALSE);
    if (!Irp)
        return STATUS_INSUFFICIENT_RESOURCES;
    KeInitializeEvent(&Done, NotificationEvent, FALSE);
    Irp->Flags = IRP_BUFFERED_IO | IRP_SYNCHRONOUS_API;
    Irp->RequestorMode = KernelMode;
    Irp->AssociatedIrp.SystemBuffer = Buffer;
    Irp->Tail.Overlay.Thread = PsGetCurrentThread();
    Irp->Tail.Overlay.OriginalFileObject = File;
    PIO_STACK_LOCATION Stack = IoGetNextIrpStackLocation(Irp);
    Stack->MajorFunction = IRP_MJ_QUERY_INFORMATION;
    Stack->FileObject = File;
    Stack->Parameters.QueryFile.Length = Length;
    Stack->Parameters.QueryFile.FileInformationClass = FileAllInformation;
    IoSetCompletionRoutine(Irp, IopAsked, &Done, TRUE, TRUE, TRUE);
    if (IofCallDriver(Device, Irp) == STATUS_PENDING)
        KeWaitForSingleObject(&Done, Executive, KernelMode, FALSE, nullptr);
    NTSTATUS Status = Irp->IoStatus.Status;
    IoFreeIrp(Irp);
    return Status;
}

// The Executive knows names in any case of the Latin letters, and others as they are.
static WCHAR IopUpcaseLatin(WCHAR Character)
{
    return Character >= 'a' && Character <= 'z' ? (WCHAR)(Character - ('a' - 'A')) : Character;
}

static BOOLEAN IopIsOwnName(const FILE_NAME_INFORMATION *Name, PCUNICODE_STRING OpenedAs)
{
    if (Name->FileNameLength != OpenedAs->Length)
        return FALSE;
    for (ULONG i = 0; i < OpenedAs->Length / sizeof(WCHAR); i++) {
        if (IopUpcaseLatin(Name->FileName[i]) != IopUpcaseLatin(OpenedAs->Buffer[i]))
            return FALSE;
    }
    return TRUE;
}

// The driver has done the request, and may have completed it already: it is not answered yet. Returns HOST_FILE_*.
ULONG IopTellAttributes(PIOP_REQUEST Request)
{
    DECLSPEC_ALIGN(8) UCHAR Buffer[sizeof(FILE_ALL_INFORMATION) + IopLongestName];
    const FILE_ALL_INFORMATION *All = (PVOID)Buffer;
    const FILE_STANDARD_INFORMATION *Standard = &All->StandardInformation;
    if (!NT_SUCCESS(IopAskAll(Request->Device, Request->File, Buffer, sizeof(Buffer))) ||
        !IopIsOwnName(&All->NameInformation, &Request->File->FileName))
        return 0;
    if (Standard->DeletePending || Standard->NumberOfLinks != 1)
        return HOST_FILE_OWN_NAME;
    *(PFILE_NETWORK_OPEN_INFORMATION)Request->Host.SystemBuffer = (FILE_NETWORK_OPEN_INFORMATION){
        .CreationTime = All->BasicInformation.CreationTime,
        .LastAccessTime = All->BasicInformation.LastAccessTime,
        .LastWriteTime = All->BasicInformation.LastWriteTime,
        .ChangeTime = All->BasicInformation.ChangeTime,
        .AllocationSize = Standard->AllocationSize,
        .EndOfFile = Standard->EndOfFile,
        .FileAttributes = All->BasicInformation.FileAttributes,
    };
    return HOST_FILE_OWN_NAME | HOST_FILE_TOLD;
}
