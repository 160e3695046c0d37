// The WMI library as a miniport calls it: a block of two instances, a method. The unit tests have every answer and
// refusal (tests/unit/storport); here are the imports, the layouts and a request that is pending.
#include <ntddk.h>

#include <storport.h>

#include <scsiwmi.h>
#include <wmistr.h>

#include "disk.h"

enum { WmiInstances = 2, WmiMethod = 5 };

static const GUID WmiGuid = {0x6A1DE7F0, 0x1B2C, 0x4D3E, {1, 2, 3, 4, 5, 6, 7, 8}};
static const GUID OtherGuid = {0x6A1DE7F0, 0x1B2C, 0x4D3E, {8, 7, 6, 5, 4, 3, 2, 1}};

static UCHAR NTAPI WmiQueryRegInfo(PVOID Disk, PSCSIWMI_REQUEST_CONTEXT Context, PWCHAR *Name)
{
    static WCHAR MofName[] = L"VdiskMof";
    UNREFERENCED_PARAMETER(Disk);
    UNREFERENCED_PARAMETER(Context);
    *Name = MofName;
    return SRB_STATUS_SUCCESS;
}

// Instance i is the number of blocks, plus i.
static BOOLEAN NTAPI WmiQueryBlock(PVOID Extension, PSCSIWMI_REQUEST_CONTEXT Context, ULONG Index,
                                   ULONG Instance, ULONG Count, PULONG Lengths, ULONG Available,
                                   PUCHAR Buffer)
{
    PVDISK Disk = Extension;
    ULONG Needed = Count * 2 - 1; // of ULONGs: each instance is one, aligned to two
    UCHAR Status = SRB_STATUS_DATA_OVERRUN;
    UNREFERENCED_PARAMETER(Index);
    if (Available / sizeof(ULONG) >= Needed) {
        for (ULONG i = 0; i < Count; i++) {
            ((PULONG)Buffer)[(SIZE_T)i * 2] = Disk->Blocks + Instance + i;
            Lengths[i] = sizeof(ULONG);
        }
        Status = SRB_STATUS_SUCCESS;
    }
    ScsiPortWmiPostProcess(Context, Status, Needed * (ULONG)sizeof(ULONG));
    return Status;
}

static BOOLEAN NTAPI WmiExecute(PVOID Disk, PSCSIWMI_REQUEST_CONTEXT Context, ULONG Index,
                                ULONG Instance, ULONG Method, ULONG In, ULONG Out, PUCHAR Buffer)
{
    UNREFERENCED_PARAMETER(Index);
    if (Method != WmiMethod || In != sizeof(ULONG) || Out < sizeof(ULONG))
        return SRB_STATUS_INVALID_REQUEST;
    *(PULONG)Buffer += Instance;
    Context->UserContext = Disk;
    return SRB_STATUS_PENDING; // the check ends it
}

static SCSIWMIGUIDREGINFO WmiBlocks[] = {{&WmiGuid, WmiInstances, 0}};
static SCSI_WMILIB_CONTEXT WmiLibrary = {.GuidCount = RTL_NUMBER_OF(WmiBlocks),
                                         .GuidList = WmiBlocks,
                                         .QueryWmiRegInfo = WmiQueryRegInfo,
                                         .QueryWmiDataBlock = WmiQueryBlock,
                                         .ExecuteWmiMethod = WmiExecute};

typedef struct _WMI_CHECK {
    SCSIWMI_REQUEST_CONTEXT Context;
    union {
        ULONG Longs[64];
        WMIREGINFOW Info;
        WNODE_TOO_SMALL TooSmall;
        WNODE_ALL_DATA All;
        WNODE_METHOD_ITEM Method;
    } Buffer;
} WMI_CHECK, *PWMI_CHECK;

static BOOLEAN WmiSend(PVDISK Disk, PWMI_CHECK Check, UCHAR Minor, const VOID *Path, ULONG Size)
{
    return ScsiPortWmiDispatchFunction(&WmiLibrary, Minor, Disk, &Check->Context, (PVOID)Path, Size,
                                       &Check->Buffer);
}

static BOOLEAN WmiAnswered(const WMI_CHECK *Check, UCHAR Status, ULONG Size)
{
    return ScsiPortWmiGetReturnStatus(&Check->Context) == Status &&
           ScsiPortWmiGetReturnSize(&Check->Context) == Size;
}

static ULONG CheckQueries(PVDISK Disk, PWMI_CHECK Check)
{
    const ULONG Size = 80 + 8 + sizeof(ULONG); // two pairs behind the header, two instances
    LARGE_INTEGER Now = {};
    NEED(!WmiSend(Disk, Check, IRP_MN_REGINFO_EX, WMIREGISTER, sizeof(Check->Buffer)));
    NEED(WmiAnswered(Check, SRB_STATUS_SUCCESS, 24 + 32 + 18));
    NEED(Check->Buffer.Info.GuidCount == 1 && Check->Buffer.Info.MofResourceName == 56);
    NEED(Check->Buffer.Info.WmiRegGuid[0].InstanceCount == WmiInstances);
    NEED(RtlEqualMemory((PUCHAR)&Check->Buffer + 56, L"\x10VdiskMof", 18));
    NEED(!WmiSend(Disk, Check, IRP_MN_QUERY_ALL_DATA, &WmiGuid, Size - 1));
    NEED(WmiAnswered(Check, SRB_STATUS_SUCCESS, sizeof(WNODE_TOO_SMALL)));
    NEED((Check->Buffer.TooSmall.WnodeHeader.Flags & WNODE_FLAG_TOO_SMALL) &&
         Check->Buffer.TooSmall.SizeNeeded == Size);
    NEED(!WmiSend(Disk, Check, IRP_MN_QUERY_ALL_DATA, &WmiGuid, Size));
    NEED(WmiAnswered(Check, SRB_STATUS_SUCCESS, Size));
    KeQuerySystemTime(&Now);
    NEED(Check->Buffer.All.WnodeHeader.TimeStamp.QuadPart - Now.QuadPart <= 0);
    NEED(Check->Buffer.All.DataBlockOffset == 80 && Check->Buffer.All.InstanceCount == 2);
    NEED(Check->Buffer.Longs[15] == 80 && Check->Buffer.Longs[16] == sizeof(ULONG));
    NEED(Check->Buffer.Longs[17] == 88 && Check->Buffer.Longs[18] == sizeof(ULONG));
    NEED(Check->Buffer.Longs[20] == Disk->Blocks && Check->Buffer.Longs[22] == Disk->Blocks + 1);
    NEED(!WmiSend(Disk, Check, IRP_MN_QUERY_ALL_DATA, &OtherGuid, Size));
    NEED(WmiAnswered(Check, SRB_STATUS_ERROR, 0));
    return 0;
}

static ULONG CheckMethod(PVDISK Disk, PWMI_CHECK Check)
{
    PWNODE_METHOD_ITEM Method = &Check->Buffer.Method;
    Method->WnodeHeader.Flags = WNODE_FLAG_METHOD_ITEM | WNODE_FLAG_STATIC_INSTANCE_NAMES;
    Method->InstanceIndex = 1;
    Method->MethodId = WmiMethod;
    Method->DataBlockOffset = 72;
    Method->SizeDataBlock = sizeof(ULONG);
    Check->Buffer.Longs[18] = 41;
    NEED(WmiSend(Disk, Check, IRP_MN_EXECUTE_METHOD, &WmiGuid, 76));
    NEED(Check->Context.UserContext == Disk);
    ScsiPortWmiPostProcess(&Check->Context, SRB_STATUS_SUCCESS, sizeof(ULONG));
    NEED(WmiAnswered(Check, SRB_STATUS_SUCCESS, 76));
    NEED(Method->WnodeHeader.BufferSize == 76 && Method->SizeDataBlock == sizeof(ULONG) &&
         Check->Buffer.Longs[18] == 42);
    Method->DataBlockOffset = 77;
    NEED(!WmiSend(Disk, Check, IRP_MN_EXECUTE_METHOD, &WmiGuid, 76));
    NEED(WmiAnswered(Check, SRB_STATUS_INVALID_REQUEST, 0));
    return 0;
}

ULONG VdiskCheckWmi(PVDISK Disk)
{
    WMI_CHECK Check = {};
    ULONG Line = CheckQueries(Disk, &Check);
    return Line ? Line : CheckMethod(Disk, &Check);
}
