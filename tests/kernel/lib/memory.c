// The program's own frames, and a window of 512 pages for tests to map frames in.
#include "ktest.h"

extern const char __executable_start[];

static constexpr seL4_Word WINDOW = 0x100000000000;
enum { PAGE = 1 << seL4_PageBits, WINDOW_PAGES = 512 };

static seL4_Word next_page;

seL4_CPtr image_frame(const void *address)
{
    seL4_Word first = (seL4_Word)__executable_start & ~(seL4_Word)(PAGE - 1);
    return bootinfo->userImageFrames.start + (((seL4_Word)address - first) >> seL4_PageBits);
}

void window_setup(void)
{
    seL4_CPtr pdpt = permanent_object(seL4_X86_PDPTObject, 0);
    seL4_CPtr directory = permanent_object(seL4_X86_PageDirectoryObject, 0);
    seL4_CPtr table = permanent_object(seL4_X86_PageTableObject, 0);
    if (seL4_X86_PDPT_Map(pdpt, seL4_CapInitThreadVSpace, WINDOW, seL4_X86_WriteBack) ||
        seL4_X86_PageDirectory_Map(directory, seL4_CapInitThreadVSpace, WINDOW,
                                   seL4_X86_WriteBack) ||
        seL4_X86_PageTable_Map(table, seL4_CapInitThreadVSpace, WINDOW, seL4_X86_WriteBack))
        bail_out("cannot map the page window");
}

void window_reset(void)
{
    next_page = 0;
}

void *window_reserve(void)
{
    if (next_page == WINDOW_PAGES)
        bail_out("the page window is full");
    return (void *)(WINDOW + next_page++ * PAGE);
}

void *window_map(seL4_CPtr frame)
{
    void *address = window_reserve();
    CHECK_OK(seL4_X86_Page_Map(frame, seL4_CapInitThreadVSpace, (seL4_Word)address, seL4_ReadWrite,
                               seL4_X86_WriteBack));
    return address;
}

void *new_page(seL4_CPtr *frame)
{
    seL4_CPtr cap = new_object(seL4_X86_4K, 0);
    if (frame)
        *frame = cap;
    return window_map(cap);
}
