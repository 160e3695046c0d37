// Vital product data.
#include "classp.h"

enum {
    PageBytes = 252,
    PageSupported = 0x00,
    PageLimits = 0xB0,
    PageCharacteristics = 0xB1,
    PageProvisioning = 0xB2
};

NTSTATUS ClasspInquiry(PFUNCTIONAL_DEVICE_EXTENSION Fdo, UCHAR Page, PVOID Buffer, ULONG Length,
                       PULONG Returned)
{
    PCLASSP_COMMAND Command = ClasspNewCommand(6, SCSIOP_INQUIRY);
    *Returned = 0;
    if (!Command)
        return STATUS_INSUFFICIENT_RESOURCES;
    Command->Cdb[1] = 1; // vital product data
    Command->Cdb[2] = Page;
    CorePut16(Command->Cdb + 3, (USHORT)Length);
    Command->Buffer = Buffer;
    Command->Length = Length;
    NTSTATUS Status = ClasspSend(Fdo, Command);
    if (NT_SUCCESS(Status))
        *Returned = min(Command->Result.Transferred, Length);
    ExFreePoolWithTag(Command, ClasspTag);
    return Status;
}

static VOID KeepLimits(PCLASS_VPD_B0_DATA Data, const CORE_BLOCK_LIMITS *Limits)
{
    Data->MaxUnmapLbaCount = Limits->MaximumUnmapBlocks;
    Data->MaxUnmapBlockDescrCount = Limits->MaximumUnmapDescriptors;
    Data->OptimalUnmapGranularity = Limits->UnmapGranularity;
    Data->UnmapGranularityAlignment = Limits->UnmapAlignment;
    Data->UGAVALID = Limits->UnmapAlignmentValid;
    Data->OptimalTransferLengthGranularity = Limits->Granularity;
    Data->MaximumTransferLength = Limits->MaximumTransfer;
    Data->OptimalTransferLength = Limits->OptimalTransfer;
}

static VOID KeepCharacteristics(PCLASS_VPD_B1_DATA Data, const CORE_CHARACTERISTICS *Values)
{
    Data->MediumRotationRate = Values->RotationRate;
    Data->NominalFormFactor = Values->FormFactor;
    Data->Zoned = Values->Zoned;
    Data->MediumProductType = Values->ProductType;
}

static VOID KeepProvisioning(PCLASS_VPD_B2_DATA Data, const CORE_PROVISIONING *Values)
{
    Data->ThresholdExponent = Values->ThresholdExponent;
    Data->DP = Values->Descriptor;
    Data->ANC_SUP = Values->Anchor;
    Data->LBPRZ = Values->ReadsZeros;
    Data->LBPWS10 = Values->WriteSame10;
    Data->LBPWS = Values->WriteSame;
    Data->LBPU = Values->Unmap;
    Data->ProvisioningType = Values->Type;
}

// One page; it counts only when the device answers with that page, whole.
static NTSTATUS AskPage(PFUNCTIONAL_DEVICE_EXTENSION Fdo, UCHAR Page, PUCHAR Buffer)
{
    PCLASS_FUNCTION_SUPPORT_INFO Info = Fdo->FunctionSupportInfo;
    CORE_BLOCK_LIMITS Limits;
    CORE_CHARACTERISTICS Characteristics;
    CORE_PROVISIONING Provisioning;
    BOOLEAN Valid = FALSE;
    ULONG Length;
    NTSTATUS Status = ClasspInquiry(Fdo, Page, Buffer, PageBytes, &Length);
    if (!NT_SUCCESS(Status))
        return Status;
    switch (Page) {
    case PageLimits:
        Valid = CoreParseBlockLimits(Buffer, Length, &Limits);
        KeepLimits(&Info->BlockLimitsData, &Limits);
        break;
    case PageCharacteristics:
        Valid = CoreParseCharacteristics(Buffer, Length, &Characteristics);
        KeepCharacteristics(&Info->DeviceCharacteristicsData, &Characteristics);
        break;
    case PageProvisioning:
        Valid = CoreParseProvisioning(Buffer, Length, &Provisioning);
        KeepProvisioning(&Info->LBProvisioningData, &Provisioning);
        break;
    default:
        break;
    }
    return Valid ? STATUS_SUCCESS : STATUS_NOT_SUPPORTED;
}

VOID ClasspQuerySupport(PFUNCTIONAL_DEVICE_EXTENSION Fdo)
{
    PCLASS_FUNCTION_SUPPORT_INFO Info = Fdo->FunctionSupportInfo;
    struct {
        UCHAR Page;
        NTSTATUS *Status;
    } Pages[] = {
        {PageLimits, &Info->BlockLimitsData.CommandStatus},
        {PageCharacteristics, &Info->DeviceCharacteristicsData.CommandStatus},
        {PageProvisioning, &Info->LBProvisioningData.CommandStatus},
    };
    UCHAR List[PageBytes]; // the supported pages
    ULONG ListLength = 0;
    PUCHAR Buffer = ExAllocatePoolWithTag(NonPagedPoolNx, PageBytes, ClasspTag);
    if (Buffer && NT_SUCCESS(ClasspInquiry(Fdo, PageSupported, Buffer, PageBytes, &ListLength)))
        RtlCopyMemory(List, Buffer, ListLength);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Pages); i++) {
        *Pages[i].Status = STATUS_NOT_SUPPORTED;
        if (CoreVpdSupports(List, ListLength, Pages[i].Page))
            *Pages[i].Status = AskPage(Fdo, Pages[i].Page, Buffer);
    }
    Info->ValidInquiryPages.BlockLimits = NT_SUCCESS(Info->BlockLimitsData.CommandStatus);
    Info->ValidInquiryPages.DeviceCharacteristics =
        NT_SUCCESS(Info->DeviceCharacteristicsData.CommandStatus);
    Info->ValidInquiryPages.LBProvisioning = NT_SUCCESS(Info->LBProvisioningData.CommandStatus);
    if (Buffer)
        ExFreePoolWithTag(Buffer, ClasspTag);
}
