// The start of a process and of each of its threads, as seen by the loader.

#include "ldrp.h"
#include "../ntdllp.h"

BOOLEAN LdrpProcessIsReady;
NTSTATUS LdrpExitStatus;

static RTL_RUN_ONCE LdrpProcessOnce;
static RTL_CRITICAL_SECTION LdrpPebLock;
static RTL_BITMAP LdrpTlsBitmap, LdrpTlsExpansionBitmap;

static VOID LdrpInitializePeb(PPEB Peb)
{
    RtlInitializeCriticalSection(&LdrpLock);
    RtlInitializeCriticalSection(&LdrpPebLock);
    Peb->FastPebLock = &LdrpPebLock;
    Peb->LoaderLock = &LdrpLock;

    RtlInitializeBitMap(&LdrpTlsBitmap, Peb->TlsBitmapBits, 64);
    RtlInitializeBitMap(&LdrpTlsExpansionBitmap, Peb->TlsExpansionBitmapBits, 1024);
    RtlSetBits(&LdrpTlsBitmap, 0, 1); // Windows keeps the first slot for itself
    Peb->TlsBitmap = &LdrpTlsBitmap;
    Peb->TlsExpansionBitmap = &LdrpTlsExpansionBitmap;

    LdrpData.Length = sizeof(LdrpData);
    LdrpData.Initialized = TRUE;
    InitializeListHead(&LdrpData.InLoadOrderModuleList);
    InitializeListHead(&LdrpData.InMemoryOrderModuleList);
    InitializeListHead(&LdrpData.InInitializationOrderModuleList);
    Peb->Ldr = &LdrpData;
}

static NTSTATUS LdrpCopyName(PCUNICODE_STRING Source, PUNICODE_STRING Copy)
{
    return RtlDuplicateUnicodeString(RTL_DUPLICATE_UNICODE_STRING_NULL_TERMINATE, Source, Copy);
}

static NTSTATUS LdrpAddInitialModules(PPEB Peb, PVOID NtdllBase)
{
    static const UNICODE_STRING Ntdll = RTL_CONSTANT_STRING(L"ntdll.dll");
    UNICODE_STRING Name;
    NTSTATUS Status = LdrpCopyName(&Peb->ProcessParameters->ImagePathName, &Name);
    if (NT_SUCCESS(Status))
        Status = LdrpRelocate(Peb->ImageBaseAddress);
    if (NT_SUCCESS(Status))
        Status = LdrpAddMappedModule(Peb->ImageBaseAddress, &Name, &LdrpProgram);
    if (NT_SUCCESS(Status))
        Status = LdrpSystemPath(&Ntdll, &Name);
    if (NT_SUCCESS(Status))
        Status = LdrpAddMappedModule(NtdllBase, &Name, &LdrpNtdll);
    if (!NT_SUCCESS(Status))
        return Status;

    LdrpProgram->Node.LoadCount = LdrpPinned;
    LdrpNtdll->Node.LoadCount = LdrpPinned;
    LdrpNtdll->Node.State = LdrModulesReadyToRun;
    LdrpNtdll->Entry.Flags |= LDRP_ENTRY_PROCESSED;
    LdrpSetSecurityCookie(Peb->ImageBaseAddress);
    InsertTailList(&LdrpData.InInitializationOrderModuleList,
                   &LdrpNtdll->Entry.InInitializationOrderLinks);
    return STATUS_SUCCESS;
}

static NTSTATUS LdrpInitializeProcess(PVOID NtdllBase)
{
    PPEB Peb = NtCurrentPeb();
    LdrpInitializePeb(Peb);
    HeappInitializeProcess();
    // ntdll itself may be away from its preferred address; it is relocated before it runs (the memory
    // manager does that), so nothing here depends on it.
    PIMAGE_NT_HEADERS Headers = RtlImageNtHeader(Peb->ImageBaseAddress);
    Peb->ProcessHeap =
        RtlCreateHeap(HEAP_GROWABLE, nullptr, Headers->OptionalHeader.SizeOfHeapReserve,
                      Headers->OptionalHeader.SizeOfHeapCommit, nullptr, nullptr);
    if (!Peb->ProcessHeap)
        return STATUS_NO_MEMORY;
    RtlpInitializeProcess();
    NTSTATUS Status = STATUS_SUCCESS;
    if (Peb->ProcessParameters)
        RtlNormalizeProcessParams(Peb->ProcessParameters);
    else
        Status = RtlpMakeFirstParameters();
    if (!NT_SUCCESS(Status))
        return Status;

    RtlEnterCriticalSection(&LdrpLock);
    Status = LdrpAddInitialModules(Peb, NtdllBase);
    if (NT_SUCCESS(Status))
        Status = LdrpCompleteModule(LdrpProgram);
    if (NT_SUCCESS(Status))
        Status = LdrpAllocateThreadTls();
    if (NT_SUCCESS(Status)) {
        if (Peb->BeingDebugged)
            DbgBreakPoint();
        Status = LdrpInitializeGraph(LdrpProgram);
        LdrpCallTlsCallbacks(LdrpProgram, DLL_PROCESS_ATTACH);
    }
    LdrpProcessIsReady = TRUE;
    RtlLeaveCriticalSection(&LdrpLock);
    return Status;
}

static ULONG NTAPI LdrpInitializeProcessOnce(PRTL_RUN_ONCE RunOnce, PVOID Parameter, PVOID *Context)
{
    UNREFERENCED_PARAMETER(RunOnce);
    UNREFERENCED_PARAMETER(Context);
    NTSTATUS Status = LdrpInitializeProcess(Parameter);
    if (!NT_SUCCESS(Status)) {
        DbgPrint("process %lu cannot start: status %08lx\n",
                 (ULONG)(ULONG_PTR)NtCurrentTeb()->ClientId.UniqueProcess, Status);
        NtTerminateProcess(NtCurrentProcess(), Status);
    }
    return TRUE;
}

static VOID LdrpAttachThread(void)
{
    RtlEnterCriticalSection(&LdrpLock);
    NTSTATUS Status = LdrpAllocateThreadTls();
    if (NT_SUCCESS(Status) && !LdrpData.ShutdownInProgress)
        LdrpCallModules(DLL_THREAD_ATTACH, FALSE, nullptr);
    RtlLeaveCriticalSection(&LdrpLock);
    if (!NT_SUCCESS(Status))
        NtTerminateThread(NtCurrentThread(), Status);
}

static VOID LdrpPrepareThread(PVOID NtdllBase)
{
    PTEB Teb = NtCurrentTeb();
    __try {
        RtlRunOnceExecuteOnce(&LdrpProcessOnce, LdrpInitializeProcessOnce, NtdllBase, nullptr);
        if (!Teb->ThreadLocalStoragePointer)
            LdrpAttachThread();
    } __except (RtlUnhandledExceptionFilter(GetExceptionInformation())) {
        NtTerminateProcess(NtCurrentProcess(), (NTSTATUS)GetExceptionCode());
    }
}

// Every user thread starts here, with the context that it is to have.
VOID LdrpInitializeThread(PCONTEXT Context, PVOID NtdllBase)
{
    LdrpPrepareThread(NtdllBase);
    RtlRaiseStatus(NtContinue(Context, TRUE));
}

VOID NTAPI LdrShutdownThread(void)
{
    PTEB Teb = NtCurrentTeb();
    RtlEnterCriticalSection(&LdrpLock);
    if (!LdrpData.ShutdownInProgress)
        LdrpCallModules(DLL_THREAD_DETACH, TRUE, nullptr);
    RtlpFlsThreadDetach();
    LdrpFreeThreadTls();
    LdrpFree(Teb->TlsExpansionSlots);
    Teb->TlsExpansionSlots = nullptr;
    RtlLeaveCriticalSection(&LdrpLock);
}

VOID LdrpBeginShutdown(NTSTATUS ExitStatus)
{
    LdrpExitStatus = ExitStatus;
    LdrpData.ShutdownThreadId = NtCurrentTeb()->ClientId.UniqueThread;
    LdrpData.ShutdownInProgress = TRUE;
}

// The calling thread is the only one left.
VOID NTAPI LdrShutdownProcess(void)
{
    static BOOLEAN Done;
    if (Done)
        return;
    Done = TRUE;
    LdrpBeginShutdown(LdrpExitStatus);
    RtlpFlsThreadDetach();
    LdrpCallModules(DLL_PROCESS_DETACH, TRUE, (PVOID)1);
}

BOOLEAN NTAPI RtlDllShutdownInProgress(void)
{
    return LdrpData.ShutdownInProgress;
}
