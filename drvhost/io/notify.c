// Notifications of device interfaces that come and go, and of what becomes of a device that a driver uses. The Executive
// sends them. For the former a work item calls the driver; the latter wait for its answer.

#include "../ntos.h"

typedef struct _IOP_NOTIFY_ENTRY {
    LIST_ENTRY Link;
    ULONG Number; // the Executive's; 0: there is nothing that could come
    PFILE_OBJECT
    Target; // as the driver gave it, not referenced: it closes the file when it is asked; null: none
    LONG Holds; // the registration, and each call on its way
    BOOLEAN Removed;
    KEVENT Calling; // set: no call is being made. It is made at PASSIVE_LEVEL, so this is no mutex
    PDRIVER_OBJECT Driver; // referenced
    PDRIVER_NOTIFICATION_CALLBACK_ROUTINE Routine;
    PVOID Context;
} IOP_NOTIFY_ENTRY, *PIOP_NOTIFY_ENTRY;

typedef struct _IOP_NOTIFY_CALL {
    WORK_QUEUE_ITEM Item;
    PIOP_NOTIFY_ENTRY Entry;
    UNICODE_STRING Name;
    HOST_NOTIFICATION Notification;
    WCHAR Buffer[];
} IOP_NOTIFY_CALL, *PIOP_NOTIFY_CALL;

static RTL_SRWLOCK IopNotifyLock;
static LIST_ENTRY IopNotifyEntries = {&IopNotifyEntries, &IopNotifyEntries};

static const GUID IopArrivalEvent = {
    0xCB3A4004, 0x46F0, 0x11D0, {0xB0, 0x8F, 0x00, 0x60, 0x97, 0x13, 0x05, 0x3F}};
static const GUID IopRemovalEvent = {
    0xCB3A4005, 0x46F0, 0x11D0, {0xB0, 0x8F, 0x00, 0x60, 0x97, 0x13, 0x05, 0x3F}};

static VOID IopReleaseNotify(PIOP_NOTIFY_ENTRY Entry)
{
    if (InterlockedDecrement(&Entry->Holds))
        return;
    ObfDereferenceObject(Entry->Driver);
    ExFreePoolWithTag(Entry, 'fNoI');
}

static PIOP_NOTIFY_ENTRY IopHoldNotify(ULONG Number)
{
    PIOP_NOTIFY_ENTRY Found = nullptr;
    RtlAcquireSRWLockExclusive(&IopNotifyLock);
    for (PLIST_ENTRY Link = IopNotifyEntries.Flink; Link != &IopNotifyEntries && !Found;
         Link = Link->Flink) {
        PIOP_NOTIFY_ENTRY Entry = CONTAINING_RECORD(Link, IOP_NOTIFY_ENTRY, Link);
        if (Entry->Number == Number)
            Found = Entry;
    }
    if (Found)
        InterlockedIncrement(&Found->Holds);
    RtlReleaseSRWLockExclusive(&IopNotifyLock);
    return Found;
}

static VOID NTAPI IopCallNotify(PVOID Parameter)
{
    PIOP_NOTIFY_CALL Call = Parameter;
    PIOP_NOTIFY_ENTRY Entry = Call->Entry;
    DEVICE_INTERFACE_CHANGE_NOTIFICATION Notification = {
        .Version = 1,
        .Size = sizeof(Notification),
        .Event = Call->Notification.Arrival ? IopArrivalEvent : IopRemovalEvent,
        .InterfaceClassGuid = Call->Notification.InterfaceClass,
        .SymbolicLinkName = &Call->Name,
    };
    KeWaitForSingleObject(&Entry->Calling, Executive, KernelMode, FALSE, nullptr);
    if (!Entry->Removed)
        Entry->Routine(&Notification, Entry->Context);
    KeSetEvent(&Entry->Calling, IO_NO_INCREMENT, FALSE);
    IopReleaseNotify(Entry);
    ExFreePoolWithTag(Call, 'fNoI');
}

static NTSTATUS IopQueueNotify(PIOP_NOTIFY_ENTRY Entry, const HOST_NOTIFICATION *Notification)
{
    SIZE_T Size = sizeof(IOP_NOTIFY_CALL) + Notification->NameLength + sizeof(WCHAR);
    PIOP_NOTIFY_CALL Call = ExAllocatePoolWithTag(NonPagedPoolNx, Size, 'fNoI');
    if (!Call)
        return STATUS_INSUFFICIENT_RESOURCES;
    Call->Entry = Entry;
    Call->Notification = *Notification;
    RtlCopyMemory(Call->Buffer, Notification + 1, Notification->NameLength);
    Call->Buffer[Notification->NameLength / sizeof(WCHAR)] = 0;
    RtlInitUnicodeString(&Call->Name, Call->Buffer);
    ExInitializeWorkItem(&Call->Item, IopCallNotify, Call);
    ExQueueWorkItem(&Call->Item, DelayedWorkQueue);
    return STATUS_SUCCESS;
}

// The driver may close the file and give up the registration from its routine.
static NTSTATUS IopAskTarget(PIOP_NOTIFY_ENTRY Entry, const HOST_NOTIFICATION *Notification)
{
    NTSTATUS Status = STATUS_SUCCESS;
    if (Notification->NameLength < sizeof(HOST_TARGET_HEADER))
        return STATUS_INVALID_PARAMETER;
    PHOST_TARGET_HEADER Header = ExAllocatePoolWithTag(PagedPool, Notification->NameLength, 'fNoI');
    if (!Header)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlCopyMemory(Header, Notification + 1, Notification->NameLength);
    Header->FileObject = (ULONG64)Entry->Target;
    KeWaitForSingleObject(&Entry->Calling, Executive, KernelMode, FALSE, nullptr);
    if (!Entry->Removed)
        Status = Entry->Routine(Header, Entry->Context);
    KeSetEvent(&Entry->Calling, IO_NO_INCREMENT, FALSE);
    ExFreePoolWithTag(Header, 'fNoI');
    return Status;
}

VOID IopNotify(const HOST_REQUEST *Request)
{
    PIOP_NOTIFY_ENTRY Entry = IopHoldNotify((ULONG)Request->Parameters[0]);
    NTSTATUS Status = STATUS_SUCCESS; // nobody waits for it any more
    const HOST_NOTIFICATION *Notification = (const HOST_NOTIFICATION *)Request->SystemBuffer;
    BOOLEAN Done = Entry && Entry->Target;
    if (Entry)
        Status = Done ? IopAskTarget(Entry, Notification) : IopQueueNotify(Entry, Notification);
    if (Entry && (Done || !NT_SUCCESS(Status)))
        IopReleaseNotify(Entry);
    IopReply(Request->RequestId, Status, 0);
}

// Hardware profiles do not change here: nothing comes of such a registration.
static NTSTATUS IopRegisterNotify(PIOP_NOTIFY_ENTRY Entry, IO_NOTIFICATION_EVENT_CATEGORY Category,
                                  ULONG Flags, PVOID Data)
{
    ULONG Device;
    switch (Category) {
    case EventCategoryHardwareProfileChange:
        return STATUS_SUCCESS;
    case EventCategoryDeviceInterfaceChange:
        return NtHostRegisterNotification(Category, Flags, Data, sizeof(GUID), &Entry->Number);
    case EventCategoryTargetDeviceChange:
        Device = IopDeviceNumber(IoGetRelatedDeviceObject(Data));
        return NtHostRegisterNotification(Category, 0, &Device, sizeof(Device), &Entry->Number);
    default:
        return STATUS_INVALID_PARAMETER;
    }
}

NTSTATUS NTAPI IoRegisterPlugPlayNotification(IO_NOTIFICATION_EVENT_CATEGORY EventCategory,
                                              ULONG EventCategoryFlags, PVOID EventCategoryData,
                                              PDRIVER_OBJECT DriverObject,
                                              PDRIVER_NOTIFICATION_CALLBACK_ROUTINE Routine,
                                              PVOID Context, PVOID *NotificationEntry)
{
    *NotificationEntry = nullptr;
    PIOP_NOTIFY_ENTRY Entry = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Entry), 'fNoI');
    if (!Entry)
        return STATUS_INSUFFICIENT_RESOURCES;
    *Entry = (IOP_NOTIFY_ENTRY){
        .Holds = 1, .Driver = DriverObject, .Routine = Routine, .Context = Context};
    if (EventCategory == EventCategoryTargetDeviceChange)
        Entry->Target = EventCategoryData;
    KeInitializeEvent(&Entry->Calling, SynchronizationEvent, TRUE);
    // With the lock, so that what the Executive sends at once finds the entry.
    RtlAcquireSRWLockExclusive(&IopNotifyLock);
    NTSTATUS Status =
        IopRegisterNotify(Entry, EventCategory, EventCategoryFlags, EventCategoryData);
    if (NT_SUCCESS(Status))
        InsertTailList(&IopNotifyEntries, &Entry->Link);
    RtlReleaseSRWLockExclusive(&IopNotifyLock);
    if (!NT_SUCCESS(Status)) {
        ExFreePoolWithTag(Entry, 'fNoI');
        return Status;
    }
    ObfReferenceObject(DriverObject);
    *NotificationEntry = Entry;
    return STATUS_SUCCESS;
}

// Does not wait for a call that is being made: the routine itself may do this.
NTSTATUS NTAPI IoUnregisterPlugPlayNotification(PVOID NotificationEntry)
{
    PIOP_NOTIFY_ENTRY Entry = NotificationEntry;
    RtlAcquireSRWLockExclusive(&IopNotifyLock);
    Entry->Removed = TRUE;
    RemoveEntryList(&Entry->Link);
    RtlReleaseSRWLockExclusive(&IopNotifyLock);
    if (Entry->Number)
        NtHostUnregisterNotification(Entry->Number);
    IopReleaseNotify(Entry);
    return STATUS_SUCCESS;
}

// Waits for a call that is being made.
NTSTATUS NTAPI IoUnregisterPlugPlayNotificationEx(PVOID NotificationEntry)
{
    PIOP_NOTIFY_ENTRY Entry = NotificationEntry;
    InterlockedIncrement(&Entry->Holds);
    IoUnregisterPlugPlayNotification(Entry);
    KeWaitForSingleObject(&Entry->Calling, Executive, KernelMode, FALSE, nullptr);
    KeSetEvent(&Entry->Calling, IO_NO_INCREMENT, FALSE);
    IopReleaseNotify(Entry);
    return STATUS_SUCCESS;
}
