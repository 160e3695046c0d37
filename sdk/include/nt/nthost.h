// The interface between the Executive's I/O manager and a driver host: two rings in shared memory, and the
// services that only a host may call. docs/driver-hosts.md tells how they are used. Both sides include this
// file, each behind its own Windows headers: it needs nothing but their integer types.
#ifndef NT_NTHOST_H
#define NT_NTHOST_H

// ---- Capabilities of a host's threads. Every thread of the system finds the Executive at the first; the
// others exist in hosts only. HOST_CPTR(n) is slot n of the CNode that all threads of the host share.

#define KI_CPTR_SERVICE 0x100
#define KI_CPTR_FAULT   0x200
#define HOST_CPTR(Slot) (0x300 + (Slot))
#define HOST_CNODE_BITS 8

// The first slots of the shared CNode; interrupts and I/O ports follow.
enum {
    HOST_SLOT_WORK = 1,   // notification: requests have come; the workers wait for it
    HOST_SLOT_REPLY = 2,  // notification: tells the Executive to look at the reply ring
    HOST_SLOT_RESUME = 3, // notification: an interrupt thread of the host has rested long enough
    HOST_SLOT_IDLE = 4,   // notification of the host to itself
    HOST_SLOT_FIRST_FREE = 8,
};

// ---- Rings. One producer, one consumer. Head and Tail count entries and wrap at 2^32; an entry's place
// is its number modulo HOST_RING_ENTRIES. The producer writes the entry, then Tail; the consumer reads
// the entry, then writes Head. The consumer copies an entry before it looks at it: the other side may
// change it at any time.

enum { HOST_RING_ENTRIES = 256 };
enum { HOST_REST_REQUESTS = 8 }; // a host with fewer under way does not rest

typedef struct _HOST_RING {
    volatile ULONG Tail; // of the producer
    ULONG Reserved1[15];
    volatile ULONG Head; // of the consumer
    // The consumer sleeps (or is about to: it looks once more after setting this): the producer
    // signals. Whoever finds it set clears it and signals.
    volatile ULONG Waiting;
    ULONG Reserved2[14];
} HOST_RING, *PHOST_RING;

// What the Executive asks of the host.
typedef enum _HOST_REQUEST_KIND {
    HostRequestIrp = 1,     // an I/O request packet for Device
    HostRequestCancel,      // cancel the request RequestId, which the host was given before
    HostRequestForwardDone, // the request that the host forwarded as ForwardId is complete
    // SystemBuffer: HOST_DRIVER_NAMES; Device = the number that the Executive gives the driver. Answer:
    // the status of DriverEntry.
    HostRequestLoadDriver,
    HostRequestUnloadDriver, // Device = the driver's number
    HostRequestAddDevice,    // Device = physical device object, Parameters[0] = the driver's number
    HostRequestReleaseDevice, // there is no Device any more, whichever host's it was
    HostRequestNotify,        // an event that a driver registered for; Parameters[0] = registration
    HostRequestVerifyVolume, // Device's medium must be verified (Parameters[0]) or has been; no answer
} HOST_REQUEST_KIND;

// How the data of a request crosses.
typedef enum _HOST_BUFFERING {
    HostBufferNone,
    HostBufferSystem,  // SystemBuffer in the arena: input is there, output is taken from there
    HostBufferDirect,  // as above for the input; the output buffer is described by Pages (an MDL)
    HostBufferNeither, // addresses in the host at which the caller's memory appears as it is touched
} HOST_BUFFERING;

// Flags of HOST_REQUEST
enum {
    HOST_REQUEST_PAGING = 1,      // IRP_PAGING_IO
    HOST_REQUEST_NOCACHE = 2,     // IRP_NOCACHE
    HOST_REQUEST_SYNCHRONOUS = 4, // IRP_SYNCHRONOUS_API
    HOST_REQUEST_KERNEL_MODE = 8, // RequestorMode is KernelMode: the Executive or another driver
    HOST_REQUEST_WRITABLE_PAGES = 16, // the device may write to Pages
    HOST_REQUEST_HAS_STATUS = 32,     // Status is what the packet begins with
    // Forwarded IRP_MJ_POWER: for the top of the stack that Device is in, and after the requests for the state
    // of that stack's device that are under way (PoRequestPowerIrp)
    HOST_REQUEST_TO_TOP = 64,
    HOST_REQUEST_IMPERSONATES = 128, // the requestor's thread acts as somebody else
    // Of the cache: the callbacks of CcInitializeCacheMap are called around the request
    HOST_REQUEST_LAZY_WRITE = 0x100,
    HOST_REQUEST_READ_AHEAD = 0x200,
    HOST_REQUEST_SYNCHRONOUS_PAGING = 0x400, // IRP_SYNCHRONOUS_PAGING_IO
    HOST_REQUEST_QUIET = 0x4000,             // nobody waits for the answer: it is not signalled
};

// A request for Device is given to the top of Device's stack within the host; what other hosts have
// attached above it has seen the request already, or will not.
typedef struct _HOST_REQUEST {
    UCHAR Kind; // HOST_REQUEST_KIND
    UCHAR MajorFunction, MinorFunction;
    UCHAR StackFlags; // IO_STACK_LOCATION.Flags: SL_*
    USHORT Flags;     // HOST_REQUEST_*
    USHORT Buffering; // HOST_BUFFERING
    ULONG RequestId;  // never 0; ForwardId with HostRequestForwardDone
    ULONG Device;     // number of the device object
    ULONG File;       // number of the file object, 0: none
    ULONG InputLength, OutputLength;
    NTSTATUS Status;       // HostRequestForwardDone
    ULONG64 Parameters[4]; // IO_STACK_LOCATION.Parameters, as on Windows but for pointers
    ULONG64 SystemBuffer;  // address in the host, 0: none
    ULONG64 UserBuffer; // Neither: the output buffer; its input is Parameters[3] (Type3InputBuffer)
    ULONG64 Pages;      // address in the host of the page-frame numbers (ULONG64 each), 0: none
    ULONG PageOffset,
        PageLength;            // bytes: where the buffer starts in the first page, and its length
    ULONG64 Information;       // HostRequestForwardDone
    ULONG ProcessId, ThreadId; // of the requestor
    ULONG64 Reserved[2];
} HOST_REQUEST, *PHOST_REQUEST;
static_assert(sizeof(HOST_REQUEST) == 128);

// What the host tells the Executive.
typedef enum _HOST_REPLY_KIND {
    HostReplyComplete = 1,  // RequestId is done: Status, Information
    HostReplyForward,       // a request for a device of another host: see HOST_FORWARD in the arena
    HostReplyForwardCancel, // cancel what was forwarded as RequestId
    // Nobody has the file open whose SectionObjectPointer is Data, and it has Information bytes now: what the cache has behind
    // them is thrown away. Not signalled: it is heeded before what the host answers afterwards.
    HostReplyCutCached,
} HOST_REPLY_KIND;

typedef struct _HOST_REPLY {
    ULONG Kind;      // HOST_REPLY_KIND
    ULONG RequestId; // HostReplyForward: chosen by the host, comes back as ForwardId
    NTSTATUS Status;
    ULONG FileFlags; // of a file that was opened: FO_*
    ULONG64 Information;
    // HostReplyForward: address of the HOST_REQUEST in the host's own memory. HostReplyComplete of a create: the
    // file object's SectionObjectPointer, by which the Executive knows the file's data from now on; 0: none
    ULONG64 Data;
} HOST_REPLY, *PHOST_REPLY;
static_assert(sizeof(HOST_REPLY) == 32);

enum { HOST_FIRST_VECTOR = 0x30, HOST_VECTORS = 128 };

// HOST_SHARED.Sections
enum { HOST_SECTION_BITS = 1024 };

static inline ULONG HostSectionBit(ULONG64 Key)
{
    return ((ULONG)(Key >> 4) * 0x9E3779B1u) >> 22;
}

// The shared page that both know: rings behind their headers.
typedef struct _HOST_SHARED {
    HOST_RING RequestRing; // the Executive produces
    HOST_RING ReplyRing;   // the host produces
    // The watchdog's view of the host. A thread at or above DISPATCH_LEVEL counts DispatchEntries when it
    // gets there and again when it leaves, so an odd number means that one is there.
    volatile ULONG DispatchEntries;
    volatile ULONG InterruptEntries; // the same for interrupt service routines
    volatile ULONG DispatchThread;   // who did so last
    volatile ULONG InterruptThread;
    // An interrupt thread waits for the processor to be idle, or for HOST_SLOT_RESUME: many requests are under
    // way, and what the device finishes meanwhile comes with one interrupt. The Executive signals in time.
    volatile ULONG Resting;
    // 0: answers to quiet requests are not signalled: the Executive finds them with the next answer, or looks for
    // them in time.
    volatile ULONG SignalQuiet;
    volatile ULONG
        WorkThread; // that has taken the last request: while it waits another must take the next
    // Which files may have sections or images over their data, by what the host knows it by: the bit of one that has any
    // is set (HostSectionBit), that of another may be.
    volatile ULONG Sections[HOST_SECTION_BITS / 32];
    // DPCs wait for the requests that are in the ring: another worker looks for them while WorkThread waits, too.
    volatile ULONG Deferred;
    ULONG Reserved[24];
    // How often each vector of the host's has been served, by vector less HOST_FIRST_VECTOR, and how often a driver
    // has taken the interrupt for its own.
    volatile ULONG Interrupts[HOST_VECTORS];
    volatile ULONG Claimed[HOST_VECTORS];
    HOST_REQUEST Requests[HOST_RING_ENTRIES];
    HOST_REPLY Replies[HOST_RING_ENTRIES];
} HOST_SHARED, *PHOST_SHARED;

// The exception that the watchdog gives to a thread which does not leave a raised IRQL. The host says where that is,
// and ends; if it does not, it is ended.
#define HOST_WATCHDOG_EXCEPTION ((NTSTATUS)0xE0000133)

// ---- Data of single requests, in the arena

// HostRequestLoadDriver. Offsets in bytes from the structure; lengths in bytes, not terminated.
typedef struct _HOST_DRIVER_NAMES {
    ULONG ServiceOffset, ServiceLength; // registry path: \Registry\Machine\System\...\Services\name
    ULONG ImageOffset, ImageLength;     // NT path of the image
    ULONG DriverOffset, DriverLength;   // \Driver\name or \FileSystem\name
} HOST_DRIVER_NAMES, *PHOST_DRIVER_NAMES;

// IRP_MJ_CREATE: SystemBuffer holds this, then the name, then the extended attributes.
typedef struct _HOST_CREATE {
    ULONG DesiredAccess;
    ULONG Options; // disposition << 24 | create options
    USHORT FileAttributes, ShareAccess;
    ULONG NameLength, EaLength; // bytes
    ULONG RelatedFile;          // number of the file that the name is relative to, 0: none
    ULONG FileFlags;            // FO_* of the new file object
    ULONG64 AllocationSize;
    ULONG RealDevice; // that Device is mounted on, 0: none
    ULONG Reserved;
} HOST_CREATE, *PHOST_CREATE;

// HostRequestNotify, in SystemBuffer. What follows is a device interface's name (\??\...) that has come or gone, or
// for a registration of a target device HOST_TARGET_HEADER, or more: the answer is the driver's then.
typedef struct _HOST_NOTIFICATION {
    GUID InterfaceClass;
    ULONG Arrival;    // 0: removal
    ULONG NameLength; // bytes
} HOST_NOTIFICATION, *PHOST_NOTIFICATION;

// As TARGET_DEVICE_REMOVAL_NOTIFICATION, with which TARGET_DEVICE_CUSTOM_NOTIFICATION begins.
typedef struct _HOST_TARGET_HEADER {
    USHORT Version, Size;
    GUID Event;
    ULONG64 FileObject; // the host's, of the registration
} HOST_TARGET_HEADER, *PHOST_TARGET_HEADER;
enum { HOST_TARGET_DATA = 1024 }; // bytes at most

// IRP_MJ_PNP answers that are not one number lie in SystemBuffer, Information bytes of them:
//   IRP_MN_QUERY_DEVICE_RELATIONS  ULONG device numbers
//   IRP_MN_QUERY_ID, QUERY_DEVICE_TEXT  WCHARs, with all terminators
//   IRP_MN_QUERY_CAPABILITIES      DEVICE_CAPABILITIES (in and out)
//   IRP_MN_QUERY_RESOURCES         CM_RESOURCE_LIST
//   IRP_MN_QUERY_RESOURCE_REQUIREMENTS, FILTER_RESOURCE_REQUIREMENTS  IO_RESOURCE_REQUIREMENTS_LIST
//   IRP_MN_QUERY_BUS_INFORMATION   PNP_BUS_INFORMATION
//   IRP_MN_QUERY_PNP_DEVICE_STATE  ULONG
// IRP_MN_START_DEVICE has two CM_RESOURCE_LISTs in: raw at SystemBuffer, Parameters[0] bytes long,
// translated behind it at the next multiple of 8, Parameters[1] bytes long.
enum { HOST_PNP_BUFFER = 16384 }; // bytes that the Executive gives for an answer

// ---- Services

// NtHostConnect: once, before anything else. Size in, what the host needs to know out.
typedef struct _HOST_CONNECTION {
    ULONG Size;
    ULONG HostId;
    ULONG64 Shared;    // address of HOST_SHARED
    ULONG64 ArenaBase; // buffers of requests lie in [ArenaBase, ArenaBase + ArenaSize)
    ULONG64 ArenaSize;
} HOST_CONNECTION, *PHOST_CONNECTION;

// NtHostCreateDevice: make a device object known. Name may be empty: no name in the namespace.
typedef struct _HOST_DEVICE {
    ULONG Size;
    ULONG DeviceType;      // FILE_DEVICE_*
    ULONG Characteristics; // FILE_*
    ULONG Flags;           // DO_*
    ULONG Driver;          // number of its driver
    ULONG Exclusive;
    ULONG64 NameBuffer;   // WCHARs; \Device\... , or empty
    ULONG NameLength;     // bytes
    ULONG SecurityLength; // bytes of a self-relative security descriptor, 0: the default
    ULONG64 Security;
    ULONG AlignmentRequirement;
    ULONG SectorSize;
    ULONG StackSize;
    ULONG AttachedTo; // NtHostQueryDevice: the device below, 0: none
} HOST_DEVICE, *PHOST_DEVICE;

// NtHostSetVolume: what a file system has put into the VPB of a device. IRP_MJ_FILE_SYSTEM_CONTROL with
// IRP_MN_MOUNT_VOLUME or IRP_MN_VERIFY_VOLUME has Parameters[0] = number of the device that the VPB is of,
// Parameters[1] = that of the top of its stack.
typedef struct _HOST_VOLUME {
    ULONG Volume;     // number of the file system's device, 0: none is mounted
    ULONG Flags;      // VPB_*
    ULONG SectorSize; // of Volume
    ULONG SerialNumber;
    ULONG LabelLength; // bytes
    WCHAR Label[32];
} HOST_VOLUME, *PHOST_VOLUME;

// Polarity of an interrupt line, in Flags of the descriptors that bus drivers give to the PnP manager (Windows
// has no bits for it). Neither: a level-sensitive line is active low, a latched one active high.
enum {
    HOST_INTERRUPT_ACTIVE_HIGH = 0x4000,
    HOST_INTERRUPT_ACTIVE_LOW = 0x8000,
};

// NtHostConnectInterrupt. One of the host's own resources, and how the processor is told.
typedef struct _HOST_INTERRUPT {
    ULONG Vector; // from the translated resource
    ULONG Flags;  // HOST_INTERRUPT_*
    ULONG
    Handler; // out: slot to send to when an interrupt has been served (acknowledges it, or passes it on)
    ULONG Notification; // out: slot of the notification to wait on
} HOST_INTERRUPT, *PHOST_INTERRUPT;

// Of a cached file, as CC_FILE_SIZES.
typedef struct _HOST_CACHE_SIZES {
    LONG64 Allocation, File, Valid; // as CC_FILE_SIZES
} HOST_CACHE_SIZES, *PHOST_CACHE_SIZES;

enum {
    HOST_CACHE_PIN = 1, // as CC_HOLD_* of the Executive
    HOST_CACHE_NO_WAIT = 2,
    HOST_CACHE_ZERO = 4,
    HOST_CACHE_DIRTY = 8, // NtHostCcUnmap
    HOST_CACHE_KEEP = 16, // NtHostCcUnmap: only dirty
    HOST_CACHE_FLAGS = 31,
};

// NtHostCcQuery
enum {
    HOST_CACHE_QUERY_DIRTY =
        1, // pages of the stream that are to be written; Key 0: of all of the host's
    HOST_CACHE_QUERY_VALID,        // bytes that are not only in memory
    HOST_CACHE_QUERY_CAN_TRUNCATE, // to Parameter bytes; STATUS_USER_MAPPED_FILE
    HOST_CACHE_QUERY_WRITABLE,     // are there writable views?
    HOST_CACHE_QUERY_FLUSH_IMAGE, // Parameter 1: for deletion; STATUS_USER_MAPPED_FILE: an image is in use
    HOST_CACHE_QUERY_FORCE_CLOSED, // written, and given up; STATUS_USER_MAPPED_FILE
    HOST_CACHE_QUERY_MAY_WRITE,    // Parameter bytes; STATUS_CANT_WAIT: not at once
    HOST_CACHE_QUERY_WAIT_WRITE,   // wait until it may
    HOST_CACHE_QUERY_WAIT_WRITER,  // for the current round of write-behind
};

// NtHostCcControl
enum {
    HOST_CACHE_CONTROL_BEHAVIOUR = 1, // Parameter1: no read-ahead, Parameter2: no write-behind
    HOST_CACHE_CONTROL_READ_AHEAD,    // of Parameter2 bytes at Parameter1
};

// Errors of all of them: STATUS_ACCESS_DENIED when the caller is no driver host or the range is not among
// its privileges, STATUS_INVALID_PARAMETER for a number that means nothing.
#ifndef NT_EXECUTIVE
NTSTATUS NTAPI NtHostConnect(PHOST_CONNECTION Connection);

// Devices. Numbers are the Executive's and mean the same in every host.
NTSTATUS NTAPI NtHostCreateDevice(const HOST_DEVICE *Description, PULONG Device);
NTSTATUS NTAPI NtHostDeleteDevice(ULONG Device);
// Device is on top of Foreign's stack from now on, wherever the devices of that are; NtHostQueryDevice tells
// what is below it.
NTSTATUS NTAPI NtHostAttachDevice(ULONG Device, ULONG Foreign);
NTSTATUS NTAPI NtHostDetachDevice(ULONG Device);
NTSTATUS NTAPI NtHostSetDeviceFlags(ULONG Device, ULONG Flags, ULONG Characteristics,
                                    ULONG AlignmentRequirement);
// The device on top of the stack that File was opened on, and the file's number.
NTSTATUS NTAPI NtHostReferenceFileDevice(HANDLE File, PULONG Device, PULONG FileNumber);
// Type, characteristics, flags, stack size of a device of another host; its name is not given.
NTSTATUS NTAPI NtHostQueryDevice(ULONG Device, PHOST_DEVICE Description);

// File systems. Device is the control device of one: mounts are asked of it, or not any more.
NTSTATUS NTAPI NtHostRegisterFileSystem(ULONG Device, ULONG Register);
NTSTATUS NTAPI NtHostSetVolume(ULONG RealDevice, const HOST_VOLUME *Volume);
// The name of a file whose IRP_MJ_CREATE the host answers with STATUS_REPARSE.
NTSTATUS NTAPI NtHostSetFileName(ULONG File, PCUNICODE_STRING Name);
// Whether the medium of a device that the host has a volume on must be verified.
NTSTATUS NTAPI NtHostSetVerifyVolume(ULONG Device, ULONG Verify);

// Hardware
NTSTATUS NTAPI NtHostConnectInterrupt(PHOST_INTERRUPT Interrupt);
NTSTATUS NTAPI NtHostDisconnectInterrupt(ULONG Handler);
NTSTATUS NTAPI NtHostMapPorts(ULONG First, ULONG Count, PULONG Slot);
// One access of 1, 2 or 4 bytes to ports of the host's, or to any with the privilege Ports.
NTSTATUS NTAPI NtHostAccessPort(ULONG Port, ULONG Size, ULONG Write, PULONG Value);
NTSTATUS NTAPI NtHostMapPhysical(ULONG64 PhysicalAddress, SIZE_T Size, ULONG CacheType,
                                 PVOID *BaseAddress);
// PCI configuration space of segment 0, below offset 256: Length bytes, by aligned accesses of 1, 2 or 4. Slot is
// a PCI_SLOT_NUMBER. For hosts with the privilege PciConfiguration.
NTSTATUS NTAPI NtHostPciConfiguration(ULONG Bus, ULONG Slot, ULONG Offset, PVOID Buffer,
                                      ULONG Length, ULONG Write);

// Memory. Pages are page-frame numbers. Those to map are pages of requests that the host works on, or
// its own locked ones.
NTSTATUS NTAPI NtHostMapPages(const ULONG64 *Pages, ULONG Count, PVOID *BaseAddress);
NTSTATUS NTAPI NtHostUnmapPages(PVOID BaseAddress); // of NtHostMapPages or NtHostMapPhysical
// Physical addresses from the lowest to the highest, both inclusive, not across a multiple of Boundary.
NTSTATUS NTAPI NtHostAllocateContiguous(SIZE_T Size, ULONG64 LowestAddress, ULONG64 HighestAddress,
                                        ULONG64 Boundary, ULONG CacheType, PVOID *BaseAddress,
                                        PULONG64 PhysicalAddress);
// Zeroed pages, in pieces of Together (a power of two) that are one after another. Freed as mapped ones.
NTSTATUS NTAPI NtHostAllocatePages(ULONG Count, ULONG64 LowestAddress, ULONG64 HighestAddress,
                                   ULONG Together, PVOID *BaseAddress);
// The numbers of the pages that are at Address now; 0: none.
NTSTATUS NTAPI NtHostQueryPages(PVOID Address, ULONG Count, PULONG64 Pages);
// Make Count pages from Address on (the host's own, or a caller's that appear there) resident, keep
// them where they are, and tell their numbers.
NTSTATUS NTAPI NtHostLockPages(PVOID Address, ULONG Count, ULONG Write, PULONG64 Pages);
NTSTATUS NTAPI NtHostUnlockPages(const ULONG64 *Pages, ULONG Count);

// Plug and play
NTSTATUS NTAPI NtHostPnpEvent(ULONG Device, ULONG Event, const VOID *Data, ULONG Length);
NTSTATUS NTAPI NtHostQueryDeviceProperty(ULONG Device, ULONG Property, PVOID Buffer, ULONG Length,
                                         PULONG ResultLength);
NTSTATUS NTAPI NtHostRegisterInterface(ULONG Device, const GUID *InterfaceClass,
                                       PCUNICODE_STRING Reference, PUNICODE_STRING Name);
NTSTATUS NTAPI NtHostSetInterfaceState(PCUNICODE_STRING Name, ULONG Enable);
// Type: PLUGPLAY_REGKEY_*
NTSTATUS NTAPI NtHostOpenDeviceKey(ULONG Device, ULONG Type, ACCESS_MASK Access, PHANDLE Key);
// Category: EventCategoryDeviceInterfaceChange, with the class's GUID as Data and
// PNPNOTIFY_DEVICE_INTERFACE_INCLUDE_EXISTING_INTERFACES among Flags; or EventCategoryTargetDeviceChange, with the
// number of a device in the target's stack as Data.
NTSTATUS NTAPI NtHostRegisterNotification(ULONG Category, ULONG Flags, const VOID *Data,
                                          ULONG Length, PULONG Registration);
NTSTATUS NTAPI NtHostUnregisterNotification(ULONG Registration);
// The names of a class's enabled interfaces, of Device alone if that is not 0, as a multi-string. Flags: with
// DEVICE_INTERFACE_INCLUDE_NONACTIVE all that have been registered.
NTSTATUS NTAPI NtHostListInterfaces(const GUID *InterfaceClass, ULONG Device, ULONG Flags,
                                    PWSTR Buffer, ULONG Length, PULONG ResultLength);

// Power. State: DEVICE_POWER_STATE that the device of a stack is in now.
NTSTATUS NTAPI NtHostSetPowerState(ULONG Device, ULONG State);
// STATUS_NOT_FOUND: the stack has no request of the system.
NTSTATUS NTAPI NtHostQueryPowerWatchdog(ULONG Device, PULONG SecondsRemaining);
// PoSetSystemState: EXECUTION_STATE
NTSTATUS NTAPI NtHostSetSystemState(ULONG Flags);
// For the machine's own driver, with the privilege Power. Which sleep states the firmware has: bit n is Sn.
NTSTATUS NTAPI NtHostSetSleepStates(ULONG States);
// SYS_BUTTON_* that were pressed: the system does what its power scheme says.
NTSTATUS NTAPI NtHostPressButton(ULONG Buttons);
// Where the firmware is to start the processor in S3. STATUS_NOT_SUPPORTED: the microkernel cannot come back from that.
NTSTATUS NTAPI NtHostQueryWakeAddress(PULONG64 Address);
// S3: everything else is done, and these are what the PM1 control registers get. Returns when the machine is awake.
NTSTATUS NTAPI NtHostSleepMachine(ULONG ControlA, ULONG ControlB);
// IRP_MJ_SHUTDOWN for Device, once. Chance: HOST_SHUTDOWN_*
NTSTATUS NTAPI NtHostRegisterShutdown(ULONG Device, ULONG Chance);

// A file object of a driver's own for a device of the host's (or one on which a volume of the host's is mounted).
NTSTATUS NTAPI NtHostCreateStreamFile(ULONG Device, PHANDLE Handle, PULONG File);

// The cache. Files are the Executive's numbers; each must be of a device of the host. Key: the file's
// SectionObjectPointer. Buffers may be a caller's that appear in the host: they are used where they are.
NTSTATUS NTAPI NtHostCcInitialize(ULONG File, ULONG64 Key, const HOST_CACHE_SIZES *Sizes,
                                  ULONG PinAccess);
// TruncateSize -1: none. *Maps: how many are left.
NTSTATUS NTAPI NtHostCcUninitialize(ULONG File, LONG64 TruncateSize, PULONG Maps);
// Wait 0: STATUS_CANT_WAIT when something would have to be read.
NTSTATUS NTAPI NtHostCcRead(ULONG File, ULONG64 Offset, ULONG Length, PVOID Buffer, ULONG Wait,
                            PULONG Done);
// Buffer null: zeros.
NTSTATUS NTAPI NtHostCcWrite(ULONG File, ULONG64 Offset, ULONG64 Length, const VOID *Buffer,
                             ULONG Wait);
// By the key, as no file object need be open. Length -1: to the end.
NTSTATUS NTAPI NtHostCcSetSizes(ULONG64 Key, const HOST_CACHE_SIZES *Sizes);
NTSTATUS NTAPI NtHostCcFlush(ULONG64 Key, ULONG64 Offset, LONG64 Length);
NTSTATUS NTAPI NtHostCcPurge(ULONG64 Key, ULONG64 Offset, LONG64 Length); // STATUS_USER_MAPPED_FILE
// At most 256 KiB; HOST_CACHE_*. Each map is ended by one unmap with the same range and HOST_CACHE_PIN.
NTSTATUS NTAPI NtHostCcMap(ULONG File, ULONG64 Offset, ULONG Length, ULONG Flags, PVOID *Address);
NTSTATUS NTAPI NtHostCcUnmap(ULONG File, ULONG64 Offset, ULONG Length, ULONG Flags);
// The numbers of the pages, which stay until NtHostUnlockPages. Write: they are going to be changed;
// NtHostCcSetDirty says that they have been.
NTSTATUS NTAPI NtHostCcLock(ULONG File, ULONG64 Offset, ULONG Length, ULONG Write, PULONG64 Pages);
NTSTATUS NTAPI NtHostCcSetDirty(ULONG File, ULONG64 Offset, ULONG Length);
// What: HOST_CACHE_QUERY_*. The answer is *Result, or the status.
NTSTATUS NTAPI NtHostCcQuery(ULONG64 Key, ULONG What, ULONG64 Parameter, PULONG64 Result);
NTSTATUS NTAPI NtHostCcControl(ULONG File, ULONG What, ULONG64 Parameter1, ULONG64 Parameter2);

// A driver or the host itself has failed beyond repair: the log tells, the host ends.
NTSTATUS NTAPI NtHostBugCheck(ULONG Code, ULONG_PTR Parameter1, ULONG_PTR Parameter2,
                              ULONG_PTR Parameter3, ULONG_PTR Parameter4, const CONTEXT *Context);
// A handle of the host to the token of the requestor of RequestId: Primary, of its process, else whom its thread
// acts as, if anybody.
NTSTATUS NTAPI NtHostOpenRequestorToken(ULONG RequestId, ULONG Primary, PHANDLE Token);
// A handle of the requestor of RequestId, as a handle of the host with the same rights, among which Access must be.
NTSTATUS NTAPI NtHostDuplicateCallerHandle(ULONG RequestId, HANDLE CallerHandle, ACCESS_MASK Access,
                                           PHANDLE Handle);
#endif

// NtHostRegisterShutdown
enum {
    HOST_SHUTDOWN_NONE = 0,         // not any more
    HOST_SHUTDOWN_FIRST_CHANCE = 1, // IoRegisterShutdownNotification
    HOST_SHUTDOWN_LAST_CHANCE = 2,  // IoRegisterLastChanceShutdownNotification
};

// Events of NtHostPnpEvent
enum {
    HOST_PNP_INVALIDATE_RELATIONS = 1, // Data: ULONG DEVICE_RELATION_TYPE
    HOST_PNP_INVALIDATE_STATE,
    HOST_PNP_REQUEST_EJECT,
    HOST_PNP_TARGET_CHANGE, // Data: TARGET_DEVICE_CUSTOM_NOTIFICATION
    HOST_PNP_REPORT_DEVICE, // a detected device: IoReportDetectedDevice
    // Data: HOST_STORM. Success: the host must leave the vector unacknowledged. STATUS_RETRY: it is none, as
    // others that share the line have taken interrupts. Device: 0
    HOST_PNP_INTERRUPT_STORM,
};

// A vector that does not fall silent.
typedef struct _HOST_STORM {
    ULONG Vector;
    ULONG
    Unclaimed; // TRUE: no driver of the host takes it for its own; else it comes without a pause
} HOST_STORM, *PHOST_STORM;

#endif
