// A StorPort miniport to begin with: one disk in memory. For a real controller, VIRTUAL_HW_INITIALIZATION_DATA becomes
// HW_INITIALIZATION_DATA, RamFindAdapter maps its registers, RamStartIo gives commands to it, and its interrupt
// completes them.
#include <ntddk.h>

#include <storport.h>

#include <ntddscsi.h>
#include <srbhelper.h>

DRIVER_INITIALIZE DriverEntry;

enum { RamBlockSize = 512, RamBlocks = 8 * 1024 * 1024 / RamBlockSize };

typedef struct _RAM_DISK {
    PUCHAR Data;
} RAM_DISK, *PRAM_DISK;

// ---- Commands. Each answers with an SRB_STATUS_*.

typedef UCHAR RAM_COMMAND(PRAM_DISK Disk, PSCSI_REQUEST_BLOCK Srb, PUCHAR Buffer);

static UCHAR RamAnswer(PSCSI_REQUEST_BLOCK Srb, PUCHAR Buffer, const VOID *Data, ULONG Length)
{
    Length = min(Length, Srb->DataTransferLength);
    RtlCopyMemory(Buffer, Data, Length);
    Srb->DataTransferLength = Length;
    return SRB_STATUS_SUCCESS;
}

static UCHAR RamNothing(PRAM_DISK Disk, PSCSI_REQUEST_BLOCK Srb, PUCHAR Buffer)
{
    UNREFERENCED_PARAMETER(Disk);
    UNREFERENCED_PARAMETER(Srb);
    UNREFERENCED_PARAMETER(Buffer);
    return SRB_STATUS_SUCCESS;
}

static UCHAR RamInquiry(PRAM_DISK Disk, PSCSI_REQUEST_BLOCK Srb, PUCHAR Buffer)
{
    INQUIRYDATA Answer = {.Versions = 5, .ResponseDataFormat = 2, .AdditionalLength = 31};
    UNREFERENCED_PARAMETER(Disk);
    if (Srb->Cdb[1] & 1)
        return SRB_STATUS_INVALID_REQUEST; // no page of vital product data
    RtlCopyMemory(Answer.VendorId, "Example ", sizeof(Answer.VendorId));
    RtlCopyMemory(Answer.ProductId, "RAM disk        ", sizeof(Answer.ProductId));
    RtlCopyMemory(Answer.ProductRevisionLevel, "1.0 ", sizeof(Answer.ProductRevisionLevel));
    return RamAnswer(Srb, Buffer, &Answer, INQUIRYDATABUFFERSIZE);
}

static UCHAR RamCapacity(PRAM_DISK Disk, PSCSI_REQUEST_BLOCK Srb, PUCHAR Buffer)
{
    READ_CAPACITY_DATA Answer;
    ULONG Last = RamBlocks - 1, Size = RamBlockSize;
    REVERSE_BYTES(&Answer.LogicalBlockAddress, &Last);
    REVERSE_BYTES(&Answer.BytesPerBlock, &Size);
    UNREFERENCED_PARAMETER(Disk);
    return RamAnswer(Srb, Buffer, &Answer, sizeof(Answer));
}

// READ(10) and WRITE(10)
static UCHAR RamTransfer(PRAM_DISK Disk, PSCSI_REQUEST_BLOCK Srb, PUCHAR Buffer)
{
    const UCHAR *Cdb = Srb->Cdb;
    ULONG Block = (ULONG)Cdb[2] << 24 | (ULONG)Cdb[3] << 16 | (ULONG)Cdb[4] << 8 | Cdb[5];
    ULONG Count = (ULONG)Cdb[7] << 8 | Cdb[8];
    if (Block > RamBlocks || Count > RamBlocks - Block ||
        Count * RamBlockSize > Srb->DataTransferLength)
        return SRB_STATUS_INVALID_REQUEST;
    PUCHAR Data = Disk->Data + (SIZE_T)Block * RamBlockSize;
    if (Cdb[0] == SCSIOP_READ)
        RtlCopyMemory(Buffer, Data, Count * RamBlockSize);
    else
        RtlCopyMemory(Data, Buffer, Count * RamBlockSize);
    return SRB_STATUS_SUCCESS;
}

static const struct {
    UCHAR Code;
    RAM_COMMAND *Routine;
} RamCommands[] = {
    {SCSIOP_TEST_UNIT_READY, RamNothing},
    {SCSIOP_INQUIRY, RamInquiry},
    {SCSIOP_READ_CAPACITY, RamCapacity},
    {SCSIOP_READ, RamTransfer},
    {SCSIOP_WRITE, RamTransfer},
    {SCSIOP_VERIFY, RamNothing},
    {SCSIOP_SYNCHRONIZE_CACHE, RamNothing},
    {SCSIOP_START_STOP_UNIT, RamNothing},
};

static UCHAR RamExecute(PRAM_DISK Disk, PSCSI_REQUEST_BLOCK Srb)
{
    PVOID Buffer = nullptr;
    if (Srb->PathId || Srb->TargetId || Srb->Lun)
        return SRB_STATUS_NO_DEVICE;
    if (Srb->DataTransferLength &&
        StorPortGetSystemAddress(Disk, Srb, &Buffer) != STOR_STATUS_SUCCESS)
        return SRB_STATUS_INTERNAL_ERROR;
    for (ULONG i = 0; i < RTL_NUMBER_OF(RamCommands); i++) {
        if (RamCommands[i].Code == Srb->Cdb[0])
            return RamCommands[i].Routine(Disk, Srb, Buffer);
    }
    return SRB_STATUS_INVALID_REQUEST;
}

static HW_STARTIO RamStartIo;
static BOOLEAN NTAPI RamStartIo(PVOID Extension, PSCSI_REQUEST_BLOCK Srb)
{
    switch (Srb->Function) {
    case SRB_FUNCTION_EXECUTE_SCSI:
        Srb->SrbStatus = RamExecute(Extension, Srb);
        break;
    case SRB_FUNCTION_PNP:
    case SRB_FUNCTION_POWER:
    case SRB_FUNCTION_FLUSH:
    case SRB_FUNCTION_SHUTDOWN:
    case SRB_FUNCTION_RESET_DEVICE:
    case SRB_FUNCTION_RESET_LOGICAL_UNIT:
        Srb->SrbStatus = SRB_STATUS_SUCCESS;
        break;
    default:
        Srb->SrbStatus = SRB_STATUS_INVALID_REQUEST;
    }
    StorPortNotification(RequestComplete, Extension, Srb);
    return TRUE;
}

// ---- The adapter

static VIRTUAL_HW_FIND_ADAPTER RamFindAdapter;
static ULONG NTAPI RamFindAdapter(PVOID Extension, PVOID Context, PVOID BusInformation,
                                  PVOID LowerDevice, PCHAR Argument,
                                  PPORT_CONFIGURATION_INFORMATION Config, PBOOLEAN Again)
{
    PRAM_DISK Disk = Extension;
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(BusInformation);
    UNREFERENCED_PARAMETER(LowerDevice);
    UNREFERENCED_PARAMETER(Argument);
    *Again = FALSE;
    if (StorPortAllocatePool(Disk, RamBlocks * RamBlockSize, 'ksdR', (PVOID *)&Disk->Data) !=
        STOR_STATUS_SUCCESS)
        return SP_RETURN_ERROR;
    RtlZeroMemory(Disk->Data, RamBlocks * RamBlockSize);
    Config->NumberOfBuses = 1;
    Config->MaximumNumberOfTargets = 1;
    Config->MaximumNumberOfLogicalUnits = 1;
    Config->MaximumTransferLength = 1024 * 1024;
    Config->NumberOfPhysicalBreaks = 257;
    Config->AlignmentMask = FILE_LONG_ALIGNMENT;
    Config->SynchronizationModel = StorSynchronizeFullDuplex;
    Config->MapBuffers = STOR_MAP_ALL_BUFFERS_INCLUDING_READ_WRITE;
    return SP_RETURN_FOUND;
}

static HW_INITIALIZE RamInitialize;
static BOOLEAN NTAPI RamInitialize(PVOID Extension)
{
    UNREFERENCED_PARAMETER(Extension);
    return TRUE;
}

static HW_RESET_BUS RamResetBus;
static BOOLEAN NTAPI RamResetBus(PVOID Extension, ULONG Path)
{
    UNREFERENCED_PARAMETER(Extension);
    UNREFERENCED_PARAMETER(Path);
    return TRUE;
}

static HW_FREE_ADAPTER_RESOURCES RamFree;
static VOID NTAPI RamFree(PVOID Extension)
{
    PRAM_DISK Disk = Extension;
    if (Disk->Data)
        StorPortFreePool(Disk, Disk->Data);
    Disk->Data = nullptr;
}

static HW_ADAPTER_CONTROL RamControl;
static SCSI_ADAPTER_CONTROL_STATUS NTAPI RamControl(PVOID Extension, SCSI_ADAPTER_CONTROL_TYPE Type,
                                                    PVOID Parameters)
{
    PSCSI_SUPPORTED_CONTROL_TYPE_LIST List = Parameters;
    UNREFERENCED_PARAMETER(Extension);
    if (Type == ScsiQuerySupportedControlTypes) {
        List->SupportedTypeList[ScsiQuerySupportedControlTypes] = TRUE;
        List->SupportedTypeList[ScsiStopAdapter] = TRUE;
        List->SupportedTypeList[ScsiRestartAdapter] = TRUE;
    }
    return ScsiAdapterControlSuccess;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    VIRTUAL_HW_INITIALIZATION_DATA Data = {
        .HwInitializationDataSize = sizeof(Data),
        .AdapterInterfaceType = Internal,
        .HwInitialize = RamInitialize,
        .HwStartIo = RamStartIo,
        .HwFindAdapter = RamFindAdapter,
        .HwResetBus = RamResetBus,
        .HwAdapterControl = RamControl,
        .HwFreeAdapterResources = RamFree,
        .DeviceExtensionSize = sizeof(RAM_DISK),
        .MapBuffers = STOR_MAP_ALL_BUFFERS_INCLUDING_READ_WRITE,
        .TaggedQueuing = TRUE,
        .AutoRequestSense = TRUE,
        .MultipleRequestPerLu = TRUE,
    };
    return (NTSTATUS)StorPortInitialize(DriverObject, RegistryPath, (PVOID)&Data, nullptr);
}
