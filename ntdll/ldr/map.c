// Modules of the process: mapping an image, the module lists, relocation.

#include "ldrp.h"
#include "../ntdllp.h"

RTL_CRITICAL_SECTION LdrpLock;
PEB_LDR_DATA LdrpData;
PLDRP_MODULE LdrpNtdll, LdrpProgram;

// The name behind the last backslash or slash.
static UNICODE_STRING LdrpBaseName(PCUNICODE_STRING Path)
{
    ULONG Start = Path->Length / sizeof(WCHAR);
    while (Start && Path->Buffer[Start - 1] != L'\\' && Path->Buffer[Start - 1] != L'/')
        Start--;
    return (UNICODE_STRING){
        .Length = Path->Length - (USHORT)(Start * sizeof(WCHAR)),
        .MaximumLength = Path->Length - (USHORT)(Start * sizeof(WCHAR)),
        .Buffer = Path->Buffer + Start,
    };
}

static BOOLEAN LdrpHasPath(PCUNICODE_STRING Name)
{
    return LdrpBaseName(Name).Length != Name->Length;
}

PLDRP_MODULE LdrpFindModuleByName(PCUNICODE_STRING Name)
{
    BOOLEAN WithPath = LdrpHasPath(Name);
    PLIST_ENTRY Head = &LdrpData.InLoadOrderModuleList;
    for (PLIST_ENTRY Link = Head->Flink; Link != Head; Link = Link->Flink) {
        PLDR_DATA_TABLE_ENTRY Entry =
            CONTAINING_RECORD(Link, LDR_DATA_TABLE_ENTRY, InLoadOrderLinks);
        if (RtlEqualUnicodeString(WithPath ? &Entry->FullDllName : &Entry->BaseDllName,
                                  (PUNICODE_STRING)Name, TRUE))
            return LdrpModuleOf(Entry);
    }
    return nullptr;
}

PLDRP_MODULE LdrpFindModuleByAddress(PVOID Address)
{
    PLIST_ENTRY Head = &LdrpData.InLoadOrderModuleList;
    for (PLIST_ENTRY Link = Head->Flink; Link != Head; Link = Link->Flink) {
        PLDR_DATA_TABLE_ENTRY Entry =
            CONTAINING_RECORD(Link, LDR_DATA_TABLE_ENTRY, InLoadOrderLinks);
        if ((ULONG_PTR)Address - (ULONG_PTR)Entry->DllBase < Entry->SizeOfImage)
            return LdrpModuleOf(Entry);
    }
    return nullptr;
}

// ---- Relocation

static NTSTATUS LdrpSetProtection(PVOID Address, SIZE_T Size, ULONG Protection, PULONG Old)
{
    return NtProtectVirtualMemory(NtCurrentProcess(), &Address, &Size, Protection, Old);
}

// Apply the base relocations of an image that is not at its preferred address. The memory manager may
// have done it already: then the header names the address where the image is.
NTSTATUS LdrpRelocate(PVOID Base)
{
    PIMAGE_NT_HEADERS Headers = RtlImageNtHeader(Base);
    LONGLONG Delta = (LONGLONG)((ULONG_PTR)Base - Headers->OptionalHeader.ImageBase);
    if (!Delta)
        return STATUS_SUCCESS;
    ULONG Size;
    PIMAGE_BASE_RELOCATION Block =
        RtlImageDirectoryEntryToData(Base, TRUE, IMAGE_DIRECTORY_ENTRY_BASERELOC, &Size);
    if (!Block)
        return (Headers->FileHeader.Characteristics & IMAGE_FILE_RELOCS_STRIPPED)
                   ? STATUS_CONFLICTING_ADDRESSES
                   : STATUS_SUCCESS;

    PIMAGE_BASE_RELOCATION End = (PVOID)((PUCHAR)Block + Size);
    while (Block < End && Block->SizeOfBlock >= sizeof(*Block)) {
        PUCHAR Page = (PUCHAR)Base + Block->VirtualAddress;
        ULONG Count = (Block->SizeOfBlock - (ULONG)sizeof(*Block)) / sizeof(USHORT);
        if (Block->VirtualAddress >= Headers->OptionalHeader.SizeOfImage ||
            Block->SizeOfBlock > (ULONG_PTR)End - (ULONG_PTR)Block)
            return STATUS_INVALID_IMAGE_FORMAT;
        // A relocation may lie across the end of its page.
        ULONG Old;
        NTSTATUS Status = LdrpSetProtection(Page, PAGE_SIZE + 8, PAGE_READWRITE, &Old);
        if (!NT_SUCCESS(Status))
            Status = LdrpSetProtection(Page, PAGE_SIZE, PAGE_READWRITE, &Old);
        if (!NT_SUCCESS(Status))
            return Status;
        PIMAGE_BASE_RELOCATION Next =
            LdrProcessRelocationBlock((ULONG_PTR)Page, Count, (PUSHORT)(Block + 1), Delta);
        LdrpSetProtection(Page, PAGE_SIZE, Old, &Old);
        if (!Next)
            return STATUS_INVALID_IMAGE_FORMAT;
        Block = (PVOID)((PUCHAR)Block + Block->SizeOfBlock);
    }
    return STATUS_SUCCESS;
}

// ---- Sections

static NTSTATUS LdrpOpenKnownDll(PCUNICODE_STRING Name, PHANDLE Section)
{
    static const UNICODE_STRING Prefix = RTL_CONSTANT_STRING(L"\\KnownDlls\\");
    WCHAR Buffer[128];
    UNICODE_STRING Path = {.MaximumLength = sizeof(Buffer), .Buffer = Buffer};
    RtlCopyUnicodeString(&Path, &Prefix);
    NTSTATUS Status = RtlAppendUnicodeStringToString(&Path, Name);
    if (!NT_SUCCESS(Status))
        return STATUS_DLL_NOT_FOUND;
    OBJECT_ATTRIBUTES Attributes;
    InitializeObjectAttributes(&Attributes, &Path, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    return NtOpenSection(Section, SECTION_MAP_READ | SECTION_MAP_EXECUTE | SECTION_QUERY,
                         &Attributes);
}

static NTSTATUS LdrpOpenFileSection(PCWSTR DosPath, PHANDLE Section)
{
    UNICODE_STRING NtPath;
    NTSTATUS Status =
        RtlDosPathNameToNtPathName_U_WithStatus(DosPath, &NtPath, nullptr, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    OBJECT_ATTRIBUTES Attributes;
    InitializeObjectAttributes(&Attributes, &NtPath, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    IO_STATUS_BLOCK IoStatus;
    HANDLE File;
    Status = NtOpenFile(&File, FILE_READ_DATA | FILE_EXECUTE | SYNCHRONIZE, &Attributes, &IoStatus,
                        FILE_SHARE_READ | FILE_SHARE_DELETE,
                        FILE_SYNCHRONOUS_IO_NONALERT | FILE_NON_DIRECTORY_FILE);
    RtlFreeUnicodeString(&NtPath);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = NtCreateSection(Section, SECTION_MAP_READ | SECTION_MAP_EXECUTE | SECTION_QUERY,
                             nullptr, nullptr, PAGE_EXECUTE, SEC_IMAGE, File);
    NtClose(File);
    return Status;
}

// Find the file along the DLL search path and make a section of it.
static NTSTATUS LdrpSearchSection(PCUNICODE_STRING Name, PUNICODE_STRING FullName, PHANDLE Section)
{
    WCHAR NameBuffer[MAX_PATH], PathBuffer[MAX_PATH];
    if (Name->Length >= sizeof(NameBuffer))
        return STATUS_NAME_TOO_LONG;
    memcpy(NameBuffer, Name->Buffer, Name->Length);
    NameBuffer[Name->Length / sizeof(WCHAR)] = 0;

    PCWSTR Found = NameBuffer;
    if (!LdrpHasPath(Name)) {
        PWSTR SearchPath;
        NTSTATUS Status = LdrGetDllPath(NameBuffer, 0, &SearchPath, nullptr);
        if (!NT_SUCCESS(Status))
            return Status;
        ULONG Length = RtlDosSearchPath_U(SearchPath, NameBuffer, nullptr, sizeof(PathBuffer),
                                          PathBuffer, nullptr);
        RtlReleasePath(SearchPath);
        if (!Length || Length >= sizeof(PathBuffer))
            return STATUS_DLL_NOT_FOUND;
        Found = PathBuffer;
    }
    NTSTATUS Status = LdrpOpenFileSection(Found, Section);
    if (Status == STATUS_OBJECT_NAME_NOT_FOUND || Status == STATUS_OBJECT_PATH_NOT_FOUND)
        return STATUS_DLL_NOT_FOUND;
    if (NT_SUCCESS(Status) && !RtlCreateUnicodeString(FullName, Found)) {
        NtClose(*Section);
        return STATUS_NO_MEMORY;
    }
    return Status;
}

static NTSTATUS LdrpFindSection(PCUNICODE_STRING Name, PUNICODE_STRING FullName, PHANDLE Section)
{
    if (!LdrpHasPath(Name) && NT_SUCCESS(LdrpOpenKnownDll(Name, Section))) {
        static const UNICODE_STRING System = RTL_CONSTANT_STRING(L"C:\\Windows\\System32\\");
        USHORT Size = System.Length + Name->Length + sizeof(WCHAR);
        FullName->Buffer = LdrpAllocate(Size);
        if (!FullName->Buffer) {
            NtClose(*Section);
            return STATUS_NO_MEMORY;
        }
        FullName->Length = 0;
        FullName->MaximumLength = Size;
        RtlAppendUnicodeStringToString(FullName, &System);
        RtlAppendUnicodeStringToString(FullName, Name);
        return STATUS_SUCCESS;
    }
    return LdrpSearchSection(Name, FullName, Section);
}

// ---- Modules

static VOID LdrpInsertModule(PLDRP_MODULE Module)
{
    InsertTailList(&LdrpData.InLoadOrderModuleList, &Module->Entry.InLoadOrderLinks);
    InsertTailList(&LdrpData.InMemoryOrderModuleList, &Module->Entry.InMemoryOrderLinks);
    InitializeListHead(&Module->Entry.InInitializationOrderLinks); // not yet in that list
    Module->Entry.Flags |= LDRP_ENTRY_INSERTED;
}

// Make a module of an image that is mapped. FullName's buffer becomes the module's.
NTSTATUS LdrpAddMappedModule(PVOID Base, PCUNICODE_STRING FullName, PLDRP_MODULE *Result)
{
    PIMAGE_NT_HEADERS Headers = RtlImageNtHeader(Base);
    if (!Headers)
        return STATUS_INVALID_IMAGE_FORMAT;
    PLDRP_MODULE Module = LdrpAllocate(sizeof(*Module));
    if (!Module)
        return STATUS_NO_MEMORY;

    PLDR_DATA_TABLE_ENTRY Entry = &Module->Entry;
    Entry->DllBase = Base;
    Entry->SizeOfImage = Headers->OptionalHeader.SizeOfImage;
    Entry->OriginalBase = Headers->OptionalHeader.ImageBase;
    Entry->TimeDateStamp = Headers->FileHeader.TimeDateStamp;
    Entry->FullDllName = *FullName;
    Entry->BaseDllName = LdrpBaseName(FullName);
    Entry->ReferenceCount = 1;
    Entry->ObsoleteLoadCount = 1;
    Entry->DdagNode = &Module->Node;
    InitializeListHead(&Entry->HashLinks);
    if (Headers->FileHeader.Characteristics & IMAGE_FILE_DLL)
        Entry->Flags |= LDRP_IMAGE_DLL;
    if (Headers->OptionalHeader.AddressOfEntryPoint)
        Entry->EntryPoint =
            (PDLL_INIT_ROUTINE)((PUCHAR)Base + Headers->OptionalHeader.AddressOfEntryPoint);
    InitializeListHead(&Module->Node.Modules);
    InsertTailList(&Module->Node.Modules, &Entry->NodeModuleLink);
    Module->Node.LoadCount = 1;
    Module->Node.State = LdrModulesMapped;

    LdrpInsertModule(Module);
    NTSTATUS Status = LdrpPublishFunctionTables();
    if (!NT_SUCCESS(Status)) {
        RemoveEntryList(&Entry->InLoadOrderLinks);
        RemoveEntryList(&Entry->InMemoryOrderLinks);
        LdrpFree(Module);
        return Status;
    }
    *Result = Module;
    return STATUS_SUCCESS;
}

NTSTATUS LdrpMapModule(PCUNICODE_STRING Name, PLDRP_MODULE *Module)
{
    UNICODE_STRING FullName;
    HANDLE Section;
    NTSTATUS Status = LdrpFindSection(Name, &FullName, &Section);
    if (!NT_SUCCESS(Status))
        return Status;

    PVOID Base = nullptr;
    SIZE_T ViewSize = 0;
    Status = NtMapViewOfSection(Section, NtCurrentProcess(), &Base, 0, 0, nullptr, &ViewSize,
                                ViewShare, 0, PAGE_EXECUTE_WRITECOPY);
    NtClose(Section);
    if (!NT_SUCCESS(Status))
        goto FreeName;
    Status = LdrpRelocate(Base);
    if (NT_SUCCESS(Status))
        Status = LdrpAddMappedModule(Base, &FullName, Module);
    if (NT_SUCCESS(Status)) {
        LdrpSetSecurityCookie(Base);
        return Status;
    }
    NtUnmapViewOfSection(NtCurrentProcess(), Base);
FreeName:
    RtlFreeUnicodeString(&FullName);
    return Status;
}

VOID LdrpRemoveModule(PLDRP_MODULE Module)
{
    PLDR_DATA_TABLE_ENTRY Entry = &Module->Entry;
    RemoveEntryList(&Entry->InLoadOrderLinks);
    RemoveEntryList(&Entry->InMemoryOrderLinks);
    RemoveEntryList(&Entry->InInitializationOrderLinks);
    LdrpPublishFunctionTables();
    NtUnmapViewOfSection(NtCurrentProcess(), Entry->DllBase);
    RtlFreeUnicodeString(&Entry->FullDllName);
    LdrpFree(Module);
}
