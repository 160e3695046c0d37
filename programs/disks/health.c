// What a disk says of its health: the health log of NVM Express (1.4, 5.14.1.2), or the SMART data of ATA.
#include "disks.h"

enum { KelvinAtZero = 273 };

// ---- NVM Express

typedef struct _NVME_HEALTH {
    UCHAR Warnings;
    UCHAR Temperature[2]; // kelvins
    UCHAR Spare, SpareLeast, Used;
    UCHAR Reserved[26];
    UCHAR Read[16], Written[16]; // in thousands of 512 bytes
    UCHAR Reads[16], Writes[16], Busy[16];
    UCHAR Cycles[16], Hours[16], Unsafe[16], MediaErrors[16], LogEntries[16];
    UCHAR Rest[320];
} NVME_HEALTH;
C_ASSERT(sizeof(NVME_HEALTH) == 512);

// The lower half of a number of 128 bits: the rest stays zero for long.
static ULONGLONG Number(const UCHAR *Bytes, ULONG Count)
{
    ULONGLONG Value = 0;
    while (Count--)
        Value = Value << 8 | Bytes[Count];
    return Value;
}

static BOOLEAN ReadLog(HANDLE File, ULONG Page, PVOID Data, ULONG Length)
{
    struct {
        ULONG PropertyId, QueryType; // or the descriptor's version and size
        STORAGE_PROTOCOL_SPECIFIC_DATA Protocol;
        UCHAR Data[512];
    } Query = {.PropertyId = StorageDeviceProtocolSpecificProperty,
               .QueryType = PropertyStandardQuery};
    Query.Protocol = (STORAGE_PROTOCOL_SPECIFIC_DATA){
        .ProtocolType = ProtocolTypeNvme,
        .DataType = NVMeDataTypeLogPage,
        .ProtocolDataRequestValue = Page,
        .ProtocolDataOffset = sizeof(Query.Protocol),
        .ProtocolDataLength = Length,
    };
    if (!NT_SUCCESS(DeviceControl(File, IOCTL_STORAGE_QUERY_PROPERTY, &Query, sizeof(Query), &Query,
                                  sizeof(Query), nullptr)))
        return FALSE;
    RtlCopyMemory(Data, Query.Data, Length);
    return TRUE;
}

static VOID QueryNvme(HANDLE File, PDISK_HEALTH Health)
{
    enum { HealthPage = 2, BytesAUnit = 512'000 };
    NVME_HEALTH Log;
    if (!ReadLog(File, HealthPage, &Log, sizeof(Log)))
        return;
    Health->Known = TRUE;
    Health->Failing = Log.Warnings != 0;
    Health->Warnings = Log.Warnings;
    ULONG Kelvins = (ULONG)Number(Log.Temperature, sizeof(Log.Temperature));
    Health->HasTemperature = Kelvins != 0;
    Health->Temperature = (LONG)Kelvins - KelvinAtZero;
    Health->HasLife = TRUE;
    Health->Spare = Log.Spare;
    Health->Used = Log.Used;
    Health->Hours = Number(Log.Hours, 8);
    Health->Cycles = Number(Log.Cycles, 8);
    Health->Unsafe = Number(Log.Unsafe, 8);
    Health->MediaErrors = Number(Log.MediaErrors, 8);
    Health->Read = Number(Log.Read, 8) * BytesAUnit;
    Health->Written = Number(Log.Written, 8) * BytesAUnit;
}

// ---- ATA: attributes by the numbers that vendors agree upon

static const UCHAR *FindAttribute(const UCHAR *Data, UCHAR Id)
{
    enum { First = 2, Bytes = 12, Count = 30 };
    for (ULONG i = 0; i < Count; i++) {
        if (Data[First + i * Bytes] == Id)
            return &Data[First + i * Bytes];
    }
    return nullptr;
}

static ULONGLONG RawValue(const UCHAR *Data, UCHAR Id)
{
    enum { Raw = 5, RawBytes = 4 };
    const UCHAR *Attribute = FindAttribute(Data, Id);
    return Attribute ? Number(Attribute + Raw, RawBytes) : 0;
}

static VOID QueryAta(HANDLE File, PDISK_HEALTH Health)
{
    enum { Reallocated = 5, Hours = 9, Cycles = 12, Airflow = 190, Temperature = 194 };
    STORAGE_PREDICT_FAILURE Answer = {};
    if (!NT_SUCCESS(DeviceControl(File, IOCTL_STORAGE_PREDICT_FAILURE, nullptr, 0, &Answer,
                                  sizeof(Answer), nullptr)))
        return;
    const UCHAR *Data = Answer.VendorSpecific;
    UCHAR Id = FindAttribute(Data, Temperature) ? Temperature : Airflow;
    Health->Known = TRUE;
    Health->Failing = Answer.PredictFailure != 0;
    Health->HasTemperature = FindAttribute(Data, Id) != nullptr;
    Health->Temperature = (LONG)(RawValue(Data, Id) & 0xFF);
    Health->Hours = RawValue(Data, Hours);
    Health->Cycles = RawValue(Data, Cycles);
    Health->MediaErrors = RawValue(Data, Reallocated);
}

VOID DiskQueryHealth(HANDLE File, PDISK Disk)
{
    Disk->Health = (DISK_HEALTH){};
    if (Disk->Bus == BusTypeNvme)
        QueryNvme(File, &Disk->Health);
    else if (Disk->Bus == BusTypeAta || Disk->Bus == BusTypeSata)
        QueryAta(File, &Disk->Health);
}

// ---- Printing

static VOID PrintWarnings(ULONG Warnings)
{
    static const PCWSTR Texts[] = {L"little spare is left",   L"the temperature",
                                   L"it is less reliable",    L"it is read-only",
                                   L"its cache has no power", L"its memory region"};
    PCWSTR Before = L": ";
    for (ULONG i = 0; i < RTL_NUMBER_OF(Texts); i++) {
        if (!(Warnings >> i & 1))
            continue;
        ConPrint(L"%ws%ws", Before, Texts[i]);
        Before = L", ";
    }
}

VOID DiskPrintHealth(const DISK_HEALTH *Health)
{
    WCHAR Read[DiskTextChars], Written[DiskTextChars];
    if (!Health->Known) {
        ConPrint(L"  Health             not known\n");
        return;
    }
    ConPrint(L"  Health             %ws", Health->Failing ? L"failing" : L"good");
    PrintWarnings(Health->Warnings);
    ConPrint(L"\n");
    if (Health->HasTemperature)
        ConPrint(L"  Temperature        %ld C\n", Health->Temperature);
    ConPrint(L"  In use             %llu hours, started %llu times\n", Health->Hours,
             Health->Cycles);
    ConPrint(L"  Bad blocks         %llu\n", Health->MediaErrors);
    if (!Health->HasLife)
        return;
    DiskSizeText(Health->Read, Read);
    DiskSizeText(Health->Written, Written);
    ConPrint(L"  Life               %lu %% used, spare %lu %%\n", Health->Used, Health->Spare);
    ConPrint(L"  Lost power         %llu times\n", Health->Unsafe);
    ConPrint(L"  Read, written      %ws, %ws\n", Read, Written);
}
