// Modules of the process: mapping an image, the module lists.

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

BOOLEAN LdrpHasPath(PCUNICODE_STRING Name)
{
    return LdrpBaseName(Name).Length != Name->Length;
}

static PLDRP_MODULE LdrpFindName(PCUNICODE_STRING Name, BOOLEAN WithPath)
{
    PLIST_ENTRY Head = &LdrpData.InLoadOrderModuleList;
    for (PLIST_ENTRY Link = Head->Flink; Link != Head; Link = Link->Flink) {
        PLDR_DATA_TABLE_ENTRY Entry =
            CONTAINING_RECORD(Link, LDR_DATA_TABLE_ENTRY, InLoadOrderLinks);
        if (RtlEqualUnicodeString(WithPath ? &Entry->FullDllName : &Entry->BaseDllName, Name, TRUE))
            return LdrpModuleOf(Entry);
    }
    return nullptr;
}

// A path may come in any form; modules have their full one.
PLDRP_MODULE LdrpFindModuleByName(PCUNICODE_STRING Name)
{
    if (!LdrpHasPath(Name))
        return LdrpFindName(Name, FALSE);
    WCHAR Path[MAX_PATH], Full[MAX_PATH];
    if (Name->Length >= sizeof(Path))
        return LdrpFindName(Name, TRUE);
    memcpy(Path, Name->Buffer, Name->Length);
    Path[Name->Length / sizeof(WCHAR)] = 0;
    ULONG Length = RtlGetFullPathName_U(Path, sizeof(Full), Full, nullptr);
    if (!Length || Length >= sizeof(Full))
        return LdrpFindName(Name, TRUE);
    UNICODE_STRING FullName = {(USHORT)Length, (USHORT)Length, Full};
    return LdrpFindName(&FullName, TRUE);
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
    Module->Node.State = LdrModulesMapped;

    NTSTATUS Status = LdrpAddFunctionTable(Module);
    if (!NT_SUCCESS(Status)) {
        LdrpFree(Module);
        return Status;
    }
    LdrpInsertModule(Module);
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
    LdrpRemoveFunctionTable(Module);
    NtUnmapViewOfSection(NtCurrentProcess(), Entry->DllBase);
    RtlFreeUnicodeString(&Entry->FullDllName);
    LdrpFree(Module);
}
