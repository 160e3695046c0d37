// Data that libraries keep with a driver object, each under an address of its own.

#include "../ntos.h"

typedef struct _IOP_CLIENT_EXTENSION {
    LIST_ENTRY Link;
    PVOID Identification;
    DECLSPEC_ALIGN(16) UCHAR Data[];
} IOP_CLIENT_EXTENSION, *PIOP_CLIENT_EXTENSION;

static RTL_SRWLOCK IopClientLock;

static PIOP_CLIENT_EXTENSION IopFindClient(PIOP_DRIVER Driver, PVOID Identification)
{
    PLIST_ENTRY Head = &Driver->ClientExtensions;
    for (PLIST_ENTRY Link = Head->Flink; Link != Head; Link = Link->Flink) {
        PIOP_CLIENT_EXTENSION Client = CONTAINING_RECORD(Link, IOP_CLIENT_EXTENSION, Link);
        if (Client->Identification == Identification)
            return Client;
    }
    return nullptr;
}

NTSTATUS NTAPI IoAllocateDriverObjectExtension(PDRIVER_OBJECT DriverObject,
                                               PVOID ClientIdentificationAddress,
                                               ULONG DriverObjectExtensionSize,
                                               PVOID *DriverObjectExtension)
{
    PIOP_DRIVER Driver = CONTAINING_RECORD(DriverObject, IOP_DRIVER, Object);
    SIZE_T Size = sizeof(IOP_CLIENT_EXTENSION) + DriverObjectExtensionSize;
    *DriverObjectExtension = nullptr;
    PIOP_CLIENT_EXTENSION Client = ExAllocatePoolWithTag(NonPagedPoolNx, Size, 'xDoI');
    if (!Client)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlZeroMemory(Client, Size);
    Client->Identification = ClientIdentificationAddress;
    RtlAcquireSRWLockExclusive(&IopClientLock);
    BOOLEAN Known = IopFindClient(Driver, ClientIdentificationAddress) != nullptr;
    if (!Known)
        InsertTailList(&Driver->ClientExtensions, &Client->Link);
    RtlReleaseSRWLockExclusive(&IopClientLock);
    if (Known) {
        ExFreePoolWithTag(Client, 'xDoI');
        return STATUS_OBJECT_NAME_COLLISION;
    }
    *DriverObjectExtension = Client->Data;
    return STATUS_SUCCESS;
}

PVOID NTAPI IoGetDriverObjectExtension(PDRIVER_OBJECT DriverObject,
                                       PVOID ClientIdentificationAddress)
{
    PIOP_DRIVER Driver = CONTAINING_RECORD(DriverObject, IOP_DRIVER, Object);
    RtlAcquireSRWLockExclusive(&IopClientLock);
    PIOP_CLIENT_EXTENSION Client = IopFindClient(Driver, ClientIdentificationAddress);
    RtlReleaseSRWLockExclusive(&IopClientLock);
    return Client ? Client->Data : nullptr;
}

VOID IopFreeClientExtensions(PIOP_DRIVER Driver)
{
    while (!IsListEmpty(&Driver->ClientExtensions)) {
        PLIST_ENTRY Link = RemoveHeadList(&Driver->ClientExtensions);
        ExFreePoolWithTag(CONTAINING_RECORD(Link, IOP_CLIENT_EXTENSION, Link), 'xDoI');
    }
}
