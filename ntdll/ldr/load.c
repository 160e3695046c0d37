// Loading, initialising and unloading modules.
//
// A module stays while it is needed: it is pinned, the program holds a reference to it, it is being
// loaded, or a module that stays imports from it. When a reference is given up, marking what is needed
// finds the rest, also DLLs that import from one another; their entry points are called in the reverse
// order of initialisation, then they are unmapped.

#include "ldrp.h"

NTSTATUS LdrpAddDependency(PLDRP_MODULE Module, PLDRP_MODULE Dependency)
{
    if (Module == Dependency)
        return STATUS_SUCCESS;
    for (PSINGLE_LIST_ENTRY Entry = Module->Dependencies.Next; Entry; Entry = Entry->Next) {
        if (CONTAINING_RECORD(Entry, LDRP_DEPENDENCY, Link)->Module == Dependency)
            return STATUS_SUCCESS;
    }
    PLDRP_DEPENDENCY Link = LdrpAllocate(sizeof(*Link));
    if (!Link)
        return STATUS_NO_MEMORY;
    Link->Module = Dependency;
    PushEntryList(&Module->Dependencies, &Link->Link);
    return STATUS_SUCCESS;
}

// ---- Marking

static ULONG LdrpMarking;

static VOID LdrpMark(PLDRP_MODULE Module)
{
    if (Module->Mark == LdrpMarking)
        return;
    Module->Mark = LdrpMarking;
    for (PSINGLE_LIST_ENTRY Entry = Module->Dependencies.Next; Entry; Entry = Entry->Next)
        LdrpMark(CONTAINING_RECORD(Entry, LDRP_DEPENDENCY, Link)->Module);
}

static BOOLEAN LdrpIsMarked(PLDRP_MODULE Module)
{
    return Module->Mark == LdrpMarking;
}

static VOID LdrpMarkNeeded(void)
{
    LdrpMarking++;
    PLIST_ENTRY Head = &LdrpData.InLoadOrderModuleList;
    for (PLIST_ENTRY Link = Head->Flink; Link != Head; Link = Link->Flink) {
        PLDRP_MODULE Module =
            LdrpModuleOf(CONTAINING_RECORD(Link, LDR_DATA_TABLE_ENTRY, InLoadOrderLinks));
        if (Module->Node.LoadCount || (Module->Entry.Flags & LDRP_LOAD_IN_PROGRESS))
            LdrpMark(Module);
    }
}

// ---- Loading

// Bind the imports of a mapped module and everything below it, then put it into the order of
// initialisation. A module that is already being bound (a cycle) is left as it is. A program that was
// loaded as if it were a DLL is only mapped, as on Windows.
NTSTATUS LdrpCompleteModule(PLDRP_MODULE Module)
{
    BOOLEAN IsDll = (Module->Entry.Flags & LDRP_IMAGE_DLL) != 0;
    if (!IsDll && Module != LdrpProgram) {
        Module->Node.State = LdrModulesReadyToRun;
        return STATUS_SUCCESS;
    }
    Module->Node.State = LdrModulesSnapping;
    NTSTATUS Status = LdrpBindImports(Module);
    if (NT_SUCCESS(Status))
        Status = LdrpAddTls(Module);
    if (!NT_SUCCESS(Status)) {
        Module->Node.State = LdrModulesSnapError;
        return Status;
    }
    Module->Node.State = LdrModulesReadyToInit;
    if (IsDll)
        InsertTailList(&LdrpData.InInitializationOrderModuleList,
                       &Module->Entry.InInitializationOrderLinks);
    return STATUS_SUCCESS;
}

// Find or load a module by name. Nothing keeps a new one yet: the caller takes a reference or makes it a
// dependency, or calls LdrpUnloadUnneeded when something failed.
NTSTATUS LdrpLoadModule(PCUNICODE_STRING Name, LDR_DLL_LOAD_REASON Reason, PLDRP_MODULE *Result)
{
    UNICODE_STRING Host;
    if (LdrpResolveApiSet(Name, &Host))
        Name = &Host;
    *Result = LdrpFindModuleByName(Name);
    if (*Result)
        return (*Result)->Node.State < 0 ? STATUS_DLL_NOT_FOUND : STATUS_SUCCESS;

    PLDRP_MODULE Module;
    NTSTATUS Status = LdrpMapModule(Name, &Module);
    if (!NT_SUCCESS(Status))
        return Status;
    Module->Entry.LoadReason = Reason;
    if (Reason == LoadReasonAsImageLoad)
        Module->Entry.Flags &= ~(ULONG)LDRP_IMAGE_DLL;
    else if (Reason != LoadReasonDynamicLoad)
        Module->Entry.Flags |= LDRP_STATIC_LINK;
    Module->Entry.Flags |= LDRP_LOAD_IN_PROGRESS;
    Status = LdrpCompleteModule(Module);
    Module->Entry.Flags &= ~(ULONG)LDRP_LOAD_IN_PROGRESS;
    *Result = Module;
    if (NT_SUCCESS(Status))
        LdrpNotify(LDR_DLL_NOTIFICATION_REASON_LOADED, Module);
    return Status;
}

// ---- Entry points

static BOOLEAN LdrpCallEntryPoint(PLDRP_MODULE Module, ULONG Reason, PVOID Context)
{
    if (!Module->Entry.EntryPoint || !(Module->Entry.Flags & LDRP_IMAGE_DLL))
        return TRUE;
    return Module->Entry.EntryPoint(Module->Entry.DllBase, Reason, Context);
}

// TLS callbacks first, then the entry point, as Windows does.
static VOID LdrpCallInitRoutine(PLDRP_MODULE Module, ULONG Reason, PVOID Context)
{
    LdrpCallTlsCallbacks(Module, Reason);
    LdrpCallEntryPoint(Module, Reason, Context);
}

// One that refuses to start is told of its end, and then is not needed any more.
static NTSTATUS LdrpInitializeModule(PLDRP_MODULE Module)
{
    Module->Node.State = LdrModulesInitializing;
    Module->Entry.Flags |= LDRP_ENTRY_PROCESSED | LDRP_PROCESS_ATTACH_CALLED;
    PVOID Static = LdrpProcessIsReady ? nullptr : (PVOID)1; // lpReserved: static or dynamic load
    LdrpCallTlsCallbacks(Module, DLL_PROCESS_ATTACH);
    if (!LdrpCallEntryPoint(Module, DLL_PROCESS_ATTACH, Static)) {
        Module->Node.State = LdrModulesInitError;
        DbgPrint("%wZ: its entry point refused to start\n", &Module->Entry.BaseDllName);
        return STATUS_DLL_INIT_FAILED;
    }
    Module->Node.State = LdrModulesReadyToRun;
    return STATUS_SUCCESS;
}

static PLDRP_MODULE LdrpNextToInitialize(PLDRP_MODULE Root)
{
    LdrpMarking++;
    LdrpMark(Root);
    PLIST_ENTRY Head = &LdrpData.InInitializationOrderModuleList;
    for (PLIST_ENTRY Link = Head->Flink; Link != Head; Link = Link->Flink) {
        PLDRP_MODULE Module =
            LdrpModuleOf(CONTAINING_RECORD(Link, LDR_DATA_TABLE_ENTRY, InInitializationOrderLinks));
        if (LdrpIsMarked(Module) && !(Module->Entry.Flags & LDRP_ENTRY_PROCESSED))
            return Module;
    }
    return nullptr;
}

// The entry points may load and unload DLLs themselves, so each search starts anew.
NTSTATUS LdrpInitializeGraph(PLDRP_MODULE Root)
{
    PLDRP_MODULE Module;
    NTSTATUS Status = STATUS_SUCCESS;
    while (NT_SUCCESS(Status) && (Module = LdrpNextToInitialize(Root)))
        Status = LdrpInitializeModule(Module);
    return Status;
}

// The program itself, which has TLS callbacks but no entry point for this, comes last.
VOID LdrpCallModules(ULONG Reason, BOOLEAN Reverse, PVOID Context)
{
    BOOLEAN ForThread = Reason == DLL_THREAD_ATTACH || Reason == DLL_THREAD_DETACH;
    if (Reverse)
        LdrpCallTlsCallbacks(LdrpProgram, Reason);
    PLIST_ENTRY Head = &LdrpData.InInitializationOrderModuleList;
    for (PLIST_ENTRY Link = Reverse ? Head->Blink : Head->Flink; Link != Head;
         Link = Reverse ? Link->Blink : Link->Flink) {
        PLDRP_MODULE Module =
            LdrpModuleOf(CONTAINING_RECORD(Link, LDR_DATA_TABLE_ENTRY, InInitializationOrderLinks));
        if (!(Module->Entry.Flags & LDRP_PROCESS_ATTACH_CALLED) ||
            (ForThread && (Module->Entry.Flags & LDRP_DONT_CALL_FOR_THREADS)))
            continue;
        LdrpCallInitRoutine(Module, Reason, Context);
    }
    if (!Reverse)
        LdrpCallTlsCallbacks(LdrpProgram, Reason);
}

// ---- References and unloading

VOID LdrpReferenceModule(PLDRP_MODULE Module, BOOLEAN Pin)
{
    if (Pin)
        Module->Node.LoadCount = LdrpPinned;
    else if (Module->Node.LoadCount != LdrpPinned)
        Module->Node.LoadCount++;
}

VOID LdrpDereferenceModule(PLDRP_MODULE Module)
{
    // Without a reference of the program's own, what keeps it is another module: nothing to give up.
    if (Module->Node.LoadCount == LdrpPinned || !Module->Node.LoadCount)
        return;
    if (!--Module->Node.LoadCount)
        LdrpUnloadUnneeded();
}

static PLDRP_MODULE LdrpLastToDetach(void)
{
    LdrpMarkNeeded();
    PLIST_ENTRY Head = &LdrpData.InInitializationOrderModuleList;
    for (PLIST_ENTRY Link = Head->Blink; Link != Head; Link = Link->Blink) {
        PLDRP_MODULE Module =
            LdrpModuleOf(CONTAINING_RECORD(Link, LDR_DATA_TABLE_ENTRY, InInitializationOrderLinks));
        if (!LdrpIsMarked(Module) && (Module->Entry.Flags & LDRP_PROCESS_ATTACH_CALLED))
            return Module;
    }
    return nullptr;
}

static VOID LdrpDetachUnneeded(void)
{
    PLDRP_MODULE Module;
    while ((Module = LdrpLastToDetach())) {
        Module->Entry.Flags &= ~(ULONG)LDRP_PROCESS_ATTACH_CALLED;
        Module->Entry.Flags |= LDRP_UNLOAD_IN_PROGRESS;
        Module->Node.State = LdrModulesUnloading;
        LdrpCallInitRoutine(Module, DLL_PROCESS_DETACH, nullptr);
    }
}

// An entry point may have made a module needed again that was about to go: that one stays.
static VOID LdrpRemoveUnneeded(void)
{
    LdrpMarkNeeded();
    PLIST_ENTRY Head = &LdrpData.InLoadOrderModuleList, Previous;
    for (PLIST_ENTRY Link = Head->Blink; Link != Head; Link = Previous) {
        Previous = Link->Blink;
        PLDRP_MODULE Module =
            LdrpModuleOf(CONTAINING_RECORD(Link, LDR_DATA_TABLE_ENTRY, InLoadOrderLinks));
        if (LdrpIsMarked(Module))
            continue;
        if (Module->Node.State == LdrModulesUnloading)
            LdrpNotify(LDR_DLL_NOTIFICATION_REASON_UNLOADED, Module);
        if (Module->Tls)
            LdrpRemoveTls(Module);
        while (Module->Dependencies.Next)
            LdrpFree(CONTAINING_RECORD(PopEntryList(&Module->Dependencies), LDRP_DEPENDENCY, Link));
        LdrpRemoveModule(Module);
    }
}

VOID LdrpUnloadUnneeded(void)
{
    static BOOLEAN InProgress, Again;
    Again = TRUE;
    if (InProgress) // called by an entry point that is being told of its end
        return;
    InProgress = TRUE;
    while (Again) {
        Again = FALSE;
        LdrpDetachUnneeded();
        LdrpRemoveUnneeded();
    }
    InProgress = FALSE;
}
