// Image segments: a PE file laid out as its headers say. A page is made from the file when it is first
// wanted; relocation happens then, for the one page.
#include "mmp.h"

#include <image/image.h>

constexpr ULONG MmImageTag = 'gmIM';

enum { MM_RELOCATION_TYPE_SHIFT = 12, MM_RELOCATION_OFFSET_MASK = 0xFFF };

PMM_SUBSECTION MmpSubsectionOf(PMM_SEGMENT Segment, ULONG_PTR Page)
{
    for (ULONG i = 0; i < Segment->SubsectionCount; i++) {
        PMM_SUBSECTION Subsection = &Segment->Subsections[i];
        if (Page - Subsection->FirstPage < Subsection->PageCount)
            return Subsection;
    }
    return nullptr; // between sections, or behind the last
}

// Size bytes at Rva as the file has them, zeros where it has none.
static VOID MmpReadImage(PMM_SEGMENT Segment, ULONG_PTR Rva, PUCHAR Target, SIZE_T Size)
{
    memset(Target, 0, Size);
    while (Size) {
        SIZE_T Part = min(Size, PAGE_SIZE - Rva % PAGE_SIZE);
        PMM_SUBSECTION Subsection = MmpSubsectionOf(Segment, Rva >> PAGE_SHIFT);
        if (Subsection) {
            SIZE_T Offset = Rva - ((SIZE_T)Subsection->FirstPage << PAGE_SHIFT);
            if (Offset < Subsection->FileSize)
                memcpy(Target, Segment->Data + Subsection->FileOffset + Offset,
                       min(Part, Subsection->FileSize - Offset));
        }
        Rva += Part;
        Target += Part;
        Size -= Part;
    }
}

// One address of the image that may lie across the page's border: it is worked out from the file's
// bytes, and the part that is in the page is written.
static VOID MmpApplyRelocation(PMM_SEGMENT Segment, ULONG_PTR PageRva, PUCHAR Target, ULONG_PTR Rva,
                               ULONG Width, LONGLONG Delta)
{
    ULONG64 Value = 0;
    MmpReadImage(Segment, Rva, (PUCHAR)&Value, Width);
    Value += (ULONG64)Delta;
    for (ULONG i = 0; i < Width; i++) {
        if (Rva + i - PageRva < PAGE_SIZE)
            Target[Rva + i - PageRva] = (UCHAR)(Value >> 8 * i);
    }
}

static VOID MmpApplyBlock(PMM_SEGMENT Segment, ULONG_PTR PageRva, PUCHAR Target,
                          ULONG_PTR BlockPage, LONGLONG Delta)
{
    ULONG Offset = Segment->RelocationOfPage[BlockPage];
    if (!Offset)
        return;
    const IMAGE_BASE_RELOCATION *Block =
        (const IMAGE_BASE_RELOCATION *)(Segment->Relocations + Offset - 1);
    const USHORT *Entries = (const USHORT *)(Block + 1);
    ULONG Count = (Block->SizeOfBlock - sizeof(*Block)) / sizeof(USHORT);
    for (ULONG i = 0; i < Count; i++) {
        ULONG Type = Entries[i] >> MM_RELOCATION_TYPE_SHIFT;
        ULONG_PTR Rva = (BlockPage << PAGE_SHIFT) + (Entries[i] & MM_RELOCATION_OFFSET_MASK);
        if (Type == IMAGE_REL_BASED_DIR64)
            MmpApplyRelocation(Segment, PageRva, Target, Rva, sizeof(ULONG64), Delta);
        else if (Type == IMAGE_REL_BASED_HIGHLOW)
            MmpApplyRelocation(Segment, PageRva, Target, Rva, sizeof(ULONG), Delta);
    }
}

// A block's last addresses may reach into the next page.
static VOID MmpRelocatePage(PMM_SEGMENT Segment, ULONG_PTR Page, PUCHAR Target, LONGLONG Delta)
{
    if (!Segment->RelocationOfPage)
        return;
    if (Page)
        MmpApplyBlock(Segment, Page << PAGE_SHIFT, Target, Page - 1, Delta);
    MmpApplyBlock(Segment, Page << PAGE_SHIFT, Target, Page, Delta);
}

// The mapped headers tell where the image is, so that a loader finds nothing left to relocate.
static VOID MmpPatchHeader(PMM_SEGMENT Segment, PUCHAR Target, ULONG_PTR Base)
{
    const IMAGE_DOS_HEADER *Dos = (const IMAGE_DOS_HEADER *)Segment->Data;
    SIZE_T Offset = (SIZE_T)Dos->e_lfanew + offsetof(IMAGE_NT_HEADERS64, OptionalHeader.ImageBase);
    if (Offset + sizeof(Base) <= PAGE_SIZE)
        memcpy(Target + Offset, &Base, sizeof(Base));
}

static VOID MmpMakeImagePage(PMM_SEGMENT Segment, ULONG_PTR Page, PUCHAR Target, ULONG_PTR Base)
{
    MmpReadImage(Segment, Page << PAGE_SHIFT, Target, PAGE_SIZE);
    if (Base == Segment->PreferredBase)
        return;
    MmpRelocatePage(Segment, Page, Target, (LONGLONG)(Base - Segment->PreferredBase));
    if (Page == 0)
        MmpPatchHeader(Segment, Target, Base);
}

VOID MmpFillImagePage(PMM_SEGMENT Segment, ULONG_PTR Page, PUCHAR Target)
{
    MmpMakeImagePage(Segment, Page, Target, Segment->Base);
}

// Does the page look different in a view at another base?
BOOLEAN MmpIsPageRelocated(PMM_SEGMENT Segment, ULONG_PTR Page)
{
    if (Page == 0)
        return TRUE;
    return Segment->RelocationOfPage &&
           (Segment->RelocationOfPage[Page] || Segment->RelocationOfPage[Page - 1]);
}

NTSTATUS MmpRelocatedFrame(PMM_SEGMENT Segment, ULONG_PTR Page, ULONG_PTR Base, PMM_PFN *Frame)
{
    PMM_PFN Pfn = MmpAllocateFrame(FALSE);
    if (!Pfn)
        return STATUS_NO_MEMORY;
    MmpMakeImagePage(Segment, Page, MmpFrameAddress(Pfn), Base);
    *Frame = Pfn;
    return STATUS_SUCCESS;
}

// ---- Creation

static NTSTATUS MmpMakeSubsections(PMM_SEGMENT Segment, PCRTL_IMAGE Image)
{
    ULONG Count = Image->SectionCount + 1;
    Segment->Subsections =
        ExAllocatePoolZero(NonPagedPool, Count * sizeof(MM_SUBSECTION), MmImageTag);
    if (!Segment->Subsections)
        return STATUS_INSUFFICIENT_RESOURCES;
    Segment->SubsectionCount = Count;
    for (ULONG i = 0; i < Count; i++) {
        RTL_IMAGE_PART Part;
        ULONG Protection;
        RtlpGetImagePart(Image, i, &Part);
        if (!MmpProtectionFromWin32(Part.Protection, &Protection))
            return STATUS_INVALID_IMAGE_FORMAT;
        if (Part.FileOffset > Image->Size || Part.FileSize > Image->Size - Part.FileOffset)
            return STATUS_INVALID_IMAGE_FORMAT;
        Segment->Subsections[i] = (MM_SUBSECTION){
            .FirstPage = Part.Rva >> PAGE_SHIFT,
            .PageCount = (ULONG)MM_PAGES(Part.VirtualSize),
            .FileOffset = Part.FileOffset,
            .FileSize = Part.FileSize,
            .Protection = (UCHAR)Protection,
            .Shared = (Part.Characteristics & IMAGE_SCN_MEM_SHARED) != 0,
        };
    }
    return STATUS_SUCCESS;
}

// Sections smaller than a page share pages: the whole file is one writable part.
static NTSTATUS MmpMakeFlatImage(PMM_SEGMENT Segment, PCRTL_IMAGE Image)
{
    Segment->Subsections = ExAllocatePoolZero(NonPagedPool, sizeof(MM_SUBSECTION), MmImageTag);
    if (!Segment->Subsections)
        return STATUS_INSUFFICIENT_RESOURCES;
    Segment->SubsectionCount = 1;
    Segment->Subsections[0] = (MM_SUBSECTION){
        .PageCount = (ULONG)Segment->PageCount,
        .FileSize = (ULONG)min(Image->Size, (SIZE_T)Segment->Size),
        .Protection = MM_EXECUTE_WRITECOPY,
    };
    Segment->ImageInformation.ImageMappedFlat = TRUE;
    return STATUS_SUCCESS;
}

// Note where each page's block is. Without a directory there is nothing to relocate; one that is not well
// formed means that the image can be mapped where it wants to be, or not at all.
static NTSTATUS MmpIndexRelocations(PMM_SEGMENT Segment, PCRTL_IMAGE Image)
{
    if (!RtlpImageIsRelocatable(Image))
        return STATUS_SUCCESS;
    const IMAGE_OPTIONAL_HEADER64 *Optional = &Image->NtHeaders->OptionalHeader;
    if (Optional->NumberOfRvaAndSizes <= IMAGE_DIRECTORY_ENTRY_BASERELOC ||
        !Optional->DataDirectory[IMAGE_DIRECTORY_ENTRY_BASERELOC].Size) {
        Segment->Relocatable = TRUE;
        return STATUS_SUCCESS;
    }
    ULONG Size;
    const UCHAR *Directory = RtlpImageDirectory(Image, IMAGE_DIRECTORY_ENTRY_BASERELOC, &Size);
    if (!Directory)
        return STATUS_SUCCESS;
    PULONG Index = ExAllocatePoolZero(NonPagedPool, Segment->PageCount * sizeof(ULONG), MmImageTag);
    if (!Index)
        return STATUS_INSUFFICIENT_RESOURCES;
    for (ULONG Offset = 0; Offset + sizeof(IMAGE_BASE_RELOCATION) <= Size;) {
        const IMAGE_BASE_RELOCATION *Block = (const IMAGE_BASE_RELOCATION *)(Directory + Offset);
        ULONG_PTR Page = Block->VirtualAddress >> PAGE_SHIFT;
        if (Block->SizeOfBlock < sizeof(*Block) || Block->SizeOfBlock > Size - Offset ||
            Block->SizeOfBlock % sizeof(ULONG) || Block->VirtualAddress % PAGE_SIZE ||
            Page >= Segment->PageCount || Index[Page]) {
            ExFreePool(Index);
            return STATUS_SUCCESS;
        }
        Index[Page] = Offset + 1;
        Offset += Block->SizeOfBlock;
    }
    Segment->Relocatable = TRUE;
    Segment->RelocationOfPage = Index;
    Segment->Relocations = Directory;
    Segment->RelocationSize = Size;
    return STATUS_SUCCESS;
}

static VOID MmpDescribeImage(PMM_SEGMENT Segment, PCRTL_IMAGE Image)
{
    const IMAGE_FILE_HEADER *File = &Image->NtHeaders->FileHeader;
    const IMAGE_OPTIONAL_HEADER64 *Optional = &Image->NtHeaders->OptionalHeader;
    PSECTION_IMAGE_INFORMATION Information = &Segment->ImageInformation;
    Segment->PreferredBase = Segment->Base = Optional->ImageBase;
    Information->TransferAddress = (PVOID)(Optional->ImageBase + Optional->AddressOfEntryPoint);
    Information->MaximumStackSize = Optional->SizeOfStackReserve;
    Information->CommittedStackSize = Optional->SizeOfStackCommit;
    Information->SubSystemType = Optional->Subsystem;
    Information->SubSystemMinorVersion = Optional->MinorSubsystemVersion;
    Information->SubSystemMajorVersion = Optional->MajorSubsystemVersion;
    Information->MajorOperatingSystemVersion = Optional->MajorOperatingSystemVersion;
    Information->MinorOperatingSystemVersion = Optional->MinorOperatingSystemVersion;
    Information->ImageCharacteristics = File->Characteristics;
    Information->DllCharacteristics = Optional->DllCharacteristics;
    Information->Machine = File->Machine;
    Information->ImageContainsCode = Optional->SizeOfCode || Optional->AddressOfEntryPoint;
    Information->LoaderFlags = Optional->LoaderFlags;
    Information->ImageFileSize = (ULONG)Image->Size;
    Information->CheckSum = Optional->CheckSum;
}

// Data stays where it is for as long as the segment lives.
static NTSTATUS MmpCreateImageSegment(const VOID *Data, SIZE_T Size, PMM_SEGMENT *Segment)
{
    RTL_IMAGE Image;
    NTSTATUS Status = RtlpParseImage((PVOID)Data, Size, FALSE, &Image);
    if (!NT_SUCCESS(Status))
        return Status;
    const IMAGE_OPTIONAL_HEADER64 *Optional = &Image.NtHeaders->OptionalHeader;
    PMM_SEGMENT New;
    Status = MmpCreateSegment(MmSegmentImage, Optional->SizeOfImage, &New);
    if (!NT_SUCCESS(Status))
        return Status;
    New->Data = Data;
    New->DataSize = Size;
    New->Attributes = SEC_IMAGE;
    New->Protection = MM_EXECUTE_WRITECOPY;
    if (Optional->SectionAlignment < PAGE_SIZE)
        Status = MmpMakeFlatImage(New, &Image);
    else
        Status = MmpMakeSubsections(New, &Image);
    if (NT_SUCCESS(Status))
        Status = MmpIndexRelocations(New, &Image);
    if (!NT_SUCCESS(Status)) {
        MmpDereferenceSegment(New);
        return Status;
    }
    MmpDescribeImage(New, &Image);
    *Segment = New;
    return STATUS_SUCCESS;
}

static LIST_ENTRY MmpImages = {&MmpImages, &MmpImages};

static PMM_SEGMENT MmpFindImage(const VOID *Data, SIZE_T Size)
{
    for (PLIST_ENTRY Link = MmpImages.Flink; Link != &MmpImages; Link = Link->Flink) {
        PMM_SEGMENT Segment = CONTAINING_RECORD(Link, MM_SEGMENT, ImageLink);
        if (Segment->Data == Data && Segment->DataSize == Size)
            return Segment;
    }
    return nullptr;
}

NTSTATUS MmpReferenceImageSegment(const VOID *Data, SIZE_T Size, PVOID Owner, PCUNICODE_STRING Name,
                                  PMM_SEGMENT *Segment)
{
    *Segment = MmpFindImage(Data, Size);
    if (*Segment) {
        MmpReferenceSegment(*Segment);
        return STATUS_SUCCESS;
    }
    NTSTATUS Status = MmpCreateImageSegment(Data, Size, Segment);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = MmpSetSegmentFile(*Segment, Owner, Name);
    if (!NT_SUCCESS(Status)) {
        MmpDereferenceSegment(*Segment);
        return Status;
    }
    // A file in the cache stays in one piece as long as the segment.
    PCC_STREAM Stream = Owner ? IoQueryFileStream(Owner) : nullptr;
    if (Stream && CcReferenceImage(Stream, Data))
        (*Segment)->Stream = Stream;
    InsertTailList(&MmpImages, &(*Segment)->ImageLink);
    return STATUS_SUCCESS;
}
