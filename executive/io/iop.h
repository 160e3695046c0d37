// Private to io: devices, files, and requests, with the interface between the I/O manager and those
// who work on requests (devices of the Executive, driver hosts).
#pragma once

#include "ntos.h"

#include <nt/nthostfile.h>

#include "attributes.h"
#include "ioddi.h"

typedef struct _DEVICE_OBJECT DEVICE_OBJECT, *PDEVICE_OBJECT;
typedef struct _DRIVER_OBJECT DRIVER_OBJECT, *PDRIVER_OBJECT;
typedef struct _IO_REQUEST IO_REQUEST, *PIO_REQUEST;
typedef struct _IOP_RING IOP_RING, *PIOP_RING;
typedef struct _IOP_OPEN IOP_OPEN, *PIOP_OPEN;
typedef struct _IOP_FILE_LOCK IOP_FILE_LOCK, *PIOP_FILE_LOCK;

// ---- Numbers of objects that driver hosts know: index and generation, never 0. A number that is
// free again comes back last.

typedef struct _IOP_NUMBERS {
    struct _IOP_NUMBER_ENTRY *Entries; // pool
    ULONG Count, FirstFree, LastFree, FreeCount;
} IOP_NUMBERS, *PIOP_NUMBERS;

NTSTATUS IopAllocateNumber(PIOP_NUMBERS Numbers, PVOID Object, PULONG Number);
VOID IopFreeNumber(PIOP_NUMBERS Numbers, ULONG Number);
PVOID IopLookupNumber(const IOP_NUMBERS *Numbers, ULONG Number); // null: means nothing
PVOID IopNextNumbered(const IOP_NUMBERS *Numbers, PULONG Index); // from 0 on; null: no more

// ---- Who works on the requests of a device

typedef struct _IOP_OPERATIONS {
    // STATUS_PENDING: IopCompleteRequest is or was called. Anything else completes the request with
    // that status and Request->IoStatus.Information. Runs on the caller's fiber and may wait.
    NTSTATUS (*Submit)(PIO_REQUEST Request);
    // Asked once, after Submit has returned STATUS_PENDING and while the request is not complete; it
    // still ends by IopCompleteRequest. Must not wait. Null: requests of this device cannot be cancelled.
    VOID (*Cancel)(PIO_REQUEST Request);
    // The file's last handle, and its last reference, are gone. Must not wait. Null: they are requests
    // (IRP_MJ_CLEANUP, IRP_MJ_CLOSE) as others.
    VOID (*Cleanup)(PFILE_OBJECT File);
    VOID (*Close)(PFILE_OBJECT File);
    // The last reference to a device is gone. May be null; must not wait.
    VOID (*DeleteDevice)(PDEVICE_OBJECT Device);
} IOP_OPERATIONS;

// ---- Drivers: \Driver\name, \FileSystem\name

struct _DRIVER_OBJECT {
    ULONG Number;
    LIST_ENTRY DeviceListHead;
    ULONG FileCount;          // file objects of its devices
    BOOLEAN Unloading;        // no more opens; it is unloaded when the last file has gone
    BOOLEAN CachesAttributes; // attributefile.c
    PVOID Extension;          // its owner's
    VOID (*Delete)(PDRIVER_OBJECT Driver); // last reference gone; may be null
};

extern POBJECT_TYPE IopDriverObjectType;

// One reference belongs to the caller; the name keeps another until IopDeleteDriverObject.
NTSTATUS IopCreateDriverObject(PCUNICODE_STRING Name, PVOID Extension, PDRIVER_OBJECT *Driver);
VOID IopDeleteDriverObject(PDRIVER_OBJECT Driver); // the name goes; consumes the reference
PDRIVER_OBJECT IopLookupDriver(ULONG Number);      // referenced

// ---- Devices

struct _DEVICE_OBJECT {
    const IOP_OPERATIONS *Operations;
    PVOID Extension; // of Operations
    ULONG Number;
    ULONG DeviceType;      // FILE_DEVICE_*
    ULONG Characteristics; // FILE_*
    ULONG Flags;           // DO_*
    ULONG AlignmentRequirement, SectorSize, StackSize;
    PDEVICE_OBJECT AttachedDevice; // the next one up, which references this one
    PDEVICE_OBJECT AttachedTo;     // the next one down, referenced
    PDRIVER_OBJECT Driver;         // referenced; null: a device of the Executive
    LIST_ENTRY DriverLink;         // in Driver's list
    ULONG OpenCount;               // files that were opened on it and are not closed
    ULONG CloseCount;              // those whose IRP_MJ_CLOSE is under way
    struct _POP_STACK *Power;      // po: of a stack's lowest device
    struct _IOP_VPB *Vpb;          // of one that file systems are mounted on; pool
    PDEVICE_OBJECT
    MountedOn;              // of a file system's volume: the device below, as long as it is mounted
    struct _IOP_AWAY *Away; // what is mounted on it waits for its return
    ULONG Generation;       // of its stack: a file of an earlier one is dead
    IOP_NAMES Names;        // of a file system's volume
    ULONG KeptCount;        // of its files (kept.c)
    BOOLEAN Deleted;        // no more opens
    BOOLEAN Failed;         // whoever worked on its requests is gone: new ones fail at once
};

// ---- Volumes: what is mounted on a device (volume.c)

typedef struct _IOP_VPB {
    USHORT Flags;           // VPB_*
    BOOLEAN Mounting;       // file systems are asked
    KEVENT Settled;         // notification event: they are not
    PDEVICE_OBJECT Volume;  // the file system's device, referenced; null: none is mounted
    const VOID *Candidate;  // the host that was asked last
    ULONG RawOpens;         // files by which the device itself is open as a volume
    PFILE_OBJECT RawLocker; // that one of them has locked it; not referenced
    ULONG SerialNumber;
    USHORT LabelLength; // bytes
    WCHAR Label[32];
} IOP_VPB, *PIOP_VPB;

NTSTATUS IopCreateVpb(PDEVICE_OBJECT Device); // if it is of a kind that has one
VOID IopDeleteVpb(PDEVICE_OBJECT Device);
// Nothing is mounted on the device any more.
VOID IopDismount(PDEVICE_OBJECT Device);
// The device is not there any more, as a file system or as a volume.
VOID IopForgetVolume(PDEVICE_OBJECT Device);
// Where an open of a name on Device goes, referenced: the volume that is mounted on it, perhaps now, or Device itself.
// WholeDevice: there is no name.
NTSTATUS IopFindVolume(PDEVICE_OBJECT Device, BOOLEAN WholeDevice, PDEVICE_OBJECT *Target);
// The file system's volume of which Device is the top, or what is mounted on the stack of Device; or null.
PDEVICE_OBJECT IopMountedVolume(PDEVICE_OBJECT Device);
NTSTATUS IopRegisterFileSystem(PDEVICE_OBJECT Device);
VOID IopUnregisterFileSystem(PDEVICE_OBJECT Device);

// ---- Devices whose host has ended, and what waits for their return (away.c, revive.c)

typedef struct _IOP_AWAY IOP_AWAY, *PIOP_AWAY;
VOID IopDiskGoes(PDEVICE_OBJECT Real); // what is mounted on it waits
VOID IopFileSystemGoes(PDEVICE_OBJECT Volume);
VOID IopVolumeEnds(PDEVICE_OBJECT Volume);
VOID IopVolumeMounted(PDEVICE_OBJECT Volume, PDEVICE_OBJECT Real);
VOID IopDeviceArrived(PDEVICE_OBJECT Device, PCWSTR InstancePath); // it has started
VOID IopTryReturns(VOID);                                          // or a file system has come
// Given: its device has seen it already. TRUE: it waits. FALSE: Request->Device may be another one now.
BOOLEAN IopHoldRequest(PIO_REQUEST Request, BOOLEAN Given);
VOID IopCancelHeld(PIO_REQUEST Request);
NTSTATUS IopAwaitReturn(PDEVICE_OBJECT *Device); // not referenced
NTSTATUS IopAwaitFile(PFILE_OBJECT File);
BOOLEAN IopIsExpected(PDEVICE_OBJECT Real); // nobody but revive.c opens something on it
NTSTATUS IopAwaitExpected(PDEVICE_OBJECT Real);
NTSTATUS IopMountExpected(PDEVICE_OBJECT Real, PDEVICE_OBJECT *Volume); // referenced
// A file by its path on a volume; the same for one that has been open on another device.
NTSTATUS IopOpenOnVolume(PDEVICE_OBJECT Real, PDEVICE_OBJECT Volume, PCUNICODE_STRING Path,
                         PIOP_OPEN Open, PFILE_OBJECT *File);
NTSTATUS IopOpenAgain(PFILE_OBJECT File, PDEVICE_OBJECT Real, PDEVICE_OBJECT Volume);
VOID IopLeaveDevice(PDEVICE_OBJECT Device); // a file has it no more
NTSTATUS IopSetPath(PFILE_OBJECT File, PFILE_OBJECT Directory, PCUNICODE_STRING Name);
// It, and what is below it, have another path now.
VOID IopNoteRename(PFILE_OBJECT File, BOOLEAN Replaces);
// It is to get the name of Target, or Name in its directory. The number of what is noted.
ULONG64 IopNoteRenaming(PFILE_OBJECT File, PFILE_OBJECT Target, PCUNICODE_STRING Name,
                        BOOLEAN Replaces);
const UNICODE_STRING *IopFilePath(const FILE_OBJECT *File);

// namelog.c: what the disk may not know yet
typedef enum _IOP_NAME_KIND {
    IopNameMade,    // Option: a directory
    IopNameChanged, // Option: another one may have gone for it
    IopNameDeleted,
} IOP_NAME_KIND;
// Its number; 0: it is not noted.
ULONG64 IopNoteName(PFILE_OBJECT File, IOP_NAME_KIND Kind, BOOLEAN Option,
                    PCUNICODE_STRING NewPath);
// It has not happened, or is noted otherwise. If the host has ended, nobody knows, and it stays.
VOID IopWithdrawName(ULONG64 Number);

// A device without a file system, opened as a volume (rawvolume.c).
NTSTATUS IopControlRawVolume(PFILE_OBJECT File, ULONG Code);
VOID IopCountRawOpen(PFILE_OBJECT File);
VOID IopCountRawClose(PFILE_OBJECT File);

typedef struct _IOP_DEVICE {
    const IOP_OPERATIONS *Operations;
    PVOID Extension;
    PDRIVER_OBJECT Driver; // or null
    UNICODE_STRING Name;   // or empty
    ULONG DeviceType, Characteristics, Flags;
    ULONG AlignmentRequirement, SectorSize, StackSize;
    PSECURITY_DESCRIPTOR SecurityDescriptor; // null: the default of its characteristics
} IOP_DEVICE;

// One reference belongs to the caller, another to the device's being there: IopDeleteDeviceObject
// gives that one up. Errors are those of IoCreateDevice.
NTSTATUS IopCreateDeviceObject(const IOP_DEVICE *Description, PDEVICE_OBJECT *Device);
// The name goes, and opens fail (STATUS_NO_SUCH_DEVICE). The object lives while it is referenced.
VOID IopDeleteDeviceObject(PDEVICE_OBJECT Device);
// On top of Target's stack. STATUS_NO_SUCH_DEVICE: there is none that could be attached to.
NTSTATUS IopAttachDevice(PDEVICE_OBJECT Device, PDEVICE_OBJECT Target);
VOID IopDetachDevice(PDEVICE_OBJECT Device); // from what it is attached to
// Those who have opened it lose it, as what was above it is gone. Their requests fail from now on.
VOID IopLoseFiles(PDEVICE_OBJECT Device);
BOOLEAN IopIsFileLost(PFILE_OBJECT File);
VOID IopCountOpen(PFILE_OBJECT File); // on its device
VOID IopCountClose(PFILE_OBJECT File);
PDEVICE_OBJECT IopTopOfStack(PDEVICE_OBJECT Device);
PDEVICE_OBJECT IopBottomOfStack(PDEVICE_OBJECT Device);
PDEVICE_OBJECT IopLookupDevice(ULONG Number); // referenced

// ---- Work for fibers of the Executive's own

// Routine may wait. The item must stay until it runs.
typedef struct _IOP_WORK {
    LIST_ENTRY Link;
    VOID (*Routine)(PVOID Context);
    PVOID Context;
} IOP_WORK, *PIOP_WORK;

// ---- Files

struct _FILE_OBJECT {
    KEVENT Event;          // first: set when a request is complete, as on Windows
    PDEVICE_OBJECT Device; // referenced. Requests go to the top of its stack
    ULONG Generation;      // of the device's stack
    // What Device is mounted on, whose name was opened; referenced, null: Device itself
    PDEVICE_OBJECT RealDevice;
    ULONG RealGeneration;
    BOOLEAN RawVolume;           // Device itself, opened as a volume without a file system
    PVOID FsContext, FsContext2; // of the device's operations
    ULONG Number;                // IopFileNumber
    ULONG Flags;                 // FO_*
    UNICODE_STRING FileName;     // in the device, as opened; pool
    UNICODE_STRING Path;         // on the volume, where FileName does not tell; pool
    PFILE_OBJECT RelatedFile;    // while it is created; referenced
    ACCESS_MASK GrantedAccess;   // and how it is shared, as opened
    USHORT ShareAccess;
    BOOLEAN ReadAccess, WriteAccess, DeleteAccess, SharedRead, SharedWrite, SharedDelete;
    LARGE_INTEGER CurrentByteOffset;
    // The lock of a file for synchronous I/O
    BOOLEAN Busy;
    BOOLEAN Locked;        // has had byte-range locks
    BOOLEAN StreamLocked;  // and the cache has been told
    BOOLEAN DeletePending; // it is to be deleted with its last handle
    PIOP_FILE_LOCK Locks;  // what it has now (granted.c)
    ULONG Waiters;
    KEVENT LockFree;            // synchronization event
    LIST_ENTRY RequestListHead; // requests under way, by FileLink
    PVOID CompletionPort;       // referenced; null: none
    PVOID CompletionKey;
    BOOLEAN PositionAtEnd; // CurrentByteOffset is where the file ends
    ULONG CompletionModes; // FILE_SKIP_*
    IO_PRIORITY_HINT PriorityHint;
    IOP_WORK Work; // cleanup or close that waits for a fiber
    // The cache. Stream: referenced; null until the file is cached or has a section.
    ULONG64 SectionKey;  // what the host knows the file's data by; 0: nothing
    LIST_ENTRY SameLink; // samefile.c; or empty
    // kept.c
    BOOLEAN Plain; // opened so that it may be kept
    BOOLEAN Kept;
    LIST_ENTRY KeptLink, KeptAgeLink;
    ULONG KeptHash;
    PCC_STREAM Stream;
    // attributefile.c
    BOOLEAN Changes; // it is open for changes: of Name; null: of anything on the volume
    PIOP_NAME Name;
    ULONG64 Asked;   // when its file system was asked what it is like
    BOOLEAN Cached;  // between CcInitializeCacheMap and CcUninitializeCacheMap
    BOOLEAN Written; // by a request that its driver has seen
    CC_READ_AHEAD ReadAhead;
};

// The number that hosts know it by; given when it is first asked for. 0: no memory.
ULONG IopFileNumber(PFILE_OBJECT File);
PFILE_OBJECT IopLookupFile(ULONG Number); // referenced
PFILE_OBJECT IopNextFile(PULONG Index);   // those that hosts know, from Index 0 on; null: no more

// ---- Requests

// What an open wants. Request->Open of IRP_MJ_CREATE, IRP_MJ_CREATE_NAMED_PIPE and
// IRP_MJ_CREATE_MAILSLOT, and the parse context of NtCreateFile. The file's name is File->FileName,
// relative to File->RelatedFile if there is one, and its FO_* are File->Flags.
struct _IOP_OPEN {
    ULONG Disposition;
    ULONG Options; // FILE_DIRECTORY_FILE ...
    USHORT FileAttributes, ShareAccess;
    ACCESS_MASK DesiredAccess; // for the device: all that was asked for, with generic rights mapped
    LARGE_INTEGER AllocationSize;
    PVOID EaBuffer; // pool
    ULONG EaLength;
    PFILE_OBJECT RelatedFile;                // not referenced
    PSECURITY_DESCRIPTOR SecurityDescriptor; // of a new file, or null
    PACCESS_STATE AccessState;
    const SECURITY_QUALITY_OF_SERVICE *SecurityQos; // or null
    UCHAR MajorFunction;                            // IRP_MJ_CREATE ...
    UCHAR StackFlags;                               // SL_OPEN_TARGET_DIRECTORY ...
    const VOID *Parameters; // NAMED_PIPE_CREATE_PARAMETERS or MAILSLOT_CREATE_PARAMETERS
    // Of who only wants to know what the file is like, else null. Out, if Answered: then it is not opened.
    PFILE_NETWORK_OPEN_INFORMATION Attributes;
    BOOLEAN Answered;
    NTSTATUS Status;       // out: that of the device, a success
    ULONG_PTR Information; // out: FILE_OPENED ...
};

// ---- What files are like, by name (attributefile.c)

NTSTATUS IopInitAttributes(VOID);
BOOLEAN IopFileMayChange(PFILE_OBJECT File, const IOP_OPEN *Open); // it is about to be opened
VOID IopFileOpened(PFILE_OBJECT File, BOOLEAN OwnName, BOOLEAN Created);
VOID IopFileChangesNoMore(PFILE_OBJECT File);
BOOLEAN IopAsksWithCleanup(PFILE_OBJECT File);
VOID IopFileCleanedUp(PFILE_OBJECT File, const FILE_NETWORK_OPEN_INFORMATION *Information);
VOID IopInformationSet(PFILE_OBJECT File, FILE_INFORMATION_CLASS Class);
BOOLEAN IopAsksWithOpen(const FILE_OBJECT *File, const IOP_OPEN *Open);
// TRUE: Status, and with success Open->Attributes, are what its file system would say.
BOOLEAN IopKnowsAttributes(PDEVICE_OBJECT Device, PDEVICE_OBJECT Volume, PCUNICODE_STRING FileName,
                           PIOP_OPEN Open, ULONG Attributes, NTSTATUS *Status);
// Its file system takes part, and nothing else changes what is on it.
BOOLEAN IopKnowsVolume(const DEVICE_OBJECT *Device, const DEVICE_OBJECT *Volume);
VOID IopLearnAttributes(PFILE_OBJECT File, const IOP_OPEN *Open, ULONG Attributes, NTSTATUS Status);

// From the service that made it until its completion, whoever works on it.
struct _IO_REQUEST {
    // ---- What is wanted
    ULONG Id; // never 0
    UCHAR MajorFunction, MinorFunction;
    UCHAR StackFlags; // SL_*
    KPROCESSOR_MODE RequestorMode;
    USHORT Flags;     // HOST_REQUEST_*
    USHORT Buffering; // HOST_BUFFERING: how the device is to be given the data
    // IO_STACK_LOCATION.Parameters as on Windows but for pointers: a lock's length is in
    // Parameters[0] itself; what FileName, EaList and SecurityDescriptor point at is the input; the
    // FileObject of a rename is a file's number, 0: none. Type3InputBuffer is InputBuffer.
    ULONG64 Parameters[4];
    PDEVICE_OBJECT Device; // referenced
    PFILE_OBJECT File;     // referenced; null: none
    PETHREAD Thread;       // referenced; null: of the Executive's own
    PEPROCESS Process;     // referenced; null: of the Executive's own
    PIOP_OPEN Open;        // of creates, valid until Submit returns
    // Addresses in Process, or in the Executive where the flag says so. Data crosses with
    // IopCopyFromRequest and IopCopyToRequest, or by pinning.
    ULONG_PTR InputBuffer, OutputBuffer;
    ULONG InputLength, OutputLength;
    BOOLEAN KernelInput, KernelOutput;
    // Scattered reads and gathered writes: addresses of the pages that the buffer is made of; null: the
    // buffer lies at one place.
    const ULONG64 *Segments;
    // ---- Of whoever works on it
    LIST_ENTRY OwnerLink;
    PVOID OwnerContext, OwnerContext2;
    // ---- The I/O manager's
    BOOLEAN Completed, CancelRequested;
    BOOLEAN Submitting; // Submit has not returned: who works on it does not hear of a cancellation
    BOOLEAN Pended;     // it was not complete when Submit returned
    BOOLEAN Detached;   // its thread has ended without it: nobody is told
    BOOLEAN HoldsFileLock;
    BOOLEAN Held;   // its device is away (away.c)
    BOOLEAN Cached; // the cache answers it
    BOOLEAN Told;   // Captured has what the file is like (HOST_REQUEST_TELL)
    UCHAR Wait;     // IOP_WAIT
    IO_STATUS_BLOCK IoStatus;
    ULONGLONG TraceStart;  // performance counter; 0: not traced
    ULONG References;      // one is given up by completion
    LIST_ENTRY ThreadLink; // of Thread, or empty
    LIST_ENTRY FileLink;   // of File, or empty
    KEVENT Done;           // for who waits
    // Called at completion instead of telling a program; must not wait. May be null.
    VOID (*Completion)(PIO_REQUEST Request);
    PVOID CompletionContext;
    ULONG_PTR UserStatusBlock; // address in Process, 0: none
    PKEVENT UserEvent;         // referenced
    PEX_USER_APC Apc;
    PVOID ApcContext;        // of the completion packet
    PVOID Packet;            // allocated beforehand
    PVOID Captured;          // pool: input of a service, freed with the request
    PIOP_FILE_LOCK FileLock; // pool: of IRP_MN_LOCK, for when it is granted
};

// Who learns of the completion.
typedef enum _IOP_WAIT {
    IopWaitNone, // the program, by status block, event, APC or packet
    IopWaitFile, // the service, as the file is for synchronous I/O
    IopWaitApi,  // the service, as it always waits
} IOP_WAIT;

// For the top of Device's stack. One reference, which completion gives up; whoever looks at the request
// afterwards takes another. Null: no memory.
PIO_REQUEST IopAllocateRequest(PDEVICE_OBJECT Device, PFILE_OBJECT File, UCHAR MajorFunction,
                               UCHAR MinorFunction);
VOID IopReferenceRequest(PIO_REQUEST Request);
VOID IopDereferenceRequest(PIO_REQUEST Request);
// Give it to who works on it; it completes now or later.
VOID IopStartRequest(PIO_REQUEST Request);
// Any time, from any fiber or the dispatch loop; does not wait. Writes the caller's status block, sets
// events, queues APC or completion packet, wakes waiters, and gives up a reference.
VOID IopCompleteRequest(PIO_REQUEST Request, NTSTATUS Status, ULONG_PTR Information);
// Ask for it once.
VOID IopCancelRequest(PIO_REQUEST Request);
// iotrace.c: somebody wants to know what is done.
extern BOOLEAN IopTracing;
VOID IopTraceCompletion(const IO_REQUEST *Request);
NTSTATUS IopInitTrace(VOID);
PIO_REQUEST IopLookupRequest(ULONG Id); // referenced; not complete

// Between the request's input or output and Executive memory, in the address space of the requestor,
// wherever this runs.
NTSTATUS IopCopyFromRequest(PIO_REQUEST Request, ULONG Offset, PVOID Dest, ULONG Size);
NTSTATUS IopCopyToRequest(PIO_REQUEST Request, ULONG Offset, const VOID *Source, ULONG Size);

// The pages of a request's buffer, in memory and staying there until they are unpinned. Write: the
// device may write to them. Pages are page-frame numbers.
typedef struct _IOP_PINNED {
    ULONG Count, Offset, Length; // pages; bytes: start in the first page, length
    PULONG64 Pages;              // pool, or Room
    PULONG64 Room;               // for that many, where the one who asks has it
    ULONG RoomCount;
} IOP_PINNED, *PIOP_PINNED;

NTSTATUS IopPinRequestBuffer(PIO_REQUEST Request, BOOLEAN Output, BOOLEAN Write,
                             PIOP_PINNED Pinned);
VOID IopUnpin(PIOP_PINNED Pinned);

// A request of the Executive's own (PnP, power ...) to the top of Device's stack, waited for on the
// current fiber. Timeout null: for ever. Input and output are copied, so nothing of the caller is used
// after STATUS_TIMEOUT: the request was cancelled, and has not ended.
typedef struct _IOP_CALL {
    UCHAR MajorFunction, MinorFunction, StackFlags;
    BOOLEAN CopyOutput; // what Output holds goes to the device too
    USHORT Flags;       // HOST_REQUEST_* besides those of every such request
    PFILE_OBJECT File;  // or null
    ULONG64 Parameters[4];
    const VOID *Input; // Executive addresses
    ULONG InputLength;
    PVOID Output;
    ULONG OutputLength;
    ULONG_PTR Information; // out
} IOP_CALL, *PIOP_CALL;

NTSTATUS IopCallDevice(PDEVICE_OBJECT Device, PIOP_CALL Call, PLARGE_INTEGER Timeout);

// ---- Requests of services

// What services have in common. The status block is probed.
typedef struct _IOP_SERVICE {
    HANDLE Event;
    PVOID ApcRoutine, ApcContext;
    IO_STATUS_BLOCK USER *StatusBlock;
    BOOLEAN Api;    // the service waits, whatever the file is opened for
    PIOP_RING Ring; // which alone is told, with ApcContext; null: none
} IOP_SERVICE;

NTSTATUS IopReferenceFile(HANDLE Handle, ACCESS_MASK Access, PFILE_OBJECT *File,
                          PACCESS_MASK Granted);
NTSTATUS IopProbeStatusBlock(IO_STATUS_BLOCK USER *StatusBlock);
// A request of the current thread for File; locks a file for synchronous I/O. Ends with
// IopPerformRequest, which gives the service's status, or IopAbandonRequest.
NTSTATUS IopBeginRequest(const IOP_SERVICE *Service, PFILE_OBJECT File, UCHAR MajorFunction,
                         UCHAR MinorFunction, PIO_REQUEST *Request);
NTSTATUS IopPerformRequest(PIO_REQUEST Request);
VOID IopJoinThread(PIO_REQUEST Request); // it is one of the current thread
VOID IopAbandonRequest(PIO_REQUEST Request);
// Wait on the current fiber. Other than STATUS_SUCCESS: the thread ends, and the request goes on.
NTSTATUS IopWaitForRequest(PIO_REQUEST Request, BOOLEAN Alertable);
// The status of a service that the I/O manager answers itself.
NTSTATUS IopAnswerService(IO_STATUS_BLOCK USER *StatusBlock, NTSTATUS Status,
                          ULONG_PTR Information);

// The list of extended attributes of a service, checked, in pool.
NTSTATUS IopCaptureEaBuffer(const VOID USER *Buffer, ULONG Length, PVOID *Captured,
                            IO_STATUS_BLOCK USER *StatusBlock);
NTSTATUS IopCheckEaBuffer(const VOID *Buffer, ULONG Length, PULONG ErrorOffset);
// How read, write and directory requests of this device's files are given their data.
HOST_BUFFERING IopDeviceBuffering(PFILE_OBJECT File, ULONG Length);
// Where a file for synchronous I/O goes on.
NTSTATUS IopCurrentOffset(PFILE_OBJECT File, PLONGLONG Offset);

// Files that are cached (cached.c)
CC_ADVICE IopAdvice(PFILE_OBJECT File);
BOOLEAN IopIsReadCached(PFILE_OBJECT File);
NTSTATUS IopReadCached(PFILE_OBJECT File, IO_STATUS_BLOCK USER *StatusBlock, ULONG_PTR Address,
                       ULONG Length, LONGLONG Offset);
// File->Stream is there. STATUS_NOT_SUPPORTED: the file is no driver host's, or has no data to cache.
NTSTATUS IopFindStream(PFILE_OBJECT File);
NTSTATUS IopMakeStreamFile(PDEVICE_OBJECT Device, PFILE_OBJECT *File);
BOOLEAN IopIsWriteCached(PFILE_OBJECT File, LONGLONG Offset, ULONG Length);
NTSTATUS IopWriteCached(PFILE_OBJECT File, IO_STATUS_BLOCK USER *StatusBlock, ULONG_PTR Address,
                        ULONG Length, LONGLONG Offset);
NTSTATUS IopSubmitCached(PIO_REQUEST Request);
// Byte ranges are going to be locked by the file object; or it has been cleaned up.
NTSTATUS IopNoteLocks(PFILE_OBJECT File);
VOID IopForgetLocks(PFILE_OBJECT File);
// granted.c: what an open file has of its file system
NTSTATUS IopPrepareLock(PIO_REQUEST Request);
VOID IopNoteLockRequest(PIO_REQUEST Request); // it has succeeded
VOID IopDropLocks(PFILE_OBJECT File);
NTSTATUS IopRestoreLocks(PFILE_OBJECT File);
// Those who have the same file open and have not been cleaned up (samefile.c). Last null: from the first on.
VOID IopInitSameFiles(VOID);
VOID IopJoinSameFiles(PFILE_OBJECT File); // it has its SectionKey
VOID IopLeaveSameFiles(PFILE_OBJECT File);
PFILE_OBJECT IopNextSameFile(PFILE_OBJECT File, PFILE_OBJECT Last); // null: no more
// Files that stay open for who opens them next (kept.c).
constexpr ULONG IopOptionFlags = FO_SYNCHRONOUS_IO | FO_ALERTABLE_IO |
                                 FO_NO_INTERMEDIATE_BUFFERING | FO_WRITE_THROUGH |
                                 FO_SEQUENTIAL_ONLY | FO_RANDOM_ACCESS | FO_DELETE_ON_CLOSE |
                                 FO_OPENED_CASE_SENSITIVE | FO_TEMPORARY_FILE;
VOID IopInitKeptFiles(VOID);
BOOLEAN IopIsPlainOpen(const IOP_OPEN *Open, ULONG Attributes, KPROCESSOR_MODE Mode);
// One that was closed and would be opened in this way, with the reference; or null. Open is a plain one.
PFILE_OBJECT IopTakeKept(PDEVICE_OBJECT Device, PDEVICE_OBJECT Volume, PCUNICODE_STRING Path,
                         const IOP_OPEN *Open, ULONG FileFlags);
BOOLEAN IopKeepFile(PFILE_OBJECT File, BOOLEAN MayWait); // its last handle goes. FALSE: clean it up
VOID IopReleaseForOpen(PFILE_OBJECT File, const IOP_OPEN *Open); // before it is opened
VOID IopReleaseSame(PFILE_OBJECT File, const IOP_OPEN *Open);    // and after
// Those of a volume, by its device or what that is mounted on; null: all. FALSE: there were none.
BOOLEAN IopReleaseKept(PDEVICE_OBJECT Device, BOOLEAN MayWait);
// Deletion is the file's, whoever of those who have it open says so. FALSE: nobody else has it open by this name.
BOOLEAN IopNoteDisposition(PFILE_OBJECT File, BOOLEAN Delete);
NTSTATUS IopRestoreDisposition(PFILE_OBJECT File);

// ---- I/O rings (ioring.c, ioringop.c)

typedef struct _IOP_RING_TRANSFER {
    BOOLEAN Write, WriteThrough;
    ULONG Length, Key;
    ULONG_PTR Buffer;
    LARGE_INTEGER Offset;
} IOP_RING_TRANSFER;

NTSTATUS IopTransferForRing(const IOP_SERVICE *Service, PFILE_OBJECT File, ACCESS_MASK Granted,
                            const IOP_RING_TRANSFER *Wanted);
NTSTATUS IopFlushForRing(const IOP_SERVICE *Service, PFILE_OBJECT File, ACCESS_MASK Granted,
                         ULONG Flags);
VOID IopJoinRing(PIO_REQUEST Request, PIOP_RING Ring, PVOID UserData);
VOID IopLeaveRing(PIO_REQUEST Request); // it is abandoned
BOOLEAN IopIsOfRing(const IO_REQUEST *Request, const IOP_RING *Ring, PVOID UserData);
// Those of Ring on File; UserData null: all. FALSE: there were none.
BOOLEAN IopCancelOfRing(PFILE_OBJECT File, PIOP_RING Ring, PVOID UserData);
NTSTATUS IopInitRings(VOID);

// The lock of a file for synchronous I/O. Other than STATUS_SUCCESS: an alert, or the thread ends.
NTSTATUS IopLockFile(PFILE_OBJECT File);
VOID IopUnlockFile(PFILE_OBJECT File);

// ---- Parts of the I/O manager

NTSTATUS IopParseDevice(PVOID Object, POBJECT_TYPE Type, PACCESS_STATE AccessState,
                        KPROCESSOR_MODE Mode, ULONG Attributes, PUNICODE_STRING CompleteName,
                        PUNICODE_STRING RemainingName, PVOID Context, PVOID *Found);
NTSTATUS IopParseFile(PVOID Object, POBJECT_TYPE Type, PACCESS_STATE AccessState,
                      KPROCESSOR_MODE Mode, ULONG Attributes, PUNICODE_STRING CompleteName,
                      PUNICODE_STRING RemainingName, PVOID Context, PVOID *Found);
NTSTATUS IopInitDrivers(VOID);
NTSTATUS IopInitDevices(VOID);
NTSTATUS IopInitFiles(VOID);
NTSTATUS IopInitWork(VOID);
NTSTATUS IopInitDelays(VOID); // of driver hosts (hostwake.c)

VOID IopQueueWork(PIOP_WORK Work);
// Give up a file that was opened without a handle.
VOID IopCloseFile(PFILE_OBJECT File);
NTSTATUS IopSetFileName(PFILE_OBJECT File, PCUNICODE_STRING Name);
NTSTATUS IopQueryFileSecurity(PVOID Object, PSECURITY_DESCRIPTOR *Descriptor);
NTSTATUS IopSetFileSecurity(PVOID Object, SECURITY_INFORMATION Information,
                            PSECURITY_DESCRIPTOR Modification);
// Cleanup of an open file, later or now.
VOID IopCleanupFile(PFILE_OBJECT File, BOOLEAN MayWait);

// Called when a request of Thread is complete.
VOID IopCheckRundown(PETHREAD Thread);

// ---- For devices of the Executive

// Set Information and copy Size bytes, or as many as there is room for (STATUS_BUFFER_OVERFLOW).
NTSTATUS IopAnswer(PIO_REQUEST Request, const VOID *Data, ULONG Size);

typedef struct _IOP_SHARE {
    ULONG OpenCount, Readers, Writers, Deleters, SharedRead, SharedWrite, SharedDelete;
} IOP_SHARE, *PIOP_SHARE;
NTSTATUS IopTakeShare(PFILE_OBJECT File, PIOP_SHARE Share, ACCESS_MASK DesiredAccess,
                      ULONG ShareAccess);
VOID IopReturnShare(PFILE_OBJECT File, PIOP_SHARE Share);

typedef NTSTATUS (*IOP_DISPATCH)(PIO_REQUEST Request);
// By the request's major function; STATUS_INVALID_DEVICE_REQUEST for what is not in the table.
NTSTATUS IopDispatch(const IOP_DISPATCH Table[IRP_MJ_MAXIMUM_FUNCTION + 1], PIO_REQUEST Request);

// Does a name match a pattern of `*`, `?` and Win32's forms of them? The pattern is upper case.
BOOLEAN IopMatchesPattern(PCUNICODE_STRING Pattern, PCUNICODE_STRING Name);

// One information class of directory entries.
typedef struct _IOP_DIRECTORY_CLASS {
    ULONG Class, NameLengthOffset, NameOffset;
} IOP_DIRECTORY_CLASS;

typedef struct _IOP_DIRECTORY_ENTRY {
    UNICODE_STRING Name;
    ULONG Attributes;
    ULONG64 EndOfFile, AllocationSize;
} IOP_DIRECTORY_ENTRY;

const IOP_DIRECTORY_CLASS *IopFindDirectoryClass(ULONG Class); // null: there is none
// At Offset of the request's output, with as much of the name as there is room for.
NTSTATUS IopWriteDirectoryEntry(PIO_REQUEST Request, const IOP_DIRECTORY_CLASS *Class,
                                const IOP_DIRECTORY_ENTRY *Entry, ULONG Offset, ULONG NameRoom);

NTSTATUS IopInitBootVolume(VOID);
NTSTATUS IopInitConsole(VOID);
NTSTATUS IopInitPipes(VOID);
NTSTATUS IopInitMailslots(VOID);
