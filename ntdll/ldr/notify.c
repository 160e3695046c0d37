// Notifications of DLLs that come and go (LdrRegisterDllNotification).

#include "ldrp.h"

typedef struct _LDRP_NOTIFICATION {
    LIST_ENTRY Link;
    PLDR_DLL_NOTIFICATION_FUNCTION Callback;
    PVOID Context;
} LDRP_NOTIFICATION, *PLDRP_NOTIFICATION;

static LIST_ENTRY LdrpNotifications = {&LdrpNotifications, &LdrpNotifications};

// Called under the loader lock. A callback may unregister itself.
VOID LdrpNotify(ULONG Reason, PLDRP_MODULE Module)
{
    const LDR_DLL_NOTIFICATION_DATA Data = {
        .FullDllName = &Module->Entry.FullDllName,
        .BaseDllName = &Module->Entry.BaseDllName,
        .DllBase = Module->Entry.DllBase,
        .SizeOfImage = Module->Entry.SizeOfImage,
    };
    PLIST_ENTRY Next;
    for (PLIST_ENTRY Link = LdrpNotifications.Flink; Link != &LdrpNotifications; Link = Next) {
        Next = Link->Flink;
        PLDRP_NOTIFICATION Notification = CONTAINING_RECORD(Link, LDRP_NOTIFICATION, Link);
        Notification->Callback(Reason, &Data, Notification->Context);
    }
}

NTSTATUS NTAPI LdrRegisterDllNotification(ULONG Flags, PLDR_DLL_NOTIFICATION_FUNCTION Callback,
                                          PVOID Context, PVOID *Cookie)
{
    if (Flags || !Callback || !Cookie)
        return STATUS_INVALID_PARAMETER;
    PLDRP_NOTIFICATION Notification = LdrpAllocate(sizeof(*Notification));
    if (!Notification)
        return STATUS_NO_MEMORY;
    Notification->Callback = Callback;
    Notification->Context = Context;
    RtlEnterCriticalSection(&LdrpLock);
    InsertTailList(&LdrpNotifications, &Notification->Link);
    RtlLeaveCriticalSection(&LdrpLock);
    *Cookie = Notification;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI LdrUnregisterDllNotification(PVOID Cookie)
{
    NTSTATUS Status = STATUS_DLL_NOT_FOUND;
    RtlEnterCriticalSection(&LdrpLock);
    for (PLIST_ENTRY Link = LdrpNotifications.Flink; Link != &LdrpNotifications;
         Link = Link->Flink) {
        if (CONTAINING_RECORD(Link, LDRP_NOTIFICATION, Link) != Cookie)
            continue;
        RemoveEntryList(Link);
        LdrpFree(Cookie);
        Status = STATUS_SUCCESS;
        break;
    }
    RtlLeaveCriticalSection(&LdrpLock);
    return Status;
}
