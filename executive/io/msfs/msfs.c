// The device of mailslots: creating, opening, closing.
#include "ms.h"

static LIST_ENTRY MsSlots = {&MsSlots, &MsSlots};

static PMS_SLOT MsFindSlot(PCUNICODE_STRING Name)
{
    for (PLIST_ENTRY Link = MsSlots.Flink; Link != &MsSlots; Link = Link->Flink) {
        PMS_SLOT Slot = CONTAINING_RECORD(Link, MS_SLOT, Link);
        if (RtlEqualUnicodeString(&Slot->Name, Name, TRUE))
            return Slot;
    }
    return nullptr;
}

static VOID MsReleaseSlot(PMS_SLOT Slot)
{
    if (--Slot->References)
        return;
    MsEmpty(Slot);
    if (Slot->Security)
        ExFreePool(Slot->Security);
    ExFreePoolWithTag(Slot, MsTag);
}

static NTSTATUS MsSlotName(PFILE_OBJECT File, PUNICODE_STRING Name)
{
    *Name = File->FileName;
    if (File->RelatedFile && MsKind(File->RelatedFile) != MsDeviceFile)
        return STATUS_OBJECT_NAME_INVALID;
    if (!File->RelatedFile) {
        if (!Name->Length || *Name->Buffer != OBJ_NAME_PATH_SEPARATOR)
            return STATUS_OBJECT_NAME_INVALID;
        Name->Buffer++;
        Name->Length -= sizeof(WCHAR);
    }
    return Name->Length ? STATUS_SUCCESS : STATUS_OBJECT_NAME_INVALID;
}

static VOID MsGive(PFILE_OBJECT File, PMS_SLOT Slot, MS_KIND Kind)
{
    Slot->References++;
    File->FsContext = Slot;
    File->FsContext2 = (PVOID)(ULONG_PTR)Kind;
    File->Flags |= FO_MAILSLOT;
}

static NTSTATUS MsCreateSlot(PIO_REQUEST Request)
{
    const MAILSLOT_CREATE_PARAMETERS *Parameters = Request->Open->Parameters;
    UNICODE_STRING Name;
    NTSTATUS Status = MsSlotName(Request->File, &Name);
    if (!NT_SUCCESS(Status))
        return Status;
    if (MsFindSlot(&Name))
        return STATUS_OBJECT_NAME_COLLISION;
    if (Parameters->TimeoutSpecified && Parameters->ReadTimeout.QuadPart > 0)
        return STATUS_INVALID_PARAMETER;
    PMS_SLOT Slot = ExAllocatePoolZero(PagedPool, sizeof(*Slot) + Name.Length, MsTag);
    if (!Slot)
        return STATUS_INSUFFICIENT_RESOURCES;
    Status = SeAssignSecurity(nullptr, Request->Open->SecurityDescriptor, FALSE,
                              ObGetGenericMapping(IoFileObjectType), &Slot->Security);
    if (!NT_SUCCESS(Status)) {
        ExFreePoolWithTag(Slot, MsTag);
        return Status;
    }
    InitializeListHead(&Slot->Messages);
    InitializeListHead(&Slot->Readers);
    Slot->Quota = Parameters->MailslotQuota;
    Slot->MaximumMessageSize = Parameters->MaximumMessageSize;
    Slot->ReadTimeout.QuadPart =
        Parameters->TimeoutSpecified ? Parameters->ReadTimeout.QuadPart : INT64_MIN;
    Slot->Name = (UNICODE_STRING){Name.Length, Name.Length, (PWCH)(Slot + 1)};
    memcpy(Slot->Name.Buffer, Name.Buffer, Name.Length);
    InsertTailList(&MsSlots, &Slot->Link);
    MsGive(Request->File, Slot, MsServerFile);
    Request->IoStatus.Information = FILE_CREATED;
    return STATUS_SUCCESS;
}

// The device itself, or its directory, or a slot for writing.
static NTSTATUS MsOpen(PIO_REQUEST Request)
{
    static const UNICODE_STRING Root = RTL_CONSTANT_STRING(L"\\");
    PFILE_OBJECT File = Request->File;
    PACCESS_STATE State = Request->Open->AccessState;
    UNICODE_STRING Name;
    Request->IoStatus.Information = FILE_OPENED;
    if (!File->RelatedFile &&
        (!File->FileName.Length || RtlEqualUnicodeString(&File->FileName, &Root, FALSE)))
        return STATUS_SUCCESS;
    NTSTATUS Status = MsSlotName(File, &Name);
    if (!NT_SUCCESS(Status))
        return Status;
    PMS_SLOT Slot = MsFindSlot(&Name);
    if (!Slot)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    if (Request->Open->DesiredAccess & FILE_READ_DATA)
        return STATUS_ACCESS_DENIED; // the server reads
    ACCESS_MASK Granted = 0;
    if (!SeAccessCheck(Slot->Security, State->Token, State->RemainingDesiredAccess,
                       State->PreviouslyGrantedAccess, ObGetGenericMapping(IoFileObjectType),
                       Request->RequestorMode, &Granted, &Status))
        return Status;
    State->PreviouslyGrantedAccess |= Granted;
    State->RemainingDesiredAccess &= ~(Granted | (ACCESS_MASK)MAXIMUM_ALLOWED);
    MsGive(File, Slot, MsClientFile);
    return STATUS_SUCCESS;
}

static NTSTATUS MsSubmit(PIO_REQUEST Request)
{
    static const IOP_DISPATCH Functions[IRP_MJ_MAXIMUM_FUNCTION + 1] = {
        [IRP_MJ_CREATE] = MsOpen,
        [IRP_MJ_CREATE_MAILSLOT] = MsCreateSlot,
        [IRP_MJ_READ] = MsRead,
        [IRP_MJ_WRITE] = MsWrite,
        [IRP_MJ_QUERY_INFORMATION] = MsQueryInformation,
        [IRP_MJ_SET_INFORMATION] = MsSetInformation,
    };
    return IopDispatch(Functions, Request);
}

static VOID MsCleanup(PFILE_OBJECT File)
{
    PMS_SLOT Slot = File->FsContext;
    if (MsKind(File) != MsServerFile)
        return;
    RemoveEntryList(&Slot->Link);
    InitializeListHead(&Slot->Link);
    Slot->Closed = TRUE;
    MsEmpty(Slot);
}

static VOID MsClose(PFILE_OBJECT File)
{
    if (MsKind(File) != MsDeviceFile)
        MsReleaseSlot(File->FsContext);
}

static const IOP_OPERATIONS MsOperations = {
    .Submit = MsSubmit,
    .Cancel = MsCancelRead,
    .Cleanup = MsCleanup,
    .Close = MsClose,
};

NTSTATUS IopInitMailslots(VOID)
{
    static const IOP_DEVICE Description = {
        .Operations = &MsOperations,
        .Name = RTL_CONSTANT_STRING(L"\\Device\\Mailslot"),
        .DeviceType = FILE_DEVICE_MAILSLOT,
    };
    PDEVICE_OBJECT Device;
    return IopCreateDeviceObject(&Description, &Device);
}
