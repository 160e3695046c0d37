// What storport offers its miniports beside requests, called by one of them: each group of functions is a check, which
// answers the line of what was not as documented, or 0. A work item runs them, at PASSIVE_LEVEL.
#include <ntddk.h>

#include <storport.h>

#include <srbhelper.h>

#include "disk.h"

#define GOOD(Call)           NEED((Call) == STOR_STATUS_SUCCESS)
#define ANSWERS(Call, Value) NEED((Call) == STOR_STATUS_##Value)

enum { ServiceTag = 'vrsV' };

// ---- Memory

static ULONG CheckMemory(PVDISK Disk)
{
    const PHYSICAL_ADDRESS Lowest = {}, Highest = {.QuadPart = -1}, Boundary = {};
    PHYSICAL_ADDRESS Physical;
    PVOID Pool, Mdl, Block;
    ULONG Count, Offset;
    PVOID Pfns;
    GOOD(StorPortAllocatePool(Disk, 8192, ServiceTag, &Pool));
    GOOD(StorPortAllocateMdl(Disk, Pool, 8192, &Mdl));
    GOOD(StorPortBuildMdlForNonPagedPool(Disk, Mdl));
    GOOD(StorPortGetPfns(Disk, nullptr, Mdl, &Pfns, &Count, &Offset));
    NEED(Count >= 2 && Offset == ((ULONG_PTR)Pool & (PAGE_SIZE - 1)));
    GOOD(StorPortFreeMdl(Disk, Mdl));
    GOOD(StorPortFreePool(Disk, Pool));
    GOOD(StorPortAllocateContiguousMemorySpecifyCacheNode(
        Disk, 3 * PAGE_SIZE, Lowest, Highest, Boundary, MmCached, MM_ANY_NODE_OK, &Block));
    GOOD(StorPortFreeContiguousMemorySpecifyCache(Disk, Block, 3 * PAGE_SIZE, MmCached));
    GOOD(StorPortAllocateDmaMemory(Disk, PAGE_SIZE, Lowest, Highest, Boundary, MmCached,
                                   MM_ANY_NODE_OK, &Block, &Physical));
    NEED(Physical.QuadPart && !(Physical.QuadPart & (PAGE_SIZE - 1)));
    GOOD(StorPortFreeDmaMemory(Disk, Block, PAGE_SIZE, MmCached, Physical));
    GOOD(StorPortMarkDumpMemory(Disk, Disk, sizeof(*Disk), 0));
    return 0;
}

// ---- Lists and locks

static ULONG CheckLists(PVDISK Disk)
{
    STOR_LIST_ENTRY Head, First, Second, *Out = nullptr;
    STOR_KSPIN_LOCK Lock;
    STOR_LOCK_HANDLE Handle = {};
    KIRQL Irql;
    GOOD(StorPortInitializeSpinlock(Disk, &Lock));
    StorPortInitializeListHead(Disk, &Head);
    GOOD(StorPortInterlockedInsertTailList(Disk, &Head, &First, &Out, &Lock));
    NEED(Out == nullptr); // the list was empty
    GOOD(StorPortInterlockedInsertHeadList(Disk, &Head, &Second, &Out, &Lock));
    GOOD(StorPortInterlockedRemoveHeadList(Disk, &Head, &Out, &Lock));
    NEED(Out == &Second);
    GOOD(StorPortInterlockedRemoveHeadList(Disk, &Head, &Out, &Lock));
    NEED(Out == &First);
    GOOD(StorPortAcquireSpinLockEx(Disk, StartIoLock, nullptr, &Handle));
    ULONG Status = StorPortGetCurrentIrql(Disk, &Irql);
    StorPortReleaseSpinLock(Disk, &Handle);
    GOOD(Status);
    NEED(Irql == DISPATCH_LEVEL);
    ANSWERS(StorPortAcquireSpinLockEx(Disk, DpcLock, nullptr, &Handle), INVALID_PARAMETER);
    return 0;
}

// ---- Processors

static ULONG CheckProcessors(PVDISK Disk)
{
    static SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX Relations[8];
    PROCESSOR_NUMBER Number;
    ULONG Index, Count, Length = 0;
    USHORT Groups;
    KAFFINITY Affinity;
    GROUP_AFFINITY Node;
    GOOD(StorPortGetCurrentProcessorNumber(Disk, &Number));
    GOOD(StorPortGetProcessorIndexFromNumber(Disk, &Number, &Index));
    GOOD(StorPortGetCurrentProcessorIndex(Disk, &Index));
    GOOD(StorPortGetActiveGroupCount(Disk, &Groups));
    GOOD(StorPortGetProcessorCount(Disk, 0, &Count));
    NEED(Groups >= 1 && Count >= 1 && Index < Count);
    GOOD(StorPortGetGroupAffinity(Disk, 0, &Affinity));
    GOOD(StorPortGetActiveNodeCount(Disk, &Count));
    GOOD(StorPortGetHighestNodeNumber(Disk, &Index));
    NEED(Count == Index + 1);
    GOOD(StorPortGetNodeAffinity(Disk, 0, &Node));
    NEED(Affinity && Node.Mask);
    ANSWERS(StorPortGetLogicalProcessorRelationship(Disk, nullptr, RelationAll, nullptr, &Length),
            BUFFER_TOO_SMALL);
    NEED(Length && Length <= sizeof(Relations));
    GOOD(StorPortGetLogicalProcessorRelationship(Disk, nullptr, RelationGroup, Relations, &Length));
    NEED(Relations->Relationship == RelationGroup && Relations->Size == Length &&
         Relations->Group.ActiveGroupCount == Groups);
    return 0;
}

// ---- Threads, events, time

typedef struct _THREAD_CHECK {
    PVDISK Disk;
    STOR_EVENT Done;
    PVOID Thread;
    ULONG Failure;
} THREAD_CHECK;

static ULONG CheckOwnThread(THREAD_CHECK *Check)
{
    STOR_GROUP_AFFINITY Affinity = {.Mask = 1}, Previous;
    PVOID Thread = KeGetCurrentThread();
    GOOD(StorPortSetPriorityThread(Check->Disk, Thread, StorThreadPriorityCritical));
    NEED(KeQueryPriorityThread(Thread) == 13);
    ANSWERS(StorPortSetPriorityThread(Check->Disk, Thread, (STOR_THREAD_PRIORITY)7),
            INVALID_PARAMETER);
    GOOD(StorPortSetSystemGroupAffinityThread(Check->Disk, Thread, &Affinity, &Previous));
    GOOD(StorPortRevertToUserGroupAffinityThread(Check->Disk, Thread, &Previous));
    return 0;
}

static VOID NTAPI ThreadCheck(PVOID Context)
{
    THREAD_CHECK *Check = Context;
    PVDISK Disk = Check->Disk;
    Check->Failure = CheckOwnThread(Check);
    StorPortSetEvent(Disk, &Check->Done);
    StorPortTerminateSystemThread(Disk, nullptr);
}

static ULONG CheckThreads(PVDISK Disk)
{
    static THREAD_CHECK Check; // outlives a thread that is late
    STOR_THREAD_PRIORITY Priority = StorThreadPriorityNormal;
    LONGLONG Wait = -10'000'000ll * 5, Now = 0;
    LARGE_INTEGER Before, After, Frequency;
    ULONG Interval;
    Check = (THREAD_CHECK){.Disk = Disk};
    GOOD(StorPortInitializeEvent(Disk, &Check.Done, StorSynchronizationEvent, FALSE));
    NEED(StorPortWaitForSingleObject(Disk, &Check.Done, FALSE, &Now) != STOR_STATUS_SUCCESS);
    GOOD(StorPortCreateSystemThread(Disk, ThreadCheck, &Check, &Priority, &Check.Thread));
    GOOD(StorPortWaitForSingleObject(Disk, &Check.Done, FALSE, &Wait));
    if (Check.Failure)
        return Check.Failure;
    GOOD(StorPortQueryPerformanceCounter(Disk, &Frequency, &Before));
    GOOD(StorPortDelayExecution(Disk, 2000));
    GOOD(StorPortQueryPerformanceCounter(Disk, &Frequency, &After));
    NEED((After.QuadPart - Before.QuadPart) * 1000 / Frequency.QuadPart >= 2);
    GOOD(StorPortQueryTimerMinInterval(Disk, &Interval));
    NEED(Interval);
    return 0;
}

// ---- The registry, the adapter, the bus

static ULONG CheckRegistry(PVDISK Disk)
{
    ULONG Value = 4711, Length = sizeof(Value), Short = 2;
    PVOID Data = &Value;
    GOOD(StorPortRegistryWriteAdapterKey(Disk, (PUCHAR) "StorportTest", (PUCHAR) "Number",
                                         MINIPORT_REG_DWORD, Data, sizeof(Value)));
    Value = 0;
    GOOD(StorPortRegistryReadAdapterKey(Disk, (PUCHAR) "StorportTest", (PUCHAR) "Number",
                                        MINIPORT_REG_DWORD, &Data, &Length));
    NEED(Value == 4711 && Length == sizeof(Value));
    ANSWERS(StorPortRegistryReadAdapterKey(Disk, (PUCHAR) "StorportTest", (PUCHAR) "Number",
                                           MINIPORT_REG_DWORD, &Data, &Short),
            BUFFER_TOO_SMALL);
    NEED(Short == sizeof(Value));
    NEED(StorPortRegistryWrite(Disk, (PUCHAR) "Written", 1, MINIPORT_REG_DWORD, (PUCHAR)&Value,
                               sizeof(Value)));
    NEED(StorPortRegistryRead(Disk, (PUCHAR) "Written", 1, MINIPORT_REG_DWORD, (PUCHAR)&Value,
                              &Length));
    NEED(!StorPortRegistryRead(Disk, (PUCHAR) "Nothing", 1, MINIPORT_REG_DWORD, (PUCHAR)&Value,
                               &Length));
    return 0;
}

static ULONG CheckAdapter(PVDISK Disk)
{
    STOR_ADDR_BTL8 Address = {.Type = STOR_ADDRESS_TYPE_BTL8,
                              .AddressLength = STOR_ADDR_BTL8_ADDRESS_LENGTH};
    PVOID Self, Pdo, Lower;
    BOOLEAN Flag = TRUE;
    ULONG Allowed = 1;
    GUID Operation = {};
    GOOD(StorPortGetDeviceObjects(Disk, &Self, &Pdo, &Lower));
    NEED(Self && Pdo && Lower);
    GOOD(StorPortGetSystemPortNumber(Disk, (PSTOR_ADDRESS)&Address));
    GOOD(StorPortSetAdapterBusType(Disk, BusTypeVirtual));
    GOOD(StorPortSetUnitAttributes(Disk, (PSTOR_ADDRESS)&Address, (STOR_UNIT_ATTRIBUTES){}));
    Address.Lun = VdiskMostLuns;
    ANSWERS(StorPortSetUnitAttributes(Disk, (PSTOR_ADDRESS)&Address, (STOR_UNIT_ATTRIBUTES){}),
            INVALID_PARAMETER);
    GOOD(StorPortUpdateAdapterMaxIO(Disk, VdiskQueueDepth * VdiskMostLuns));
    GOOD(StorPortQueryConfiguration(Disk, StorportQueryConfigurationD3, &Flag));
    NEED(!Flag);
    GOOD(StorPortGetD3ColdSupport(Disk, nullptr, &Flag));
    GOOD(StorPortIsCurrentOsInstallationUpgrade(Disk, &Flag));
    GOOD(StorPortIsDeviceOperationAllowed(Disk, nullptr, &Operation, &Allowed));
    return 0;
}

// There is no function of a PCI bus below, and none of the firmware's.
static ULONG CheckBus(PVDISK Disk)
{
    UCHAR Output[64];
    ULONG Returned = 1;
    STOR_ADDR_BTL8 Address = {.Type = STOR_ADDRESS_TYPE_BTL8};
    ANSWERS(StorPortInvokeAcpiMethod(Disk, nullptr, '0SP_', nullptr, 0, Output, sizeof(Output),
                                     &Returned),
            NOT_IMPLEMENTED);
    NEED(!Returned);
    ANSWERS(StorPortInvokeAcpiMethod(Disk, (PSTOR_ADDRESS)&Address, '0SP_', nullptr, 0, Output,
                                     sizeof(Output), &Returned),
            NOT_IMPLEMENTED);
    ANSWERS(StorPortInvokeAcpiMethod(Disk, nullptr, '0SP_', nullptr, 4, Output, sizeof(Output),
                                     nullptr),
            INVALID_PARAMETER);
    ANSWERS(StorPortHardwareReset(Disk, StorFunctionLevelReset), UNSUCCESSFUL);
    ANSWERS(StorPortHardwareReset(Disk, StorPlatformLevelReset), NOT_IMPLEMENTED);
    ANSWERS(StorPortMaskMsixInterrupt(Disk, 0, TRUE), INVALID_PARAMETER);
    NEED(!StorPortGetBusData(Disk, PCIConfiguration, 0, 0, Output, sizeof(Output)));
    return 0;
}

// ---- The event log

static ULONG CheckLog(PVDISK Disk)
{
    static UCHAR Data[512];
    PWSTR Strings[] = {L"the disk", L"is warm"};
    ULONG Room = 0;
    STOR_LOG_EVENT_DETAILS Details = {
        .InterfaceRevision = STOR_CURRENT_LOG_INTERFACE_REVISION,
        .Size = sizeof(Details),
        .ErrorCode = 0x80040034,
        .UniqueId = 4711,
        .DumpDataSize = 8,
        .DumpData = Data,
        .StringCount = RTL_NUMBER_OF(Strings),
        .StringList = Strings,
    };
    StorPortLogError(Disk, nullptr, 0, 0, 1, SP_BAD_FW_WARNING, 4712);
    GOOD(StorPortLogSystemEvent(Disk, &Details, &Room));
    Details.DumpDataSize = sizeof(Data);
    ANSWERS(StorPortLogSystemEvent(Disk, &Details, &Room), INVALID_BUFFER_SIZE);
    NEED(Room && Room < sizeof(Data));
    Details.InterfaceRevision++;
    ANSWERS(StorPortLogSystemEvent(Disk, &Details, &Room), UNSUPPORTED_VERSION);
    return 0;
}

// ---- The request of the checks itself; and what there is not

static ULONG CheckRequest(PVDISK Disk)
{
    PSCSI_REQUEST_BLOCK Srb = Disk->Checked;
    STOR_REQUEST_INFO Info = {.Version = STOR_REQUEST_INFO_VER_1, .Size = sizeof(Info)};
    STARTIO_PERFORMANCE_PARAMETERS Parameters = {.Version = 1, .Size = sizeof(Parameters)};
    PVOID Pointer;
    GUID Activity;
    GOOD(StorPortGetRequestInfo(Disk, Srb, &Info));
    NEED(Info.Length == SrbGetDataTransferLength(Srb));
    Info.Version = 99;
    ANSWERS(StorPortGetRequestInfo(Disk, Srb, &Info), UNSUPPORTED_VERSION);
    GOOD(StorPortGetSystemAddress(Disk, Srb, &Pointer));
    NEED(Pointer);
    GOOD(StorPortGetStartIoPerfParams(Disk, Srb, &Parameters));
    ANSWERS(StorPortGetActivityIdSrb(Disk, Srb, &Activity), UNSUCCESSFUL);
    ANSWERS(StorPortGetDataInBufferMdl(Disk, (PVOID)Srb, &Pointer), INVALID_PARAMETER);
    ANSWERS(StorPortPropagateIrpExtension(Disk, Srb, nullptr), INVALID_PARAMETER);
    ANSWERS(StorPortPoFxActivateComponent(Disk, nullptr, nullptr, 0, 0), NOT_IMPLEMENTED);
    ANSWERS(StorPortExtendedFunction((STORPORT_FUNCTION_CODE)0x7FFF, Disk), NOT_IMPLEMENTED);
    ANSWERS(StorPortExtendedFunction(ExtFunctionGetCurrentIrql, nullptr), INVALID_PARAMETER);
    return 0;
}

static ULONG (*const Checks[])(PVDISK Disk) = {
    CheckMemory,  CheckLists, CheckProcessors, CheckThreads, CheckRegistry,
    CheckAdapter, CheckBus,   CheckLog,        CheckRequest, VdiskCheckWmi};

static HW_WORKITEM CheckWork;
static VOID NTAPI CheckWork(PVOID Extension, PVOID Context, PVOID Worker)
{
    PVDISK Disk = Extension;
    PVDISK_REQUEST Request = Context;
    PSCSI_REQUEST_BLOCK Srb = Disk->Checked;
    ULONG Number = Request->Value;
    Request->Result = Number < RTL_NUMBER_OF(Checks) ? Checks[Number](Disk) : VdiskNoSuchCheck;
    StorPortFreeWorker(Disk, Worker);
    VdiskEnd(Disk, Srb, SRB_STATUS_SUCCESS);
}

BOOLEAN VdiskStartCheck(PVDISK Disk, PSCSI_REQUEST_BLOCK Srb, PVDISK_REQUEST Request)
{
    PVOID Worker;
    if (StorPortInitializeWorker(Disk, &Worker) != STOR_STATUS_SUCCESS)
        return FALSE;
    Disk->Checked = Srb;
    if (StorPortQueueWorkItem(Disk, CheckWork, Worker, Request) == STOR_STATUS_SUCCESS)
        return TRUE;
    StorPortFreeWorker(Disk, Worker);
    return FALSE;
}
