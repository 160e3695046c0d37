#include "doubles.h"

#include "ob/obp.h"
#include "po/po.h"

#include <stdio.h>
#include <stdlib.h>

// Objects that are there from the start, and for ever.
#define TEST_OBJECT(Type)                                \
    struct {                                             \
        alignas(16) UCHAR Header[sizeof(OBJECT_HEADER)]; \
        Type Body;                                       \
    }
static TEST_OBJECT(EPROCESS) TestProcessBlock, TestOtherProcessBlock;
static TEST_OBJECT(ETHREAD) TestThreadBlock;
static_assert(offsetof(typeof(TestThreadBlock), Body) == sizeof(OBJECT_HEADER));

EPROCESS *const TestProcessObject = &TestProcessBlock.Body;
EPROCESS *const TestOtherProcessObject = &TestOtherProcessBlock.Body;
#define TestThreadObject (TestThreadBlock.Body)
ETHREAD *TestThread;
LONG TestPoolBlocks;
POBJECT_TYPE PsProcessType, PsThreadType, PsJobType, MmSectionObjectType;
PEPROCESS PsInitialSystemProcess = &TestProcessBlock.Body;
LIST_ENTRY PsActiveProcessHead = {&PsActiveProcessHead, &PsActiveProcessHead};
static KUSER_SHARED_DATA TestSharedData;
KUSER_SHARED_DATA *KeUserSharedData = &TestSharedData;

// ---- ke

VOID KeAssertFailed(PCSTR Text, PCSTR File, ULONG Line)
{
    fprintf(stderr, "%s:%u: assertion %s failed\n", File, Line, Text);
    abort();
}

ULONG DbgPrintEx(ULONG ComponentId, ULONG Level, PCSTR Format, ...)
{
    (void)ComponentId;
    (void)Level;
    (void)Format;
    return 0;
}

PETHREAD KeGetCurrentThread(void)
{
    return TestThread;
}

PEPROCESS PsGetCurrentProcess(void)
{
    return &TestProcess;
}

PTOKEN PsEffectiveToken(void)
{
    return TestThread->ImpersonationToken ? TestThread->ImpersonationToken : TestProcess.Token;
}

static VOID TestInitHeader(PDISPATCHER_HEADER Header, UCHAR Type, LONG State)
{
    Header->Type = Type;
    Header->SignalState = State;
    InitializeListHead(&Header->WaitListHead);
}

VOID KeInitializeEvent(PKEVENT Event, EVENT_TYPE Type, BOOLEAN State)
{
    TestInitHeader(&Event->Header,
                   Type == NotificationEvent ? EventNotificationObject : EventSynchronizationObject,
                   State);
}

LONG KeSetEvent(PKEVENT Event)
{
    LONG Previous = Event->Header.SignalState;
    Event->Header.SignalState = 1;
    return Previous;
}

LONG KeResetEvent(PKEVENT Event)
{
    LONG Previous = Event->Header.SignalState;
    Event->Header.SignalState = 0;
    return Previous;
}

LONG KePulseEvent(PKEVENT Event)
{
    return KeResetEvent(Event);
}

VOID KeInitializeSemaphore(PKSEMAPHORE Semaphore, LONG Count, LONG Limit)
{
    TestInitHeader(&Semaphore->Header, SemaphoreObject, Count);
    Semaphore->Limit = Limit;
}

NTSTATUS KeReleaseSemaphore(PKSEMAPHORE Semaphore, LONG Adjustment, PLONG PreviousCount)
{
    if (Adjustment > Semaphore->Limit - Semaphore->Header.SignalState)
        return STATUS_SEMAPHORE_LIMIT_EXCEEDED;
    if (PreviousCount)
        *PreviousCount = Semaphore->Header.SignalState;
    Semaphore->Header.SignalState += Adjustment;
    return STATUS_SUCCESS;
}

VOID KeInitializeMutant(PKMUTANT Mutant, PETHREAD InitialOwner)
{
    TestInitHeader(&Mutant->Header, MutantObject, InitialOwner ? 0 : 1);
    Mutant->OwnerThread = InitialOwner;
    if (InitialOwner)
        InsertTailList(&InitialOwner->MutantListHead, &Mutant->MutantListEntry);
}

NTSTATUS KeReleaseMutant(PKMUTANT Mutant, PETHREAD Thread, PLONG PreviousCount)
{
    if (Mutant->OwnerThread != Thread)
        return STATUS_MUTANT_NOT_OWNED;
    if (PreviousCount)
        *PreviousCount = Mutant->Header.SignalState;
    if (++Mutant->Header.SignalState > 0) {
        RemoveEntryList(&Mutant->MutantListEntry);
        Mutant->OwnerThread = nullptr;
    }
    return STATUS_SUCCESS;
}

// Nobody else runs: what is not signalled now never is.
static NTSTATUS TestPoll(PDISPATCHER_HEADER Object, PLARGE_INTEGER Timeout)
{
    if (Object->SignalState > 0) {
        if (Object->Type == SemaphoreObject || Object->Type == MutantObject)
            Object->SignalState--;
        else if (Object->Type == EventSynchronizationObject)
            Object->SignalState = 0;
        return STATUS_WAIT_0;
    }
    assert_non_null(Timeout);
    return STATUS_TIMEOUT;
}

NTSTATUS KeWaitForSingleObject(PVOID Object, KWAIT_REASON Reason, KPROCESSOR_MODE WaitMode,
                               BOOLEAN Alertable, PLARGE_INTEGER Timeout)
{
    (void)Reason, (void)WaitMode, (void)Alertable;
    return TestPoll(Object, Timeout);
}

NTSTATUS KeWaitForMultipleObjects(ULONG Count, PVOID Objects[], WAIT_TYPE WaitType,
                                  KWAIT_REASON Reason, KPROCESSOR_MODE WaitMode, BOOLEAN Alertable,
                                  PLARGE_INTEGER Timeout)
{
    (void)WaitType, (void)Reason, (void)WaitMode, (void)Alertable;
    for (ULONG i = 0; i < Count; i++)
        if (((PDISPATCHER_HEADER)Objects[i])->SignalState > 0)
            return TestPoll(Objects[i], Timeout) + (NTSTATUS)i;
    assert_non_null(Timeout);
    return STATUS_TIMEOUT;
}

BOOLEAN KeInsertQueueApc(PKAPC Apc)
{
    Apc->Inserted = TRUE;
    InsertTailList(&Apc->Thread->ApcListHead, &Apc->ApcListEntry);
    return TRUE;
}

BOOLEAN KeRemoveQueueApc(PKAPC Apc)
{
    if (!Apc->Inserted)
        return FALSE;
    Apc->Inserted = FALSE;
    RemoveEntryList(&Apc->ApcListEntry);
    return TRUE;
}

VOID KeInitializeTimer(PKTIMER Timer, TIMER_TYPE Type)
{
    TestInitHeader(&Timer->Header,
                   Type == NotificationTimer ? TimerNotificationObject : TimerSynchronizationObject,
                   0);
}

BOOLEAN KeSetTimer(PKTIMER Timer, LARGE_INTEGER DueTime, ULONG Period, PKTIMER_ROUTINE Routine,
                   PVOID Context)
{
    BOOLEAN WasSet = Timer->Inserted;
    (void)DueTime;
    Timer->Inserted = TRUE;
    Timer->Period = Period;
    Timer->Routine = Routine;
    Timer->Context = Context;
    return WasSet;
}

BOOLEAN KeCancelTimer(PKTIMER Timer)
{
    BOOLEAN WasSet = Timer->Inserted;
    Timer->Inserted = FALSE;
    return WasSet;
}

ULONGLONG KeQueryTimerRemaining(const KTIMER *Timer)
{
    (void)Timer;
    return 0;
}

// Nothing is ever signalled after it was registered here.
BOOLEAN KeRegisterWait(PKWAIT_BLOCK Block, PVOID Object, VOID (*Routine)(PKWAIT_BLOCK Block))
{
    *Block = (KWAIT_BLOCK){.Object = Object, .Routine = Routine};
    if (Block->Object->SignalState > 0) {
        Routine(Block);
        return TRUE;
    }
    InsertTailList(&Block->Object->WaitListHead, &Block->WaitListEntry);
    return FALSE;
}

VOID KeUnregisterWait(PKWAIT_BLOCK Block)
{
    RemoveEntryList(&Block->WaitListEntry);
}

VOID KeInitializeQueue(PKQUEUE Queue)
{
    TestInitHeader(&Queue->Header, QueueObject, 0);
    InitializeListHead(&Queue->EntryListHead);
}

LONG KeInsertQueue(PKQUEUE Queue, PLIST_ENTRY Entry)
{
    InsertTailList(&Queue->EntryListHead, Entry);
    return Queue->Header.SignalState++;
}

BOOLEAN KeRemoveEntryQueue(PKQUEUE Queue, PLIST_ENTRY Entry)
{
    Queue->Header.SignalState--;
    RemoveEntryList(Entry);
    return TRUE;
}

PLIST_ENTRY KeRemoveQueue(PKQUEUE Queue, KPROCESSOR_MODE WaitMode, BOOLEAN Alertable,
                          PLARGE_INTEGER Timeout)
{
    (void)WaitMode, (void)Alertable;
    if (IsListEmpty(&Queue->EntryListHead)) {
        assert_non_null(Timeout);
        return (PLIST_ENTRY)(LONG_PTR)STATUS_TIMEOUT;
    }
    Queue->Header.SignalState--;
    return RemoveHeadList(&Queue->EntryListHead);
}

ULONGLONG KeQueryInterruptTime(void)
{
    return 10000000;
}

VOID KeQuerySystemTime(PLARGE_INTEGER Time)
{
    static LONGLONG Now = 133000000000000000;
    Time->QuadPart = Now += 20000;
}

VOID KeSetSystemTime(PLARGE_INTEGER NewTime)
{
    (void)NewTime;
}

LARGE_INTEGER KeQueryPerformanceCounter(PLARGE_INTEGER Frequency)
{
    if (Frequency)
        Frequency->QuadPart = 1000000000;
    return (LARGE_INTEGER){.QuadPart = 1};
}

// ---- mm

PVOID ExAllocatePoolWithTag(POOL_TYPE Type, SIZE_T Size, ULONG Tag)
{
    (void)Type, (void)Tag;
    TestPoolBlocks++;
    return aligned_alloc(16, (Size + 15) & ~(SIZE_T)15);
}

PVOID ExAllocatePoolZero(POOL_TYPE Type, SIZE_T Size, ULONG Tag)
{
    PVOID Block = ExAllocatePoolWithTag(Type, Size ? Size : 1, Tag);
    memset(Block, 0, Size);
    return Block;
}

VOID ExFreePoolWithTag(PVOID Block, ULONG Tag)
{
    (void)Tag;
    TestPoolBlocks--;
    free(Block);
}

VOID ExFreePool(PVOID Block)
{
    ExFreePoolWithTag(Block, 0);
}

static BOOLEAN TestIsBad(ULONG_PTR Address)
{
    return Address < TEST_LOWEST_ADDRESS;
}

NTSTATUS MmCopyFromUser(PVOID Dest, const VOID USER *Source, SIZE_T Size)
{
    if (!Size)
        return STATUS_SUCCESS;
    if (TestIsBad((ULONG_PTR)Source))
        return STATUS_ACCESS_VIOLATION;
    memcpy(Dest, (const void *)(ULONG_PTR)Source, Size);
    return STATUS_SUCCESS;
}

NTSTATUS MmCopyToUser(VOID USER *Dest, const VOID *Source, SIZE_T Size)
{
    if (!Size)
        return STATUS_SUCCESS;
    if (TestIsBad((ULONG_PTR)Dest))
        return STATUS_ACCESS_VIOLATION;
    memcpy((void *)(ULONG_PTR)Dest, Source, Size);
    return STATUS_SUCCESS;
}

NTSTATUS MmProbeForWrite(VOID USER *Address, SIZE_T Size, ULONG Alignment)
{
    (void)Size, (void)Alignment;
    return TestIsBad((ULONG_PTR)Address) ? STATUS_ACCESS_VIOLATION : STATUS_SUCCESS;
}

NTSTATUS MmCaptureUnicodeString(PUNICODE_STRING Captured, const UNICODE_STRING USER *String)
{
    UNICODE_STRING User;
    NTSTATUS Status = MmCopyFromUser(&User, String, sizeof(User));
    if (!NT_SUCCESS(Status))
        return Status;
    *Captured = (UNICODE_STRING){User.Length, User.Length, nullptr};
    Captured->Buffer = ExAllocatePoolZero(PagedPool, User.Length + sizeof(WCHAR), 'tset');
    Status =
        MmCopyFromUser(Captured->Buffer, (const VOID USER *)(ULONG_PTR)User.Buffer, User.Length);
    if (!NT_SUCCESS(Status))
        ExFreePool(Captured->Buffer);
    return Status;
}

VOID MmFreeCapturedString(PUNICODE_STRING Captured)
{
    ExFreePool(Captured->Buffer);
}

NTSTATUS MmCreateMemorySection(SIZE_T Size, PSECTION *Section)
{
    (void)Size;
    (void)Section;
    return STATUS_NOT_IMPLEMENTED;
}

SIZE_T MmQuerySectionSize(PSECTION Section)
{
    (void)Section;
    return 0;
}

NTSTATUS MmMapViewOfSection(PSECTION Section, PEPROCESS Process, PVOID *BaseAddress,
                            ULONG_PTR ZeroBits, SIZE_T CommitSize, PLARGE_INTEGER SectionOffset,
                            PSIZE_T ViewSize, SECTION_INHERIT Inherit, ULONG AllocationType,
                            ULONG Protect)
{
    (void)Section, (void)Process, (void)BaseAddress, (void)ZeroBits, (void)CommitSize;
    (void)SectionOffset, (void)ViewSize, (void)Inherit, (void)AllocationType, (void)Protect;
    return STATUS_NOT_SUPPORTED;
}

NTSTATUS MmUnmapViewOfSection(PEPROCESS Process, PVOID BaseAddress)
{
    (void)Process, (void)BaseAddress;
    return STATUS_NOT_SUPPORTED;
}

NTSTATUS MmCopyVirtualMemory(PEPROCESS SourceProcess, ULONG_PTR Source, PEPROCESS DestProcess,
                             ULONG_PTR Dest, SIZE_T Size, PSIZE_T Copied)
{
    (void)SourceProcess, (void)DestProcess;
    memcpy((void *)Dest, (void *)Source, Size);
    *Copied = Size;
    return STATUS_SUCCESS;
}

NTSTATUS MmWriteProcess(PEPROCESS Process, ULONG_PTR Dest, const VOID *Source, SIZE_T Size)
{
    (void)Process;
    memcpy((void *)Dest, Source, Size);
    return STATUS_SUCCESS;
}

// What TestBootHive names is the SYSTEM hive of the boot archive.
const VOID *TestBootHive;
SIZE_T TestBootHiveSize;

NTSTATUS LdrFindBootFile(PCUNICODE_STRING Name, const VOID **Data, PSIZE_T Size)
{
    static const UNICODE_STRING System = RTL_CONSTANT_STRING(L"System32\\config\\SYSTEM");
    if (!TestBootHive || !RtlEqualUnicodeString(Name, &System, TRUE))
        return STATUS_OBJECT_NAME_NOT_FOUND;
    *Data = TestBootHive;
    *Size = TestBootHiveSize;
    return STATUS_SUCCESS;
}

// ---- io: there are no files

POBJECT_TYPE IoFileObjectType;

NTSTATUS IoOpenFileImageAs(POB_ATTRIBUTES Attributes, ACCESS_MASK Access, PIO_FILE_IMAGE File)
{
    (void)Attributes, (void)Access, (void)File;
    return STATUS_OBJECT_NAME_NOT_FOUND;
}

NTSTATUS IoReferenceFileImage(HANDLE FileHandle, ACCESS_MASK DesiredAccess, PIO_FILE_IMAGE File)
{
    (void)FileHandle, (void)DesiredAccess, (void)File;
    return STATUS_INVALID_HANDLE;
}

VOID IoReleaseFileImage(PIO_FILE_IMAGE File)
{
    (void)File;
}

NTSTATUS IoWriteFileData(PVOID FileObject, ULONG64 Offset, const VOID *Data, ULONG Length)
{
    (void)FileObject, (void)Offset, (void)Data, (void)Length;
    return STATUS_MEDIA_WRITE_PROTECTED;
}

VOID MmQueryStatistics(MM_STATISTICS *Statistics)
{
    *Statistics = (MM_STATISTICS){.TotalPages = 1000, .FreePages = 500};
}

VOID MmQueryVmCounters(PEPROCESS Process, VM_COUNTERS_EX *Counters)
{
    (void)Process;
    *Counters = (VM_COUNTERS_EX){};
}

// ---- ps

NTSTATUS PsLookupProcessByProcessId(HANDLE ProcessId, PEPROCESS *Process)
{
    (void)ProcessId, (void)Process;
    return STATUS_INVALID_CID;
}

NTSTATUS PsLookupThreadByThreadId(HANDLE ThreadId, PETHREAD *Thread)
{
    (void)ThreadId, (void)Thread;
    return STATUS_INVALID_CID;
}

// Process and thread objects of the test are not made by ob: their types exist for lookups that must fail.
static void TestCreateTypes(void)
{
    static const OBJECT_TYPE_INITIALIZER Process = {.Name = L"Process", .BodySize = 64};
    static const OBJECT_TYPE_INITIALIZER Thread = {.Name = L"Thread", .BodySize = 64};
    static const OBJECT_TYPE_INITIALIZER Section = {.Name = L"Section", .BodySize = 64};
    assert_success(ObCreateObjectType(&Process, &PsProcessType));
    assert_success(ObCreateObjectType(&Thread, &PsThreadType));
    assert_success(ObCreateObjectType(&Section, &MmSectionObjectType));
}

static void TestMakeObject(PVOID Body, POBJECT_TYPE Type)
{
    ObpHeader(Body)->Type = Type;
    ObpHeader(Body)->PointerCount = 1;
}

int TestStart(void **State)
{
    (void)State;
    assert_success(ObInitSystem());
    assert_success(SeInitSystem());
    assert_success(ObCreateHandleTable(&TestProcess, nullptr, &TestProcess.ObjectTable));
    assert_success(ObCreateHandleTable(&TestOtherProcess, nullptr, &TestOtherProcess.ObjectTable));
    InitializeListHead(&TestProcess.ThreadListHead);
    InitializeListHead(&TestThreadObject.MutantListHead);
    InitializeListHead(&TestThreadObject.ApcListHead);
    TestProcess.Token = TestOtherProcess.Token = SeSystemToken;
    TestCreateTypes();
    TestMakeObject(&TestProcess, PsProcessType);
    TestMakeObject(&TestOtherProcess, PsProcessType);
    TestMakeObject(&TestThreadObject, PsThreadType);
    assert_success(ExInitSystem());
    assert_success(LpcInitSystem());
    assert_success(CmInitSystem());
    TestThreadObject.Process = &TestProcess;
    TestThread = &TestThreadObject;
    // The first handle brings the table's first page, which stays.
    HANDLE Handle;
    assert_success(
        ObOpenObjectByPointer(SeSystemToken, 0, 0, SeTokenObjectType, KernelMode, &Handle));
    assert_success(ObCloseHandle(&TestProcess, Handle, KernelMode));
    return 0;
}

int TestStop(void **State)
{
    (void)State;
    ObKillProcessHandles(&TestProcess);
    ObFreeHandleTable(TestProcess.ObjectTable);
    ObKillProcessHandles(&TestOtherProcess);
    ObFreeHandleTable(TestOtherProcess.ObjectTable);
    return 0;
}

void TestActAs(PTOKEN Token)
{
    TestProcess.Token = Token;
}

UNICODE_STRING TestString(PCWSTR Text)
{
    USHORT Length = 0;
    while (Text[Length])
        Length++;
    return (UNICODE_STRING){(USHORT)(Length * sizeof(WCHAR)), (USHORT)(Length * sizeof(WCHAR)),
                            (PWCH)Text};
}

OBJECT_ATTRIBUTES TestName(UNICODE_STRING *Name, ULONG Attributes)
{
    return (OBJECT_ATTRIBUTES){
        .Length = sizeof(OBJECT_ATTRIBUTES), .ObjectName = Name, .Attributes = Attributes};
}

const KE_ACPI_TABLE *KeQueryAcpiTables(PULONG Count)
{
    *Count = 0;
    return nullptr;
}

// ---- po: nothing sleeps here

VOID PoWakeSystem(BOOLEAN ByUser)
{
    (VOID) ByUser;
}

const KE_SMBIOS *KeQuerySmbios(VOID)
{
    return nullptr;
}

// ---- Files, and fibers that write them: there are none

NTSTATUS KeCreateSystemFiber(VOID (*Routine)(PVOID Context), PVOID Context)
{
    (void)Routine;
    (void)Context;
    return STATUS_SUCCESS; // it never comes to run
}

NTSTATUS IoOpenSystemFile(PCUNICODE_STRING Name, BOOLEAN Create, PVOID *FileObject)
{
    (void)Name;
    (void)Create;
    (void)FileObject;
    return STATUS_OBJECT_NAME_NOT_FOUND;
}

// No file is open, so nobody asks for these.

NTSTATUS IoQueryFileSize(PVOID FileObject, PULONG64 Size)
{
    (void)FileObject;
    (void)Size;
    abort();
}

NTSTATUS IoSetFileSize(PVOID FileObject, ULONG64 Size)
{
    (void)FileObject;
    (void)Size;
    abort();
}

VOID IoCloseSystemFile(PVOID FileObject)
{
    (void)FileObject;
    abort();
}

NTSTATUS IoFlushFile(PVOID FileObject)
{
    (void)FileObject;
    abort();
}

NTSTATUS IoReadFileData(PVOID FileObject, ULONG64 Offset, PVOID Data, ULONG Length, PULONG Read)
{
    (void)FileObject;
    (void)Offset;
    (void)Data;
    (void)Length;
    (void)Read;
    abort();
}
