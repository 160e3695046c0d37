// What io offers the other folders, and its files one another.
#pragma once

#include "../ldr/ldr.h"
#include "../ob/ob.h"

// ---- Objects under the Executive's numbers

extern OBJECT_TYPE IopDriverType, IopDeviceType, IopFileType;

// What the host keeps behind a DEVICE_OBJECT and its extension; the structure's DeviceObjectExtension
// points to it.
typedef struct _IOP_DEVICE_EXTENSION {
    CSHORT Type;
    USHORT Size;
    PDEVICE_OBJECT DeviceObject;
    ULONG PowerFlags;
    PVOID Dope;
    ULONG ExtensionFlags;
    PVOID DeviceNode;
    PDEVICE_OBJECT AttachedTo;
    LONG StartIoCount, StartIoKey;
    ULONG StartIoFlags;
    PVPB Vpb;
    PVOID DependencyNode, InterruptContext;
    LONG InterruptCount;
    PVOID VerifierContext;
    // ---- the host's own
    ULONG Number;                 // the Executive's; 0: deleted
    LIST_ENTRY NumberLink;        // in the table by number
    PCM_RESOURCE_LIST Translated; // of the last start; in the device that it came to
    PCM_RESOURCE_LIST Raw;        // behind it
    BOOLEAN DeletePending;        // IoDeleteDevice was called
    volatile BOOLEAN Unpublished; // the Executive does not know that it is ready
} IOP_DEVICE_EXTENSION, *PIOP_DEVICE_EXTENSION;

static inline PIOP_DEVICE_EXTENSION IopExtension(PDEVICE_OBJECT Device)
{
    return (PIOP_DEVICE_EXTENSION)Device->DeviceObjectExtension;
}

// device.c
typedef struct _IOP_NEW_DEVICE {
    PDRIVER_OBJECT Driver;
    ULONG ExtensionSize;
    PUNICODE_STRING Name; // null or empty: none
    DEVICE_TYPE Type;
    ULONG Characteristics;
    BOOLEAN Exclusive;
    PSECURITY_DESCRIPTOR Security; // self-relative; null: the default
    ULONG SecurityLength;
} IOP_NEW_DEVICE, *PIOP_NEW_DEVICE;

NTSTATUS IopCreateDevice(const IOP_NEW_DEVICE *New, PDEVICE_OBJECT *DeviceObject);
PDEVICE_OBJECT IopReferenceDevice(ULONG Number);
ULONG IopDeviceNumber(PDEVICE_OBJECT Device);
VOID IopForgetDevice(PDEVICE_OBJECT Device);
VOID IopPublishDevice(PDEVICE_OBJECT Device);
VOID IopPublishReady(void); // those whose driver has finished them
VOID IopRememberDevice(PDEVICE_OBJECT Device, ULONG Number);
PDEVICE_OBJECT IopAllocateProxy(PDRIVER_OBJECT Driver, const HOST_DEVICE *Description);

// proxy.c: devices of other hosts
BOOLEAN IopIsProxy(PDEVICE_OBJECT Device);
PDEVICE_OBJECT IopReferenceAnyDevice(ULONG Number);
VOID IopReleaseDevice(const HOST_REQUEST *Request);

// forward.c
DRIVER_DISPATCH IopForwardIrp;
// A power request to the top of the device's whole stack, wherever that is.
VOID IopForwardToTop(PDEVICE_OBJECT DeviceObject, PIRP Irp);
VOID IopFinishForward(const HOST_REQUEST *Answer);

// driver.c
typedef struct _IOP_DRIVER {
    DRIVER_OBJECT Object; // first
    DRIVER_EXTENSION Extension;
    PLDRH_IMAGE Image;
    UNICODE_STRING RegistryPath;
    LIST_ENTRY ClientExtensions; // IoAllocateDriverObjectExtension
    LIST_ENTRY Link;             // of all drivers
    ULONG Number;                // the Executive's
} IOP_DRIVER, *PIOP_DRIVER;

PIOP_DRIVER IopFindDriver(ULONG Number);
VOID IopLoadDriver(const HOST_REQUEST *Request);
VOID IopUnloadDriver(const HOST_REQUEST *Request);
VOID IopRunDriverReinitialization(PIOP_DRIVER Driver); // reinit.c
VOID IopAddDevice(const HOST_REQUEST *Request);

// file.c
PFILE_OBJECT IopReferenceFile(ULONG Number);
PFILE_OBJECT IopCreateFileObject(ULONG Number, PDEVICE_OBJECT Device, const HOST_CREATE *Create,
                                 PCWSTR Name);
VOID IopForgetFile(PFILE_OBJECT File); // its number means nothing any more
ULONG IopFileNumberOf(PFILE_OBJECT File);
NTSTATUS IopHoldFile(HANDLE Handle, PFILE_OBJECT *FileObject);

// ---- Requests

// What lies before an IRP that stands for a request of the Executive.
enum {
    IopKeptLocations = 10, // stack locations of the requests that are kept for the next ones
    IopKeptPages = 17,     // of their MDLs: 64 KiB wherever they begin
};

typedef struct _IOP_REQUEST {
    LIST_ENTRY Link; // all that are not complete, for cancelling; or those that are kept
    MDL Mdl;         // of up to IopKeptPages
    PFN_NUMBER MdlPages[IopKeptPages];
    BOOLEAN Kept; // goes back to where it is kept
    HOST_REQUEST Host;
    // Null with each new request, from here
    PDEVICE_OBJECT Device;   // referenced
    PFILE_OBJECT File;       // referenced, or null
    PFILE_OBJECT TargetFile; // referenced, or null: what parameters point to (fsparameters.c)
    LONG Holds;              // the dispatching worker and the request's incompleteness
    LONG AnswerStages;       // that must be over before it is answered: completion, and for PnP the
                             // return of the dispatch routine
    PKEVENT CompleteEvent;   // or null: somebody waits for it
    ULONG AnswerTold;        // HOST_FILE_*
    ULONG_PTR AnswerInformation;
    NTSTATUS AnswerStatus;
    // to here. IRP_MJ_CREATE:
    IO_SECURITY_CONTEXT SecurityContext;
    ACCESS_STATE AccessState;
    SECURITY_QUALITY_OF_SERVICE QualityOfService;
    // What parameters point to as well
    UNICODE_STRING Pattern;
    LARGE_INTEGER LockLength;
    DECLSPEC_ALIGN(16) IRP Irp; // stack locations follow
} IOP_REQUEST, *PIOP_REQUEST;

enum { IopDriverMistake = 0xC4 }; // DRIVER_VERIFIER_DETECTED_VIOLATION

enum { IopIrpFromRequest = 0x80 }; // IRP.AllocationFlags: an IOP_REQUEST lies around it

static inline PIOP_REQUEST IopRequestOf(PIRP Irp)
{
    return CONTAINING_RECORD(Irp, IOP_REQUEST, Irp);
}

// request.c: the table by HOST_REQUEST.Kind
VOID IopDispatchRequest(const HOST_REQUEST *Request);
VOID IopNotify(const HOST_REQUEST *Request); // notify.c
// irprequest.c
VOID IopDispatchIrp(const HOST_REQUEST *Request);
VOID IopCancelRequest(const HOST_REQUEST *Request);
VOID IopFinishRequest(PIOP_REQUEST Request);   // its IRP is complete
ULONG IopTellAttributes(PIOP_REQUEST Request); // attributes.c
ULONG IopOutstanding(void);                    // requests that are not complete
// parameters.c: what the stack location gets beside the four plain words; by major function
NTSTATUS IopPrepareStack(PIOP_REQUEST Request, PIO_STACK_LOCATION Stack);
// fsparameters.c
NTSTATUS IopPrepareSetFile(PIOP_REQUEST Request, PIO_STACK_LOCATION Stack);
NTSTATUS IopPrepareDirectory(PIOP_REQUEST Request, PIO_STACK_LOCATION Stack);
NTSTATUS IopPrepareLock(PIOP_REQUEST Request, PIO_STACK_LOCATION Stack);
NTSTATUS IopPrepareQueryEa(PIOP_REQUEST Request, PIO_STACK_LOCATION Stack);
NTSTATUS IopPrepareCaptured(PIOP_REQUEST Request, PIO_STACK_LOCATION Stack);
NTSTATUS IopPrepareSetSecurity(PIOP_REQUEST Request, PIO_STACK_LOCATION Stack);

// vpb.c: volume parameter blocks, and what the Executive knows of them
BOOLEAN IopCreateVpb(PDEVICE_OBJECT Device); // if it is of a kind that has one; FALSE: no memory
VOID IopDeleteVpb(PDEVICE_OBJECT Device);
PVPB IopReferenceVpb(PDEVICE_OBJECT Device); // for a file; null: the device has none
VOID IopDereferenceVpb(PVPB Vpb);
NTSTATUS IopPrepareMount(const HOST_REQUEST *Host, PIO_STACK_LOCATION Stack);
VOID IopFinishMount(const HOST_REQUEST *Host, NTSTATUS Status);
VOID IopPublishVolumes(void);
VOID IopNoteVerifyRequired(PDEVICE_OBJECT Device, PIRP Irp);
VOID IopSetVerifyVolume(const HOST_REQUEST *Request);

// reply.c
VOID IopReply(ULONG RequestId, NTSTATUS Status, ULONG_PTR Information);
VOID IopSendReply(const HOST_REPLY *Reply);
VOID IopSendReplyLater(const HOST_REPLY *Reply); // one that nobody waits for
// Replies of the thread at DISPATCH_LEVEL are signalled together when it leaves.
BOOLEAN IopTakeUnsignalled(void);
VOID IopSignalReplies(void);
// pnp.c: PnP packets that come from the Executive, and that leave for another host
NTSTATUS IopPreparePnp(PIOP_REQUEST Request, PIO_STACK_LOCATION Stack);
NTSTATUS IopAnswerPnp(PIOP_REQUEST Request, PULONG_PTR Length);
SIZE_T IopSendPnp(const IO_STACK_LOCATION *Stack, PULONG64 Parameters, PVOID Buffer);
NTSTATUS IopReceivePnp(PIRP Irp, PIO_STACK_LOCATION Stack, const VOID *Buffer, SIZE_T Length);
// businterface.c: IRP_MN_QUERY_INTERFACE for a device of another host; completes the packet
NTSTATUS IopQueryForeignInterface(PDEVICE_OBJECT Device, PIRP Irp);
// mdl.c
PMDL IopMakeRequestMdl(PIOP_REQUEST Request); // Request->Mdl where it has room
VOID IopFreeRequestMdl(PIOP_REQUEST Request); // and those behind it
// built.c: a packet of IoBuildSynchronousFsdRequest and its kin is complete
VOID IopFinishBuiltIrp(PIRP Irp);
VOID IopFinishAssociatedIrp(PIRP Irp);            // associated.c
VOID IopFreeClientExtensions(PIOP_DRIVER Driver); // driverext.c
VOID IopDeleteTimer(PDEVICE_OBJECT Device);       // timer.c

// resources.c
typedef struct _IOP_INTERRUPT_RESOURCE {
    ULONG Vector;
    KIRQL Irql;
    BOOLEAN Message, Latched;
} IOP_INTERRUPT_RESOURCE, *PIOP_INTERRUPT_RESOURCE;

NTSTATUS IopRememberResources(PDEVICE_OBJECT Device, const CM_RESOURCE_LIST *Raw, ULONG RawLength,
                              const CM_RESOURCE_LIST *Translated, ULONG Length);
ULONG IopQueryInterrupts(PDEVICE_OBJECT PhysicalDevice, PIOP_INTERRUPT_RESOURCE Interrupts,
                         ULONG Capacity);
