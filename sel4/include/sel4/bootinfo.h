// What the kernel tells the root task: fixed slots, the BootInfo frame and the chunks after it.
// Source: seL4 Reference Manual 16.0.0, chapter "System Bootstrapping".
#pragma once

#include <sel4/constants.h>
#include <sel4/types.h>

// Slots of the initial thread's CNode.
enum seL4_RootCNodeCapSlots {
    seL4_CapNull = 0,
    seL4_CapInitThreadTCB = 1,
    seL4_CapInitThreadCNode = 2,
    seL4_CapInitThreadVSpace = 3,
    seL4_CapIRQControl = 4,
    seL4_CapASIDControl = 5,
    seL4_CapInitThreadASIDPool = 6,
    seL4_CapIOPortControl = 7,
    seL4_CapIOSpace = 8,
    seL4_CapBootInfoFrame = 9,
    seL4_CapInitThreadIPCBuffer = 10,
    seL4_CapDomain = 11,
    seL4_CapSMMUSIDControl = 12,
    seL4_CapSMMUCBControl = 13,
    seL4_CapInitThreadSC = 14,
    seL4_CapSMC = 15,
    seL4_NumInitialCaps = 16,
};

typedef struct seL4_SlotRegion {
    seL4_SlotPos start; // first slot of the region
    seL4_SlotPos end;   // first slot after it
} seL4_SlotRegion;

typedef struct seL4_UntypedDesc {
    seL4_Word paddr;
    seL4_Uint8 sizeBits;
    seL4_Uint8 isDevice;
    seL4_Uint8 padding[6];
} seL4_UntypedDesc;

typedef struct seL4_BootInfo {
    seL4_Word extraLen; // bytes of chunks, which start one frame above this structure
    seL4_NodeId nodeID;
    seL4_Word numNodes;
    seL4_Word numIOPTLevels;
    seL4_IPCBuffer *ipcBuffer;
    seL4_SlotRegion empty;
    seL4_SlotRegion sharedFrames;
    seL4_SlotRegion userImageFrames;
    seL4_SlotRegion userImagePaging;
    seL4_SlotRegion ioSpaceCaps;
    seL4_SlotRegion extraBIPages;
    seL4_Word initThreadCNodeSizeBits;
    seL4_Domain initThreadDomain;
    seL4_SlotRegion untyped;
    seL4_UntypedDesc untypedList[seL4_ConfigMaxBootInfoUntypedCaps];
} seL4_BootInfo;

enum { seL4_BootInfoFrameBits = seL4_PageBits, seL4_BootInfoFrameSize = 1 << seL4_PageBits };

static_assert(sizeof(seL4_UntypedDesc) == 16);
static_assert(sizeof(seL4_BootInfo) == 168 + 16 * seL4_ConfigMaxBootInfoUntypedCaps);
static_assert(sizeof(seL4_BootInfo) <= seL4_BootInfoFrameSize);

typedef enum seL4_BootInfoID {
    SEL4_BOOTINFO_HEADER_PADDING = 0,
    SEL4_BOOTINFO_HEADER_X86_VBE = 1,
    SEL4_BOOTINFO_HEADER_X86_MBMMAP = 2,
    SEL4_BOOTINFO_HEADER_X86_ACPI_RSDP = 3,
    SEL4_BOOTINFO_HEADER_X86_FRAMEBUFFER = 4,
    SEL4_BOOTINFO_HEADER_X86_TSC_FREQ = 5, // Uint32, MHz
    SEL4_BOOTINFO_HEADER_FDT = 6,
} seL4_BootInfoID;

typedef struct seL4_BootInfoHeader {
    seL4_Word id;
    seL4_Word len; // bytes, this header included
} seL4_BootInfoHeader;

enum { SEL4_MULTIBOOT_MAX_MMAP_ENTRIES = 50, SEL4_MULTIBOOT_RAM_REGION_TYPE = 1 };

#pragma pack(push, 1)

typedef struct seL4_X86_mb_mmap {
    seL4_Uint32 size;
    seL4_Uint64 base_addr;
    seL4_Uint64 length;
    seL4_Uint32 type;
} seL4_X86_mb_mmap_t;

typedef struct seL4_X86_BootInfo_mmap {
    seL4_BootInfoHeader header;
    seL4_Uint32 mmap_length; // bytes used in mmap
    seL4_X86_mb_mmap_t mmap[SEL4_MULTIBOOT_MAX_MMAP_ENTRIES];
} seL4_X86_BootInfo_mmap_t;

// Payload of the framebuffer chunk: the multiboot 2 framebuffer description.
typedef struct seL4_X86_BootInfo_fb {
    seL4_Uint64 addr;
    seL4_Uint32 pitch;
    seL4_Uint32 width;
    seL4_Uint32 height;
    seL4_Uint8 bpp;
    seL4_Uint8 type;
} seL4_X86_BootInfo_fb_t;

typedef struct seL4_VBEInfoBlock {
    char signature[4];
    seL4_Uint16 version;
    seL4_Uint32 oemStringPtr;
    seL4_Uint32 capabilities;
    seL4_Uint32 modeListPtr;
    seL4_Uint16 totalMemory;
    seL4_Uint16 oemSoftwareRev;
    seL4_Uint32 oemVendorNamePtr;
    seL4_Uint32 oemProductNamePtr;
    seL4_Uint32 oemProductRevPtr;
    seL4_Uint8 reserved[222];
    seL4_Uint8 oemData[256];
} seL4_VBEInfoBlock_t;

typedef struct seL4_VBEModeInfoBlock {
    seL4_Uint16 modeAttr;
    seL4_Uint8 winAAttr;
    seL4_Uint8 winBAttr;
    seL4_Uint16 winGranularity;
    seL4_Uint16 winSize;
    seL4_Uint16 winASeg;
    seL4_Uint16 winBSeg;
    seL4_Uint32 winFuncPtr;
    seL4_Uint16 bytesPerScanLine;
    seL4_Uint16 xRes; // VBE 1.2 from here
    seL4_Uint16 yRes;
    seL4_Uint8 xCharSize;
    seL4_Uint8 yCharSize;
    seL4_Uint8 planes;
    seL4_Uint8 bitsPerPixel;
    seL4_Uint8 banks;
    seL4_Uint8 memoryModel;
    seL4_Uint8 bankSize;
    seL4_Uint8 imagePages;
    seL4_Uint8 reserved1;
    seL4_Uint8 redLen;
    seL4_Uint8 redOff;
    seL4_Uint8 greenLen;
    seL4_Uint8 greenOff;
    seL4_Uint8 blueLen;
    seL4_Uint8 blueOff;
    seL4_Uint8 rsvdLen;
    seL4_Uint8 rsvdOff;
    seL4_Uint8 directColorInfo;
    seL4_Uint32 physBasePtr; // VBE 2.0 from here
    seL4_Uint8 reserved2[6];
    seL4_Uint8 vbe30[19]; // VBE 3.0
    seL4_Uint8 reserved3[187];
} seL4_VBEModeInfoBlock_t;

typedef struct seL4_X86_BootInfo_VBE {
    seL4_BootInfoHeader header;
    seL4_VBEInfoBlock_t vbeInfoBlock;
    seL4_VBEModeInfoBlock_t vbeModeInfoBlock;
    seL4_Uint32 vbeMode;
    seL4_Uint32 vbeInterfaceSeg;
    seL4_Uint32 vbeInterfaceOff;
    seL4_Uint32 vbeInterfaceLen;
} seL4_X86_BootInfo_VBE;

#pragma pack(pop)

static_assert(sizeof(seL4_VBEInfoBlock_t) == 512);
static_assert(sizeof(seL4_VBEModeInfoBlock_t) == 256);
static_assert(sizeof(seL4_X86_mb_mmap_t) == 24);
static_assert(sizeof(seL4_X86_BootInfo_fb_t) == 22);
