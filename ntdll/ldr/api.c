// The loader's interface to programs.

#include "ldrp.h"

static NTSTATUS LdrpNormalizeName(PCUNICODE_STRING Name, PUNICODE_STRING Normal)
{
    // A name without an extension gets ".dll"; a dot at its end means "none", and is dropped.
    static const WCHAR Extension[] = L".dll";
    ULONG Characters = Name->Length / sizeof(WCHAR);
    if (!Characters)
        return STATUS_INVALID_PARAMETER;
    if (Name->Length > UNICODE_STRING_MAX_BYTES - sizeof(Extension))
        return STATUS_NAME_TOO_LONG;
    BOOLEAN HasExtension = FALSE;
    for (ULONG i = Characters; i && Name->Buffer[i - 1] != L'\\' && Name->Buffer[i - 1] != L'/';
         i--)
        HasExtension |= Name->Buffer[i - 1] == L'.';

    USHORT Size = Name->Length + (USHORT)sizeof(Extension);
    Normal->Buffer = LdrpAllocate(Size);
    if (!Normal->Buffer)
        return STATUS_NO_MEMORY;
    Normal->Length = 0;
    Normal->MaximumLength = Size;
    RtlAppendUnicodeStringToString(Normal, Name);
    if (!HasExtension)
        RtlAppendUnicodeToString(Normal, Extension);
    else if (Name->Buffer[Characters - 1] == L'.')
        Normal->Length -= sizeof(WCHAR);
    return STATUS_SUCCESS;
}

// Also called by an entry point: that DLL's own dependencies are initialised now.
static NTSTATUS LdrpLoadDynamic(PCUNICODE_STRING Name, LDR_DLL_LOAD_REASON Reason,
                                PLDRP_MODULE *Module)
{
    NTSTATUS Status = LdrpLoadModule(Name, Reason, Module);
    if (!NT_SUCCESS(Status)) {
        LdrpUnloadUnneeded();
        return Status;
    }
    LdrpReferenceModule(*Module, FALSE);
    Status = LdrpInitializeGraph(*Module);
    if (!NT_SUCCESS(Status))
        LdrpDereferenceModule(*Module);
    return Status;
}

NTSTATUS NTAPI LdrLoadDll(PWSTR DllPath, PULONG DllCharacteristics, PUNICODE_STRING DllName,
                          PVOID *DllHandle)
{
    UNREFERENCED_PARAMETER(DllPath); // the process's search path is used
    ULONG Characteristics = DllCharacteristics ? *DllCharacteristics : 0;
    if (Characteristics & ~(ULONG)(IMAGE_FILE_EXECUTABLE_IMAGE | IMAGE_FILE_DLL))
        return STATUS_INVALID_PARAMETER_2;

    UNICODE_STRING Name;
    NTSTATUS Status = LdrpNormalizeName(DllName, &Name);
    if (!NT_SUCCESS(Status))
        return Status;
    PLDRP_MODULE Module;
    // As if it were a program: neither bound nor initialised.
    LDR_DLL_LOAD_REASON Reason = Characteristics & IMAGE_FILE_EXECUTABLE_IMAGE
                                     ? LoadReasonAsImageLoad
                                     : LoadReasonDynamicLoad;
    RtlEnterCriticalSection(&LdrpLock);
    Status = LdrpLoadDynamic(&Name, Reason, &Module);
    if (NT_SUCCESS(Status))
        *DllHandle = Module->Entry.DllBase;
    RtlLeaveCriticalSection(&LdrpLock);
    RtlFreeUnicodeString(&Name);
    return Status;
}

// Run Action on the module of a handle, under the loader lock.
static NTSTATUS LdrpWithModule(PVOID DllHandle, NTSTATUS (*Action)(PLDRP_MODULE, PVOID),
                               PVOID Argument)
{
    RtlEnterCriticalSection(&LdrpLock);
    PLDRP_MODULE Module = LdrpFindModuleByAddress(DllHandle);
    NTSTATUS Status = STATUS_DLL_NOT_FOUND;
    if (Module && Module->Entry.DllBase == DllHandle)
        Status = Action(Module, Argument);
    RtlLeaveCriticalSection(&LdrpLock);
    return Status;
}

static NTSTATUS LdrpUnload(PLDRP_MODULE Module, PVOID Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    LdrpDereferenceModule(Module);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI LdrUnloadDll(PVOID DllHandle)
{
    if (LdrpData.ShutdownInProgress)
        return STATUS_SUCCESS;
    return LdrpWithModule(DllHandle, LdrpUnload, nullptr);
}

static NTSTATUS LdrpAddReference(PLDRP_MODULE Module, PVOID Flags)
{
    LdrpReferenceModule(Module, (*(PULONG)Flags & LDR_ADDREF_DLL_PIN) != 0);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI LdrAddRefDll(ULONG Flags, PVOID DllHandle)
{
    if (Flags & ~(ULONG)LDR_ADDREF_DLL_PIN)
        return STATUS_INVALID_PARAMETER;
    return LdrpWithModule(DllHandle, LdrpAddReference, &Flags);
}

static NTSTATUS LdrpDisableThreadCalls(PLDRP_MODULE Module, PVOID Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    if (Module->Tls)
        return STATUS_DLL_NOT_FOUND; // as Windows answers: its TLS callbacks need the calls
    Module->Entry.Flags |= LDRP_DONT_CALL_FOR_THREADS;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI LdrDisableThreadCalloutsForDll(PVOID DllHandle)
{
    return LdrpWithModule(DllHandle, LdrpDisableThreadCalls, nullptr);
}

typedef struct _LDRP_PROCEDURE {
    PCSTR Name;
    ULONG Ordinal;
    PVOID Address;
} LDRP_PROCEDURE, *PLDRP_PROCEDURE;

static NTSTATUS LdrpFindProcedure(PLDRP_MODULE Module, PVOID Argument)
{
    PLDRP_PROCEDURE Procedure = Argument;
    NTSTATUS Status =
        LdrpFindExport(Module, Procedure->Name, Procedure->Ordinal, MAXULONG, &Procedure->Address);
    // A forwarder may have loaded a DLL.
    return NT_SUCCESS(Status) ? LdrpInitializeGraph(Module) : Status;
}

NTSTATUS NTAPI LdrGetProcedureAddressEx(PVOID DllHandle, PANSI_STRING ProcedureName,
                                        ULONG ProcedureNumber, PVOID *ProcedureAddress, ULONG Flags)
{
    UNREFERENCED_PARAMETER(Flags);
    CHAR Name[512];
    LDRP_PROCEDURE Procedure = {.Ordinal = ProcedureNumber};
    if (ProcedureName && ProcedureName->Length) {
        if (ProcedureName->Length >= sizeof(Name))
            return STATUS_INVALID_PARAMETER;
        memcpy(Name, ProcedureName->Buffer, ProcedureName->Length);
        Name[ProcedureName->Length] = 0;
        Procedure.Name = Name;
    } else if (!ProcedureNumber) {
        return STATUS_INVALID_PARAMETER;
    }
    NTSTATUS Status = LdrpWithModule(DllHandle, LdrpFindProcedure, &Procedure);
    if (NT_SUCCESS(Status))
        *ProcedureAddress = Procedure.Address;
    return Status;
}

NTSTATUS NTAPI LdrGetProcedureAddress(PVOID DllHandle, PANSI_STRING ProcedureName,
                                      ULONG ProcedureNumber, PVOID *ProcedureAddress)
{
    return LdrGetProcedureAddressEx(DllHandle, ProcedureName, ProcedureNumber, ProcedureAddress, 0);
}

NTSTATUS NTAPI LdrGetDllHandleEx(ULONG Flags, PWSTR DllPath, PULONG DllCharacteristics,
                                 PUNICODE_STRING DllName, PVOID *DllHandle)
{
    UNREFERENCED_PARAMETER(DllPath);
    UNREFERENCED_PARAMETER(DllCharacteristics);
    constexpr ULONG Pin = LDR_GET_DLL_HANDLE_EX_PIN;
    constexpr ULONG Unchanged = LDR_GET_DLL_HANDLE_EX_UNCHANGED_REFCOUNT;
    if ((Flags & ~(Pin | Unchanged)) || (Flags & (Pin | Unchanged)) == (Pin | Unchanged))
        return STATUS_INVALID_PARAMETER;
    UNICODE_STRING Name, Host;
    NTSTATUS Status = LdrpNormalizeName(DllName, &Name);
    if (!NT_SUCCESS(Status))
        return Status;

    RtlEnterCriticalSection(&LdrpLock);
    PLDRP_MODULE Module = LdrpFindModuleByName(LdrpResolveApiSet(&Name, &Host) ? &Host : &Name);
    if (Module) {
        *DllHandle = Module->Entry.DllBase;
        if (!(Flags & Unchanged))
            LdrpReferenceModule(Module, (Flags & Pin) != 0);
    } else {
        Status = STATUS_DLL_NOT_FOUND;
    }
    RtlLeaveCriticalSection(&LdrpLock);
    RtlFreeUnicodeString(&Name);
    return Status;
}

NTSTATUS NTAPI LdrGetDllHandle(PWSTR DllPath, PULONG DllCharacteristics, PUNICODE_STRING DllName,
                               PVOID *DllHandle)
{
    return LdrGetDllHandleEx(LDR_GET_DLL_HANDLE_EX_UNCHANGED_REFCOUNT, DllPath, DllCharacteristics,
                             DllName, DllHandle);
}

static NTSTATUS LdrpCopyFullName(PLDRP_MODULE Module, PVOID Name)
{
    PUNICODE_STRING Copy = Name;
    RtlCopyUnicodeString(Copy, &Module->Entry.FullDllName);
    return Copy->MaximumLength < Module->Entry.FullDllName.Length ? STATUS_BUFFER_TOO_SMALL
                                                                  : STATUS_SUCCESS;
}

// DllHandle null: the program.
NTSTATUS NTAPI LdrGetDllFullName(PVOID DllHandle, PUNICODE_STRING FullDllName)
{
    if (!DllHandle)
        DllHandle = NtCurrentPeb()->ImageBaseAddress;
    return LdrpWithModule(DllHandle, LdrpCopyFullName, FullDllName);
}

NTSTATUS NTAPI LdrFindEntryForAddress(PVOID DllHandle, PLDR_DATA_TABLE_ENTRY *Entry)
{
    RtlEnterCriticalSection(&LdrpLock);
    PLDRP_MODULE Module = LdrpFindModuleByAddress(DllHandle);
    RtlLeaveCriticalSection(&LdrpLock);
    if (!Module)
        return STATUS_NO_MORE_ENTRIES;
    *Entry = &Module->Entry;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI LdrEnumerateLoadedModules(BOOLEAN ReservedFlag, PLDR_ENUM_CALLBACK EnumProc,
                                         PVOID Context)
{
    if (ReservedFlag || !EnumProc)
        return STATUS_INVALID_PARAMETER;
    BOOLEAN Stop = FALSE;
    RtlEnterCriticalSection(&LdrpLock);
    PLIST_ENTRY Head = &LdrpData.InLoadOrderModuleList;
    for (PLIST_ENTRY Link = Head->Flink; Link != Head && !Stop; Link = Link->Flink)
        EnumProc(CONTAINING_RECORD(Link, LDR_DATA_TABLE_ENTRY, InLoadOrderLinks), Context, &Stop);
    RtlLeaveCriticalSection(&LdrpLock);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI LdrLockLoaderLock(ULONG Flags, PULONG Disposition, PVOID *Cookie)
{
    constexpr ULONG TryOnly = LDR_LOCK_LOADER_LOCK_FLAG_TRY_ONLY;
    if ((Flags & ~(ULONG)(LDR_LOCK_LOADER_LOCK_FLAG_RAISE_ON_ERRORS | TryOnly)) ||
        ((Flags & TryOnly) && !Disposition))
        return STATUS_INVALID_PARAMETER_1;
    if (!Cookie)
        return STATUS_INVALID_PARAMETER_3;
    *Cookie = nullptr;
    BOOLEAN Taken = TRUE;
    if (Flags & TryOnly)
        Taken = RtlTryEnterCriticalSection(&LdrpLock) != 0;
    else
        RtlEnterCriticalSection(&LdrpLock);
    if (Disposition)
        *Disposition = Taken ? LDR_LOCK_LOADER_LOCK_DISPOSITION_LOCK_ACQUIRED
                             : LDR_LOCK_LOADER_LOCK_DISPOSITION_LOCK_NOT_ACQUIRED;
    if (Taken)
        *Cookie = NtCurrentTeb()->ClientId.UniqueThread;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI LdrUnlockLoaderLock(ULONG Flags, PVOID Cookie)
{
    if (Flags & ~(ULONG)LDR_LOCK_LOADER_LOCK_FLAG_RAISE_ON_ERRORS)
        return STATUS_INVALID_PARAMETER_1;
    if (!Cookie)
        return STATUS_SUCCESS;
    if (Cookie != NtCurrentTeb()->ClientId.UniqueThread)
        return STATUS_INVALID_PARAMETER_2;
    RtlLeaveCriticalSection(&LdrpLock);
    return STATUS_SUCCESS;
}
