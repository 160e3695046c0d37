// The medium as the core sees it: transfers to the device below that are waited for.
#include "ff.h"

// Buffer is nonpaged pool, whose pages need not be locked: that would ask the system twice.
static PIRP FfBuildTransfer(PDEVICE_OBJECT Target, ULONG Major, ULONG64 Offset, ULONG Length,
                            PVOID Buffer)
{
    PIRP Irp = IoAllocateIrp(Target->StackSize, FALSE);
    if (!Irp)
        return NULL;
    Irp->Tail.Overlay.Thread = PsGetCurrentThread();
    PIO_STACK_LOCATION Stack = IoGetNextIrpStackLocation(Irp);
    Stack->MajorFunction = (UCHAR)Major;
    Stack->Flags |= SL_OVERRIDE_VERIFY_VOLUME; // while a medium is verified, it must pass
    if (!Length)
        return Irp;
    Stack->Parameters.Read.ByteOffset.QuadPart = (LONGLONG)Offset; // Write has the same layout
    Stack->Parameters.Read.Length = Length;
    Irp->MdlAddress = IoAllocateMdl(Buffer, Length, FALSE, FALSE, NULL);
    if (!Irp->MdlAddress) {
        IoFreeIrp(Irp);
        return NULL;
    }
    MmBuildMdlForNonPagedPool(Irp->MdlAddress);
    return Irp;
}

NTSTATUS FfTransferDevice(PDEVICE_OBJECT Target, ULONG Major, ULONG64 Offset, ULONG Length,
                          PVOID Buffer)
{
    FF_TRANSFER Transfer;
    PIRP Irp = FfBuildTransfer(Target, Major, Offset, Length, Buffer);
    if (!Irp)
        return STATUS_INSUFFICIENT_RESOURCES;
    FfBeginTransfer(&Transfer);
    FfSendPiece(&Transfer, Target, Irp);
    return FfEndTransfer(&Transfer, STATUS_SUCCESS);
}

NTSTATUS FfControlDevice(PDEVICE_OBJECT Target, ULONG Code, PVOID Output, ULONG Length)
{
    IO_STATUS_BLOCK IoStatus = {};
    KEVENT Event;
    KeInitializeEvent(&Event, NotificationEvent, FALSE);
    PIRP Irp = IoBuildDeviceIoControlRequest(Code, Target, NULL, 0, Output, Length, FALSE, &Event,
                                             &IoStatus);
    if (!Irp)
        return STATUS_INSUFFICIENT_RESOURCES;
    IoGetNextIrpStackLocation(Irp)->Flags |= SL_OVERRIDE_VERIFY_VOLUME;
    NTSTATUS Status = IoCallDriver(Target, Irp);
    if (Status == STATUS_PENDING) {
        KeWaitForSingleObject(&Event, Executive, KernelMode, FALSE, NULL);
        Status = IoStatus.Status;
    }
    return Status;
}

static bool FfStoreTransfer(PFF_VOLUME Volume, ULONG Major, uint64_t Offset, uint32_t Length,
                            PVOID Buffer)
{
    NTSTATUS Status = FfTransferDevice(Volume->Target, Major, Offset, Length, Buffer);
    if (!NT_SUCCESS(Status))
        Volume->StoreStatus = Status;
    return NT_SUCCESS(Status);
}

static bool FfStoreRead(void *Context, uint64_t Offset, uint32_t Length, void *Buffer)
{
    return FfStoreTransfer(Context, IRP_MJ_READ, Offset, Length, Buffer);
}

// All at once.
static bool FfStoreReadPieces(void *Context, const FAT_PIECE *Pieces, uint32_t Count)
{
    PFF_VOLUME Volume = Context;
    FF_TRANSFER Reading;
    NTSTATUS Status = STATUS_SUCCESS;
    FfBeginTransfer(&Reading);
    for (uint32_t i = 0; i < Count && NT_SUCCESS(Status); i++) {
        PIRP Irp = FfBuildTransfer(Volume->Target, IRP_MJ_READ, Pieces[i].Offset, Pieces[i].Length,
                                   Pieces[i].Buffer);
        if (Irp)
            FfSendPiece(&Reading, Volume->Target, Irp);
        Status = Irp ? Reading.Status : STATUS_INSUFFICIENT_RESOURCES;
    }
    return NT_SUCCESS(FfEndTransfer(&Reading, Status));
}

static bool FfStoreWrite(void *Context, uint64_t Offset, uint32_t Length, const void *Buffer)
{
    return FfStoreTransfer(Context, IRP_MJ_WRITE, Offset, Length, (PVOID)(ULONG_PTR)Buffer);
}

// A device without a cache need not know the request.
static bool FfStoreBarrier(void *Context)
{
    PFF_VOLUME Volume = Context;
    NTSTATUS Status = FfTransferDevice(Volume->Target, IRP_MJ_FLUSH_BUFFERS, 0, 0, NULL);
    if (Status == STATUS_INVALID_DEVICE_REQUEST || Status == STATUS_NOT_IMPLEMENTED)
        Status = STATUS_SUCCESS;
    if (!NT_SUCCESS(Status))
        Volume->StoreStatus = Status;
    return NT_SUCCESS(Status);
}

static void *FfStoreAllocate(size_t Size)
{
    return ExAllocatePoolWithTag(NonPagedPoolNx, Size, FfTag);
}

static void FfStoreFree(void *Memory)
{
    ExFreePoolWithTag(Memory, FfTag);
}

// ---- Text

static uint16_t FfUpcase(uint16_t Character)
{
    if (Character < 0x80)
        return (uint16_t)(Character >= 'a' && Character <= 'z' ? Character - ('a' - 'A')
                                                               : Character);
    return RtlUpcaseUnicodeChar(Character);
}

static uint8_t FfToOem(uint16_t Character)
{
    CHAR Oem[4];
    ULONG Length;
    WCHAR Wide = Character;
    if (Character < 0x80)
        return (uint8_t)Character;
    NTSTATUS Status = RtlUnicodeToOemN(Oem, sizeof(Oem), &Length, &Wide, sizeof(Wide));
    return NT_SUCCESS(Status) && Length == 1 ? (uint8_t)Oem[0] : 0;
}

static uint16_t FfFromOem(uint8_t Character)
{
    WCHAR Wide = 0;
    ULONG Length;
    CHAR Oem = (CHAR)Character;
    if (Character >= 0x80)
        (VOID) RtlOemToUnicodeN(&Wide, sizeof(Wide), &Length, &Oem, 1);
    return Character < 0x80 ? Character : Wide;
}

VOID FfInitStore(PFF_VOLUME Volume, ULONG64 Bytes, ULONG SectorSize)
{
    Volume->Store = (FAT_STORE){
        .Read = FfStoreRead,
        .ReadPieces = FfStoreReadPieces,
        .Write = FfStoreWrite,
        .Barrier = FfStoreBarrier,
        .Allocate = FfStoreAllocate,
        .Free = FfStoreFree,
        .Upcase = FfUpcase,
        .ToOem = FfToOem,
        .FromOem = FfFromOem,
        .Context = Volume,
        .Bytes = Bytes,
        .SectorSize = SectorSize,
    };
}
