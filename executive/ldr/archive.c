// The boot archive (boot/bootarchive.h). It is checked as a whole once; after that its entries are used
// as they are.
#include "ntos.h"

#include <boot/bootarchive.h>

#pragma section(".bootarc", read)
__declspec(allocate(".bootarc")) static const volatile boot_archive_descriptor_t LdrpDescriptor = {
    .magic = {'P', 'R', 'O', 'T', 'D', 'E', 'S', 'C'},
};

static const UCHAR *LdrpArchive;
static const boot_archive_entry_t *LdrpEntries;
static ULONG LdrpEntryCount;

static BOOLEAN LdrpIsInside(ULONG64 Offset, ULONG64 Size, ULONG64 Whole)
{
    return Offset <= Whole && Size <= Whole - Offset;
}

static UNICODE_STRING LdrpNameOf(const boot_archive_entry_t *Entry)
{
    USHORT Length = (USHORT)Entry->name_length;
    return (UNICODE_STRING){Length, Length, (PWCH)(LdrpArchive + Entry->name_offset)};
}

static BOOLEAN LdrpIsEntrySound(const boot_archive_entry_t *Entry, ULONG64 Whole)
{
    return Entry->offset % boot_archive_page_size == 0 && Entry->name_length % sizeof(WCHAR) == 0 &&
           Entry->name_length <= UNICODE_STRING_MAX_BYTES &&
           LdrpIsInside(Entry->offset, Entry->size, Whole) &&
           LdrpIsInside(Entry->name_offset, Entry->name_length, Whole);
}

VOID LdrInitBootArchive(VOID)
{
    const boot_archive_header_t *Header = (const boot_archive_header_t *)LdrpDescriptor.address;
    ULONG64 Size = LdrpDescriptor.size;
    if (Size < sizeof(*Header) || memcmp(Header->magic, BOOT_ARCHIVE_MAGIC, 8) != 0 ||
        Header->version != boot_archive_version || Header->size > Size) {
        DbgPrintEx(DPFLTR_LDR_ID, DPFLTR_WARNING_LEVEL, "ldr: no boot archive\n");
        return;
    }
    const boot_archive_entry_t *Entries = (const boot_archive_entry_t *)(Header + 1);
    if (!LdrpIsInside(sizeof(*Header), (ULONG64)Header->entry_count * sizeof(*Entries), Size))
        return;
    LdrpArchive = (const UCHAR *)Header;
    for (ULONG i = 0; i < Header->entry_count; i++) {
        if (!LdrpIsEntrySound(&Entries[i], Size)) {
            DbgPrintEx(DPFLTR_LDR_ID, DPFLTR_WARNING_LEVEL,
                       "ldr: entry %lu of the boot archive is damaged\n", i);
            return;
        }
    }
    LdrpEntries = Entries;
    LdrpEntryCount = Header->entry_count;
}

ULONG LdrBootFileCount(VOID)
{
    return LdrpEntryCount;
}

NTSTATUS LdrQueryBootFile(ULONG Index, PUNICODE_STRING Name, const VOID **Data, PSIZE_T Size)
{
    if (Index >= LdrpEntryCount)
        return STATUS_NO_MORE_ENTRIES;
    *Name = LdrpNameOf(&LdrpEntries[Index]);
    *Data = LdrpArchive + LdrpEntries[Index].offset;
    *Size = LdrpEntries[Index].size;
    return STATUS_SUCCESS;
}

NTSTATUS LdrFindBootFile(PCUNICODE_STRING Name, const VOID **Data, PSIZE_T Size)
{
    ULONG Low = 0, High = LdrpEntryCount;
    while (Low < High) {
        ULONG Middle = Low + (High - Low) / 2;
        UNICODE_STRING Other = LdrpNameOf(&LdrpEntries[Middle]);
        LONG Order = RtlCompareUnicodeString(Name, &Other, TRUE);
        if (Order == 0)
            return LdrQueryBootFile(Middle, &Other, Data, Size);
        if (Order < 0)
            High = Middle;
        else
            Low = Middle + 1;
    }
    return STATUS_OBJECT_NAME_NOT_FOUND;
}
