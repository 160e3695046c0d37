// Writing a new volume (FAT specification, chapters 3 to 6).
#include "fatutil.h"

enum {
    FmtChunk = 1 << 20, // bytes that are written at a time
    FmtInfoSector = 1,
    FmtBackupSector = 6,
    FmtRootCluster = 2,
    FmtMostBad = 65536,
};

typedef struct _FMT_WRITER {
    FMT_ORDER *Order;
    const FAT_STORE *Store;
    uint8_t *Zeroes, *Sector; // of FmtChunk bytes, of one sector
    uint32_t *Bad, BadCount;
    uint64_t FatOffset, FatBytes, RootOffset, DataOffset;
    uint32_t ClusterSize;
} FMT_WRITER;

// Says that there is nothing to start from here, and starts the machine from elsewhere after a key was pressed.
static const uint8_t BootCode[] = {
    0xFC,             // cld
    0x0E, 0x1F,       // push cs, pop ds
    0xE8, 0x00, 0x00, // call next
    0x5E,             // next: pop si
    0x83, 0xC6, 0x18, // add si, text - next
    0xAC,             // again: lodsb
    0x84, 0xC0,       // test al, al
    0x74, 0x09,       // jz wait
    0xB4, 0x0E,       // mov ah, 14
    0xBB, 0x07, 0x00, // mov bx, 7
    0xCD, 0x10,       // int 10h
    0xEB, 0xF2,       // jmp again
    0x31, 0xC0,       // wait: xor ax, ax
    0xCD, 0x16,       // int 16h
    0xCD, 0x19,       // int 19h
};
static const char BootText[] =
    "This volume holds no operating system.\r\nPress a key to start from another.\r\n";

// ---- The boot sector

static void FmtPutExtension(uint8_t *At, const FMT_ORDER *Order)
{
    static const uint8_t NoName[] = "NO NAME    ";
    const FMT_LAYOUT *Layout = &Order->Layout;
    const char *Type = Layout->Bits == 32   ? "FAT32   "
                       : Layout->Bits == 16 ? "FAT16   "
                                            : "FAT12   ";
    At[0] = Layout->Drive;
    At[FAT_EXTENSION_SIGNATURE] = 0x29;
    FatPut32(At + FAT_EXTENSION_SERIAL, Order->Serial);
    memcpy(At + FAT_EXTENSION_LABEL, Order->Label[0] == ' ' ? NoName : Order->Label,
           FAT_SHORT_BYTES);
    memcpy(At + FAT_EXTENSION_TYPE, Type, 8);
}

static void FmtPut32(uint8_t *Boot, const FMT_LAYOUT *Layout)
{
    FatPut32(Boot + FAT_BOOT32_FAT_SECTORS, Layout->FatSectors);
    FatPut32(Boot + FAT_BOOT32_ROOT, FmtRootCluster);
    FatPut16(Boot + FAT_BOOT32_INFO, FmtInfoSector);
    FatPut16(Boot + FAT_BOOT32_BACKUP, FmtBackupSector);
}

static void FmtMakeBoot(uint8_t *Boot, const FMT_ORDER *Order)
{
    const FMT_LAYOUT *Layout = &Order->Layout;
    uint32_t Extension = Layout->Bits == 32 ? FAT_BOOT32_DRIVE : FAT_BOOT16_DRIVE;
    uint32_t Code = Extension + FAT_EXTENSION_TYPE + 8;
    memset(Boot, 0, Layout->SectorSize);
    Boot[0] = 0xEB; // jmp short
    Boot[1] = (uint8_t)(Code - 2);
    Boot[2] = 0x90;
    memcpy(Boot + FAT_BOOT_OEM, "MSDOS5.0", 8); // some drivers take nothing else
    FatPut16(Boot + FAT_BOOT_SECTOR_SIZE, Layout->SectorSize);
    Boot[FAT_BOOT_CLUSTER_SECTORS] = (uint8_t)Layout->ClusterSectors;
    FatPut16(Boot + FAT_BOOT_RESERVED, Layout->Reserved);
    Boot[FAT_BOOT_FATS] = (uint8_t)Layout->Fats;
    FatPut16(Boot + FAT_BOOT_ROOT_SLOTS, Layout->RootSlots);
    bool Short = Layout->Bits != 32 && Layout->TotalSectors < 0x10000;
    FatPut16(Boot + FAT_BOOT_TOTAL16, Short ? Layout->TotalSectors : 0);
    FatPut32(Boot + FAT_BOOT_TOTAL32, Short ? 0 : Layout->TotalSectors);
    Boot[FAT_BOOT_MEDIA] = Layout->Media;
    FatPut16(Boot + FAT_BOOT_FAT_SECTORS16, Layout->Bits == 32 ? 0 : Layout->FatSectors);
    FatPut16(Boot + FAT_BOOT_TRACK_SECTORS, Layout->SectorsPerTrack);
    FatPut16(Boot + FAT_BOOT_HEADS, Layout->Heads);
    FatPut32(Boot + FAT_BOOT_HIDDEN, Layout->HiddenSectors);
    if (Layout->Bits == 32)
        FmtPut32(Boot, Layout);
    FmtPutExtension(Boot + Extension, Order);
    memcpy(Boot + Code, BootCode, sizeof(BootCode));
    memcpy(Boot + Code + sizeof(BootCode), BootText, sizeof(BootText));
    FatPut16(Boot + FAT_BOOT_MAGIC, 0xAA55);
}

static void FmtMakeInfo(uint8_t *Info, const FMT_ORDER *Order)
{
    memset(Info, 0, Order->Layout.SectorSize);
    FatPut32(Info, FAT_INFO_SIGNATURE1);
    FatPut32(Info + FAT_INFO_AT_SIGNATURE2, FAT_INFO_SIGNATURE2);
    FatPut32(Info + FAT_INFO_AT_FREE, Order->Layout.Clusters - 1 - Order->BadFound);
    FatPut32(Info + FAT_INFO_AT_NEXT, FmtRootCluster + 1);
    FatPut16(Info + FAT_BOOT_MAGIC, 0xAA55);
}

// ---- Writing

static bool FmtPut(const FMT_WRITER *Writer, uint64_t Offset, uint32_t Length, const void *Data)
{
    return Writer->Store->Write(Writer->Store->Context, Offset, Length, Data);
}

static bool FmtZero(const FMT_WRITER *Writer, uint64_t Offset, uint64_t Length)
{
    for (uint64_t Done = 0; Done < Length; Done += FmtChunk) {
        if (!FmtPut(Writer, Offset + Done, FatMin(FmtChunk, Length - Done), Writer->Zeroes))
            return false;
    }
    return true;
}

static bool FmtPutSector(const FMT_WRITER *Writer, uint32_t Number)
{
    uint32_t Size = Writer->Order->Layout.SectorSize;
    return FmtPut(Writer, (uint64_t)Number * Size, Size, Writer->Sector);
}

// A byte of a FAT entry, in every copy of the FAT; bits outside of Mask stay.
static bool FmtPatch(const FMT_WRITER *Writer, uint64_t Place, uint8_t Value, uint8_t Mask)
{
    const FMT_LAYOUT *Layout = &Writer->Order->Layout;
    uint64_t Sector = Place / Layout->SectorSize * Layout->SectorSize;
    for (uint32_t i = 0; i < Layout->Fats; i++) {
        uint64_t Offset = Writer->FatOffset + i * Writer->FatBytes + Sector;
        uint8_t *Data = Writer->Sector;
        if (!Writer->Store->Read(Writer->Store->Context, Offset, Layout->SectorSize, Data))
            return false;
        Data[Place - Sector] = (uint8_t)((Data[Place - Sector] & ~Mask) | (Value & Mask));
        if (!FmtPut(Writer, Offset, Layout->SectorSize, Data))
            return false;
    }
    return true;
}

static bool FmtSetEntry(const FMT_WRITER *Writer, uint32_t Cluster, uint32_t Value)
{
    uint32_t Bits = Writer->Order->Layout.Bits;
    uint64_t Place = (uint64_t)Cluster * Bits / 8;
    if (Bits == 12) {
        bool Odd = Cluster & 1;
        return FmtPatch(Writer, Place, (uint8_t)(Odd ? Value << 4 : Value), Odd ? 0xF0 : 0xFF) &&
               FmtPatch(Writer, Place + 1, (uint8_t)(Odd ? Value >> 4 : Value >> 8),
                        Odd ? 0xFF : 0x0F);
    }
    for (uint32_t i = 0; i < Bits / 8; i++) {
        if (!FmtPatch(Writer, Place + i, (uint8_t)(Value >> 8 * i), 0xFF))
            return false;
    }
    return true;
}

static bool FmtWriteFats(const FMT_WRITER *Writer)
{
    const FMT_LAYOUT *Layout = &Writer->Order->Layout;
    uint32_t Ones = Layout->Bits == 32 ? 0x0FFFFFFF : 0xFFFF;
    if (!FmtZero(Writer, Writer->FatOffset, Layout->Fats * Writer->FatBytes) ||
        !FmtSetEntry(Writer, 0, (Ones & ~0xFFU) | Layout->Media) || !FmtSetEntry(Writer, 1, Ones) ||
        (Layout->Bits == 32 && !FmtSetEntry(Writer, FmtRootCluster, Ones)))
        return false;
    for (uint32_t i = 0; i < Writer->BadCount; i++) {
        if (!FmtSetEntry(Writer, Writer->Bad[i], Ones & ~8U))
            return false;
    }
    return true;
}

static bool FmtWriteRoot(FMT_WRITER *Writer)
{
    const FMT_ORDER *Order = Writer->Order;
    uint32_t Size = Order->Layout.SectorSize;
    uint64_t Length =
        Order->Layout.Bits == 32 ? Writer->ClusterSize : Writer->DataOffset - Writer->RootOffset;
    if (!FmtZero(Writer, Writer->RootOffset, Length))
        return false;
    if (Order->Label[0] == ' ')
        return true;
    memset(Writer->Sector, 0, Size);
    memcpy(Writer->Sector, Order->Label, FAT_SHORT_BYTES);
    Writer->Sector[FAT_AT_ATTRIBUTES] = FAT_ATTRIBUTE_LABEL;
    FatPut16(Writer->Sector + FAT_AT_MODIFIED_TIME, Order->Now.Time);
    FatPut16(Writer->Sector + FAT_AT_MODIFIED_DATE, Order->Now.Date);
    return FmtPut(Writer, Writer->RootOffset, Size, Writer->Sector);
}

// ---- The data area: written over, and what cannot be written is marked as bad

static FAT_RESULT FmtTryClusters(FMT_WRITER *Writer, uint32_t First, uint32_t Count)
{
    for (uint32_t i = First; i < First + Count; i++) {
        if (FmtZero(Writer, Writer->DataOffset + (uint64_t)(i - 2) * Writer->ClusterSize,
                    Writer->ClusterSize))
            continue;
        // Without its root there is no volume, and a medium that is bad all over is none either.
        if ((i == FmtRootCluster && Writer->Order->Layout.Bits == 32) ||
            Writer->BadCount == FmtMostBad)
            return FatIoError;
        Writer->Bad[Writer->BadCount++] = i;
    }
    return FatDone;
}

static FAT_RESULT FmtWipe(FMT_WRITER *Writer)
{
    FMT_ORDER *Order = Writer->Order;
    uint32_t Clusters = Order->Layout.Clusters, Step = FmtChunk / Writer->ClusterSize;
    for (uint32_t Done = 0; Done < Clusters; Done += Step) {
        uint32_t Count = FatMin(Step, Clusters - Done);
        uint64_t Offset = Writer->DataOffset + (uint64_t)Done * Writer->ClusterSize;
        FAT_RESULT Result = FatDone;
        if (!FmtZero(Writer, Offset, (uint64_t)Count * Writer->ClusterSize))
            Result = FmtTryClusters(Writer, Done + 2, Count);
        if (Result != FatDone)
            return Result;
        uint32_t Percent = (uint32_t)((uint64_t)(Done + Count) * 100 / Clusters);
        if (Order->Progress && !Order->Progress(Order->Context, Percent))
            return FatIoError;
    }
    Order->BadFound = Writer->BadCount;
    return FatDone;
}

// ---- All of it

static bool FmtWriteReserved(FMT_WRITER *Writer)
{
    FMT_ORDER *Order = Writer->Order;
    bool Done = true;
    if (Order->Layout.Bits != 32)
        return true;
    for (uint32_t Base = 0; Base <= FmtBackupSector; Base += FmtBackupSector) {
        FmtMakeInfo(Writer->Sector, Order);
        Done &= FmtPutSector(Writer, Base + FmtInfoSector);
        memset(Writer->Sector, 0, Order->Layout.SectorSize);
        FatPut16(Writer->Sector + FAT_BOOT_MAGIC, 0xAA55);
        Done &= FmtPutSector(Writer, Base + 2); // room for a longer boot program
    }
    FmtMakeBoot(Writer->Sector, Order);
    return Done && FmtPutSector(Writer, FmtBackupSector);
}

static FAT_RESULT FmtWriteAll(FMT_WRITER *Writer)
{
    FMT_ORDER *Order = Writer->Order;
    const FAT_STORE *Store = Writer->Store;
    FAT_RESULT Result = FatDone;
    if (!FmtZero(Writer, 0, Writer->FatOffset) || !Store->Barrier(Store->Context))
        return FatIoError;
    if (!Order->Quick)
        Result = FmtWipe(Writer);
    if (Result != FatDone)
        return Result;
    if (!FmtWriteFats(Writer) || !FmtWriteRoot(Writer) || !FmtWriteReserved(Writer) ||
        !Store->Barrier(Store->Context))
        return FatIoError;
    FmtMakeBoot(Writer->Sector, Order);
    return FmtPutSector(Writer, 0) && Store->Barrier(Store->Context) ? FatDone : FatIoError;
}

FAT_RESULT FmtWrite(FMT_ORDER *Order)
{
    const FAT_STORE *Store = Order->Store;
    const FMT_LAYOUT *Layout = &Order->Layout;
    FMT_WRITER Writer = {
        .Order = Order,
        .Store = Store,
        .Zeroes = FuAllocate(Store, FmtChunk),
        .Sector = FuAllocate(Store, Layout->SectorSize),
        .Bad = FuAllocate(Store, FmtMostBad * sizeof(uint32_t)),
        .FatOffset = (uint64_t)Layout->Reserved * Layout->SectorSize,
        .FatBytes = (uint64_t)Layout->FatSectors * Layout->SectorSize,
        .ClusterSize = Layout->ClusterSectors * Layout->SectorSize,
    };
    Writer.RootOffset = Writer.FatOffset + Layout->Fats * Writer.FatBytes;
    uint32_t RootSectors =
        (Layout->RootSlots * FAT_SLOT_BYTES + Layout->SectorSize - 1) / Layout->SectorSize;
    Writer.DataOffset = Writer.RootOffset + (uint64_t)RootSectors * Layout->SectorSize;
    Order->BadFound = 0;
    FAT_RESULT Result = FatNoMemory;
    if (Writer.Zeroes && Writer.Sector && Writer.Bad)
        Result = FmtWriteAll(&Writer);
    FuFree(Store, Writer.Zeroes);
    FuFree(Store, Writer.Sector);
    FuFree(Store, Writer.Bad);
    return Result;
}

// ---- The label

bool FmtLabel(const FAT_STORE *Store, const uint16_t *Text, uint32_t Length,
              uint8_t Label[FAT_SHORT_BYTES])
{
    while (Length && Text[Length - 1] == ' ')
        Length--;
    if (Length > FAT_SHORT_BYTES || (Length && Text[0] == ' '))
        return false;
    memset(Label, ' ', FAT_SHORT_BYTES);
    for (uint32_t i = 0; i < Length; i++) {
        uint16_t Character = Store->Upcase(Text[i]);
        Label[i] = Store->ToOem(Character);
        if (Character < ' ' || !Label[i] ||
            (Character < 0x80 && strchr("\"*+,./:;<=>?[\\]|&^()@", Character)))
            return false;
    }
    if (Label[0] == FAT_SLOT_FREE)
        Label[0] = FAT_SLOT_KANJI;
    return true;
}
