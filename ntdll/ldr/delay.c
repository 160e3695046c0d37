// Delay-loaded imports: bound at their first call (LdrResolveDelayLoadedAPI, which the compiler's stubs
// call). Source: PE format, "Delay-Load Import Tables".

#include "ldrp.h"

// What a hook of the program gets when a DLL or a procedure is missing (DELAYLOAD_INFO).
typedef struct _LDRP_DELAY_INFO {
    ULONG Size;
    const IMAGE_DELAYLOAD_DESCRIPTOR *Descriptor;
    PIMAGE_THUNK_DATA Thunk;
    PCSTR DllName;
    struct {
        ULONG IsByName;
        union {
            PCSTR Name;
            ULONG Ordinal;
        };
    } Procedure;
    PVOID ModuleBase, Unused;
    ULONG LastError;
} LDRP_DELAY_INFO, *PLDRP_DELAY_INFO;

typedef PVOID(NTAPI *LDRP_DELAY_HOOK)(ULONG Reason, PLDRP_DELAY_INFO Info);
typedef PVOID(NTAPI *LDRP_DELAY_SYSTEM_HOOK)(PCSTR DllName, PCSTR ProcedureName);

enum { DelayloadGpaFailure = 4 };

typedef struct _LDRP_DELAY {
    PUCHAR Base; // of the importer
    PLDRP_MODULE Importer;
    const IMAGE_DELAYLOAD_DESCRIPTOR *Descriptor;
    PIMAGE_THUNK_DATA Thunk;
    const IMAGE_THUNK_DATA *Lookup;
    PCSTR DllName;
} LDRP_DELAY, *PLDRP_DELAY;

// The handle of the DLL is kept in a variable of the importer.
static NTSTATUS LdrpLoadDelayed(PLDRP_DELAY Delay, PLDRP_MODULE *Exporter)
{
    PVOID *Handle = (PVOID *)(Delay->Base + Delay->Descriptor->ModuleHandleRVA);
    *Exporter = *Handle ? LdrpFindModuleByAddress(*Handle) : nullptr;
    if (*Exporter)
        return STATUS_SUCCESS;
    ANSI_STRING Ansi;
    UNICODE_STRING Name;
    RtlInitAnsiString(&Ansi, Delay->DllName);
    NTSTATUS Status = RtlAnsiStringToUnicodeString(&Name, &Ansi, TRUE);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = LdrpLoadModule(&Name, LoadReasonDelayloadDependency, Exporter);
    RtlFreeUnicodeString(&Name);
    if (NT_SUCCESS(Status))
        Status = LdrpAddDependency(Delay->Importer, *Exporter);
    if (NT_SUCCESS(Status))
        Status = LdrpInitializeGraph(*Exporter);
    if (NT_SUCCESS(Status))
        *Handle = (*Exporter)->Entry.DllBase;
    else
        LdrpUnloadUnneeded();
    return Status;
}

static PVOID LdrpCallDelayHooks(PLDRP_DELAY Delay, BOOLEAN DllIsMissing, PVOID FailureDllHook,
                                PVOID FailureSystemHook)
{
    BOOLEAN ByName = !IMAGE_SNAP_BY_ORDINAL(Delay->Lookup->u1.Ordinal);
    LDRP_DELAY_INFO Info = {
        .Size = sizeof(Info),
        .Descriptor = Delay->Descriptor,
        .Thunk = Delay->Thunk,
        .DllName = Delay->DllName,
        .Procedure.IsByName = ByName,
        .LastError = RtlNtStatusToDosErrorNoTeb(DllIsMissing ? STATUS_DLL_NOT_FOUND
                                                             : STATUS_PROCEDURE_NOT_FOUND),
    };
    if (ByName)
        Info.Procedure.Name =
            (PCSTR)((PIMAGE_IMPORT_BY_NAME)(Delay->Base + Delay->Lookup->u1.AddressOfData))->Name;
    else
        Info.Procedure.Ordinal = (ULONG)IMAGE_ORDINAL(Delay->Lookup->u1.Ordinal);
    PVOID Address = nullptr;
    if (FailureDllHook)
        Address = ((LDRP_DELAY_HOOK)FailureDllHook)(DelayloadGpaFailure, &Info);
    if (!Address && FailureSystemHook)
        Address = ((LDRP_DELAY_SYSTEM_HOOK)FailureSystemHook)(
            Delay->DllName,
            ByName ? Info.Procedure.Name : (PCSTR)(ULONG_PTR)Info.Procedure.Ordinal);
    return Address;
}

static VOID LdrpStoreThunk(PIMAGE_THUNK_DATA Thunk, PVOID Address)
{
    PVOID Page = Thunk;
    SIZE_T Size = sizeof(*Thunk);
    ULONG Old;
    NTSTATUS Status =
        NtProtectVirtualMemory(NtCurrentProcess(), &Page, &Size, PAGE_READWRITE, &Old);
    if (!NT_SUCCESS(Status))
        return; // resolved again at the next call
    Thunk->u1.Function = (ULONG_PTR)Address;
    NtProtectVirtualMemory(NtCurrentProcess(), &Page, &Size, Old, &Old);
}

static PVOID LdrpResolveDelayed(PLDRP_DELAY Delay, PVOID FailureDllHook, PVOID FailureSystemHook)
{
    PLDRP_MODULE Exporter;
    BOOLEAN DllIsMissing = !NT_SUCCESS(LdrpLoadDelayed(Delay, &Exporter));
    PVOID Address = nullptr;
    if (!DllIsMissing && IMAGE_SNAP_BY_ORDINAL(Delay->Lookup->u1.Ordinal)) {
        LdrpFindExport(Exporter, nullptr, (ULONG)IMAGE_ORDINAL(Delay->Lookup->u1.Ordinal), 0,
                       &Address);
    } else if (!DllIsMissing) {
        PIMAGE_IMPORT_BY_NAME ByName = (PVOID)(Delay->Base + Delay->Lookup->u1.AddressOfData);
        LdrpFindExport(Exporter, (PCSTR)ByName->Name, 0, ByName->Hint, &Address);
    }
    if (Address) {
        LdrpInitializeGraph(Delay->Importer); // a forwarder may have loaded a DLL
        LdrpStoreThunk(Delay->Thunk, Address);
        return Address;
    }
    Address = LdrpCallDelayHooks(Delay, DllIsMissing, FailureDllHook, FailureSystemHook);
    return Address ? Address
                   : LdrpResolveThunk(Delay->Importer, nullptr, Delay->DllName, Delay->Lookup);
}

PVOID NTAPI LdrResolveDelayLoadedAPI(PVOID ParentModuleBase,
                                     const IMAGE_DELAYLOAD_DESCRIPTOR *DelayloadDescriptor,
                                     PVOID FailureDllHook, PVOID FailureSystemHook,
                                     PIMAGE_THUNK_DATA ThunkAddress, ULONG Flags)
{
    UNREFERENCED_PARAMETER(Flags);
    LDRP_DELAY Delay = {
        .Base = ParentModuleBase,
        .Descriptor = DelayloadDescriptor,
        .Thunk = ThunkAddress,
        .DllName = (PCSTR)ParentModuleBase + DelayloadDescriptor->DllNameRVA,
    };
    PIMAGE_THUNK_DATA Table = (PVOID)(Delay.Base + DelayloadDescriptor->ImportAddressTableRVA);
    Delay.Lookup =
        (const IMAGE_THUNK_DATA *)(Delay.Base + DelayloadDescriptor->ImportNameTableRVA) +
        (ThunkAddress - Table);

    RtlEnterCriticalSection(&LdrpLock);
    Delay.Importer = LdrpFindModuleByAddress(ParentModuleBase);
    PVOID Address =
        Delay.Importer ? LdrpResolveDelayed(&Delay, FailureDllHook, FailureSystemHook) : nullptr;
    RtlLeaveCriticalSection(&LdrpLock);
    return Address;
}
