// Address spaces made by tests.
#pragma once

#include "ktest.h"

// The structures that hold one 4 KiB page at an address.
typedef struct paging {
    seL4_CPtr vspace, pdpt, directory, table;
} paging_t;

seL4_CPtr new_vspace(void);             // with an ASID
paging_t new_paging(seL4_Word address); // in a new VSpace, mapped as far as the page table
void map_paging(paging_t *paging, seL4_Word address); // the three structures below paging->vspace

// A new VSpace in which the program lies at its usual addresses: same code and same data.
seL4_CPtr new_process_vspace(void);

static inline seL4_Error map_page(seL4_CPtr frame, seL4_CPtr vspace, seL4_Word address)
{
    return seL4_X86_Page_Map(frame, vspace, address, seL4_ReadWrite, seL4_X86_WriteBack);
}
