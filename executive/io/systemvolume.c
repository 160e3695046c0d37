// The volume that the system is installed on. The boot archive's registry says which one it is
// (Control\SystemBootDevice), since what starts the Executive cannot hand it a command line:
//
//     gpt({guid})                      the partition of that identifier
//     mbr(signature,offset)            the one at that byte of the disk of that signature; hexadecimal
//
// When it has arrived, \SystemRoot and C: lead to it. Without such a value the archive stays the system's volume.
#include "bootvolume.h"

#include "inbv/inbv.h"

#include <mountmgr.h>

#include <mountdev.h>

enum {
    IOP_SYSTEM_VOLUME_SECONDS = 60, // that it may take to appear
    IOP_SYSTEM_CALL_SECONDS = 10,   // that a driver may take to answer
    IOP_POLL_MILLISECONDS = 20,
    IOP_MOST_VOLUMES = 128,
    IOP_VOLUME_NAME_CHARS = 48,
};

// As volumes identify themselves (IOCTL_MOUNTDEV_QUERY_UNIQUE_ID).
typedef struct _IOP_UNIQUE_ID {
    ULONG Length;
    UCHAR Bytes[64];
} IOP_UNIQUE_ID;

static WCHAR IopSystemVolumeText[IOP_VOLUME_NAME_CHARS];
static UNICODE_STRING IopSystemVolume; // \Device\HarddiskVolume2; empty: there is none

const UNICODE_STRING *IopSystemVolumeName(VOID)
{
    return &IopSystemVolume;
}

BOOLEAN IoHasSystemVolume(VOID)
{
    return IopSystemVolume.Length != 0;
}

// ---- What the boot option says

static BOOLEAN IopParseGpt(PCWSTR Text, IOP_UNIQUE_ID *Id)
{
    UNICODE_STRING Braced;
    GUID Partition;
    RtlInitUnicodeString(&Braced, Text);
    Braced.Length = min(Braced.Length, (USHORT)(38 * sizeof(WCHAR)));
    if (!NT_SUCCESS(RtlGUIDFromString(&Braced, &Partition)) || wcscmp(Text + 38, L")") != 0)
        return FALSE;
    memcpy(Id->Bytes, "DMIO:ID:", 8);
    memcpy(Id->Bytes + 8, &Partition, sizeof(Partition));
    Id->Length = 8 + sizeof(Partition);
    return TRUE;
}

static BOOLEAN IopParseHex(PCWSTR *Text, ULONG64 *Number)
{
    PCWSTR Start = *Text;
    *Number = 0;
    for (;; ++*Text) {
        WCHAR Digit = RtlDowncaseUnicodeChar(**Text);
        if (Digit >= L'0' && Digit <= L'9')
            *Number = *Number << 4 | (ULONG64)(Digit - L'0');
        else if (Digit >= L'a' && Digit <= L'f')
            *Number = *Number << 4 | (ULONG64)(Digit - L'a' + 10);
        else
            return *Text != Start && *Text - Start <= 16;
    }
}

static BOOLEAN IopParseMbr(PCWSTR Text, IOP_UNIQUE_ID *Id)
{
    ULONG64 Signature, Offset;
    if (!IopParseHex(&Text, &Signature) || *Text++ != L',' || Signature > MAXULONG ||
        !IopParseHex(&Text, &Offset) || wcscmp(Text, L")") != 0)
        return FALSE;
    memcpy(Id->Bytes, &Signature, sizeof(ULONG));
    memcpy(Id->Bytes + sizeof(ULONG), &Offset, sizeof(Offset));
    Id->Length = sizeof(ULONG) + sizeof(Offset);
    return TRUE;
}

// STATUS_OBJECT_NAME_NOT_FOUND: the archive is all that there is.
static NTSTATUS IopReadBootOption(PWSTR Text, ULONG Chars, IOP_UNIQUE_ID *Id)
{
    ULONG Length = (Chars - 1) * (ULONG)sizeof(WCHAR), Type;
    NTSTATUS Status = CmQueryValue(L"\\Registry\\Machine\\System\\CurrentControlSet\\Control",
                                   L"SystemBootDevice", &Type, Text, &Length);
    if (!NT_SUCCESS(Status))
        return Status == STATUS_BUFFER_OVERFLOW ? STATUS_INVALID_PARAMETER
                                                : STATUS_OBJECT_NAME_NOT_FOUND;
    Text[Length / sizeof(WCHAR)] = 0;
    if (Type != REG_SZ)
        return STATUS_INVALID_PARAMETER;
    if (wcsncmp(Text, L"gpt(", 4) == 0 && IopParseGpt(Text + 4, Id))
        return STATUS_SUCCESS;
    return wcsncmp(Text, L"mbr(", 4) == 0 && IopParseMbr(Text + 4, Id) ? STATUS_SUCCESS
                                                                       : STATUS_INVALID_PARAMETER;
}

// ---- Finding it

static NTSTATUS IopSendControl(PDEVICE_OBJECT Device, ULONG Code, PVOID Output, ULONG Length)
{
    LARGE_INTEGER Timeout = {.QuadPart = -10'000'000ll * IOP_SYSTEM_CALL_SECONDS};
    IOP_CALL Call = {
        .MajorFunction = IRP_MJ_DEVICE_CONTROL,
        .Parameters = {Length, 0, Code},
        .Output = Output,
        .OutputLength = Length,
    };
    return IopCallDevice(Device, &Call, &Timeout);
}

static NTSTATUS IopReferenceDevice(PCWSTR Path, PDEVICE_OBJECT *Device)
{
    UNICODE_STRING Name;
    RtlInitUnicodeString(&Name, Path);
    return ObReferenceObjectByName(&Name, OBJ_CASE_INSENSITIVE, 0, IoDeviceObjectType, KernelMode,
                                   nullptr, (PVOID *)Device);
}

static BOOLEAN IopIsWantedVolume(PDEVICE_OBJECT Device, const IOP_UNIQUE_ID *Wanted)
{
    union {
        MOUNTDEV_UNIQUE_ID Id;
        UCHAR Space[sizeof(USHORT) + sizeof(Wanted->Bytes)];
    } Answer = {};
    return IopSendControl(Device, IOCTL_MOUNTDEV_QUERY_UNIQUE_ID, &Answer, sizeof(Answer)) ==
               STATUS_SUCCESS &&
           Answer.Id.UniqueIdLength == Wanted->Length &&
           memcmp(Answer.Id.UniqueId, Wanted->Bytes, Wanted->Length) == 0;
}

// Volumes that are there now. The name of the one that is wanted is left in Name.
static BOOLEAN IopSearchVolumes(const IOP_UNIQUE_ID *Wanted, PWSTR Name)
{
    for (ULONG i = 1; i <= IOP_MOST_VOLUMES; i++) {
        PDEVICE_OBJECT Device;
        _snwprintf(Name, IOP_VOLUME_NAME_CHARS, L"\\Device\\HarddiskVolume%u", i);
        if (!NT_SUCCESS(IopReferenceDevice(Name, &Device)))
            continue;
        BOOLEAN Found = IopIsWantedVolume(Device, Wanted);
        ObDereferenceObject(Device);
        if (Found)
            return TRUE;
    }
    return FALSE;
}

static NTSTATUS IopAwaitVolume(const IOP_UNIQUE_ID *Wanted, PWSTR Name)
{
    LARGE_INTEGER Interval = {.QuadPart = -10'000ll * IOP_POLL_MILLISECONDS};
    ULONGLONG End = KeQueryInterruptTime() + IOP_SYSTEM_VOLUME_SECONDS * 10'000'000ull;
    while (!IopSearchVolumes(Wanted, Name)) {
        if (KeQueryInterruptTime() >= End)
            return STATUS_NO_SUCH_DEVICE;
        (VOID) KeDelayExecutionThread(KernelMode, FALSE, &Interval);
    }
    return STATUS_SUCCESS;
}

// A system is on it, and its file system gives it out.
static NTSTATUS IopCheckSystem(PCWSTR Volume)
{
    WCHAR Path[IOP_VOLUME_NAME_CHARS + 32];
    UNICODE_STRING Name;
    IO_FILE_IMAGE File;
    _snwprintf(Path, RTL_NUMBER_OF(Path), L"%ls\\Windows\\System32\\smss.exe", Volume);
    RtlInitUnicodeString(&Name, Path);
    NTSTATUS Status = IoOpenFileImage(&Name, KernelMode, &File);
    if (NT_SUCCESS(Status))
        IoReleaseFileImage(&File);
    return Status;
}

// ---- Names

static NTSTATUS IopMoveLink(PCWSTR Link, PCWSTR Target)
{
    (VOID) ObDeleteSystemLink(Link);
    return ObCreateSystemLink(Link, Target);
}

static NTSTATUS IopMoveSystemRoot(PCWSTR Volume)
{
    WCHAR Root[IOP_VOLUME_NAME_CHARS + 16];
    _snwprintf(Root, RTL_NUMBER_OF(Root), L"%ls\\Windows", Volume);
    NTSTATUS Status = IopMoveLink(L"\\SystemRoot", Root);
    if (NT_SUCCESS(Status))
        Status = IopMoveLink(L"\\GLOBAL\?\?\\C:", Volume);
    if (!NT_SUCCESS(Status))
        return Status;
    wcscpy(IopSystemVolumeText, Volume);
    RtlInitUnicodeString(&IopSystemVolume, IopSystemVolumeText);
    return STATUS_SUCCESS;
}

// The system volume is C:, whichever letter the registry had for it, and for whom it had C:.
static NTSTATUS IopRecordLetter(const IOP_UNIQUE_ID *Id)
{
    static const WCHAR Database[] = L"\\Registry\\Machine\\System\\MountedDevices";
    NTSTATUS Status = CmCreateKey(Database);
    return NT_SUCCESS(Status)
               ? CmSetValue(Database, L"\\DosDevices\\C:", REG_BINARY, Id->Bytes, Id->Length)
               : Status;
}

// ---- Checking it, before anything is open on it

// The archive's registry has it in the session manager's list, which names it for all other volumes, too.
static BOOLEAN IopIsCheckWanted(VOID)
{
    WCHAR Text[256];
    ULONG Length = sizeof(Text) - 2 * sizeof(WCHAR), Type;
    if (!NT_SUCCESS(CmQueryValue(
            L"\\Registry\\Machine\\System\\CurrentControlSet\\Control\\Session Manager",
            L"BootExecute", &Type, Text, &Length)) ||
        Type != REG_MULTI_SZ)
        return FALSE;
    memset((PUCHAR)Text + Length, 0, 2 * sizeof(WCHAR));
    for (PCWSTR Line = Text; *Line; Line += wcslen(Line) + 1) {
        if (!_wcsnicmp(Line, L"autocheck autochk", 17))
            return TRUE;
    }
    return FALSE;
}

// autochk finds it as C:, and decides whether there is anything to do. Whatever comes of it, the start goes on.
static VOID IopCheckDisk(PCWSTR Volume)
{
    if (!IopIsCheckWanted())
        return;
    NTSTATUS Status = IopMoveLink(L"\\GLOBAL\?\?\\C:", Volume);
    if (NT_SUCCESS(Status))
        Status = PsRunBootProgram(L"System32\\autochk.exe");
    if (!NT_SUCCESS(Status))
        DbgPrintEx(DPFLTR_SYSTEM_ID, DPFLTR_WARNING_LEVEL,
                   "io: the system volume is not checked: 0x%08lX\n", (ULONG)Status);
}

// ---- The start

static NTSTATUS IopEnterSystemVolume(const IOP_UNIQUE_ID *Id)
{
    WCHAR Name[IOP_VOLUME_NAME_CHARS];
    NTSTATUS Status = IopAwaitVolume(Id, Name);
    if (NT_SUCCESS(Status)) {
        IopCheckDisk(Name);
        Status = IopCheckSystem(Name);
    }
    if (NT_SUCCESS(Status))
        Status = IopMoveSystemRoot(Name);
    if (!NT_SUCCESS(Status))
        return Status;
    CmLoadSystemHives(Name);
    (VOID) DbgReadFilters();
    Status = IopRecordLetter(Id);
    if (NT_SUCCESS(Status))
        DbgPrintEx(DPFLTR_SYSTEM_ID, DPFLTR_INFO_LEVEL, "io: the system volume is %ls\n", Name);
    return Status;
}

static BOOLEAN IopIsArchiveComplete(VOID)
{
    static const UNICODE_STRING First = RTL_CONSTANT_STRING(L"System32\\smss.exe");
    const VOID *Data;
    SIZE_T Size;
    return NT_SUCCESS(LdrFindBootFile(&First, &Data, &Size));
}

// From the archive, then. Whoever sits in front of it is told by smss.
static VOID IopStayInArchive(NTSTATUS Status)
{
    static const WCHAR Control[] = L"\\Registry\\Machine\\System\\CurrentControlSet\\Control";
    (VOID) IopMoveLink(L"\\GLOBAL\?\?\\C:", L"\\Device\\BootVolume");
    NTSTATUS Told =
        CmSetValue(Control, L"SystemBootStatus", REG_DWORD, &Status, (ULONG)sizeof(Status));
    if (!NT_SUCCESS(Told))
        DbgPrintEx(DPFLTR_SYSTEM_ID, DPFLTR_WARNING_LEVEL, "io: nobody is told: 0x%08lX\n",
                   (ULONG)Told);
}

static VOID IopFindSystemVolume(VOID)
{
    WCHAR Option[80] = L"";
    IOP_UNIQUE_ID Id = {};
    NTSTATUS Status = IopReadBootOption(Option, RTL_NUMBER_OF(Option), &Id);
    if (Status == STATUS_OBJECT_NAME_NOT_FOUND)
        return;
    if (NT_SUCCESS(Status))
        Status = IopEnterSystemVolume(&Id);
    if (NT_SUCCESS(Status))
        return;
    DbgPrintEx(DPFLTR_SYSTEM_ID, DPFLTR_WARNING_LEVEL, "io: no system volume %ls: 0x%08lX\n",
               Option, (ULONG)Status);
    if (!IopIsArchiveComplete())
        KeBugCheckEx(INACCESSIBLE_BOOT_DEVICE, (ULONG_PTR)Status, 0, 0, 0);
    IopStayInArchive(Status);
}

// Until now volumes have had the letters that the registry has for them, and no new ones.
static VOID IopAssignLetters(VOID)
{
    PDEVICE_OBJECT Manager;
    if (!NT_SUCCESS(IopReferenceDevice(MOUNTMGR_DEVICE_NAME, &Manager)))
        return;
    NTSTATUS Status = IopSendControl(Manager, IOCTL_MOUNTMGR_AUTO_DL_ASSIGNMENTS, nullptr, 0);
    if (!NT_SUCCESS(Status))
        DbgPrintEx(DPFLTR_SYSTEM_ID, DPFLTR_WARNING_LEVEL, "io: volumes have no letters: 0x%08lX\n",
                   (ULONG)Status);
    ObDereferenceObject(Manager);
}

static VOID (*IopSystemVolumeReady)(VOID);

static VOID IopRunSystemVolume(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    InbvSetPhase(InbvVolumesPhase);
    IopFindSystemVolume();
    IopAssignLetters();
    IopSystemVolumeReady();
}

NTSTATUS IoStartSystemVolume(VOID (*Ready)(VOID))
{
    IopSystemVolumeReady = Ready;
    return KeCreateSystemFiber(IopRunSystemVolume, nullptr);
}
