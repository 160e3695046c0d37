// Opening a target, and requests under way at it.
#include "disktest.h"

enum {
    IOCTL_DISK_GET_DRIVE_GEOMETRY = 0x00070000,
    IOCTL_DISK_GET_LENGTH_INFO = 0x0007405C,
    DtPage = 4096,
};

typedef struct _DISK_GEOMETRY {
    LARGE_INTEGER Cylinders;
    ULONG MediaType, TracksPerCylinder, SectorsPerTrack, BytesPerSector;
} DISK_GEOMETRY;

PVOID DtAllocate(SIZE_T Bytes)
{
    PVOID Block = nullptr;
    NTSTATUS Status = NtAllocateVirtualMemory(NtCurrentProcess(), &Block, 0, &Bytes,
                                              MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    return NT_SUCCESS(Status) ? Block : nullptr;
}

VOID DtFree(PVOID Block)
{
    SIZE_T Bytes = 0;
    if (Block)
        NtFreeVirtualMemory(NtCurrentProcess(), &Block, &Bytes, MEM_RELEASE);
}

// ---- Targets

static NTSTATUS DtWait(PDT_TARGET Target, NTSTATUS Status, PIO_STATUS_BLOCK IoStatus)
{
    if (Status != STATUS_PENDING)
        return Status;
    NtWaitForSingleObject(Target->Event, FALSE, nullptr);
    return IoStatus->Status;
}

NTSTATUS DtControl(PDT_TARGET Target, ULONG Code, const VOID *Input, ULONG InputLength,
                   PVOID Output, ULONG OutputLength)
{
    IO_STATUS_BLOCK IoStatus;
    NTSTATUS Status =
        NtDeviceIoControlFile(Target->File, Target->Event, nullptr, nullptr, &IoStatus, Code,
                              (PVOID)Input, InputLength, Output, OutputLength);
    return DtWait(Target, Status, &IoStatus);
}

NTSTATUS DtFlush(PDT_TARGET Target)
{
    IO_STATUS_BLOCK IoStatus;
    NTSTATUS Status = NtFlushBuffersFile(Target->File, &IoStatus);
    if (Status != STATUS_PENDING)
        return Status;
    NtWaitForSingleObject(Target->File, FALSE, nullptr);
    return IoStatus.Status;
}

static NTSTATUS DtQuerySize(PDT_TARGET Target)
{
    LARGE_INTEGER Length;
    DISK_GEOMETRY Geometry;
    NTSTATUS Status =
        DtControl(Target, IOCTL_DISK_GET_LENGTH_INFO, nullptr, 0, &Length, sizeof(Length));
    if (NT_SUCCESS(Status))
        Status = DtControl(Target, IOCTL_DISK_GET_DRIVE_GEOMETRY, nullptr, 0, &Geometry,
                           sizeof(Geometry));
    if (NT_SUCCESS(Status)) {
        Target->Size = (ULONGLONG)Length.QuadPart;
        Target->Sector = Geometry.BytesPerSector;
    }
    return Status;
}

// "PhysicalDrive0", "D:", "HarddiskVolume1"
NTSTATUS DtOpen(PCWSTR Name, BOOLEAN Write, BOOLEAN Sized, PDT_TARGET Target)
{
    WCHAR Path[128];
    UNICODE_STRING Text;
    OBJECT_ATTRIBUTES Attributes;
    IO_STATUS_BLOCK IoStatus;
    *Target = (DT_TARGET){};
    _snwprintf(Path, RTL_NUMBER_OF(Path) - 1,
               _wcsnicmp(Name, L"Harddisk", 8) ? L"\\??\\%ws" : L"\\Device\\%ws", Name);
    Path[RTL_NUMBER_OF(Path) - 1] = 0;
    RtlInitUnicodeString(&Text, Path);
    InitializeObjectAttributes(&Attributes, &Text, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    NTSTATUS Status = NtOpenFile(
        &Target->File,
        SYNCHRONIZE | FILE_READ_DATA | FILE_READ_ATTRIBUTES | (Write ? FILE_WRITE_DATA : 0),
        &Attributes, &IoStatus, FILE_SHARE_READ | FILE_SHARE_WRITE, FILE_NO_INTERMEDIATE_BUFFERING);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = NtCreateEvent(&Target->Event, EVENT_ALL_ACCESS, nullptr, SynchronizationEvent, FALSE);
    if (NT_SUCCESS(Status) && Sized)
        Status = DtQuerySize(Target);
    if (!NT_SUCCESS(Status))
        DtClose(Target);
    return Status;
}

VOID DtClose(PDT_TARGET Target)
{
    if (Target->Port)
        NtClose(Target->Port);
    if (Target->Event)
        NtClose(Target->Event);
    NtClose(Target->File);
}

// ---- Requests

static NTSTATUS DtMakePort(PDT_TARGET Target)
{
    IO_STATUS_BLOCK IoStatus;
    if (Target->Port)
        return STATUS_SUCCESS;
    NTSTATUS Status = NtCreateIoCompletion(&Target->Port, IO_COMPLETION_ALL_ACCESS, nullptr, 0);
    FILE_COMPLETION_INFORMATION Completion = {.Port = Target->Port};
    if (NT_SUCCESS(Status))
        Status = NtSetInformationFile(Target->File, &IoStatus, &Completion, sizeof(Completion),
                                      FileCompletionInformation);
    return Status;
}

static VOID DtFinish(PDT_RUN Run, PDT_REQUEST Request, NTSTATUS Status)
{
    if (NT_SUCCESS(Status) && Request->IoStatus.Information != Request->Length)
        Status = STATUS_END_OF_FILE;
    Run->Requests++;
    Run->Done(Run, Request, Status);
}

// TRUE: it is under way. What the service itself refuses has ended, and the next is tried.
static BOOLEAN DtStart(PDT_RUN Run, PDT_REQUEST Request)
{
    for (;;) {
        Request->Buffer = Request->Memory;
        if (!Run->Next(Run, Request))
            return FALSE;
        LARGE_INTEGER Offset = {.QuadPart = (LONGLONG)Request->Offset};
        if (Request->Write)
            DtFillPattern(Request->Buffer, Request->Offset, Request->Length, Request->Tag);
        NTSTATUS Status = (Request->Write ? NtWriteFile : NtReadFile)(
            Run->Target->File, nullptr, nullptr, Request, &Request->IoStatus, Request->Buffer,
            Request->Length, &Offset, nullptr);
        if (!NT_ERROR(Status))
            return TRUE;
        DtFinish(Run, Request, Status);
    }
}

static VOID DtFreeRequests(PDT_REQUEST Requests, ULONG Count)
{
    for (ULONG i = 0; i < Count; i++)
        DtFree(Requests[i].Memory);
    DtFree(Requests);
}

static PDT_REQUEST DtMakeRequests(PDT_RUN Run)
{
    PDT_REQUEST Requests = DtAllocate(Run->Depth * sizeof(*Requests));
    for (ULONG i = 0; Requests && i < Run->Depth; i++) {
        Requests[i].Memory = DtAllocate(Run->LongestRequest + DtPage);
        if (!Requests[i].Memory) {
            DtFreeRequests(Requests, i);
            return nullptr;
        }
    }
    return Requests;
}

NTSTATUS DtRun(PDT_RUN Run)
{
    NTSTATUS Status = DtMakePort(Run->Target);
    PDT_REQUEST Requests = NT_SUCCESS(Status) ? DtMakeRequests(Run) : nullptr;
    ULONG Active = 0;
    if (!Requests)
        return NT_SUCCESS(Status) ? STATUS_NO_MEMORY : Status;
    for (ULONG i = 0; i < Run->Depth; i++)
        Active += DtStart(Run, &Requests[i]);
    while (Active) {
        PVOID Key;
        PDT_REQUEST Request;
        IO_STATUS_BLOCK IoStatus;
        Status =
            NtRemoveIoCompletion(Run->Target->Port, &Key, (PVOID *)&Request, &IoStatus, nullptr);
        if (!NT_SUCCESS(Status))
            return Status;
        Request->IoStatus = IoStatus;
        DtFinish(Run, Request, IoStatus.Status);
        Active -= !DtStart(Run, Request);
    }
    DtFreeRequests(Requests, Run->Depth);
    return STATUS_SUCCESS;
}

VOID DtCount(PDT_RUN Run, PDT_REQUEST Request, NTSTATUS Status)
{
    if (!NT_SUCCESS(Status)) {
        if (!Run->Errors++)
            ConPrint(L"%ws of %lu bytes at %I64u: %08lx\n", Request->Write ? L"write" : L"read",
                     Request->Length, Request->Offset, Status);
        return;
    }
    if (Request->Write)
        return;
    ULONG At = DtCheckPattern(Request->Buffer, Request->Offset, Request->Length, Request->Tag);
    if (At == Request->Length)
        return;
    if (!Run->Wrong++)
        ConPrint(L"read of %lu bytes at %I64u to %p: wrong at %lu: %I64x\n", Request->Length,
                 Request->Offset, Request->Buffer, At, *(PULONGLONG)(Request->Buffer + At));
}
