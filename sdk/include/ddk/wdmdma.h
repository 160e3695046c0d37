// DMA of Windows 10 that mingw-w64's <wdm.h> does not have: version 3 of the adapter's interface.
#ifndef PROTEUS_DDK_WDMDMA_H
#define PROTEUS_DDK_WDMDMA_H

#ifdef __cplusplus
extern "C" {
#endif

#define DEVICE_DESCRIPTION_VERSION3 0x0003

#define DMA_ADAPTER_INFO_VERSION1  1
#define DMA_TRANSFER_INFO_VERSION1 1
#define DMA_TRANSFER_INFO_VERSION2 2

#define ADAPTER_INFO_SYNCHRONOUS_CALLBACK 0x0001
#define ADAPTER_INFO_API_BYPASS           0x0002

#define DMA_TRANSFER_CONTEXT_VERSION1 1
#define DMA_TRANSFER_CONTEXT_SIZE_V1  128

// Flags of AllocateAdapterChannelEx and the like
#define DMA_SYNCHRONOUS_CALLBACK 0x01
#define DMA_ZERO_BUFFERS         0x02
#define DMA_FAIL_ON_BOUNCE       0x04

#define DOMAIN_COMMON_BUFFER_LARGE_PAGE 0x01

typedef struct _DMA_ADAPTER_INFO_V1 {
    ULONG ReadDmaCounterAvailable;
    ULONG ScatterGatherLimit;
    ULONG DmaAddressWidth;
    ULONG Flags;
    ULONG MinimumTransferUnit;
} DMA_ADAPTER_INFO_V1, *PDMA_ADAPTER_INFO_V1;

typedef struct _DMA_ADAPTER_INFO {
    ULONG Version;
    union {
        DMA_ADAPTER_INFO_V1 V1;
    } DUMMYUNIONNAME;
} DMA_ADAPTER_INFO, *PDMA_ADAPTER_INFO;

typedef struct _DMA_TRANSFER_INFO_V1 {
    ULONG MapRegisterCount;
    ULONG ScatterGatherElementCount;
    ULONG ScatterGatherListSize;
} DMA_TRANSFER_INFO_V1, *PDMA_TRANSFER_INFO_V1;

typedef struct _DMA_TRANSFER_INFO_V2 {
    ULONG MapRegisterCount;
    ULONG ScatterGatherElementCount;
    ULONG ScatterGatherListSize;
    ULONG LogicalPageCount;
} DMA_TRANSFER_INFO_V2, *PDMA_TRANSFER_INFO_V2;

typedef struct _DMA_TRANSFER_INFO {
    ULONG Version;
    union {
        DMA_TRANSFER_INFO_V1 V1;
        DMA_TRANSFER_INFO_V2 V2;
    } DUMMYUNIONNAME;
} DMA_TRANSFER_INFO, *PDMA_TRANSFER_INFO;

typedef enum _DMA_COMMON_BUFFER_EXTENDED_CONFIGURATION_TYPE {
    CommonBufferConfigTypeLogicalAddressLimits,
    CommonBufferConfigTypeSubSection,
    CommonBufferConfigTypeHardwareAccessPermissions,
    CommonBufferConfigTypeMax
} DMA_COMMON_BUFFER_EXTENDED_CONFIGURATION_TYPE;

typedef struct _DMA_COMMON_BUFFER_EXTENDED_CONFIGURATION {
    DMA_COMMON_BUFFER_EXTENDED_CONFIGURATION_TYPE ConfigType;
    union {
        struct {
            PHYSICAL_ADDRESS MinimumAddress, MaximumAddress;
        } LogicalAddressLimits;
        struct {
            ULONGLONG Offset;
            ULONG Length;
        } SubSection;
        ULONG HardwareAccessType;
        ULONGLONG Reserved[4];
    } DUMMYUNIONNAME;
} DMA_COMMON_BUFFER_EXTENDED_CONFIGURATION, *PDMA_COMMON_BUFFER_EXTENDED_CONFIGURATION;

typedef struct _DMA_COMMON_BUFFER_VECTOR DMA_COMMON_BUFFER_VECTOR, *PDMA_COMMON_BUFFER_VECTOR;

typedef VOID NTAPI DMA_COMPLETION_ROUTINE(PDMA_ADAPTER DmaAdapter, PDEVICE_OBJECT DeviceObject,
                                          PVOID CompletionContext, DMA_COMPLETION_STATUS Status);
typedef DMA_COMPLETION_ROUTINE *PDMA_COMPLETION_ROUTINE;

// The table's members have the types; these are their documented names.
#define DDK_DMA_MEMBER_TYPE(Name, Member) typedef __typeof__(((PDMA_OPERATIONS)0)->Member) Name

DDK_DMA_MEMBER_TYPE(PGET_DMA_ADAPTER_INFO, GetDmaAdapterInfo);
DDK_DMA_MEMBER_TYPE(PGET_DMA_TRANSFER_INFO, GetDmaTransferInfo);
DDK_DMA_MEMBER_TYPE(PINITIALIZE_DMA_TRANSFER_CONTEXT, InitializeDmaTransferContext);
DDK_DMA_MEMBER_TYPE(PALLOCATE_COMMON_BUFFER_EX, AllocateCommonBufferEx);
DDK_DMA_MEMBER_TYPE(PALLOCATE_ADAPTER_CHANNEL_EX, AllocateAdapterChannelEx);
DDK_DMA_MEMBER_TYPE(PCONFIGURE_ADAPTER_CHANNEL, ConfigureAdapterChannel);
DDK_DMA_MEMBER_TYPE(PCANCEL_ADAPTER_CHANNEL, CancelAdapterChannel);
DDK_DMA_MEMBER_TYPE(PMAP_TRANSFER_EX, MapTransferEx);
DDK_DMA_MEMBER_TYPE(PGET_SCATTER_GATHER_LIST_EX, GetScatterGatherListEx);
DDK_DMA_MEMBER_TYPE(PBUILD_SCATTER_GATHER_LIST_EX, BuildScatterGatherListEx);
DDK_DMA_MEMBER_TYPE(PFLUSH_ADAPTER_BUFFERS_EX, FlushAdapterBuffersEx);
DDK_DMA_MEMBER_TYPE(PFREE_ADAPTER_OBJECT, FreeAdapterObject);
DDK_DMA_MEMBER_TYPE(PCANCEL_MAPPED_TRANSFER, CancelMappedTransfer);
DDK_DMA_MEMBER_TYPE(PALLOCATE_DOMAIN_COMMON_BUFFER, AllocateDomainCommonBuffer);
DDK_DMA_MEMBER_TYPE(PFLUSH_DMA_BUFFER, FlushDmaBuffer);
DDK_DMA_MEMBER_TYPE(PJOIN_DMA_DOMAIN, JoinDmaDomain);
DDK_DMA_MEMBER_TYPE(PLEAVE_DMA_DOMAIN, LeaveDmaDomain);
DDK_DMA_MEMBER_TYPE(PGET_DMA_DOMAIN, GetDmaDomain);
DDK_DMA_MEMBER_TYPE(PALLOCATE_COMMON_BUFFER_WITH_BOUNDS, AllocateCommonBufferWithBounds);
DDK_DMA_MEMBER_TYPE(PALLOCATE_COMMON_BUFFER_VECTOR, AllocateCommonBufferVector);
DDK_DMA_MEMBER_TYPE(PGET_COMMON_BUFFER_FROM_VECTOR_BY_INDEX, GetCommonBufferFromVectorByIndex);
DDK_DMA_MEMBER_TYPE(PFREE_COMMON_BUFFER_FROM_VECTOR, FreeCommonBufferFromVector);
DDK_DMA_MEMBER_TYPE(PFREE_COMMON_BUFFER_VECTOR, FreeCommonBufferVector);
DDK_DMA_MEMBER_TYPE(PCREATE_COMMON_BUFFER_FROM_MDL, CreateCommonBufferFromMdl);

#undef DDK_DMA_MEMBER_TYPE

#ifdef __cplusplus
}
#endif

#endif
