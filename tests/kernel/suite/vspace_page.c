// Pages: Map and its rules, Unmap, GetAddress, attributes, several mappings of one frame.
#include "vspace.h"

static constexpr seL4_Word AT = 0x200000000000, PAGE = 0x1000;

TEST(errors, "vspace/page/map-errors")
{
    paging_t paging = new_paging(AT);
    seL4_CPtr frame = new_object(seL4_X86_4K, 0);
    CHECK_ERROR(seL4_TruncatedMessage, invoke(frame, X86PageMap, WORDS(), WORDS(AT, 3, 0)));
    CHECK_ERROR(seL4_TruncatedMessage,
                invoke(frame, X86PageMap, WORDS(paging.vspace), WORDS(AT, 3)));
    CHECK_ERROR(seL4_InvalidCapability, map_page(frame, new_slot(), AT), 1);
    CHECK_ERROR(seL4_InvalidCapability, map_page(frame, paging.table, AT), 1);
    CHECK_ERROR(seL4_InvalidCapability, map_page(frame, new_object(seL4_X64_PML4Object, 0), AT), 1);
    for (seL4_Word bit = 0; bit < seL4_PageBits; bit++)
        CHECK_ERROR(seL4_AlignmentError, map_page(frame, paging.vspace, AT | 1ull << bit));
    CHECK_ERROR(seL4_IllegalOperation, invoke(frame, InvalidInvocation, WORDS(), WORDS()));
    CHECK_ERROR(seL4_IllegalOperation, invoke(frame, X86PageTableMap, WORDS(), WORDS()));
}

TEST(top, "vspace/page/highest-address")
{
    paging_t paging = new_paging(0x7fffffffe000);
    seL4_CPtr frame = new_object(seL4_X86_4K, 0);
    CHECK_ERROR(seL4_InvalidArgument, map_page(frame, paging.vspace, 0x7ffffffff000), 0);
    CHECK_ERROR(seL4_InvalidArgument, map_page(frame, paging.vspace, 0x800000000000), 0);
    CHECK_ERROR(seL4_InvalidArgument, map_page(frame, paging.vspace, 0xffffffffffffe000), 0);
    CHECK_ERROR(seL4_InvalidArgument, map_page(frame, paging.vspace, 0x7ffffffff001), 0);
    CHECK_OK(map_page(frame, paging.vspace, 0x7fffffffe000));
    // A large page must end below the top as well.
    CHECK_ERROR(seL4_InvalidArgument,
                map_page(new_object(seL4_X86_LargePageObject, 0), paging.vspace, 0x7fffffe00000),
                0);
}

TEST(precedence, "vspace/page/map-precedence")
{
    paging_t paging = new_paging(AT);
    seL4_CPtr frame = new_object(seL4_X86_4K, 0), mapped = new_object(seL4_X86_4K, 0);
    CHECK_ERROR(seL4_InvalidCapability, map_page(frame, ROOT, 0x7ffffffff001), 1);
    CHECK_ERROR(seL4_InvalidArgument, map_page(frame, paging.vspace, 0x7ffffffff001), 0);
    CHECK_ERROR(seL4_AlignmentError, map_page(frame, paging.vspace, (AT + (1ull << 40)) | 1));
    CHECK_OK(map_page(mapped, paging.vspace, AT));
    CHECK_ERROR(seL4_InvalidArgument, map_page(mapped, paging.vspace, AT + 1), 0);
    CHECK_ERROR(seL4_InvalidCapability, map_page(mapped, new_vspace(), AT + 1), 1);
    CHECK_ERROR(seL4_InvalidArgument, map_page(mapped, paging.vspace, 0x7ffffffff000), 0);
}

TEST(remap, "vspace/page/remap-same-address")
{
    paging_t paging = new_paging(AT);
    seL4_CPtr frame = new_object(seL4_X86_4K, 0);
    CHECK_OK(map_page(frame, paging.vspace, AT));
    CHECK_OK(map_page(frame, paging.vspace, AT));
    CHECK_ERROR(seL4_InvalidArgument, map_page(frame, paging.vspace, AT + PAGE), 0);
    CHECK_ERROR(seL4_InvalidCapability, map_page(frame, new_paging(AT).vspace, AT), 1);
    CHECK_ERROR(seL4_InvalidCapability, map_page(frame, seL4_CapInitThreadVSpace, AT), 1);
    CHECK_OK(seL4_X86_Page_Unmap(frame));
    CHECK_OK(map_page(frame, paging.vspace, AT + PAGE));
}

static void poke(thread_t *self)
{
    *(volatile seL4_Word *)self->arg[0] = self->arg[1];
}

// Whether a thread can write to an address.
static bool can_write(seL4_Word address)
{
    return thread_spawn(ABOVE, poke, address, 1, 0)->done;
}

TEST(remap_rights, "vspace/page/remap-changes-rights")
{
    seL4_CPtr frame;
    seL4_Word address = (seL4_Word)new_page(&frame);
    CHECK(can_write(address));
    CHECK_OK(seL4_X86_Page_Map(frame, seL4_CapInitThreadVSpace, address, seL4_CanRead,
                               seL4_X86_WriteBack));
    CHECK(!can_write(address));
    CHECK_EQ(1, *(seL4_Word *)address);
    CHECK_OK(map_page(frame, seL4_CapInitThreadVSpace, address));
    CHECK(can_write(address));
}

TEST(cap_rights, "vspace/page/rights-of-the-capability-limit")
{
    seL4_CPtr frame = new_object(seL4_X86_4K, 0);
    seL4_Word address = (seL4_Word)window_reserve();
    CHECK_OK(map_page(copy_cap(frame, seL4_CanRead), seL4_CapInitThreadVSpace, address));
    CHECK(!can_write(address));
    CHECK_EQ(0, *(volatile seL4_Word *)address);
}

TEST(copies, "vspace/page/one-frame-at-two-addresses")
{
    seL4_CPtr frame;
    volatile seL4_Word *first = new_page(&frame);
    volatile seL4_Word *second = window_map(copy_cap(frame, seL4_AllRights));
    first[5] = 0x1234;
    CHECK_EQ(0x1234, second[5]);
    second[5] = 0x4321;
    CHECK_EQ(0x4321, first[5]);
    // Each capability has its own mapping.
    CHECK_OK(seL4_X86_Page_Unmap(frame));
    CHECK(!can_write((seL4_Word)first));
    CHECK_EQ(0x4321, second[5]);
}

TEST(copy_unmapped, "vspace/page/copy-of-mapped-capability-is-unmapped")
{
    seL4_CPtr frame;
    seL4_Word address = (seL4_Word)new_page(&frame);
    seL4_CPtr copy = copy_cap(frame, seL4_AllRights);
    CHECK_OK(seL4_X86_Page_Unmap(copy));
    CHECK(can_write(address));
    delete_cap(copy);
    CHECK(can_write(address));
}

TEST(moved, "vspace/page/move-keeps-the-mapping")
{
    seL4_CPtr frame, moved = new_slot();
    seL4_Word address = (seL4_Word)new_page(&frame);
    CHECK_OK(seL4_CNode_Move(ROOT, moved, DEPTH, ROOT, frame, DEPTH));
    CHECK(can_write(address));
    CHECK_OK(seL4_X86_Page_Unmap(moved));
    CHECK(!can_write(address));
}

TEST(deleted, "vspace/page/delete-unmaps")
{
    seL4_CPtr frame;
    seL4_Word address = (seL4_Word)new_page(&frame);
    seL4_CPtr copy = copy_cap(frame, seL4_AllRights);
    delete_cap(frame);
    CHECK(!can_write(address));
    CHECK(!slot_is_empty(copy));
}

TEST(revoked, "vspace/page/revoke-unmaps-copies")
{
    seL4_CPtr frame;
    seL4_Word first = (seL4_Word)new_page(&frame);
    seL4_Word second = (seL4_Word)window_map(copy_cap(frame, seL4_AllRights));
    CHECK_OK(seL4_CNode_Revoke(ROOT, frame, DEPTH));
    CHECK(can_write(first));
    CHECK(!can_write(second));
}

// A page that is mapped where another is takes its place. The other's capability does not notice,
// and its unmapping leaves the newcomer alone.
TEST(replaced, "vspace/page/map-over-another-page")
{
    seL4_CPtr old, frame = new_object(seL4_X86_4K, 0);
    volatile seL4_Word *words = new_page(&old);
    words[0] = 0x1111;
    CHECK_OK(map_page(frame, seL4_CapInitThreadVSpace, (seL4_Word)words));
    CHECK_EQ(0, words[0]);
    words[0] = 0x2222;
    CHECK_OK(seL4_X86_Page_Unmap(old));
    CHECK_EQ(0x2222, words[0]);
    delete_cap(old);
    CHECK_EQ(0x2222, words[0]);
    CHECK_OK(seL4_X86_Page_Unmap(frame));
    CHECK(!can_write((seL4_Word)words));
}

TEST(unmap_twice, "vspace/page/unmap-unmapped")
{
    seL4_CPtr frame = new_object(seL4_X86_4K, 0);
    CHECK_OK(seL4_X86_Page_Unmap(frame));
    CHECK_OK(seL4_X86_Page_Unmap(frame));
    CHECK_EQ(0, (invoke(frame, X86PageUnmap, WORDS(), WORDS()), invoke_reply.words[0]));
}

TEST(address, "vspace/page/getaddress")
{
    seL4_CPtr frames = new_objects(seL4_X86_4K, 0, 3);
    seL4_CPtr large = new_object(seL4_X86_LargePageObject, 0);
    seL4_PAddr first, next;
    CHECK_OK(seL4_X86_Page_GetAddress(frames, &first));
    CHECK_OK(seL4_X86_Page_GetAddress(frames + 1, &next));
    CHECK_EQ(first + PAGE, next);
    CHECK_EQ(0, first % PAGE);
    CHECK_OK(invoke(frames, X86PageGetAddress, WORDS(), WORDS()));
    CHECK_EQ(1, invoke_reply.words[0]);
    CHECK_OK(seL4_X86_Page_GetAddress(large, &next));
    CHECK_EQ(0, next % (1 << seL4_LargePageBits));
    CHECK_OK(seL4_X86_Page_GetAddress(copy_cap(frames, seL4_NoRights), &next));
    CHECK_EQ(first, next);
}

TEST(device_address, "vspace/page/getaddress-of-device")
{
    seL4_CPtr frame = new_slot(), device = bootinfo->untyped.start;
    seL4_PAddr paddr;
    CHECK_OK(seL4_Untyped_Retype(device, seL4_X86_4K, 0, ROOT, 0, 0, frame, 1));
    CHECK_OK(seL4_X86_Page_GetAddress(frame, &paddr));
    CHECK_EQ(untyped_desc(0)->paddr, paddr);
    CHECK_OK(seL4_CNode_Revoke(ROOT, device, DEPTH));
}

TEST(attributes, "vspace/page/cache-attributes")
{
    seL4_CPtr frame = new_object(seL4_X86_4K, 0);
    seL4_Word address = (seL4_Word)window_reserve();
    static const seL4_Word attributes[] = {
        seL4_X86_WriteBack,
        seL4_X86_WriteThrough,
        seL4_X86_CacheDisabled,
        seL4_X86_Uncacheable,
        seL4_X86_WriteCombining,
        5,
        7,
        8,
        99,
        -1ull,
    };
    for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++) {
        CHECK_OK(invoke(frame, X86PageMap, WORDS(seL4_CapInitThreadVSpace),
                        WORDS(address, 3, attributes[i])));
        *(volatile seL4_Word *)address = i;
        CHECK_EQ(i, *(volatile seL4_Word *)address);
    }
}

TEST(large, "vspace/page/large-page")
{
    paging_t paging = {.vspace = seL4_CapInitThreadVSpace};
    map_paging(&paging, AT);
    CHECK_OK(seL4_X86_PageTable_Unmap(paging.table));
    seL4_CPtr frame = new_object(seL4_X86_LargePageObject, 0);
    CHECK_ERROR(seL4_AlignmentError, map_page(frame, paging.vspace, AT + PAGE));
    CHECK_OK(map_page(frame, paging.vspace, AT));
    volatile seL4_Word *words = (volatile seL4_Word *)AT;
    for (seL4_Word i = 0; i < 512; i++) {
        CHECK_EQ(0, words[i * 512]);
        words[i * 512] = i;
    }
    seL4_CPtr copy = copy_cap(frame, seL4_AllRights);
    CHECK_OK(map_page(copy, paging.vspace, AT + (1 << seL4_LargePageBits)));
    CHECK_EQ(511, words[(1 << 18) + 511 * 512]);
    CHECK_OK(seL4_X86_Page_Unmap(frame));
    CHECK(!can_write(AT) && can_write(AT + (1 << seL4_LargePageBits)));
    // Another large page may take the place of one that is mapped.
    seL4_CPtr other = new_object(seL4_X86_LargePageObject, 0);
    CHECK_OK(map_page(other, paging.vspace, AT + (1 << seL4_LargePageBits)));
    CHECK_EQ(0, words[(1 << 18) + 511 * 512]);
}

static void peek(thread_t *self)
{
    self->result[0] = *(volatile seL4_Word *)self->arg[0];
}

// The low megabyte through a 4 KiB device frame: the BIOS area has what the BIOS left there.
TEST(device_page, "vspace/page/device-frame")
{
    seL4_CPtr device = bootinfo->untyped.start, frame = new_slot();
    CHECK_OK(seL4_Untyped_Retype(device, seL4_X86_4K, 0, ROOT, 0, 0, frame, 1));
    seL4_Word address = (seL4_Word)window_reserve();
    CHECK_OK(seL4_X86_Page_Map(frame, seL4_CapInitThreadVSpace, address, seL4_CanRead,
                               seL4_X86_CacheDisabled));
    CHECK(thread_spawn(ABOVE, peek, address, 0, 0)->done);
    CHECK_OK(seL4_CNode_Revoke(ROOT, device, DEPTH));
    CHECK(!thread_spawn(ABOVE, peek, address, 0, 0)->done);
}
