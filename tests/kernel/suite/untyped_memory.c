// What Untyped_Retype does with memory: sizes, watermark, alignment, reset, zeroing, devices.
#include "ktest.h"

static seL4_CPtr new_untyped(seL4_Word bits)
{
    return new_object(seL4_UntypedObject, bits);
}

static seL4_Error retype(seL4_CPtr untyped, seL4_Word type, seL4_Word bits, seL4_CPtr slot,
                         seL4_Word count)
{
    return seL4_Untyped_Retype(untyped, type, bits, ROOT, 0, 0, slot, count);
}

static seL4_PAddr frame_paddr(seL4_CPtr frame)
{
    seL4_PAddr paddr;
    CHECK_OK(seL4_X86_Page_GetAddress(frame, &paddr));
    return paddr;
}

static const struct {
    seL4_Word type, argument, bits;
} objects[] = {
    {seL4_TCBObject, 0, seL4_TCBBits},
    {seL4_EndpointObject, 0, seL4_EndpointBits},
    {seL4_NotificationObject, 0, seL4_NotificationBits},
    {seL4_CapTableObject, 1, seL4_SlotBits + 1},
    {seL4_CapTableObject, 7, seL4_SlotBits + 7},
    {seL4_X86_PDPTObject, 0, seL4_PDPTBits},
    {seL4_X64_PML4Object, 0, seL4_PML4Bits},
    {seL4_X86_4K, 0, seL4_PageBits},
    {seL4_X86_LargePageObject, 0, seL4_LargePageBits},
    {seL4_X86_PageTableObject, 0, seL4_PageTableBits},
    {seL4_X86_PageDirectoryObject, 0, seL4_PageDirBits},
    {seL4_UntypedObject, 4, 4},
    {seL4_UntypedObject, 20, 20},
};

// Each object takes exactly its size: an untyped of that size holds one, and nothing more.
TEST(object_sizes, "untyped/sizes/every-type")
{
    for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++) {
        seL4_CPtr untyped = new_untyped(objects[i].bits);
        CHECK_ERROR(seL4_NotEnoughMemory,
                    retype(untyped, objects[i].type, objects[i].argument, new_slot(), 2),
                    1ull << objects[i].bits);
        CHECK_OK(retype(untyped, objects[i].type, objects[i].argument, new_slot(), 1));
        CHECK_ERROR(seL4_NotEnoughMemory,
                    retype(untyped, seL4_UntypedObject, seL4_MinUntypedBits, new_slot(), 1), 0);
        if (objects[i].bits > seL4_MinUntypedBits)
            CHECK_ERROR(seL4_NotEnoughMemory,
                        retype(new_untyped(objects[i].bits - 1), objects[i].type,
                               objects[i].argument, new_slot(), 1),
                        1ull << (objects[i].bits - 1));
    }
}

TEST(untyped_sizes, "untyped/sizes/untyped-halves")
{
    seL4_CPtr parent = new_untyped(22);
    for (seL4_Word bits = 21; bits >= seL4_MinUntypedBits; bits--) {
        seL4_CPtr halves = new_slots(2);
        CHECK_OK(retype(parent, seL4_UntypedObject, bits, halves, 2));
        CHECK_ERROR(seL4_NotEnoughMemory, retype(parent, seL4_EndpointObject, 0, new_slot(), 1), 0);
        parent = halves;
    }
}

// A device untyped near the top of what 512 MiB machines have; 1 GiB of it makes a huge page.
static seL4_CPtr device_untyped(seL4_Word min_bits)
{
    for (seL4_Word i = 0; i < untyped_count(); i++) {
        if (untyped_desc(i)->isDevice && untyped_desc(i)->sizeBits >= min_bits &&
            untyped_desc(i)->paddr >= 1ull << 32)
            return bootinfo->untyped.start + i;
    }
    bail_out("no device untyped above 4 GiB");
}

TEST(huge, "untyped/sizes/huge-page-and-largest")
{
    seL4_CPtr device = device_untyped(46), slot = new_slots(2);
    CHECK_OK(retype(device, seL4_X64_HugePageObject, 0, slot, 1));
    CHECK_OK(seL4_CNode_Revoke(ROOT, device, DEPTH));
    CHECK_OK(retype(device, seL4_UntypedObject, 45, slot, 2));
    CHECK_ERROR(seL4_NotEnoughMemory, retype(device, seL4_UntypedObject, 4, new_slot(), 1), 0);
    CHECK_OK(seL4_CNode_Revoke(ROOT, device, DEPTH));
}

TEST(device_halves, "untyped/device/every-size-down-to-the-smallest")
{
    seL4_CPtr parent = device_untyped(46), top = parent;
    for (seL4_Word bits = 45; bits >= seL4_MinUntypedBits; bits--) {
        seL4_CPtr halves = new_slots(2);
        CHECK_OK(retype(parent, seL4_UntypedObject, bits, halves, 2));
        CHECK_ERROR(seL4_NotEnoughMemory, retype(parent, seL4_UntypedObject, 4, new_slot(), 1), 0);
        parent = halves + 1;
    }
    CHECK_OK(seL4_CNode_Revoke(ROOT, top, DEPTH));
}

TEST(device_types, "untyped/device/only-frames-and-untypeds")
{
    seL4_CPtr device = device_untyped(32);
    static const seL4_Word refused[] = {
        seL4_TCBObject,           seL4_EndpointObject,          seL4_NotificationObject,
        seL4_CapTableObject,      seL4_X86_PDPTObject,          seL4_X64_PML4Object,
        seL4_X86_PageTableObject, seL4_X86_PageDirectoryObject,
    };
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        CHECK_ERROR(seL4_InvalidArgument, retype(device, refused[i], 4, new_slot(), 1), 1);
    // Memory is looked at first.
    CHECK_ERROR(seL4_NotEnoughMemory, retype(device, seL4_CapTableObject, 42, new_slot(), 1));

    CHECK_OK(retype(device, seL4_UntypedObject, 13, new_slot(), 1));
    CHECK_OK(retype(device, seL4_X86_4K, 0, new_slot(), 1));
    CHECK_OK(retype(device, seL4_X86_LargePageObject, 0, new_slot(), 1));
    CHECK_OK(retype(device, seL4_X64_HugePageObject, 0, new_slot(), 1));
    CHECK_OK(seL4_CNode_Revoke(ROOT, device, DEPTH));
}

TEST(device_child, "untyped/device/children-are-device")
{
    seL4_CPtr device = device_untyped(32), child = new_slot();
    CHECK_OK(retype(device, seL4_UntypedObject, 13, child, 1));
    CHECK_ERROR(seL4_InvalidArgument, retype(child, seL4_EndpointObject, 0, new_slot(), 1), 1);
    CHECK_OK(retype(child, seL4_X86_4K, 0, new_slot(), 1));
    CHECK_OK(seL4_CNode_Revoke(ROOT, device, DEPTH));
}

// Device memory is given as it is: what was written to it survives a reset.
TEST(device_contents, "untyped/device/contents-kept")
{
    seL4_CPtr low = bootinfo->untyped.start;
    if (!untyped_desc(0)->isDevice || untyped_desc(0)->paddr != 0)
        return test_skip("the first untyped is not the low megabyte");

    seL4_CPtr frames = new_slots(2);
    CHECK_OK(retype(low, seL4_X86_4K, 0, frames, 2));
    CHECK_EQ(0x1000, frame_paddr(frames + 1));
    volatile seL4_Word *word = window_map(frames + 1);
    word[0] = 0x1122334455667788;
    CHECK_OK(seL4_CNode_Revoke(ROOT, low, DEPTH));
    CHECK_OK(retype(low, seL4_X86_4K, 0, frames, 2));
    word = window_map(frames + 1);
    CHECK_EQ(0x1122334455667788, word[0]);
    CHECK_OK(seL4_CNode_Revoke(ROOT, low, DEPTH));
}

// Objects are laid out upwards, each aligned to its size; the padding is lost until a reset.
TEST(padding, "untyped/watermark/alignment-padding")
{
    seL4_CPtr untyped = new_untyped(14), frames = new_slots(4);
    CHECK_OK(retype(untyped, seL4_X86_4K, 0, frames, 1));
    CHECK_OK(retype(untyped, seL4_EndpointObject, 0, new_slot(), 1));
    CHECK_ERROR(seL4_NotEnoughMemory, retype(untyped, seL4_X86_4K, 0, frames + 1, 3),
                16384 - 4096 - 16);
    CHECK_OK(retype(untyped, seL4_X86_4K, 0, frames + 1, 2));
    CHECK_EQ(frame_paddr(frames) + 0x2000, frame_paddr(frames + 1));
    CHECK_EQ(frame_paddr(frames) + 0x3000, frame_paddr(frames + 2));
    CHECK_ERROR(seL4_NotEnoughMemory, retype(untyped, seL4_EndpointObject, 0, new_slot(), 1), 0);
}

TEST(no_hole_reuse, "untyped/watermark/deleted-object-stays-allocated")
{
    seL4_CPtr untyped = new_untyped(13), first = new_slot(), second = new_slot();
    CHECK_OK(retype(untyped, seL4_X86_4K, 0, first, 1));
    CHECK_OK(retype(untyped, seL4_X86_4K, 0, second, 1));
    delete_cap(first);
    CHECK_ERROR(seL4_NotEnoughMemory, retype(untyped, seL4_X86_4K, 0, first, 1), 0);
    delete_cap(second);
    CHECK_OK(retype(untyped, seL4_X86_4K, 0, first, 1)); // childless: starts over
}

TEST(reset, "untyped/watermark/reset-when-childless")
{
    seL4_CPtr untyped = new_untyped(13), first = new_slot();
    CHECK_OK(retype(untyped, seL4_X86_4K, 0, first, 1));
    seL4_PAddr paddr = frame_paddr(first);
    delete_cap(first);
    CHECK_OK(retype(untyped, seL4_X86_4K, 0, first, 1));
    CHECK_EQ(paddr, frame_paddr(first));
    // A copy of the only child keeps the memory taken.
    seL4_CPtr copy = copy_cap(first, seL4_AllRights);
    delete_cap(first);
    CHECK_OK(retype(untyped, seL4_X86_4K, 0, first, 1));
    CHECK_EQ(paddr + 0x1000, frame_paddr(first));
    CHECK_EQ(paddr, frame_paddr(copy));
}

TEST(failed_reset, "untyped/watermark/reset-then-not-enough-memory")
{
    seL4_CPtr untyped = new_untyped(12), child = new_slot();
    CHECK_OK(retype(untyped, seL4_EndpointObject, 0, child, 1));
    delete_cap(child);
    CHECK_ERROR(seL4_NotEnoughMemory, retype(untyped, seL4_X86_4K, 0, child, 2), 4096);
    CHECK_OK(retype(untyped, seL4_X86_4K, 0, child, 1));
}

TEST(zeroed, "untyped/zeroed-memory")
{
    seL4_CPtr untyped = new_untyped(14), frames = new_slots(4);
    for (int round = 0; round < 2; round++) {
        CHECK_OK(retype(untyped, seL4_X86_4K, 0, frames, 4));
        for (seL4_Word i = 0; i < 4; i++) {
            seL4_Word *words = window_map(frames + i);
            for (int k = 0; k < 512; k++) {
                CHECK_EQ(0, words[k]);
                words[k] = 0xa5a5a5a5a5a5a5a5;
            }
        }
        CHECK_OK(seL4_CNode_Revoke(ROOT, untyped, DEPTH));
    }
}

// A kernel object's contents do not show through in a frame made of its memory.
TEST(zeroed_objects, "untyped/zeroed-memory-of-kernel-objects")
{
    seL4_CPtr untyped = new_untyped(13), slots = new_slots(2);
    CHECK_OK(retype(untyped, seL4_CapTableObject, 8, slots, 1));
    for (seL4_Word i = 0; i < 256; i++)
        CHECK_OK(seL4_CNode_Copy(slots, i, 8, ROOT, ROOT, DEPTH, seL4_AllRights));
    CHECK_OK(seL4_CNode_Revoke(ROOT, untyped, DEPTH));
    CHECK_OK(retype(untyped, seL4_X86_4K, 0, slots, 2));
    for (seL4_Word i = 0; i < 2; i++) {
        const seL4_Word *words = window_map(slots + i);
        for (int k = 0; k < 512; k++)
            CHECK_EQ(0, words[k]);
    }
}

TEST(copies, "untyped/copy/only-when-childless")
{
    seL4_CPtr untyped = new_untyped(13), child = new_slot(), copy = new_slot();
    CHECK_OK(retype(untyped, seL4_X86_4K, 0, child, 1));
    CHECK_ERROR(seL4_RevokeFirst,
                seL4_CNode_Copy(ROOT, copy, DEPTH, ROOT, untyped, DEPTH, seL4_AllRights));
    CHECK_ERROR(seL4_RevokeFirst,
                seL4_CNode_Mint(ROOT, copy, DEPTH, ROOT, untyped, DEPTH, seL4_AllRights, 0));
    delete_cap(child);
    CHECK_OK(seL4_CNode_Copy(ROOT, copy, DEPTH, ROOT, untyped, DEPTH, seL4_AllRights));
    // The copy is a child: the original can neither be copied nor started over.
    CHECK_ERROR(seL4_RevokeFirst,
                seL4_CNode_Copy(ROOT, child, DEPTH, ROOT, untyped, DEPTH, seL4_AllRights));
    CHECK_ERROR(seL4_NotEnoughMemory, retype(untyped, seL4_X86_4K, 0, child, 1), 0);
    CHECK_OK(seL4_CNode_Revoke(ROOT, untyped, DEPTH));
    CHECK(slot_is_empty(copy));
}

TEST(copy_takes_all, "untyped/copy/memory-belongs-to-the-copy")
{
    seL4_CPtr untyped = new_untyped(13), copy = copy_cap(untyped, seL4_AllRights);
    seL4_CPtr frame = new_slot();
    CHECK_ERROR(seL4_NotEnoughMemory, retype(untyped, seL4_EndpointObject, 0, frame, 1), 0);
    CHECK_OK(retype(copy, seL4_X86_4K, 0, frame, 1));
    CHECK_OK(seL4_CNode_Revoke(ROOT, untyped, DEPTH));
    CHECK(slot_is_empty(copy) && slot_is_empty(frame));
    CHECK_OK(retype(untyped, seL4_X86_4K, 0, frame, 1));
}

TEST(move, "untyped/move-with-children")
{
    seL4_CPtr untyped = new_untyped(13), child = new_slot(), moved = new_slot();
    CHECK_OK(retype(untyped, seL4_X86_4K, 0, child, 1));
    CHECK_OK(seL4_CNode_Move(ROOT, moved, DEPTH, ROOT, untyped, DEPTH));
    CHECK_ERROR(seL4_NotEnoughMemory, retype(moved, seL4_X86_4K, 0, new_slot(), 2), 4096);
    CHECK_OK(seL4_CNode_Revoke(ROOT, moved, DEPTH));
    CHECK(slot_is_empty(child));
}
