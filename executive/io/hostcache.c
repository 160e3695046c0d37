// The cache's services for driver hosts: what is behind the Cc functions of ntoskrnl.exe. A host reaches only the
// streams of files on its own devices.
#include "hostp.h"

PIO_HOST IopFileHost(PFILE_OBJECT File)
{
    PDEVICE_OBJECT Device = IopTopOfStack(File->Device);
    return Device->Operations == &IopHostOperations ? Device->Extension : nullptr;
}

static NTSTATUS IopReferenceOwnFile(ULONG Number, PFILE_OBJECT *File)
{
    PIO_HOST Host = IopCurrentHost();
    if (!Host)
        return STATUS_ACCESS_DENIED;
    *File = IopLookupFile(Number);
    if (!*File)
        return STATUS_INVALID_PARAMETER;
    if (IopFileHost(*File) == Host)
        return STATUS_SUCCESS;
    ObDereferenceObject(*File);
    return STATUS_ACCESS_DENIED;
}

// The stream of a file that is cached.
static NTSTATUS IopReferenceCached(ULONG Number, PFILE_OBJECT *File)
{
    NTSTATUS Status = IopReferenceOwnFile(Number, File);
    if (NT_SUCCESS(Status) && !(*File)->Stream) {
        ObDereferenceObject(*File);
        Status = STATUS_INVALID_PARAMETER;
    }
    return Status;
}

// IoCreateStreamFileObject: the handle keeps the file; it is closed as any other.
NTSTATUS NtHostCreateStreamFile(ULONG Number, HANDLE USER *Handle, ULONG USER *FileNumber)
{
    PIO_HOST Host = IopCurrentHost();
    PFILE_OBJECT File;
    HANDLE Own = nullptr;
    if (!Host)
        return STATUS_ACCESS_DENIED;
    PDEVICE_OBJECT Device = IopLookupDevice(Number);
    if (!Device)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = MmProbeForWrite(Handle, sizeof(HANDLE), 1);
    if (NT_SUCCESS(Status))
        Status = MmProbeForWrite(FileNumber, sizeof(ULONG), 1);
    if (NT_SUCCESS(Status))
        Status = IopMakeStreamFile(Device, &File);
    ObDereferenceObject(Device);
    if (!NT_SUCCESS(Status))
        return Status;
    if (IopFileHost(File) != Host)
        Status = STATUS_ACCESS_DENIED;
    else if (!IopFileNumber(File))
        Status = STATUS_INSUFFICIENT_RESOURCES;
    if (NT_SUCCESS(Status))
        Status = MmWriteUser(FileNumber, File->Number);
    if (NT_SUCCESS(Status))
        Status = ObOpenObjectByPointer(File, 0, FILE_READ_DATA, IoFileObjectType, KernelMode, &Own);
    if (!NT_SUCCESS(Status)) { // its driver has not heard of it
        File->Flags &= ~(ULONG)FO_FILE_OPEN;
        IopCountClose(File);
    }
    ObDereferenceObject(File);
    return ObReturnHandle(Status, Own, Handle);
}

static NTSTATUS IopCaptureSizes(const HOST_CACHE_SIZES USER *Given, PCC_SIZES Sizes)
{
    HOST_CACHE_SIZES Captured;
    NTSTATUS Status = MmCopyFromUser(&Captured, Given, sizeof(Captured));
    if (!NT_SUCCESS(Status))
        return Status;
    if (Captured.Allocation < 0 || Captured.File < 0 || Captured.Valid < 0)
        return STATUS_INVALID_PARAMETER;
    *Sizes =
        (CC_SIZES){(ULONG64)Captured.Allocation, (ULONG64)Captured.File, (ULONG64)Captured.Valid};
    return STATUS_SUCCESS;
}

// One stream for the life of a file object.
static NTSTATUS IopAttachStream(PFILE_OBJECT File, PIO_HOST Host, ULONG64 Key)
{
    if (!Key)
        return STATUS_INVALID_PARAMETER;
    if (File->Stream)
        return File->SectionKey == Key ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
    NTSTATUS Status = CcOpenStream(Host, Key, &File->Stream);
    if (NT_SUCCESS(Status))
        File->SectionKey = Key;
    return Status;
}

NTSTATUS IopFindStream(PFILE_OBJECT File)
{
    NTSTATUS Status = IopAwaitFile(File);
    if (Status != STATUS_SUCCESS)
        return Status;
    PIO_HOST Host = IopFileHost(File);
    if (!Host || !File->SectionKey)
        return STATUS_NOT_SUPPORTED;
    return IopAttachStream(File, Host, File->SectionKey);
}

NTSTATUS IopNoteLocks(PFILE_OBJECT File)
{
    PIO_HOST Host = IopFileHost(File);
    if (File->Locked)
        return STATUS_SUCCESS;
    if (Host && File->SectionKey) {
        NTSTATUS Status = IopAttachStream(File, Host, File->SectionKey);
        if (!NT_SUCCESS(Status))
            return Status;
        CcLockStream(File->Stream);
        File->StreamLocked = TRUE;
    }
    File->Locked = TRUE;
    return STATUS_SUCCESS;
}

VOID IopForgetLocks(PFILE_OBJECT File)
{
    if (File->StreamLocked && !File->Device->Failed)
        CcUnlockStream(File->Stream);
    File->StreamLocked = FALSE;
}

NTSTATUS NtHostCcInitialize(ULONG Number, ULONG64 Key, const HOST_CACHE_SIZES USER *GivenSizes,
                            ULONG PinAccess)
{
    PFILE_OBJECT File;
    CC_SIZES Sizes;
    NTSTATUS Status = IopCaptureSizes(GivenSizes, &Sizes);
    if (NT_SUCCESS(Status))
        Status = IopReferenceOwnFile(Number, &File);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = IopAttachStream(File, IopCurrentHost(), Key);
    if (NT_SUCCESS(Status) && !File->Cached) {
        Status = CcInitializeStream(File->Stream, File, &Sizes, PinAccess ? CC_PIN_ACCESS : 0);
        File->Cached = NT_SUCCESS(Status);
    }
    ObDereferenceObject(File);
    return Status;
}

NTSTATUS NtHostCcUninitialize(ULONG Number, LONG64 TruncateSize, ULONG USER *Maps)
{
    PFILE_OBJECT File;
    NTSTATUS Status = IopReferenceCached(Number, &File);
    if (!NT_SUCCESS(Status))
        return Status;
    if (File->Cached) {
        ULONG64 Size = (ULONG64)TruncateSize;
        File->Cached = FALSE;
        CcUninitializeStream(File->Stream, TruncateSize < 0 ? nullptr : &Size);
    }
    Status = MmWriteUser(Maps, CcCountStreamMaps(File->Stream));
    ObDereferenceObject(File);
    return Status;
}

// A buffer of the host, or what it stands for; the process is referenced.
static CC_BUFFER IopHostBuffer(PVOID Address, ULONG Length)
{
    CC_BUFFER Buffer = {PsGetCurrentProcess(), (ULONG_PTR)Address};
    MmResolveAlias(&Buffer.Process, &Buffer.Address, Length);
    ObReferenceObject(Buffer.Process);
    return Buffer;
}

NTSTATUS NtHostCcRead(ULONG Number, ULONG64 Offset, ULONG Length, PVOID Address, ULONG Wait,
                      ULONG USER *Done)
{
    PFILE_OBJECT File;
    ULONG Read;
    NTSTATUS Status = IopReferenceCached(Number, &File);
    if (!NT_SUCCESS(Status))
        return Status;
    CC_BUFFER Buffer = IopHostBuffer(Address, Length);
    Status = CcReadStream(File->Stream, &File->ReadAhead, IopAdvice(File), &Buffer, Offset, Length,
                          Wait != 0, &Read);
    ObDereferenceObject(Buffer.Process);
    ObDereferenceObject(File);
    NTSTATUS Written = MmWriteUser(Done, Read);
    return NT_SUCCESS(Status) ? Written : Status;
}

NTSTATUS NtHostCcWrite(ULONG Number, ULONG64 Offset, ULONG64 Length, const VOID USER *Address,
                       ULONG Wait)
{
    PFILE_OBJECT File;
    ULONG64 Done;
    if (Offset > MAXLONG64 || Length > MAXLONG64 - Offset || (Address && Length > MAXULONG))
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = IopReferenceCached(Number, &File);
    if (!NT_SUCCESS(Status))
        return Status;
    CC_BUFFER Buffer = {};
    if (Address)
        Buffer = IopHostBuffer((PVOID)Address, (ULONG)Length);
    Status = CcWriteStream(File->Stream, &Buffer, Offset, Length, Wait != 0, &Done);
    if (Buffer.Process)
        ObDereferenceObject(Buffer.Process);
    ObDereferenceObject(File);
    return Status;
}

// ---- By the key

static NTSTATUS IopFindOwnStream(ULONG64 Key, PCC_STREAM *Stream)
{
    PIO_HOST Host = IopCurrentHost();
    if (!Host)
        return STATUS_ACCESS_DENIED;
    *Stream = CcFindStream(Host, Key);
    return *Stream ? STATUS_SUCCESS : STATUS_NOT_FOUND;
}

static NTSTATUS IopMakeRange(ULONG64 Offset, LONG64 Length, CC_RANGE *Range)
{
    *Range = (CC_RANGE){Offset, MAXLONG64};
    if (Offset > MAXLONG64 || (Length >= 0 && Length > (LONG64)(MAXLONG64 - Offset)))
        return STATUS_INVALID_PARAMETER;
    if (Length >= 0)
        Range->End = Offset + (ULONG64)Length;
    return STATUS_SUCCESS;
}

// A file that is being opened may replace what is cached, though its file object is not known by the key yet.
NTSTATUS NtHostCcSetSizes(ULONG64 Key, const HOST_CACHE_SIZES USER *GivenSizes)
{
    CC_SIZES Sizes;
    PCC_STREAM Stream;
    NTSTATUS Status = IopCaptureSizes(GivenSizes, &Sizes);
    if (NT_SUCCESS(Status))
        Status = IopFindOwnStream(Key, &Stream);
    if (!NT_SUCCESS(Status))
        return Status == STATUS_NOT_FOUND ? STATUS_SUCCESS : Status;
    CcSetStreamSizes(Stream, &Sizes);
    CcDereferenceStream(Stream);
    return STATUS_SUCCESS;
}

NTSTATUS NtHostCcFlush(ULONG64 Key, ULONG64 Offset, LONG64 Length)
{
    CC_RANGE Range;
    PCC_STREAM Stream;
    NTSTATUS Status = IopMakeRange(Offset, Length, &Range);
    if (NT_SUCCESS(Status))
        Status = IopFindOwnStream(Key, &Stream);
    if (!NT_SUCCESS(Status))
        return Status == STATUS_NOT_FOUND ? STATUS_SUCCESS : Status; // nothing is cached
    Status = CcFlushStream(Stream, &Range);
    CcDereferenceStream(Stream);
    return Status;
}

NTSTATUS NtHostCcPurge(ULONG64 Key, ULONG64 Offset, LONG64 Length)
{
    CC_RANGE Range;
    PCC_STREAM Stream;
    NTSTATUS Status = IopMakeRange(Offset, Length, &Range);
    if (NT_SUCCESS(Status))
        Status = IopFindOwnStream(Key, &Stream);
    if (!NT_SUCCESS(Status))
        return Status == STATUS_NOT_FOUND ? STATUS_SUCCESS : Status;
    if (!CcPurgeStream(Stream, &Range))
        Status = STATUS_USER_MAPPED_FILE;
    CcDereferenceStream(Stream);
    return Status;
}

// ---- Pages at addresses of the host

static NTSTATUS IopCheckSpan(ULONG64 Offset, ULONG Length)
{
    constexpr ULONG Most = 256 * 1024;
    return Length && Length <= Most && Offset <= MAXLONG64 - Length ? STATUS_SUCCESS
                                                                    : STATUS_INVALID_PARAMETER;
}

NTSTATUS NtHostCcMap(ULONG Number, ULONG64 Offset, ULONG Length, ULONG Flags, PVOID USER *Address)
{
    PFILE_OBJECT File;
    PVOID Base;
    NTSTATUS Status = IopCheckSpan(Offset, Length);
    if (NT_SUCCESS(Status))
        Status = MmProbeForWrite(Address, sizeof(PVOID), 1);
    if (NT_SUCCESS(Status))
        Status = IopReferenceCached(Number, &File);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = CcHoldPages(File->Stream, PsGetCurrentProcess(), Offset, Length,
                         Flags & HOST_CACHE_FLAGS, &Base);
    ObDereferenceObject(File);
    return NT_SUCCESS(Status) ? MmWriteUser(Address, Base) : Status;
}

NTSTATUS NtHostCcUnmap(ULONG Number, ULONG64 Offset, ULONG Length, ULONG Flags)
{
    PFILE_OBJECT File;
    NTSTATUS Status = IopCheckSpan(Offset, Length);
    if (NT_SUCCESS(Status))
        Status = IopReferenceCached(Number, &File);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = CcReleasePages(File->Stream, PsGetCurrentProcess(), Offset, Length,
                            Flags & HOST_CACHE_FLAGS);
    ObDereferenceObject(File);
    return Status;
}

// ---- Pages for MDLs

// They are locked like those that the host locks itself, by the addresses where the Executive has them.
static NTSTATUS IopLockCachePages(PFILE_OBJECT File, ULONG64 Offset, ULONG Length, BOOLEAN Write,
                                  ULONG64 USER *Pages)
{
    constexpr ULONG Most = 0x4000; // pages: 64 MiB
    ULONG64 First = Offset >> PAGE_SHIFT, End = (Offset + Length + PAGE_SIZE - 1) >> PAGE_SHIFT;
    ULONG Count = (ULONG)(End - First);
    if (!Count || Count > Most)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = MmProbeForWrite(Pages, Count * sizeof(ULONG64), 1);
    PIOP_HOST_PIN Pin = NT_SUCCESS(Status) ? IopAllocateHostPin(Count, Write) : nullptr;
    if (!Pin)
        return NT_SUCCESS(Status) ? STATUS_INSUFFICIENT_RESOURCES : Status;
    for (ULONG i = 0; i < Count && NT_SUCCESS(Status); i++) {
        PVOID Data;
        Status = CcUsePage(File->Stream, First + i, Count - i, &Data);
        if (NT_SUCCESS(Status))
            Status = MmPinSystemPage(Data, &Pin->Pages[i]);
        if (NT_SUCCESS(Status))
            Pin->Count = i + 1;
    }
    if (NT_SUCCESS(Status))
        Status = MmCopyToUser(Pages, Pin->Pages, Count * sizeof(ULONG64));
    if (NT_SUCCESS(Status))
        IopKeepHostPin(IopCurrentHost(), Pin);
    else
        IopDropHostPin(Pin);
    return Status;
}

NTSTATUS NtHostCcLock(ULONG Number, ULONG64 Offset, ULONG Length, ULONG Write, ULONG64 USER *Pages)
{
    PFILE_OBJECT File;
    if (Offset > MAXLONG64 - Length)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = IopReferenceCached(Number, &File);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = IopLockCachePages(File, Offset, Length, Write != 0, Pages);
    ObDereferenceObject(File);
    return Status;
}

NTSTATUS NtHostCcSetDirty(ULONG Number, ULONG64 Offset, ULONG Length)
{
    PFILE_OBJECT File;
    if (Offset > MAXLONG64 - Length)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = IopReferenceCached(Number, &File);
    if (!NT_SUCCESS(Status))
        return Status;
    CcSetStreamDirty(File->Stream, &(CC_RANGE){Offset, Offset + Length});
    ObDereferenceObject(File);
    return STATUS_SUCCESS;
}

// ---- Questions and settings

static NTSTATUS IopQueryStream(PCC_STREAM Stream, ULONG What, ULONG64 Parameter, PULONG64 Result)
{
    switch (What) {
    case HOST_CACHE_QUERY_DIRTY:
        *Result = CcCountDirtyPages(Stream);
        return STATUS_SUCCESS;
    case HOST_CACHE_QUERY_VALID:
        *Result = CcQueryFlushedData(Stream);
        return STATUS_SUCCESS;
    case HOST_CACHE_QUERY_CAN_TRUNCATE:
        return CcMayTruncate(Stream, Parameter) ? STATUS_SUCCESS : STATUS_USER_MAPPED_FILE;
    case HOST_CACHE_QUERY_WRITABLE:
        *Result = CcHasWritableViews(Stream);
        return STATUS_SUCCESS;
    case HOST_CACHE_QUERY_FLUSH_IMAGE:
        return CcReleaseImage(Stream, Parameter != 0) ? STATUS_SUCCESS : STATUS_USER_MAPPED_FILE;
    case HOST_CACHE_QUERY_FORCE_CLOSED:
        return CcCloseStream(Stream);
    default:
        return STATUS_INVALID_PARAMETER;
    }
}

NTSTATUS NtHostCcQuery(ULONG64 Key, ULONG What, ULONG64 Parameter, ULONG64 USER *Result)
{
    PCC_STREAM Stream;
    ULONG64 Answer = 0;
    if (!IopCurrentHost())
        return STATUS_ACCESS_DENIED;
    NTSTATUS Status = MmProbeForWrite(Result, sizeof(ULONG64), 1);
    if (!NT_SUCCESS(Status))
        return Status;
    if (What == HOST_CACHE_QUERY_MAY_WRITE)
        return CcMayWrite((ULONG)Parameter) ? STATUS_SUCCESS : STATUS_CANT_WAIT;
    if (What == HOST_CACHE_QUERY_WAIT_WRITE)
        return CcThrottleWrite((ULONG)Parameter);
    if (What == HOST_CACHE_QUERY_WAIT_WRITER)
        return CcWaitForWriter();
    if (What == HOST_CACHE_QUERY_DIRTY && !Key)
        return MmWriteUser(Result, (ULONG64)CcCountOwnerDirtyPages(IopCurrentHost()));
    Status = IopFindOwnStream(Key, &Stream);
    if (Status == STATUS_NOT_FOUND)
        return MmWriteUser(Result, Answer); // nothing is cached
    if (!NT_SUCCESS(Status))
        return Status;
    Status = IopQueryStream(Stream, What, Parameter, &Answer);
    CcDereferenceStream(Stream);
    return NT_SUCCESS(Status) ? MmWriteUser(Result, Answer) : Status;
}

NTSTATUS NtHostCcControl(ULONG Number, ULONG What, ULONG64 Parameter1, ULONG64 Parameter2)
{
    PFILE_OBJECT File;
    NTSTATUS Status = IopReferenceCached(Number, &File);
    if (!NT_SUCCESS(Status))
        return Status;
    if (What == HOST_CACHE_CONTROL_BEHAVIOUR)
        CcSetStreamBehaviour(File->Stream, Parameter1 != 0, Parameter2 != 0);
    else if (What == HOST_CACHE_CONTROL_READ_AHEAD)
        CcScheduleRead(File->Stream, Parameter1, (ULONG)Parameter2);
    else
        Status = STATUS_INVALID_PARAMETER;
    ObDereferenceObject(File);
    return Status;
}
