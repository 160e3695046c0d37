// What a namespace is to SCSI.
#include "translate.h"

#include <string.h>

// What the namespace has of its own (NGUID, EUI-64), and a name that is unique enough without: vendor, model,
// serial number and the namespace's number.
static void NvmeSetDesignators(const NVME_NAMESPACE *Namespace, SCSI_UNIT *Unit)
{
    static const uint8_t Nothing[16];
    uint8_t Name[8 + 16 + 20 + 8];
    if (memcmp(Namespace->Nguid, Nothing, sizeof(Namespace->Nguid)) != 0)
        ScsiAddDesignator(Unit, SCSI_SET_BINARY, SCSI_TYPE_EUI64, Namespace->Nguid, 16);
    if (memcmp(Namespace->Eui64, Nothing, sizeof(Namespace->Eui64)) != 0)
        ScsiAddDesignator(Unit, SCSI_SET_BINARY, SCSI_TYPE_EUI64, Namespace->Eui64, 8);
    memcpy(Name, Unit->Vendor, 8);
    memcpy(Name + 8, Unit->Product, 16);
    memcpy(Name + 24, Unit->Serial, 20);
    for (uint32_t i = 0; i < 8; i++)
        Name[44 + i] = (uint8_t)"0123456789ABCDEF"[Namespace->Id >> (28 - 4 * i) & 0xF];
    ScsiAddDesignator(Unit, SCSI_SET_ASCII, SCSI_TYPE_VENDOR, Name, sizeof(Name));
}

void NvmeDescribeUnit(const NVME_NAMESPACE *Namespace, const NVME_IDENTITY *Identity,
                      SCSI_UNIT *Unit)
{
    enum { DoesNotRotate = 1 };
    *Unit = (SCSI_UNIT){
        .Blocks = Namespace->Blocks,
        .BlockShift = Namespace->BlockShift,
        .ReadOnly = Namespace->ReadOnly,
        .Thin = Namespace->Thin,
        .HasCache = Identity->HasCache,
        .CacheEnabled = Identity->CacheEnabled,
        .HasFua = true,
        .MaximumTransfer = Identity->MaximumTransfer,
        .Rotation = DoesNotRotate,
        .UnmapBlocks = Identity->DatasetManagement ? UINT32_MAX : 0,
        .UnmapDescriptors = Identity->DatasetManagement ? NVME_MAX_RANGES : 0,
        .WriteSameBlocks = Identity->WriteZeroes ? 0x10000 : 0,
    };
    memcpy(Unit->Vendor, "NVMe    ", sizeof(Unit->Vendor));
    memcpy(Unit->Product, Identity->Model, sizeof(Unit->Product));
    memcpy(Unit->Revision, Identity->Firmware, sizeof(Unit->Revision));
    memcpy(Unit->Serial, Identity->Serial, sizeof(Unit->Serial));
    NvmeSetDesignators(Namespace, Unit);
}
