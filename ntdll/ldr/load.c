// Loading, initialising and unloading modules.

#include "ldrp.h"

NTSTATUS LdrpAddDependency(PLDRP_MODULE Module, PLDRP_MODULE Dependency)
{
    if (Module == Dependency)
        return STATUS_SUCCESS;
    PLDRP_DEPENDENCY Link = LdrpAllocate(sizeof(*Link));
    if (!Link)
        return STATUS_NO_MEMORY;
    Link->Module = Dependency;
    Link->Link.Next = Module->Dependencies.Next;
    Module->Dependencies.Next = &Link->Link;
    if (Dependency->Node.LoadCount != LdrpPinned)
        Dependency->Node.LoadCount++;
    return STATUS_SUCCESS;
}

// Give up one reference. The last one calls the entry point, then releases what the module depends on.
VOID LdrpDereferenceModule(PLDRP_MODULE Module)
{
    if (Module->Node.LoadCount == LdrpPinned || --Module->Node.LoadCount)
        return;

    Module->Entry.Flags |= LDRP_UNLOAD_IN_PROGRESS;
    Module->Node.State = LdrModulesUnloading;
    if (Module->Entry.Flags & LDRP_PROCESS_ATTACH_CALLED)
        LdrpCallInitRoutine(Module, DLL_PROCESS_DETACH, nullptr);
    if (Module->Tls)
        LdrpRemoveTls(Module);
    while (Module->Dependencies.Next) {
        PLDRP_DEPENDENCY Link =
            CONTAINING_RECORD(Module->Dependencies.Next, LDRP_DEPENDENCY, Link);
        Module->Dependencies.Next = Link->Link.Next;
        LdrpDereferenceModule(Link->Module);
        LdrpFree(Link);
    }
    LdrpRemoveModule(Module);
}

// Bind the imports of a mapped module and everything below it, then put it into the order of
// initialisation. A module that is already being bound (a cycle) is left as it is.
NTSTATUS LdrpCompleteModule(PLDRP_MODULE Module)
{
    Module->Node.State = LdrModulesSnapping;
    NTSTATUS Status = LdrpBindImports(Module);
    if (NT_SUCCESS(Status))
        Status = LdrpAddTls(Module);
    if (!NT_SUCCESS(Status)) {
        Module->Node.State = LdrModulesSnapError;
        return Status;
    }
    Module->Node.State = LdrModulesReadyToInit;
    InsertTailList(&LdrpData.InInitializationOrderModuleList,
                   &Module->Entry.InInitializationOrderLinks);
    return STATUS_SUCCESS;
}

// Find or load a module by name. The caller owns the reference when the module was new; a dependency
// takes one of its own (LdrpAddDependency), so a new module starts with none.
NTSTATUS LdrpLoadModule(PCUNICODE_STRING Name, LDR_DLL_LOAD_REASON Reason, PLDRP_MODULE *Result)
{
    UNICODE_STRING Host;
    if (LdrpResolveApiSet(Name, &Host))
        Name = &Host;
    *Result = LdrpFindModuleByName(Name);
    if (*Result)
        return STATUS_SUCCESS;

    PLDRP_MODULE Module;
    NTSTATUS Status = LdrpMapModule(Name, &Module);
    if (!NT_SUCCESS(Status))
        return Status;
    Module->Entry.LoadReason = Reason;
    if (Reason != LoadReasonDynamicLoad)
        Module->Entry.Flags |= LDRP_STATIC_LINK;
    Status = LdrpCompleteModule(Module);
    if (!NT_SUCCESS(Status)) {
        Module->Node.LoadCount = 1;
        LdrpDereferenceModule(Module);
        return Status;
    }
    Module->Node.LoadCount = 0;
    *Result = Module;
    return STATUS_SUCCESS;
}

// TLS callbacks first, then the entry point, as Windows does; a detach goes the other way round.
VOID LdrpCallInitRoutine(PLDRP_MODULE Module, ULONG Reason, PVOID Context)
{
    if (Reason != DLL_PROCESS_DETACH)
        LdrpCallTlsCallbacks(Module, Reason);
    if (Module->Entry.EntryPoint && (Module->Entry.Flags & LDRP_IMAGE_DLL))
        Module->Entry.EntryPoint(Module->Entry.DllBase, Reason, Context);
    if (Reason == DLL_PROCESS_DETACH)
        LdrpCallTlsCallbacks(Module, Reason);
}

static NTSTATUS LdrpInitializeModule(PLDRP_MODULE Module)
{
    Module->Node.State = LdrModulesInitializing;
    Module->Entry.Flags |= LDRP_ENTRY_PROCESSED;
    LdrpCallTlsCallbacks(Module, DLL_PROCESS_ATTACH);
    if (Module->Entry.EntryPoint && (Module->Entry.Flags & LDRP_IMAGE_DLL)) {
        Module->Entry.Flags |= LDRP_PROCESS_ATTACH_CALLED;
        PCONTEXT Static = LdrpProcessIsReady ? nullptr : (PVOID)1; // lpReserved: static or dynamic
        if (!Module->Entry.EntryPoint(Module->Entry.DllBase, DLL_PROCESS_ATTACH, Static)) {
            Module->Node.State = LdrModulesInitError;
            DbgPrint("%wZ: its entry point refused to start\n", &Module->Entry.BaseDllName);
            return STATUS_DLL_INIT_FAILED;
        }
    }
    Module->Entry.Flags |= LDRP_PROCESS_ATTACH_CALLED;
    Module->Node.State = LdrModulesReadyToRun;
    return STATUS_SUCCESS;
}

NTSTATUS LdrpInitializeModules(void)
{
    PLIST_ENTRY Head = &LdrpData.InInitializationOrderModuleList;
    for (PLIST_ENTRY Link = Head->Flink; Link != Head; Link = Link->Flink) {
        PLDRP_MODULE Module = LdrpModuleOf(
            CONTAINING_RECORD(Link, LDR_DATA_TABLE_ENTRY, InInitializationOrderLinks));
        if (Module->Entry.Flags & LDRP_ENTRY_PROCESSED)
            continue;
        NTSTATUS Status = LdrpInitializeModule(Module);
        if (!NT_SUCCESS(Status))
            return Status;
    }
    return STATUS_SUCCESS;
}
