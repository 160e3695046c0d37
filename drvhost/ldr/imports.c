// Binding a driver's imports, by module and name. What nobody exports is bound to code that names it.

#include "ldrp.h"

typedef struct _LDRH_EXPORTER {
    PCSTR Name;
    PVOID Base; // null: the module is missing
} LDRH_EXPORTER;

static BOOLEAN LdrhIsDriver(PCUNICODE_STRING Name)
{
    static const UNICODE_STRING Extension = RTL_CONSTANT_STRING(L".sys");
    if (Name->Length < Extension.Length)
        return FALSE;
    UNICODE_STRING End = {Extension.Length, Extension.Length,
                          Name->Buffer + (Name->Length - Extension.Length) / sizeof(WCHAR)};
    return RtlEqualUnicodeString(&End, &Extension, TRUE);
}

// Modules of the system are there already; other drivers are loaded, and kept while this one is.
static PVOID LdrhFindExporter(PUNICODE_STRING Name)
{
    PVOID Base;
    PLDRH_IMAGE Image;
    if (!LdrhIsDriver(Name))
        return NT_SUCCESS(LdrLoadDll(nullptr, nullptr, Name, &Base)) ? Base : nullptr;
    return NT_SUCCESS(LdrhLoadImage(Name, TRUE, &Image)) ? Image->Base : nullptr;
}

static PVOID LdrhResolve(PLDRH_IMAGE Image, const LDRH_EXPORTER *Exporter,
                         const IMAGE_THUNK_DATA64 *Lookup)
{
    PVOID Address;
    ANSI_STRING Name = {};
    ULONG Ordinal = 0;
    if (IMAGE_SNAP_BY_ORDINAL64(Lookup->u1.Ordinal)) {
        Ordinal = (ULONG)IMAGE_ORDINAL64(Lookup->u1.Ordinal);
    } else {
        PIMAGE_IMPORT_BY_NAME ByName = LdrhRva(Image, (ULONG)Lookup->u1.AddressOfData);
        RtlInitAnsiString(&Name, (PCSZ)ByName->Name);
    }
    if (Exporter->Base && NT_SUCCESS(LdrGetProcedureAddress(
                              Exporter->Base, Name.Buffer ? &Name : nullptr, Ordinal, &Address)))
        return Address;
    DbgPrintEx(DPFLTR_SYSTEM_ID, DPFLTR_ERROR_LEVEL, "%wZ imports %s!%s, which does not exist\n",
               &Image->Name, Exporter->Name, Name.Buffer ? Name.Buffer : "by ordinal");
    return LdrhMakeMissing(Image, Exporter->Name, Name.Buffer, Ordinal);
}

static NTSTATUS LdrhBindModule(PLDRH_IMAGE Image, const IMAGE_IMPORT_DESCRIPTOR *Descriptor)
{
    LDRH_EXPORTER Exporter = {.Name = LdrhRva(Image, Descriptor->Name)};
    ANSI_STRING AnsiName;
    UNICODE_STRING Name;
    RtlInitAnsiString(&AnsiName, Exporter.Name);
    NTSTATUS Status = RtlAnsiStringToUnicodeString(&Name, &AnsiName, TRUE);
    if (!NT_SUCCESS(Status))
        return Status;
    Exporter.Base = LdrhFindExporter(&Name);
    RtlFreeUnicodeString(&Name);

    PIMAGE_THUNK_DATA64 Thunk = LdrhRva(Image, Descriptor->FirstThunk);
    const IMAGE_THUNK_DATA64 *Lookup = Thunk;
    if (Descriptor->OriginalFirstThunk)
        Lookup = LdrhRva(Image, Descriptor->OriginalFirstThunk);
    for (; Lookup->u1.AddressOfData; Lookup++, Thunk++) {
        Thunk->u1.Function = (ULONG_PTR)LdrhResolve(Image, &Exporter, Lookup);
        if (!Thunk->u1.Function)
            return STATUS_INSUFFICIENT_RESOURCES;
    }
    return STATUS_SUCCESS;
}

static PIMAGE_IMPORT_DESCRIPTOR LdrhImportDirectory(PLDRH_IMAGE Image)
{
    ULONG Size;
    return RtlImageDirectoryEntryToData(Image->Base, TRUE, IMAGE_DIRECTORY_ENTRY_IMPORT, &Size);
}

static NTSTATUS LdrhProtectThunks(PLDRH_IMAGE Image, ULONG Protection, PULONG Old)
{
    ULONG Size;
    PVOID Table = RtlImageDirectoryEntryToData(Image->Base, TRUE, IMAGE_DIRECTORY_ENTRY_IAT, &Size);
    if (!Table)
        return STATUS_SUCCESS; // old linkers put the tables into writable sections
    SIZE_T Bytes = Size;
    return NtProtectVirtualMemory(ZwCurrentProcess(), &Table, &Bytes, Protection, Old);
}

NTSTATUS LdrhBindImports(PLDRH_IMAGE Image)
{
    PIMAGE_IMPORT_DESCRIPTOR Descriptor = LdrhImportDirectory(Image);
    if (!Descriptor)
        return STATUS_SUCCESS;
    ULONG Old = PAGE_READONLY;
    NTSTATUS Status = LdrhProtectThunks(Image, PAGE_READWRITE, &Old);
    if (!NT_SUCCESS(Status))
        return Status;
    for (; NT_SUCCESS(Status) && Descriptor->Name && Descriptor->FirstThunk; Descriptor++)
        Status = LdrhBindModule(Image, Descriptor);
    LdrhProtectThunks(Image, Old, &Old);
    return Status;
}

static VOID LdrhReleaseModule(PCSTR Name)
{
    ANSI_STRING AnsiName;
    UNICODE_STRING Wide;
    RtlInitAnsiString(&AnsiName, Name);
    if (!NT_SUCCESS(RtlAnsiStringToUnicodeString(&Wide, &AnsiName, TRUE)))
        return; // the exporter stays loaded
    PLDRH_IMAGE Exporter = LdrhIsDriver(&Wide) ? LdrhFindName(&Wide) : nullptr;
    RtlFreeUnicodeString(&Wide);
    if (Exporter)
        LdrhUnloadImage(Exporter);
}

VOID LdrhReleaseImports(PLDRH_IMAGE Image)
{
    PIMAGE_IMPORT_DESCRIPTOR Descriptor = LdrhImportDirectory(Image);
    for (; Descriptor && Descriptor->Name && Descriptor->FirstThunk; Descriptor++)
        LdrhReleaseModule(LdrhRva(Image, Descriptor->Name));
}
