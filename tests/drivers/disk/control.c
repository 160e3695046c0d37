// Device control.
#include "suite.h"

static NTSTATUS Query(HANDLE File, STORAGE_PROPERTY_ID Id, PVOID Answer, ULONG Room, PULONG Length)
{
    STORAGE_PROPERTY_QUERY Request = {.PropertyId = Id};
    memset(Answer, 0, Room);
    return Control(File, IOCTL_STORAGE_QUERY_PROPERTY, &Request, sizeof(Request), Answer, Room,
                   Length);
}

static VOID CheckIdentifiers(HANDLE File)
{
    UCHAR Bytes[256];
    ULONG Length;
    PSTORAGE_DEVICE_ID_DESCRIPTOR Ids = (PVOID)Bytes;
    CHECK_STATUS(Query(File, StorageDeviceIdProperty, Bytes, sizeof(Bytes), &Length),
                 STATUS_SUCCESS);
    REQUIRE(Ids->NumberOfIdentifiers == 2);
    CHECK_EQUAL(Ids->Size, Length);
    PSTORAGE_IDENTIFIER First = (PVOID)Ids->Identifiers;
    PSTORAGE_IDENTIFIER Second = (PVOID)(Ids->Identifiers + First->NextOffset);
    CHECK_EQUAL(First->Type, StorageIdTypeFCPHName);
    CHECK_EQUAL(First->CodeSet, StorageIdCodeSetBinary);
    CHECK_EQUAL(First->IdentifierSize, 8);
    CHECK_EQUAL(First->Identifier[0], 0x50);
    CHECK_EQUAL(Second->Type, StorageIdTypeVendorId);
    CHECK(memcmp(Second->Identifier, "TEST", 4) == 0);
    CHECK_EQUAL(Second->NextOffset, 0);
}

VOID TestProperties(void)
{
    TARGET_CONFIG Config = UsualDisk;
    STORAGE_ACCESS_ALIGNMENT_DESCRIPTOR Alignment;
    DEVICE_SEEK_PENALTY_DESCRIPTOR Seek;
    DEVICE_TRIM_DESCRIPTOR Trim;
    DEVICE_LB_PROVISIONING_DESCRIPTOR Thin;
    STORAGE_WRITE_CACHE_PROPERTY Cache;
    STORAGE_DESCRIPTOR_HEADER Header;
    STORAGE_PROPERTY_QUERY Exists = {.PropertyId = StorageDeviceTrimProperty,
                                     .QueryType = PropertyExistsQuery};
    UCHAR Bytes[256];
    ULONG Length;
    HANDLE File;
    Config.PhysicalExponent = 3;
    if (!AddDisk(&Config, &File))
        return;
    CHECK_STATUS(Query(File, StorageDeviceProperty, Bytes, sizeof(Bytes), &Length), STATUS_SUCCESS);
    PSTORAGE_DEVICE_DESCRIPTOR Device = (PVOID)Bytes;
    CHECK(memcmp(Bytes + Device->ProductIdOffset, "Test disk", 9) == 0);
    CHECK_STATUS(Query(File, StorageAdapterProperty, Bytes, sizeof(Bytes), &Length),
                 STATUS_SUCCESS);
    CHECK_STATUS(
        Query(File, StorageAccessAlignmentProperty, &Alignment, sizeof(Alignment), &Length),
        STATUS_SUCCESS);
    CHECK_EQUAL(Alignment.BytesPerLogicalSector, 512);
    CHECK_EQUAL(Alignment.BytesPerPhysicalSector, 4096);
    CHECK_STATUS(Query(File, StorageDeviceSeekPenaltyProperty, &Seek, sizeof(Seek), &Length),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Seek.IncursSeekPenalty, FALSE);
    CHECK_STATUS(Query(File, StorageDeviceTrimProperty, &Trim, sizeof(Trim), &Length),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Trim.TrimEnabled, TRUE);
    CHECK_STATUS(Query(File, StorageDeviceLBProvisioningProperty, &Thin, sizeof(Thin), &Length),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Thin.ThinProvisioningEnabled, 1);
    CHECK_EQUAL(Thin.ThinProvisioningReadZeros, 1);
    CHECK_EQUAL(Thin.OptimalUnmapGranularity, 8 * 512);
    CHECK_EQUAL(Thin.UnmapGranularityAlignment, 2 * 512);
    CHECK_EQUAL(Thin.MaxUnmapLbaCount, 1000);
    CHECK_STATUS(Query(File, StorageDeviceWriteCacheProperty, &Cache, sizeof(Cache), &Length),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Cache.WriteCacheType, WriteCacheTypeWriteBack);
    CHECK_EQUAL(Cache.WriteCacheEnabled, WriteCacheEnabled);
    CHECK_EQUAL(Cache.WriteCacheChangeable, WriteCacheChangeable);
    CHECK_EQUAL(Cache.WriteThroughSupported, WriteThroughSupported);
    CheckIdentifiers(File);
    // Too little room: the header says how much is wanted.
    CHECK_STATUS(Query(File, StorageDeviceTrimProperty, &Header, sizeof(Header), &Length),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Header.Size, sizeof(Trim));
    CHECK_EQUAL(Length, sizeof(Header));
    CHECK_STATUS(Query(File, StorageDeviceTrimProperty, &Header, 4, &Length),
                 STATUS_BUFFER_TOO_SMALL);
    CHECK_STATUS(
        Control(File, IOCTL_STORAGE_QUERY_PROPERTY, &Exists, sizeof(Exists), nullptr, 0, nullptr),
        STATUS_SUCCESS);
    CHECK_STATUS(Query(File, StorageDeviceCopyOffloadProperty, Bytes, sizeof(Bytes), &Length),
                 STATUS_NOT_SUPPORTED);
    RemoveDisk(File);
}

VOID TestCache(void)
{
    DISK_CACHE_INFORMATION Info = {};
    DISK_CACHE_SETTING Setting = {};
    TARGET_COUNTS Counts;
    HANDLE File;
    if (!AddDisk(&UsualDisk, &File))
        return;
    CHECK_STATUS(
        Control(File, IOCTL_DISK_GET_CACHE_INFORMATION, nullptr, 0, &Info, sizeof(Info), nullptr),
        STATUS_SUCCESS);
    CHECK_EQUAL(Info.WriteCacheEnabled, TRUE);
    CHECK_EQUAL(Info.ReadCacheEnabled, TRUE);
    CHECK_EQUAL(Info.ParametersSavable, TRUE);
    Info.WriteCacheEnabled = FALSE;
    CHECK_STATUS(
        Control(File, IOCTL_DISK_SET_CACHE_INFORMATION, &Info, sizeof(Info), nullptr, 0, nullptr),
        STATUS_SUCCESS);
    memset(&Info, 0, sizeof(Info));
    CHECK_STATUS(
        Control(File, IOCTL_DISK_GET_CACHE_INFORMATION, nullptr, 0, &Info, sizeof(Info), nullptr),
        STATUS_SUCCESS);
    CHECK_EQUAL(Info.WriteCacheEnabled, FALSE);
    TakeCounts(&Counts);
    CHECK_STATUS(Flush(File), STATUS_SUCCESS); // there is nothing to flush
    TakeCounts(&Counts);
    CHECK_EQUAL(Counts.Commands[0x35], 0);
    CHECK_STATUS(
        Control(File, IOCTL_DISK_GET_CACHE_SETTING, nullptr, 0, &Setting, sizeof(Setting), nullptr),
        STATUS_SUCCESS);
    CHECK_EQUAL(Setting.State, DiskCacheNormal);
    CHECK_EQUAL(Setting.IsPowerProtected, FALSE);
    Setting.IsPowerProtected = TRUE;
    CHECK_STATUS(
        Control(File, IOCTL_DISK_SET_CACHE_SETTING, &Setting, sizeof(Setting), nullptr, 0, nullptr),
        STATUS_SUCCESS);
    CHECK_STATUS(
        Control(File, IOCTL_DISK_GET_CACHE_SETTING, nullptr, 0, &Setting, sizeof(Setting), nullptr),
        STATUS_SUCCESS);
    CHECK_EQUAL(Setting.IsPowerProtected, TRUE);
    Setting.IsPowerProtected = FALSE;
    CHECK_STATUS(
        Control(File, IOCTL_DISK_SET_CACHE_SETTING, &Setting, sizeof(Setting), nullptr, 0, nullptr),
        STATUS_SUCCESS);
    RemoveDisk(File);
}

VOID TestVerify(void)
{
    VERIFY_INFORMATION Verify = {.StartingOffset.QuadPart = 512, .Length = 0x10000};
    REASSIGN_BLOCKS Reassign = {.Count = 1, .BlockNumber = {7}};
    TARGET_COUNTS Counts;
    HANDLE File;
    if (!AddDisk(&UsualDisk, &File))
        return;
    TakeCounts(&Counts);
    CHECK_STATUS(Control(File, IOCTL_DISK_VERIFY, &Verify, sizeof(Verify), nullptr, 0, nullptr),
                 STATUS_SUCCESS);
    Verify.StartingOffset.QuadPart = UsualDisk.Blocks * 512;
    CHECK_STATUS(Control(File, IOCTL_DISK_VERIFY, &Verify, sizeof(Verify), nullptr, 0, nullptr),
                 STATUS_NONEXISTENT_SECTOR);
    Verify.StartingOffset.QuadPart = 100;
    CHECK_STATUS(Control(File, IOCTL_DISK_VERIFY, &Verify, sizeof(Verify), nullptr, 0, nullptr),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(
        Control(File, IOCTL_DISK_REASSIGN_BLOCKS, &Reassign, sizeof(Reassign), nullptr, 0, nullptr),
        STATUS_SUCCESS);
    Reassign.Count = 2; // more than is given
    CHECK_STATUS(
        Control(File, IOCTL_DISK_REASSIGN_BLOCKS, &Reassign, sizeof(Reassign), nullptr, 0, nullptr),
        STATUS_INFO_LENGTH_MISMATCH);
    TakeCounts(&Counts);
    CHECK_EQUAL(Counts.Commands[0x2F], 1);
    CHECK_EQUAL(Counts.Commands[0x07], 1);
    RemoveDisk(File);
}

// ---- Trim

typedef struct _TRIM {
    DEVICE_MANAGE_DATA_SET_ATTRIBUTES Fixed;
    alignas(8) DEVICE_DATA_SET_RANGE Ranges[5];
} TRIM;

static NTSTATUS SendTrim(HANDLE File, const DEVICE_DATA_SET_RANGE *Ranges, ULONG Count)
{
    TRIM Trim = {.Fixed = {
                     .Size = sizeof(Trim.Fixed),
                     .Action = DeviceDsmAction_Trim,
                     .DataSetRangesOffset = FIELD_OFFSET(TRIM, Ranges),
                     .DataSetRangesLength = Count * sizeof(*Ranges),
                 }};
    memcpy(Trim.Ranges, Ranges, Count * sizeof(*Ranges));
    return Control(File, IOCTL_STORAGE_MANAGE_DATA_SET_ATTRIBUTES, &Trim, sizeof(Trim), nullptr, 0,
                   nullptr);
}

// The disk takes three ranges and 1000 blocks in a command.
VOID TestTrim(void)
{
    TARGET_CONFIG Config = UsualDisk;
    DEVICE_DATA_SET_RANGE Ranges[5] = {
        {0, 10 * 512}, {100 * 512, 2500 * 512}, {5000 * 512 - 100, 1024}, {0, 100}, {4096, 4096}};
    DEVICE_DATA_SET_RANGE Outside = {65535 * 512, 1024};
    TARGET_COUNTS Counts;
    HANDLE File;
    if (!AddDisk(&Config, &File))
        return;
    TakeCounts(&Counts);
    CHECK_STATUS(SendTrim(File, Ranges, 1), STATUS_SUCCESS);
    TakeCounts(&Counts);
    CHECK_EQUAL(Counts.Commands[0x42], 1);
    CHECK_EQUAL(Counts.UnmappedBlocks, 10);
    CHECK_STATUS(SendTrim(File, Ranges, 5), STATUS_SUCCESS);
    TakeCounts(&Counts);
    CHECK_EQUAL(Counts.UnmappedBlocks, 10 + 2500 + 1 + 0 + 8);
    CHECK_EQUAL(Counts.Commands[0x42], 3);
    CHECK_STATUS(SendTrim(File, &Outside, 1), STATUS_INVALID_PARAMETER);
    RemoveDisk(File);
    Config.Thin = FALSE;
    if (!AddDisk(&Config, &File))
        return;
    CHECK_STATUS(SendTrim(File, Ranges, 1), STATUS_NOT_SUPPORTED);
    RemoveDisk(File);
}

// ---- ATA

static NTSTATUS Configure(HANDLE File, PSTORAGE_FAILURE_PREDICTION_CONFIG Config, ULONG Room,
                          PULONG Length)
{
    return Control(File, IOCTL_STORAGE_FAILURE_PREDICTION_CONFIG, Config, sizeof(*Config), Config,
                   Room, Length);
}

// Whether the disk is asked from time to time if it will fail.
static void CheckPrediction(HANDLE File)
{
    STORAGE_FAILURE_PREDICTION_CONFIG Config = {.Version = STORAGE_FAILURE_PREDICTION_CONFIG_V1,
                                                .Size = sizeof(Config)};
    ULONG Length;
    CHECK_STATUS(Configure(File, &Config, sizeof(Config), &Length), STATUS_SUCCESS);
    CHECK_EQUAL(Length, sizeof(Config));
    CHECK(!Config.Enabled);
    for (int On = 1; On >= 0; On--) {
        Config.Set = TRUE;
        Config.Enabled = On != 0;
        CHECK_STATUS(Configure(File, &Config, On ? sizeof(Config) : 0, &Length), STATUS_SUCCESS);
        Config.Set = FALSE;
        Config.Enabled = !On;
        CHECK_STATUS(Configure(File, &Config, sizeof(Config), &Length), STATUS_SUCCESS);
        CHECK_EQUAL(Config.Enabled, On);
    }
    CHECK_STATUS(Configure(File, &Config, sizeof(Config) - 1, &Length), STATUS_BUFFER_TOO_SMALL);
    Config.Version = 0;
    CHECK_STATUS(Configure(File, &Config, sizeof(Config), &Length), STATUS_INVALID_PARAMETER);
}

VOID TestAta(void)
{
    TARGET_CONFIG Config = UsualDisk;
    struct {
        ATA_PASS_THROUGH_EX Fixed;
        UCHAR Data[512];
    } Ata = {.Fixed = {
                 .Length = sizeof(ATA_PASS_THROUGH_EX),
                 .AtaFlags = ATA_FLAGS_DATA_IN,
                 .DataTransferLength = 512,
                 .TimeOutValue = 5,
                 .DataBufferOffset = sizeof(ATA_PASS_THROUGH_EX),
                 .CurrentTaskFile = {0, 1, 0, 0, 0, 0, 0xEC},
             }};
    SENDCMDINPARAMS In = {.irDriveRegs = {.bFeaturesReg = RETURN_SMART_STATUS,
                                          .bCylLowReg = SMART_CYL_LOW,
                                          .bCylHighReg = SMART_CYL_HI,
                                          .bCommandReg = SMART_CMD}};
    UCHAR Out[16 + 512];
    GETVERSIONINPARAMS Version;
    STORAGE_PREDICT_FAILURE Predict;
    ULONG Length;
    HANDLE File;
    Config.Ata = TRUE;
    if (!AddDisk(&Config, &File))
        return;
    CHECK_STATUS(
        Control(File, IOCTL_ATA_PASS_THROUGH, &Ata, sizeof(Ata), &Ata, sizeof(Ata), &Length),
        STATUS_SUCCESS);
    CHECK_EQUAL(Length, sizeof(Ata));
    CHECK_EQUAL(Ata.Data[0], 0xEC);
    CHECK_EQUAL(Ata.Fixed.CurrentTaskFile[6], 0x50);
    Ata.Fixed.CurrentTaskFile[6] = 0xFF; // the disk aborts it: the request itself succeeds
    Ata.Fixed.AtaFlags = 0;
    Ata.Fixed.DataTransferLength = 0;
    CHECK_STATUS(
        Control(File, IOCTL_ATA_PASS_THROUGH, &Ata, sizeof(Ata), &Ata, sizeof(Ata), &Length),
        STATUS_SUCCESS);
    CHECK_EQUAL(Ata.Fixed.CurrentTaskFile[6], 0x51);
    CHECK_EQUAL(Ata.Fixed.CurrentTaskFile[0], 0x04);
    Ata.Fixed.DataTransferLength = 4096; // beyond the buffer
    Ata.Fixed.AtaFlags = ATA_FLAGS_DATA_IN;
    CHECK_STATUS(
        Control(File, IOCTL_ATA_PASS_THROUGH, &Ata, sizeof(Ata), &Ata, sizeof(Ata), &Length),
        STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Control(File, SMART_GET_VERSION, nullptr, 0, &Version, sizeof(Version), nullptr),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Version.fCapabilities, CAP_ATA_ID_CMD | CAP_SMART_CMD);
    CHECK_STATUS(
        Control(File, SMART_SEND_DRIVE_COMMAND, &In, sizeof(In), Out, sizeof(Out), &Length),
        STATUS_SUCCESS);
    CHECK_EQUAL(Out[16 + 3], SMART_CYL_LOW);
    CHECK_EQUAL(Out[16 + 4], SMART_CYL_HI);
    In.irDriveRegs.bFeaturesReg = READ_ATTRIBUTES;
    CHECK_STATUS(Control(File, SMART_RCV_DRIVE_DATA, &In, sizeof(In), Out, sizeof(Out), &Length),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Length, sizeof(Out));
    CHECK_EQUAL(Out[16], SMART_CMD);
    CHECK_STATUS(Control(File, IOCTL_STORAGE_PREDICT_FAILURE, nullptr, 0, &Predict, sizeof(Predict),
                         nullptr),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Predict.PredictFailure, 0);
    CheckPrediction(File);
    RemoveDisk(File);
    if (!AddDisk(&UsualDisk, &File))
        return;
    CHECK_STATUS(Control(File, SMART_GET_VERSION, nullptr, 0, &Version, sizeof(Version), nullptr),
                 STATUS_INVALID_DEVICE_REQUEST);
    STORAGE_FAILURE_PREDICTION_CONFIG Prediction = {.Version = STORAGE_FAILURE_PREDICTION_CONFIG_V1,
                                                    .Size = sizeof(Prediction)};
    CHECK_STATUS(Control(File, IOCTL_STORAGE_FAILURE_PREDICTION_CONFIG, &Prediction,
                         sizeof(Prediction), &Prediction, sizeof(Prediction), nullptr),
                 STATUS_INVALID_DEVICE_REQUEST); // it does not tell whether it will fail
    RemoveDisk(File);
}

VOID TestReserve(void)
{
    PERSISTENT_RESERVE_COMMAND Reserve = {.Version = sizeof(Reserve), .Size = sizeof(Reserve)};
    TARGET_COUNTS Counts;
    UCHAR Keys[64] = {};
    ULONG Length;
    HANDLE File;
    if (!AddDisk(&UsualDisk, &File))
        return;
    TakeCounts(&Counts);
    Reserve.PR_IN.AllocationLength = sizeof(Keys);
    CHECK_STATUS(Control(File, IOCTL_STORAGE_PERSISTENT_RESERVE_IN, &Reserve, sizeof(Reserve), Keys,
                         sizeof(Keys), &Length),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Length, 8);
    CHECK_EQUAL(Keys[3], 1);
    CHECK_STATUS(Control(File, IOCTL_STORAGE_PERSISTENT_RESERVE_IN, &Reserve, sizeof(Reserve), Keys,
                         16, &Length),
                 STATUS_BUFFER_TOO_SMALL);
    Reserve.Size = 1000;
    CHECK_STATUS(Control(File, IOCTL_STORAGE_PERSISTENT_RESERVE_OUT, &Reserve, sizeof(Reserve),
                         nullptr, 0, &Length),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Control(File, IOCTL_STORAGE_RESERVE, nullptr, 0, nullptr, 0, nullptr),
                 STATUS_SUCCESS);
    CHECK_STATUS(Control(File, IOCTL_DISK_RELEASE, nullptr, 0, nullptr, 0, nullptr),
                 STATUS_SUCCESS);
    TakeCounts(&Counts);
    CHECK_EQUAL(Counts.Commands[0x16], 1);
    CHECK_EQUAL(Counts.Commands[0x17], 1);
    RemoveDisk(File);
}

VOID TestHotplug(void)
{
    STORAGE_HOTPLUG_INFO Info = {};
    HANDLE File;
    if (!AddDisk(&UsualDisk, &File))
        return;
    CHECK_STATUS(
        Control(File, IOCTL_STORAGE_GET_HOTPLUG_INFO, nullptr, 0, &Info, sizeof(Info), nullptr),
        STATUS_SUCCESS);
    CHECK_EQUAL(Info.Size, sizeof(Info));
    CHECK_EQUAL(Info.MediaRemovable, FALSE);
    Info.WriteCacheEnableOverride = TRUE;
    CHECK_STATUS(
        Control(File, IOCTL_STORAGE_SET_HOTPLUG_INFO, &Info, sizeof(Info), nullptr, 0, nullptr),
        STATUS_SUCCESS);
    Info.MediaRemovable = TRUE;
    CHECK_STATUS(
        Control(File, IOCTL_STORAGE_SET_HOTPLUG_INFO, &Info, sizeof(Info), nullptr, 0, nullptr),
        STATUS_INVALID_PARAMETER);
    RemoveDisk(File);
}

VOID TestControlErrors(void)
{
    SCSI_PASS_THROUGH Pass = {.Length = 3};
    DISK_GEOMETRY Geometry;
    HANDLE File;
    if (!AddDisk(&UsualDisk, &File))
        return;
    CHECK_STATUS(Control(File, IOCTL_DISK_GET_DRIVE_GEOMETRY, nullptr, 0, &Geometry,
                         sizeof(Geometry) - 1, nullptr),
                 STATUS_BUFFER_TOO_SMALL);
    CHECK_STATUS(Control(File, IOCTL_DISK_VERIFY, &Geometry, 4, nullptr, 0, nullptr),
                 STATUS_INFO_LENGTH_MISMATCH);
    CHECK_STATUS(
        Control(File, IOCTL_SCSI_PASS_THROUGH, &Pass, sizeof(Pass), &Pass, sizeof(Pass), nullptr),
        STATUS_REVISION_MISMATCH);
    CHECK_STATUS(Control(File, TARGET_CODE(99), nullptr, 0, nullptr, 0, nullptr),
                 STATUS_INVALID_DEVICE_REQUEST);
    RemoveDisk(File);
}
