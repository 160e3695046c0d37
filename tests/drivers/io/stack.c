// Completion routines that stop and resume, packets in parts, partial MDLs.

#include "driver.h"

// ---- From outside: down two locations, stopped on the way up, resumed by a work item

static VOID NTAPI Resume(PVOID IoObject, PVOID Context, PIO_WORKITEM Item)
{
    UNREFERENCED_PARAMETER(IoObject);
    PIRP Irp = Context;
    IoFreeWorkItem(Item);
    Irp->IoStatus.Information += 1;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
}

static NTSTATUS NTAPI StopAndResume(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    IoQueueWorkItemEx(Context, Resume, DelayedWorkQueue, Irp);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

NTSTATUS TestStack(PIRP Irp)
{
    PIO_WORKITEM Item = IoAllocateWorkItem(TestDevice);
    if (!Item)
        return TestComplete(Irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    IoMarkIrpPending(Irp);
    IoCopyCurrentIrpStackLocationToNext(Irp);
    IoSetCompletionRoutine(Irp, StopAndResume, Item, TRUE, TRUE, TRUE);
    IoCallDriver(TestLower, Irp);
    return STATUS_PENDING;
}

// ---- From inside

static PIRP MakeControl(PDEVICE_OBJECT Device, ULONG Code)
{
    PIRP Irp = IoAllocateIrp(Device->StackSize + 1, FALSE);
    if (!Irp)
        return NULL;
    IoSetNextIrpStackLocation(Irp); // the test's own
    IoGetCurrentIrpStackLocation(Irp)->DeviceObject = TestDevice;
    PIO_STACK_LOCATION Next = IoGetNextIrpStackLocation(Irp);
    Next->MajorFunction = IRP_MJ_DEVICE_CONTROL;
    Next->Parameters.DeviceIoControl.IoControlCode = Code;
    return Irp;
}

typedef struct _STOPPED {
    ULONG Calls;
    PDEVICE_OBJECT Device;
    BOOLEAN Pending;
    KEVENT Event;
} STOPPED;

static NTSTATUS NTAPI Stop(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    STOPPED *Stopped = Context;
    Stopped->Calls++;
    Stopped->Device = DeviceObject;
    Stopped->Pending = Irp->PendingReturned;
    KeSetEvent(&Stopped->Event, IO_NO_INCREMENT, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

// The same packet goes down twice: completed at once, and by a DPC.
ULONG TestCompletionStops(VOID)
{
    STOPPED Stopped = {0};
    PIRP Irp = MakeControl(TestLower, IOTEST_BUFFERED);
    EXPECT(Irp);
    KeInitializeEvent(&Stopped.Event, SynchronizationEvent, FALSE);
    IoSetCompletionRoutine(Irp, Stop, &Stopped, TRUE, TRUE, TRUE);
    EXPECT(IoCallDriver(TestLower, Irp) == STATUS_SUCCESS);
    EXPECT(Stopped.Calls == 1 && Stopped.Device == TestDevice && !Stopped.Pending);
    KeClearEvent(&Stopped.Event);

    IoGetNextIrpStackLocation(Irp)->MajorFunction = IRP_MJ_DEVICE_CONTROL;
    IoGetNextIrpStackLocation(Irp)->Parameters.DeviceIoControl.IoControlCode = IOTEST_DPC;
    IoSetCompletionRoutine(Irp, Stop, &Stopped, TRUE, TRUE, TRUE);
    EXPECT(IoCallDriver(TestLower, Irp) == STATUS_PENDING);
    KeWaitForSingleObject(&Stopped.Event, Executive, KernelMode, FALSE, NULL);
    EXPECT(Stopped.Calls == 2 && Stopped.Pending);

    // Only on errors: the success below passes by, up to the packet's end, which its builder must not see.
    IoFreeIrp(Irp);
    Irp = MakeControl(TestLower, IOTEST_BUFFERED);
    EXPECT(Irp && IoForwardIrpSynchronously(TestLower, Irp));
    EXPECT(Irp->IoStatus.Status == STATUS_INVALID_DEVICE_REQUEST ||
           NT_SUCCESS(Irp->IoStatus.Status));
    IoFreeIrp(Irp);
    return 0;
}

ULONG TestGuardedCompletion(VOID)
{
    STOPPED Stopped = {0};
    PIRP Irp = MakeControl(TestLower, IOTEST_DPC);
    EXPECT(Irp);
    KeInitializeEvent(&Stopped.Event, SynchronizationEvent, FALSE);
    EXPECT(NT_SUCCESS(IoSetCompletionRoutineEx(TestDevice, Irp, Stop, &Stopped, TRUE, TRUE, TRUE)));
    EXPECT(IoCallDriver(TestLower, Irp) == STATUS_PENDING);
    KeWaitForSingleObject(&Stopped.Event, Executive, KernelMode, FALSE, NULL);
    EXPECT(Stopped.Calls == 1);
    EXPECT(NT_SUCCESS(Irp->IoStatus.Status));
    IoFreeIrp(Irp);
    return 0;
}

// The master is complete when its third part is.
ULONG TestAssociated(VOID)
{
    enum { Parts = 3 };
    STOPPED Stopped = {0};
    PIRP Master = IoAllocateIrp(2, FALSE), Irps[Parts];
    EXPECT(Master);
    KeInitializeEvent(&Stopped.Event, SynchronizationEvent, FALSE);
    IoSetCompletionRoutine(Master, Stop, &Stopped, TRUE, TRUE, TRUE);
    IoSetNextIrpStackLocation(Master);
    Master->IoStatus.Status = STATUS_SUCCESS;
    Master->AssociatedIrp.IrpCount = Parts;
    for (ULONG i = 0; i < Parts; i++) {
        Irps[i] = IoMakeAssociatedIrp(Master, TestLower->StackSize);
        EXPECT(Irps[i]);
        IoGetNextIrpStackLocation(Irps[i])->MajorFunction = IRP_MJ_DEVICE_CONTROL;
        IoGetNextIrpStackLocation(Irps[i])->Parameters.DeviceIoControl.IoControlCode = IOTEST_DPC;
    }
    for (ULONG i = 0; i < Parts; i++) {
        EXPECT(Stopped.Calls == 0);
        EXPECT(IoCallDriver(TestLower, Irps[i]) == STATUS_PENDING);
    }
    KeWaitForSingleObject(&Stopped.Event, Executive, KernelMode, FALSE, NULL);
    EXPECT(Stopped.Calls == 1);
    IoFreeIrp(Master);
    return 0;
}

ULONG TestPartialMdl(VOID)
{
    enum { Size = 3 * PAGE_SIZE, Offset = PAGE_SIZE + 100, Length = 5000 };
    PUCHAR Buffer = ExAllocatePoolWithTag(NonPagedPoolNx, Size, 'tsTI');
    EXPECT(Buffer);
    PMDL Mdl = IoAllocateMdl(Buffer, Size, FALSE, FALSE, NULL);
    PMDL Part = IoAllocateMdl(Buffer + Offset, Length, FALSE, FALSE, NULL);
    EXPECT(Mdl && Part);
    MmBuildMdlForNonPagedPool(Mdl);
    IoBuildPartialMdl(Mdl, Part, Buffer + Offset, Length);
    EXPECT(MmGetMdlVirtualAddress(Part) == Buffer + Offset);
    EXPECT(MmGetMdlByteCount(Part) == Length);
    PUCHAR Mapped = MmGetSystemAddressForMdlSafe(Part, NormalPagePriority);
    EXPECT(Mapped);
    Buffer[Offset] = 17;
    Buffer[Offset + Length - 1] = 18;
    EXPECT(Mapped[0] == 17 && Mapped[Length - 1] == 18);
    for (ULONG i = 0; i < ADDRESS_AND_SIZE_TO_SPAN_PAGES(Buffer + Offset, Length); i++) {
        PVOID Page = (PUCHAR)PAGE_ALIGN(Buffer + Offset) + i * PAGE_SIZE;
        EXPECT(MmGetMdlPfnArray(Part)[i] ==
               (PFN_NUMBER)MmGetPhysicalAddress(Page).QuadPart >> PAGE_SHIFT);
    }
    MmPrepareMdlForReuse(Part);
    IoBuildPartialMdl(Mdl, Part, Buffer + 8, 16);
    EXPECT(MmGetMdlByteCount(Part) == 16 && MmGetMdlByteOffset(Part) == BYTE_OFFSET(Buffer + 8));
    IoFreeMdl(Part);
    IoFreeMdl(Mdl);
    ExFreePoolWithTag(Buffer, 'tsTI');
    return 0;
}
