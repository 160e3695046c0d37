// Base relocations, for images that the memory manager did not relocate.

#include "ldrp.h"

enum { MaximumSections = 96 }; // of an image that Windows loads

static NTSTATUS LdrpProtectSection(PVOID Base, const IMAGE_SECTION_HEADER *Section,
                                   ULONG Protection, PULONG Old)
{
    PVOID Address = (PUCHAR)Base + Section->VirtualAddress;
    SIZE_T Size = Section->Misc.VirtualSize ? Section->Misc.VirtualSize : Section->SizeOfRawData;
    return NtProtectVirtualMemory(NtCurrentProcess(), &Address, &Size, Protection, Old);
}

// Make the sections that are not writable so, and keep what they were; or give that back.
static NTSTATUS LdrpProtectImage(PVOID Base, PIMAGE_NT_HEADERS Headers, PULONG Old, BOOLEAN Restore)
{
    PIMAGE_SECTION_HEADER Sections = IMAGE_FIRST_SECTION(Headers);
    NTSTATUS Status = STATUS_SUCCESS;
    for (ULONG i = 0; i < Headers->FileHeader.NumberOfSections && NT_SUCCESS(Status); i++) {
        if ((Sections[i].Characteristics & IMAGE_SCN_MEM_WRITE) || (Restore && !Old[i]))
            continue;
        ULONG Ignored;
        Status = LdrpProtectSection(Base, &Sections[i], Restore ? Old[i] : PAGE_READWRITE,
                                    Restore ? &Ignored : &Old[i]);
    }
    return Status;
}

static NTSTATUS LdrpApplyRelocations(PVOID Base, PIMAGE_NT_HEADERS Headers,
                                     PIMAGE_BASE_RELOCATION Block, ULONG Size, LONGLONG Delta)
{
    PUCHAR End = (PUCHAR)Block + Size;
    while ((SIZE_T)(End - (PUCHAR)Block) >= sizeof(*Block)) {
        ULONG BlockSize = Block->SizeOfBlock;
        if (BlockSize < sizeof(*Block) || BlockSize > (SIZE_T)(End - (PUCHAR)Block) ||
            Block->VirtualAddress > Headers->OptionalHeader.SizeOfImage - PAGE_SIZE)
            return STATUS_INVALID_IMAGE_FORMAT;
        ULONG Count = (BlockSize - (ULONG)sizeof(*Block)) / (ULONG)sizeof(USHORT);
        if (!LdrProcessRelocationBlock((ULONG_PTR)Base + Block->VirtualAddress, Count,
                                       (PUSHORT)(Block + 1), Delta))
            return STATUS_INVALID_IMAGE_FORMAT;
        Block = (PVOID)((PUCHAR)Block + BlockSize);
    }
    return STATUS_SUCCESS;
}

// The memory manager may have done it already: then the header names the address where the image is.
NTSTATUS LdrpRelocate(PVOID Base)
{
    PIMAGE_NT_HEADERS Headers = RtlImageNtHeader(Base);
    LONGLONG Delta = (LONGLONG)((ULONG_PTR)Base - Headers->OptionalHeader.ImageBase);
    if (!Delta)
        return STATUS_SUCCESS;
    ULONG Size;
    PIMAGE_BASE_RELOCATION Block =
        RtlImageDirectoryEntryToData(Base, TRUE, IMAGE_DIRECTORY_ENTRY_BASERELOC, &Size);
    if (!Block)
        return (Headers->FileHeader.Characteristics & IMAGE_FILE_RELOCS_STRIPPED)
                   ? STATUS_CONFLICTING_ADDRESSES
                   : STATUS_SUCCESS;
    if (Headers->FileHeader.NumberOfSections > MaximumSections)
        return STATUS_INVALID_IMAGE_FORMAT;

    ULONG Old[MaximumSections] = {};
    NTSTATUS Status = LdrpProtectImage(Base, Headers, Old, FALSE);
    if (NT_SUCCESS(Status))
        Status = LdrpApplyRelocations(Base, Headers, Block, Size, Delta);
    NTSTATUS Restored = LdrpProtectImage(Base, Headers, Old, TRUE);
    return NT_SUCCESS(Status) ? Restored : Status;
}
