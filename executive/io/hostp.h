// Driver hosts: private to io and pnp. docs/driver-hosts.md and <nt/nthost.h> tell the idea.
#pragma once

#include "iop.h"

typedef struct _IO_HOST IO_HOST, *PIO_HOST;

// ---- Memory that a host and the Executive share: request data that is copied, and page-frame numbers

enum {
    IOP_ARENA_PAGES = 64,
    IOP_ARENA_BLOCK = 256, // bytes: what most requests need
    IOP_ARENA_BLOCKS = IOP_ARENA_PAGES * PAGE_SIZE / IOP_ARENA_BLOCK,
    IOP_ARENA_SPARE = 64,
};

typedef struct _IOP_ARENA {
    PUCHAR Base;         // here
    ULONG64 HostAddress; // there
    RTL_BITMAP Map;      // blocks in use
    ULONG MapBits[IOP_ARENA_BLOCKS / 32];
    // Single blocks that are free although the map has them in use: the next requests'
    USHORT Spare[IOP_ARENA_SPARE];
    ULONG SpareCount;
} IOP_ARENA, *PIOP_ARENA;

// A piece of shared memory: of the arena, or pages of its own where that is too small.
typedef struct _IOP_SHARED {
    PUCHAR Address;      // here; null: none
    ULONG64 HostAddress; // there
    ULONG Size;
    BOOLEAN Pages;
} IOP_SHARED, *PIOP_SHARED;

NTSTATUS IopInitArena(PIO_HOST Host);
VOID IopDeleteArena(PIO_HOST Host);
NTSTATUS IopAllocateShared(PIO_HOST Host, ULONG Size, PIOP_SHARED Shared);
VOID IopFreeShared(PIO_HOST Host, PIOP_SHARED Shared);

// ---- What a host works on

// A message to a host that is no I/O request: load a driver, add a device ...
typedef struct _IOP_CONTROL {
    KEVENT Done;
    NTSTATUS Status;
    ULONG_PTR Information;
} IOP_CONTROL, *PIOP_CONTROL;

enum { IOP_FEW_PAGES = 17 }; // 64 KiB wherever they begin

// One entry a request, from its preparation to its completion.
typedef struct _IOP_HOST_ENTRY {
    LIST_ENTRY Link; // in Host's Backlog or Given
    ULONG Id;        // index and generation; never 0
    BOOLEAN Given;   // the host knows it
    BOOLEAN CancelWanted;
    PIO_REQUEST Request;  // or
    PIOP_CONTROL Control; // who waits; null: nobody
    IOP_SHARED System, PageList, Selection;
    IOP_PINNED Pinned;
    PVOID InputAlias, OutputAlias; // host addresses
    HOST_REQUEST Message;
    ULONG64 FewPages[IOP_FEW_PAGES]; // for Pinned; its contents mean nothing else
} IOP_HOST_ENTRY, *PIOP_HOST_ENTRY;

typedef enum _IOP_RESOURCE {
    IopPortResource,
    IopMemoryResource,
    IopVectorResource,
    IopDmaResource
} IOP_RESOURCE;

// What a host may do beyond its devices' resources: the value Privileges of its drivers' service keys.
enum {
    IopMemoryPrivilege = 1, // map any physical memory that is not the system's
    IopPortPrivilege = 2,   // use any I/O port
    IopPciPrivilege = 4,    // read and write PCI configuration space
    IopPowerPrivilege = 8,  // switch the machine off
};

// What a host may use of the machine.
typedef struct _IOP_GRANT {
    LIST_ENTRY Link;
    IOP_RESOURCE Kind;
    ULONG64 Start, End; // inclusive
} IOP_GRANT;

// An interrupt that a host has connected, or ports that it has a capability to: what lies in its CNode.
typedef struct _IOP_HOST_CAP {
    LIST_ENTRY Link;
    ULONG Slot, Slot2; // 0: none
    IOP_RESOURCE Kind;
    ULONG First, Last; // ports; First = vector
    KE_CONNECTION Connection;
} IOP_HOST_CAP;

struct _IO_HOST {
    LIST_ENTRY Link; // of all hosts
    ULONG Id, References;
    PEPROCESS Process;   // referenced until the host has ended
    UNICODE_STRING Name; // for the log, pool
    BOOLEAN Dumped;      // there is a dump of its end
    BOOLEAN Connected, Ended;
    KEVENT ConnectedEvent; // set too when the host ends
    seL4_CPtr CNode, WorkNotification, ResumeNotification, IdleNotification;
    ULONG64 UsedSlots[(1 << HOST_CNODE_BITS) / 64];
    // The shared pages
    PHOST_SHARED Shared;
    ULONG64 SharedAddress;
    IOP_ARENA Arena;
    ULONG RequestTail, ReplyHead; // ours: the shared copies are the host's to spoil
    // Requests
    PIOP_HOST_ENTRY *Entries; // by index
    ULONG EntryCount;
    LIST_ENTRY FreeEntries, Backlog, Given;
    ULONG GivenCount;
    // hostwake.c
    ULONG Burst, LastBurst, SeenBurst; // requests in a row
    ULONG Untold;                      // messages that it has not been woken for
    ULONG Closes, CloseTicks; // IRP_MJ_CLOSEs under way; how often the timer has looked for answers
    LIST_ENTRY BurstLink;
    LIST_ENTRY ForwardListHead; // its own requests of other hosts (hostforward.c)
    // Devices and drivers
    ULONG Privileges; // Iop*Privilege, of all its drivers
    LIST_ENTRY GrantListHead, CapListHead;
    LIST_ENTRY DriverListHead; // IOP_HOST_DRIVER (hostcontrol.c)
    LIST_ENTRY PinListHead;    // IOP_HOST_PIN (hostmemory.c)
    // Watchdog: what it saw last, and for how many seconds it has stood still
    ULONG
    RestInterrupts; // that had been when the hosts were last looked through for those that rest
    ULONG SeenDispatch, SeenInterrupts, StuckSeconds;
};

extern LIST_ENTRY IopHostListHead;

enum { IOP_SHARED_PAGES = (sizeof(HOST_SHARED) + PAGE_SIZE - 1) / PAGE_SIZE };

// Pages that a host has locked, in one call (hostmemory.c).
typedef struct _IOP_HOST_PIN {
    LIST_ENTRY Link;
    ULONG Count;
    BOOLEAN Write;
    ULONG64 Pages[];
} IOP_HOST_PIN, *PIOP_HOST_PIN;

typedef enum _IOP_PAGE_ACCESS { IopNoAccess, IopReadAccess, IopWriteAccess } IOP_PAGE_ACCESS;

// What the host may do with pages: those of requests that it works on, and what it has locked.
IOP_PAGE_ACCESS IopMapAccess(PIO_HOST Host, const ULONG64 *Pages, ULONG Count);

PIOP_HOST_PIN IopAllocateHostPin(ULONG Room, BOOLEAN Write); // of no pages yet; null: no memory
VOID IopKeepHostPin(PIO_HOST Host, PIOP_HOST_PIN Pin);       // until the host unlocks it
VOID IopDropHostPin(PIOP_HOST_PIN Pin);

VOID IopShowSections(PIO_HOST Host); // hostsection.c

// ---- Hosts (host.c)

// A new driver host: its process runs, and has connected. Waits.
NTSTATUS IopCreateHost(PCUNICODE_STRING Name, PIO_HOST *Host); // referenced
VOID IopReferenceHost(PIO_HOST Host);
VOID IopDereferenceHost(PIO_HOST Host);
// It has broken the rules, or hangs. Reason is for the log.
VOID IopEndHost(PIO_HOST Host, PCSTR Reason);
PIO_HOST IopCurrentHost(VOID); // of the calling process, or null
// The host may use these ports, this memory, this vector.
NTSTATUS IopGrantResource(PIO_HOST Host, IOP_RESOURCE Kind, ULONG64 Start, ULONG64 End);
VOID IopRevokeResource(PIO_HOST Host, IOP_RESOURCE Kind, ULONG64 Start, ULONG64 End);
BOOLEAN IopIsGranted(PIO_HOST Host, IOP_RESOURCE Kind, ULONG64 Start, ULONG64 End);

// ---- Rings (hostring.c)

PIOP_HOST_ENTRY IopAllocateHostEntry(PIO_HOST Host); // null: no memory
// Put the entry's message into the ring, or into the backlog while that is full.
VOID IopGiveEntry(PIO_HOST Host, PIOP_HOST_ENTRY Entry);
// A message that needs no answer.
VOID IopTellHost(PIO_HOST Host, const HOST_REQUEST *Message);
VOID IopTellHosts(const HOST_REQUEST *Message); // all that are connected
VOID IopDrainReplies(PIO_HOST Host);
VOID IopHeedLastCuts(PIO_HOST Host); // it has ended
VOID IopReleaseHostEntry(PIO_HOST Host, PIOP_HOST_ENTRY Entry);
PIOP_HOST_ENTRY IopFindHostEntry(PIO_HOST Host, ULONG Id); // given, or null

// ---- Waking hosts (hostwake.c)

VOID IopWakeHost(PIO_HOST Host);
VOID IopWakeHostSoon(PIO_HOST Host);  // it has a new request
VOID IopWakeHostLater(PIO_HOST Host); // one that nobody waits for: IRP_MJ_CLOSE
VOID IopCloseAnswered(PIO_HOST Host);
VOID IopForgetBurst(PIO_HOST Host);   // it has ended
VOID IopProvideWorker(PIO_HOST Host); // who takes its requests may not come to the next one soon
VOID IopWatchRest(VOID);              // a host may rest from interrupts

// ---- I/O requests (hostrequest.c)

extern const IOP_OPERATIONS IopHostOperations; // of devices of hosts; Extension: the PIO_HOST
NTSTATUS IopSubmitToHost(PIO_HOST Host, PIO_REQUEST Request);
VOID IopFinishHostRequest(PIO_HOST Host, PIOP_HOST_ENTRY Entry, NTSTATUS Status,
                          ULONG_PTR Information);
VOID IopAbandonHostRequests(PIO_HOST Host); // the host has ended

// ---- Other messages (hostcontrol.c). Wait; STATUS_DEVICE_DOES_NOT_EXIST: the host has ended.

// \Driver\NAME from Services\NAME with the image ImagePath. The driver object is the Executive's.
NTSTATUS IopLoadDriverInHost(PIO_HOST Host, PCUNICODE_STRING ServiceKey, PCUNICODE_STRING ImagePath,
                             PCUNICODE_STRING DriverName, PDRIVER_OBJECT *Driver);
NTSTATUS IopUnloadDriver(PDRIVER_OBJECT Driver);
NTSTATUS IopAddDevice(PDRIVER_OBJECT Driver, PDEVICE_OBJECT PhysicalDevice);
NTSTATUS IopNotifyHost(PIO_HOST Host, ULONG Registration, const HOST_NOTIFICATION *Notification,
                       PCWSTR Name);
PIO_HOST IopDriverHost(PDRIVER_OBJECT Driver);
VOID IopHoldVolumes(PIO_HOST Host); // the host has ended: what others have mounted on its devices
VOID IopFailHostDevices(PIO_HOST Host);
// And out of the stacks that they were in: those of other hosts above them are cut off.
VOID IopRemoveHostDevices(PIO_HOST Host);

// ---- Requests of hosts for devices of other hosts (hostforward.c)

VOID IopForwardRequest(PIO_HOST Host, const HOST_REPLY *Reply);
VOID IopForwardCancel(PIO_HOST Host, ULONG ForwardId);
VOID IopAbandonForwards(PIO_HOST Host); // the host has ended: nobody wants the answers

// ---- Capabilities (hosthw.c)

ULONG IopAllocateHostSlot(PIO_HOST Host); // 0: none left
// What the host has of the range and was not given otherwise.
VOID IopTakeBackCaps(PIO_HOST Host, IOP_RESOURCE Kind, ULONG64 Start, ULONG64 End);
VOID IopReleaseHostCaps(PIO_HOST Host);
VOID IopStopHostDma(PIO_HOST Host, ULONG64 First,
                    ULONG64 Last);       // what its channels transfer (hostdma.c)
VOID IopReleaseHostPins(PIO_HOST Host);  // hostmemory.c
PIO_HOST IopFileHost(PFILE_OBJECT File); // who works on its requests; null: the Executive
