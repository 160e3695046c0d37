// vdisk.sys: a virtual miniport whose logical units are memory.
#include <ntddk.h>

#include <storport.h>

#include <ntddscsi.h>
#include <srbhelper.h>

#include "disk.h"

DRIVER_INITIALIZE DriverEntry;

// ---- Parameters

static ULONG VdiskParameter(PVDISK Disk, PCSTR Name, ULONG Otherwise)
{
    ULONG Length = sizeof(ULONG), Value = Otherwise;
    PUCHAR Buffer = StorPortAllocateRegistryBuffer(Disk, &Length);
    if (!Buffer)
        return Otherwise;
    if (StorPortRegistryRead(Disk, (PUCHAR)Name, 1, MINIPORT_REG_DWORD, Buffer, &Length))
        Value = *(PULONG)Buffer;
    StorPortFreeRegistryBuffer(Disk, Buffer);
    return Value;
}

static BOOLEAN VdiskMakeUnits(PVDISK Disk)
{
    ULONG ReadOnly = VdiskParameter(Disk, "ReadOnly", 0);
    Disk->LunCount = min(VdiskParameter(Disk, "LunCount", VdiskDefaultLuns), VdiskMostLuns);
    Disk->BlockSize = VdiskParameter(Disk, "BlockSize", VdiskDefaultBlockSize);
    Disk->Blocks = VdiskParameter(Disk, "Blocks", VdiskDefaultBlocks);
    for (ULONG i = 0; i < Disk->LunCount; i++) {
        PVDISK_UNIT Unit = &Disk->Units[i];
        Unit->ReadOnly = (ReadOnly >> i & 1) != 0;
        Unit->Present = TRUE;
        if (StorPortAllocatePool(Disk, Disk->Blocks * Disk->BlockSize, 'ksdv',
                                 (PVOID *)&Unit->Data) != STOR_STATUS_SUCCESS)
            return FALSE;
    }
    return TRUE;
}

static HW_FREE_ADAPTER_RESOURCES VdiskFree;
static VOID NTAPI VdiskFree(PVOID Extension)
{
    PVDISK Disk = Extension;
    for (ULONG i = 0; i < VdiskMostLuns; i++) {
        if (Disk->Units[i].Data)
            StorPortFreePool(Disk, Disk->Units[i].Data);
        Disk->Units[i].Data = nullptr;
    }
    if (Disk->Timer)
        StorPortFreeTimer(Disk, Disk->Timer);
    Disk->Timer = nullptr;
}

// ---- Start

static VIRTUAL_HW_FIND_ADAPTER VdiskFindAdapter;
static ULONG NTAPI VdiskFindAdapter(PVOID Extension, PVOID Context, PVOID BusInformation,
                                    PVOID LowerDevice, PCHAR Argument,
                                    PPORT_CONFIGURATION_INFORMATION Config, PBOOLEAN Again)
{
    PVDISK Disk = Extension;
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(BusInformation);
    UNREFERENCED_PARAMETER(LowerDevice);
    UNREFERENCED_PARAMETER(Argument);
    *Again = FALSE;
    KeInitializeSpinLock(&Disk->Lock);
    InitializeListHead(&Disk->Held);
    if (!VdiskMakeUnits(Disk) ||
        StorPortInitializeTimer(Disk, &Disk->Timer) != STOR_STATUS_SUCCESS) {
        VdiskFree(Disk);
        return SP_RETURN_ERROR;
    }
    Config->NumberOfBuses = 1;
    Config->MaximumNumberOfTargets = 2;
    Config->MaximumNumberOfLogicalUnits = VdiskMostLuns;
    Config->MaximumTransferLength = VdiskMaximumTransfer;
    Config->NumberOfPhysicalBreaks = VdiskPages;
    Config->AlignmentMask = FILE_LONG_ALIGNMENT;
    Config->MaxIOsPerLun = Config->InitialLunQueueDepth = VdiskQueueDepth;
    Config->SynchronizationModel = StorSynchronizeFullDuplex;
    Config->MapBuffers = STOR_MAP_ALL_BUFFERS_INCLUDING_READ_WRITE;
    Config->ResetTargetSupported = TRUE;
    Config->FeatureSupport |= STOR_ADAPTER_FEATURE_ABORT_COMMAND;
    return SP_RETURN_FOUND;
}

static HW_INITIALIZE VdiskInitialize;
static BOOLEAN NTAPI VdiskInitialize(PVOID Extension)
{
    UNREFERENCED_PARAMETER(Extension);
    return TRUE;
}

static HW_ADAPTER_CONTROL VdiskControl;
static SCSI_ADAPTER_CONTROL_STATUS NTAPI VdiskControl(PVOID Extension,
                                                      SCSI_ADAPTER_CONTROL_TYPE Type,
                                                      PVOID Parameters)
{
    static const SCSI_ADAPTER_CONTROL_TYPE Known[] = {ScsiQuerySupportedControlTypes,
                                                      ScsiStopAdapter, ScsiRestartAdapter};
    PSCSI_SUPPORTED_CONTROL_TYPE_LIST List = Parameters;
    UNREFERENCED_PARAMETER(Extension);
    if (Type == ScsiQuerySupportedControlTypes) {
        for (ULONG i = 0; i < RTL_NUMBER_OF(Known); i++) {
            if ((ULONG)Known[i] < List->MaxControlType)
                List->SupportedTypeList[Known[i]] = TRUE;
        }
    }
    return ScsiAdapterControlSuccess;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    VIRTUAL_HW_INITIALIZATION_DATA Data = {
        .HwInitializationDataSize = sizeof(Data),
        .AdapterInterfaceType = Internal,
        .HwInitialize = VdiskInitialize,
        .HwStartIo = VdiskStartIo,
        .HwFindAdapter = VdiskFindAdapter,
        .HwResetBus = VdiskBusReset,
        .HwAdapterControl = VdiskControl,
        .HwFreeAdapterResources = VdiskFree,
        .DeviceExtensionSize = sizeof(VDISK),
        .SpecificLuExtensionSize = sizeof(ULONG),
        .SrbExtensionSize = sizeof(VDISK_SRB),
        .MapBuffers = STOR_MAP_ALL_BUFFERS_INCLUDING_READ_WRITE,
        .NeedPhysicalAddresses = TRUE,
        .TaggedQueuing = TRUE,
        .AutoRequestSense = TRUE,
        .MultipleRequestPerLu = TRUE,
    };
    return (NTSTATUS)StorPortInitialize(DriverObject, RegistryPath, (PVOID)&Data, nullptr);
}
