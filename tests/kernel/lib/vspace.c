#include "vspace.h"

extern const char __executable_start[], _end[];

enum { PAGE = 1 << seL4_PageBits };

seL4_CPtr new_vspace(void)
{
    seL4_CPtr vspace = new_object(seL4_X64_PML4Object, 0);
    CHECK_OK(seL4_X86_ASIDPool_Assign(seL4_CapInitThreadASIDPool, vspace));
    return vspace;
}

void map_paging(paging_t *paging, seL4_Word address)
{
    paging->pdpt = new_object(seL4_X86_PDPTObject, 0);
    paging->directory = new_object(seL4_X86_PageDirectoryObject, 0);
    paging->table = new_object(seL4_X86_PageTableObject, 0);
    CHECK_OK(seL4_X86_PDPT_Map(paging->pdpt, paging->vspace, address, seL4_X86_WriteBack));
    CHECK_OK(
        seL4_X86_PageDirectory_Map(paging->directory, paging->vspace, address, seL4_X86_WriteBack));
    CHECK_OK(seL4_X86_PageTable_Map(paging->table, paging->vspace, address, seL4_X86_WriteBack));
}

paging_t new_paging(seL4_Word address)
{
    paging_t paging = {.vspace = new_vspace()};
    map_paging(&paging, address);
    return paging;
}

seL4_CPtr new_process_vspace(void)
{
    seL4_Word first = (seL4_Word)__executable_start & ~(seL4_Word)(PAGE - 1);
    paging_t paging = new_paging(first);
    seL4_Word table_end = (first | ((1ull << seL4_LargePageBits) - 1)) + 1;
    for (seL4_Word page = first; page < (seL4_Word)_end; page += PAGE) {
        if (page == table_end) {
            CHECK_OK(seL4_X86_PageTable_Map(new_object(seL4_X86_PageTableObject, 0), paging.vspace,
                                            page, seL4_X86_WriteBack));
            table_end += 1ull << seL4_LargePageBits;
        }
        seL4_CPtr frame = copy_cap(image_frame((const void *)page), seL4_AllRights);
        CHECK_OK(map_page(frame, paging.vspace, page));
    }
    return paging.vspace;
}
