// Mapping and making pages.
#include "bench.h"

TEST(map, "bench/map")
{
    const seL4_CPtr vspace = new_vspace();
    paging_t paging = {.vspace = vspace};
    constexpr seL4_Word address = 0x40000000;
    map_paging(&paging, address);

    sample_t map = {0}, unmap = {0};
    const seL4_CPtr frame = new_object(seL4_X86_4K, 0);
    for (int round = 0; round < ROUNDS; round++) {
        const seL4_Word start = ticks();
        const seL4_Error mapped = map_page(frame, vspace, address);
        const seL4_Word middle = ticks();
        const seL4_Error unmapped = seL4_X86_Page_Unmap(frame);
        const seL4_Word end = ticks();
        CHECK_OK(mapped);
        CHECK_OK(unmapped);
        sample_add(&map, round, middle - start);
        sample_add(&unmap, round, end - middle);
    }
    report("map-page", &map);
    report("unmap-page", &unmap);
}

TEST(retype, "bench/retype")
{
    const seL4_CPtr slots = new_slots(ROUNDS);
    sample_t page = {0};
    for (int round = 0; round < ROUNDS; round++) {
        const seL4_Word start = ticks();
        const seL4_Error made = seL4_Untyped_Retype(pool_untyped(), seL4_X86_4K, 0, ROOT, 0, 0,
                                                    slots + (seL4_Word)round, 1);
        const seL4_Word end = ticks();
        CHECK_OK(made);
        sample_add(&page, round, end - start);
    }
    report("allocate-page", &page);
}
