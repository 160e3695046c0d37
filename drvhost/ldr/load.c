// Loading driver images. ntdll's loader maps them, relocates them and keeps their unwind data; as they are
// no DLLs it leaves their imports and their entry points to this code.

#include "ldrp.h"

static KMUTANT LdrhLock; // a mutex of this host: loading calls drivers, which may wait
static LIST_ENTRY LdrhImages = {&LdrhImages, &LdrhImages};

VOID LdrhInitialize(void)
{
    KeInitializeMutex(&LdrhLock, 0);
    RtlAddVectoredExceptionHandler(TRUE, LdrhHandleException);
}

PLDRH_IMAGE LdrhFindImage(PVOID Address)
{
    for (PLIST_ENTRY Link = LdrhImages.Flink; Link != &LdrhImages; Link = Link->Flink) {
        PLDRH_IMAGE Image = CONTAINING_RECORD(Link, LDRH_IMAGE, Link);
        if ((SIZE_T)((PUCHAR)Address - (PUCHAR)Image->Base) < Image->Size)
            return Image;
    }
    return nullptr;
}

static UNICODE_STRING LdrhBaseName(PCUNICODE_STRING Path)
{
    ULONG Start = Path->Length / sizeof(WCHAR);
    while (Start && Path->Buffer[Start - 1] != L'\\')
        Start--;
    USHORT Length = Path->Length - (USHORT)(Start * sizeof(WCHAR));
    return (UNICODE_STRING){Length, Length, Path->Buffer + Start};
}

PLDRH_IMAGE LdrhFindName(PCUNICODE_STRING Name)
{
    for (PLIST_ENTRY Link = LdrhImages.Flink; Link != &LdrhImages; Link = Link->Flink) {
        PLDRH_IMAGE Image = CONTAINING_RECORD(Link, LDRH_IMAGE, Link);
        if (RtlEqualUnicodeString(&Image->Name, Name, TRUE))
            return Image;
    }
    return nullptr;
}

// ---- Paths: the registry has "\SystemRoot\...", "\??\C:\...", "System32\drivers\..." and plain names; the
// loader of ntdll wants names of DOS. The system's folder is the one that this host comes from: the boot archive's,
// which is there whatever becomes of the disks, and which leads on to the system volume.

static BOOLEAN LdrhStripPrefix(PUNICODE_STRING Path, PCWSTR Prefix)
{
    UNICODE_STRING Wanted;
    RtlInitUnicodeString(&Wanted, Prefix);
    if (!RtlPrefixUnicodeString(&Wanted, Path, TRUE))
        return FALSE;
    Path->Buffer += Wanted.Length / sizeof(WCHAR);
    Path->Length -= Wanted.Length;
    return TRUE;
}

// "\\?\GLOBALROOT\Device\BootVolume\Windows\", of "...\System32\drvhost.exe".
static NTSTATUS LdrhSystemRoot(PUNICODE_STRING Path)
{
    NTSTATUS Status = LdrGetDllFullName(nullptr, Path);
    for (ULONG Separators = 0; Path->Length; Path->Length -= sizeof(WCHAR)) {
        if (Path->Buffer[Path->Length / sizeof(WCHAR) - 1] == L'\\' && ++Separators == 2)
            break;
    }
    return Status;
}

static NTSTATUS LdrhMakeDosPath(PCUNICODE_STRING Path, PUNICODE_STRING DosPath)
{
    UNICODE_STRING Rest = *Path;
    if (LdrhStripPrefix(&Rest, L"\\??\\"))
        return RtlAppendUnicodeStringToString(DosPath, &Rest);
    NTSTATUS Status = LdrhSystemRoot(DosPath);
    BOOLEAN Rooted = LdrhStripPrefix(&Rest, L"\\SystemRoot\\");
    if (NT_SUCCESS(Status) && !Rooted && LdrhBaseName(&Rest).Length == Rest.Length)
        Status = RtlAppendUnicodeToString(DosPath, L"System32\\drivers\\");
    if (NT_SUCCESS(Status))
        Status = RtlAppendUnicodeStringToString(DosPath, &Rest);
    return Status;
}

// ---- Images

static NTSTATUS LdrhVerifyImage(PVOID Base)
{
    PIMAGE_NT_HEADERS Headers = RtlImageNtHeader(Base);
    if (!Headers || Headers->FileHeader.Machine != IMAGE_FILE_MACHINE_AMD64 ||
        Headers->OptionalHeader.Subsystem != IMAGE_SUBSYSTEM_NATIVE)
        return STATUS_INVALID_IMAGE_FORMAT;
    return Headers->OptionalHeader.AddressOfEntryPoint ? STATUS_SUCCESS
                                                       : STATUS_INVALID_IMAGE_FORMAT;
}

static NTSTATUS LdrhMakeImage(PVOID Base, PCUNICODE_STRING Name, PLDRH_IMAGE *Result)
{
    PIMAGE_NT_HEADERS Headers = RtlImageNtHeader(Base);
    PLDRH_IMAGE Image =
        ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Image) + Name->Length, 'mIrL');
    if (!Image)
        return STATUS_INSUFFICIENT_RESOURCES;
    *Image = (LDRH_IMAGE){
        .Base = Base,
        .Size = Headers->OptionalHeader.SizeOfImage,
        .References = 1,
        .Name = {Name->Length, Name->Length, (PWSTR)(Image + 1)},
        .Entry = (PDRIVER_INITIALIZE)((PUCHAR)Base + Headers->OptionalHeader.AddressOfEntryPoint),
    };
    RtlCopyMemory(Image->Name.Buffer, Name->Buffer, Name->Length);
    InsertTailList(&LdrhImages, &Image->Link);
    *Result = Image;
    return STATUS_SUCCESS;
}

static VOID LdrhDeleteImage(PLDRH_IMAGE Image)
{
    RemoveEntryList(&Image->Link);
    LdrUnloadDll(Image->Base);
    ExFreePoolWithTag(Image, 'mIrL');
}

static NTSTATUS LdrhMapImage(PCUNICODE_STRING Path, PLDRH_IMAGE *Image)
{
    WCHAR Buffer[260];
    UNICODE_STRING DosPath = {.MaximumLength = sizeof(Buffer), .Buffer = Buffer};
    UNICODE_STRING Name = LdrhBaseName(Path);
    ULONG Characteristics = IMAGE_FILE_EXECUTABLE_IMAGE;
    PVOID Base;
    NTSTATUS Status = LdrhMakeDosPath(Path, &DosPath);
    if (NT_SUCCESS(Status))
        Status = LdrLoadDll(nullptr, &Characteristics, &DosPath, &Base);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = LdrhVerifyImage(Base);
    if (NT_SUCCESS(Status))
        Status = LdrhMakeImage(Base, &Name, Image);
    if (!NT_SUCCESS(Status))
        LdrUnloadDll(Base);
    return Status;
}

// ---- Export drivers: those that were loaded because another one imports from them are told so, with the path
// that their key among the services would have.

static PVOID LdrhFindExport(PLDRH_IMAGE Image, PCSTR Export)
{
    ANSI_STRING Name;
    PVOID Address;
    RtlInitAnsiString(&Name, Export);
    return NT_SUCCESS(LdrGetProcedureAddress(Image->Base, &Name, 0, &Address)) ? Address : nullptr;
}

static NTSTATUS LdrhMakeServicePath(PLDRH_IMAGE Image, PUNICODE_STRING Path)
{
    UNICODE_STRING Name = Image->Name;
    for (USHORT i = 0; i < Image->Name.Length / sizeof(WCHAR); i++) {
        if (Image->Name.Buffer[i] == L'.')
            Name.Length = i * sizeof(WCHAR);
    }
    NTSTATUS Status = RtlAppendUnicodeToString(
        Path, L"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\");
    return NT_SUCCESS(Status) ? RtlAppendUnicodeStringToString(Path, &Name) : Status;
}

static NTSTATUS LdrhCallDllInitialize(PLDRH_IMAGE Image)
{
    typedef NTSTATUS NTAPI DLL_INITIALIZE(PUNICODE_STRING RegistryPath);
    WCHAR Buffer[200];
    UNICODE_STRING Path = {.MaximumLength = sizeof(Buffer), .Buffer = Buffer};
    DLL_INITIALIZE *Initialize = LdrhFindExport(Image, "DllInitialize");
    NTSTATUS Status = Initialize ? LdrhMakeServicePath(Image, &Path) : STATUS_SUCCESS;
    if (Initialize && NT_SUCCESS(Status))
        Status = Initialize(&Path);
    Image->Initialized = Initialize && NT_SUCCESS(Status);
    return Status;
}

static VOID LdrhCallDllUnload(PLDRH_IMAGE Image)
{
    typedef NTSTATUS NTAPI DLL_UNLOAD(void);
    DLL_UNLOAD *Unload = Image->Initialized ? LdrhFindExport(Image, "DllUnload") : nullptr;
    if (Unload)
        Unload();
}

static NTSTATUS LdrhLoadNewImage(PCUNICODE_STRING Path, BOOLEAN AsExporter, PLDRH_IMAGE *Result)
{
    PLDRH_IMAGE Image;
    NTSTATUS Status = LdrhMapImage(Path, &Image);
    if (!NT_SUCCESS(Status)) {
        DbgPrintEx(DPFLTR_SYSTEM_ID, DPFLTR_ERROR_LEVEL,
                   "driver host %lu: cannot load %wZ: status %08lx\n", KiConnection.HostId, Path,
                   Status);
        return Status;
    }
    Status = LdrhPatchImage(Image);
    if (NT_SUCCESS(Status))
        Status = LdrhBindImports(Image);
    if (NT_SUCCESS(Status) && AsExporter)
        Status = LdrhCallDllInitialize(Image);
    if (NT_SUCCESS(Status)) {
        *Result = Image;
        return Status;
    }
    LdrhReleaseImports(Image);
    LdrhDeleteImage(Image);
    return Status;
}

NTSTATUS LdrhLoadImage(PCUNICODE_STRING Path, BOOLEAN AsExporter, PLDRH_IMAGE *Image)
{
    UNICODE_STRING Name = LdrhBaseName(Path);
    NTSTATUS Status = STATUS_SUCCESS;
    KeWaitForSingleObject(&LdrhLock, Executive, KernelMode, FALSE, nullptr);
    *Image = LdrhFindName(&Name);
    if (*Image)
        (*Image)->References++;
    else
        Status = LdrhLoadNewImage(Path, AsExporter, Image);
    KeReleaseMutex(&LdrhLock, FALSE);
    return Status;
}

VOID LdrhUnloadImage(PLDRH_IMAGE Image)
{
    KeWaitForSingleObject(&LdrhLock, Executive, KernelMode, FALSE, nullptr);
    if (!--Image->References) {
        LdrhCallDllUnload(Image);
        LdrhReleaseImports(Image);
        LdrhDeleteImage(Image);
    }
    KeReleaseMutex(&LdrhLock, FALSE);
}
