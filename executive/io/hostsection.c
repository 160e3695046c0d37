// Which files have sections: hosts see it without asking, as they look whenever a file is opened to be written or deleted.
#include "hostp.h"

static ULONG IopSectionCounts[HOST_SECTION_BITS]; // streams, of whichever host
static ULONG IopSectionBits[HOST_SECTION_BITS / 32];

VOID IopShowSections(PIO_HOST Host)
{
    for (ULONG i = 0; i < RTL_NUMBER_OF(IopSectionBits); i++)
        Host->Shared->Sections[i] = IopSectionBits[i];
}

VOID IoStreamHasSections(ULONG64 Key, BOOLEAN Has)
{
    ULONG Bit = HostSectionBit(Key), Word = Bit / 32;
    IopSectionCounts[Bit] += Has ? 1 : -1u;
    ULONG Bits = IopSectionBits[Word] & ~(1u << Bit % 32);
    IopSectionBits[Word] = IopSectionCounts[Bit] ? Bits | 1u << Bit % 32 : Bits;
    for (PLIST_ENTRY Link = IopHostListHead.Flink; Link != &IopHostListHead; Link = Link->Flink) {
        PIO_HOST Host = CONTAINING_RECORD(Link, IO_HOST, Link);
        if (Host->Shared) // or it is being made
            Host->Shared->Sections[Word] = IopSectionBits[Word];
    }
}
