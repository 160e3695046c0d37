// Exports and imports.

#include "ldrp.h"

static PVOID LdrpRva(PLDRP_MODULE Module, ULONG Rva)
{
    return (PUCHAR)Module->Entry.DllBase + Rva;
}

typedef struct _LDRP_EXPORTS {
    PIMAGE_EXPORT_DIRECTORY Directory;
    ULONG Start, Size; // RVA range of the directory: an address in it is a forwarder
    const ULONG *Functions, *Names;
    const USHORT *Ordinals;
} LDRP_EXPORTS;

static BOOLEAN LdrpGetExports(PLDRP_MODULE Module, LDRP_EXPORTS *Exports)
{
    Exports->Directory = RtlImageDirectoryEntryToData(Module->Entry.DllBase, TRUE,
                                                      IMAGE_DIRECTORY_ENTRY_EXPORT, &Exports->Size);
    if (!Exports->Directory)
        return FALSE;
    Exports->Start = (ULONG)((PUCHAR)Exports->Directory - (PUCHAR)Module->Entry.DllBase);
    Exports->Functions = LdrpRva(Module, Exports->Directory->AddressOfFunctions);
    Exports->Names = LdrpRva(Module, Exports->Directory->AddressOfNames);
    Exports->Ordinals = LdrpRva(Module, Exports->Directory->AddressOfNameOrdinals);
    return TRUE;
}

// Index of a name in the function table, or MAXULONG. Names are sorted; the hint is tried first.
static ULONG LdrpFindExportName(PLDRP_MODULE Module, const LDRP_EXPORTS *Exports, PCSTR Name,
                                ULONG Hint)
{
    ULONG Count = Exports->Directory->NumberOfNames;
    if (Hint < Count && !strcmp(Name, LdrpRva(Module, Exports->Names[Hint])))
        return Exports->Ordinals[Hint];
    ULONG Low = 0, High = Count;
    while (Low < High) {
        ULONG Middle = Low + (High - Low) / 2;
        int Order = strcmp(Name, LdrpRva(Module, Exports->Names[Middle]));
        if (!Order)
            return Exports->Ordinals[Middle];
        if (Order < 0)
            High = Middle;
        else
            Low = Middle + 1;
    }
    return MAXULONG;
}

// "DLL.Name" or "DLL.#ordinal": find it in the other DLL, which becomes a dependency.
static NTSTATUS LdrpFollowForwarder(PLDRP_MODULE Exporter, PCSTR Forwarder, PVOID *Address)
{
    PCSTR Dot = strrchr(Forwarder, '.');
    if (!Dot || Dot == Forwarder || Dot - Forwarder > 64)
        return STATUS_INVALID_IMAGE_FORMAT;
    WCHAR Buffer[64 + 5];
    ULONG Length = 0;
    for (PCSTR Character = Forwarder; Character < Dot; Character++)
        Buffer[Length++] = (UCHAR)*Character;
    for (PCWSTR Extension = L".dll"; *Extension; Extension++)
        Buffer[Length++] = *Extension;
    UNICODE_STRING Dll = {
        .Length = (USHORT)(Length * sizeof(WCHAR)),
        .MaximumLength = sizeof(Buffer),
        .Buffer = Buffer,
    };

    PLDRP_MODULE Target;
    NTSTATUS Status = LdrpLoadModule(&Dll, LoadReasonStaticForwarderDependency, &Target);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = LdrpAddDependency(Exporter, Target);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Dot[1] == '#')
        return LdrpFindExport(Target, nullptr, (ULONG)atoi(Dot + 2), 0, Address);
    return LdrpFindExport(Target, Dot + 1, 0, MAXULONG, Address);
}

// Name null: by ordinal. STATUS_ENTRYPOINT_NOT_FOUND, STATUS_ORDINAL_NOT_FOUND.
NTSTATUS LdrpFindExport(PLDRP_MODULE Exporter, PCSTR Name, ULONG Ordinal, ULONG Hint,
                        PVOID *Address)
{
    NTSTATUS NotFound = Name ? STATUS_ENTRYPOINT_NOT_FOUND : STATUS_ORDINAL_NOT_FOUND;
    LDRP_EXPORTS Exports;
    if (!LdrpGetExports(Exporter, &Exports))
        return NotFound;
    ULONG Index = Name ? LdrpFindExportName(Exporter, &Exports, Name, Hint)
                       : Ordinal - Exports.Directory->Base;
    if (Index >= Exports.Directory->NumberOfFunctions || !Exports.Functions[Index])
        return NotFound;

    ULONG Rva = Exports.Functions[Index];
    if (Rva - Exports.Start < Exports.Size)
        return LdrpFollowForwarder(Exporter, LdrpRva(Exporter, Rva), Address);
    *Address = LdrpRva(Exporter, Rva);
    return STATUS_SUCCESS;
}

// ---- Binding

// Exporter null: the DLL itself is missing.
PVOID LdrpResolveThunk(PLDRP_MODULE Importer, PLDRP_MODULE Exporter, PCSTR Dll,
                       const IMAGE_THUNK_DATA *Lookup)
{
    PVOID Address;
    PCSTR Name = nullptr;
    ULONG Ordinal = 0, Hint = 0;
    if (IMAGE_SNAP_BY_ORDINAL(Lookup->u1.Ordinal)) {
        Ordinal = (ULONG)IMAGE_ORDINAL(Lookup->u1.Ordinal);
    } else {
        PIMAGE_IMPORT_BY_NAME ByName = LdrpRva(Importer, (ULONG)Lookup->u1.AddressOfData);
        Name = (PCSTR)ByName->Name;
        Hint = ByName->Hint;
    }
    if (Exporter && NT_SUCCESS(LdrpFindExport(Exporter, Name, Ordinal, Hint, &Address)))
        return Address;
    return LdrpMakeMissingImport(Importer, Dll, Name, Ordinal);
}

static NTSTATUS LdrpBindDll(PLDRP_MODULE Importer, const IMAGE_IMPORT_DESCRIPTOR *Descriptor)
{
    PCSTR Dll = LdrpRva(Importer, Descriptor->Name);
    ANSI_STRING AnsiName;
    UNICODE_STRING Name;
    RtlInitAnsiString(&AnsiName, Dll);
    NTSTATUS Status = RtlAnsiStringToUnicodeString(&Name, &AnsiName, TRUE);
    if (!NT_SUCCESS(Status))
        return Status;
    PLDRP_MODULE Exporter = nullptr;
    Status = LdrpLoadModule(&Name, LoadReasonStaticDependency, &Exporter);
    RtlFreeUnicodeString(&Name);
    if (!NT_SUCCESS(Status)) {
        DbgPrint("%wZ: cannot load %s: status %08lx\n", &Importer->Entry.BaseDllName, Dll, Status);
        return Status;
    }
    Status = LdrpAddDependency(Importer, Exporter);
    if (!NT_SUCCESS(Status))
        return Status;

    PIMAGE_THUNK_DATA Thunk = LdrpRva(Importer, Descriptor->FirstThunk);
    const IMAGE_THUNK_DATA *Lookup = Thunk;
    if (Descriptor->OriginalFirstThunk)
        Lookup = LdrpRva(Importer, Descriptor->OriginalFirstThunk);
    for (; Lookup->u1.AddressOfData; Lookup++, Thunk++) {
        Thunk->u1.Function = (ULONG_PTR)LdrpResolveThunk(Importer, Exporter, Dll, Lookup);
        if (!Thunk->u1.Function)
            return STATUS_NO_MEMORY;
    }
    return STATUS_SUCCESS;
}

// Make the import address tables writable, or give them their protection back.
static NTSTATUS LdrpProtectThunks(PLDRP_MODULE Module, ULONG Protection, PULONG Old)
{
    ULONG Size;
    PVOID Table =
        RtlImageDirectoryEntryToData(Module->Entry.DllBase, TRUE, IMAGE_DIRECTORY_ENTRY_IAT, &Size);
    if (!Table)
        return STATUS_SUCCESS; // old linkers put the tables into writable sections
    SIZE_T Bytes = Size;
    return NtProtectVirtualMemory(NtCurrentProcess(), &Table, &Bytes, Protection, Old);
}

NTSTATUS LdrpBindImports(PLDRP_MODULE Module)
{
    ULONG Size;
    PIMAGE_IMPORT_DESCRIPTOR Descriptor = RtlImageDirectoryEntryToData(
        Module->Entry.DllBase, TRUE, IMAGE_DIRECTORY_ENTRY_IMPORT, &Size);
    if (!Descriptor)
        return STATUS_SUCCESS;

    ULONG Old = PAGE_READONLY;
    NTSTATUS Status = LdrpProtectThunks(Module, PAGE_READWRITE, &Old);
    if (!NT_SUCCESS(Status))
        return Status;
    for (; NT_SUCCESS(Status) && Descriptor->Name && Descriptor->FirstThunk; Descriptor++)
        Status = LdrpBindDll(Module, Descriptor);
    LdrpProtectThunks(Module, Old, &Old);
    return Status;
}
