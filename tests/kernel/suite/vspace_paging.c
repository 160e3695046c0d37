// PDPTs, page directories and page tables: Map, Unmap, and what goes with them.
#include "vspace.h"

static constexpr seL4_Word AT = 0x200000000000, TOP = 0x00007ffffffff000;

enum { PML4_LEFT = 39, PDPT_LEFT = 30, DIRECTORY_LEFT = 21 };

// One level of structure: how to make and map it, and what a missing level above leaves.
typedef struct level {
    seL4_ObjectType type;
    seL4_InvocationLabel map, unmap;
    seL4_Word bits; // of the address that one of them covers
} level_t;

static const level_t pdpt = {seL4_X86_PDPTObject, X86PDPTMap, X86PDPTUnmap, 39};
static const level_t directory = {seL4_X86_PageDirectoryObject, X86PageDirectoryMap,
                                  X86PageDirectoryUnmap, 30};
static const level_t table = {seL4_X86_PageTableObject, X86PageTableMap, X86PageTableUnmap, 21};

#define TEST_EACH(function, text)                            \
    static void function(const level_t *level);              \
    TEST(function##_pdpt, "vspace/pdpt/" text)               \
    {                                                        \
        function(&pdpt);                                     \
    }                                                        \
    TEST(function##_directory, "vspace/pagedirectory/" text) \
    {                                                        \
        function(&directory);                                \
    }                                                        \
    TEST(function##_table, "vspace/pagetable/" text)         \
    {                                                        \
        function(&table);                                    \
    }                                                        \
    static void function(const level_t *level)

static seL4_Error map(const level_t *level, seL4_CPtr object, seL4_CPtr vspace, seL4_Word address)
{
    return invoke(object, level->map, WORDS(vspace), WORDS(address, seL4_X86_WriteBack));
}

static seL4_Error unmap(const level_t *level, seL4_CPtr object)
{
    return invoke(object, level->unmap, WORDS(), WORDS());
}

// A VSpace with the levels above this one.
static seL4_CPtr vspace_above(const level_t *level, seL4_Word address)
{
    seL4_CPtr vspace = new_vspace();
    if (level != &pdpt)
        CHECK_OK(map(&pdpt, new_object(pdpt.type, 0), vspace, address));
    if (level == &table)
        CHECK_OK(map(&directory, new_object(directory.type, 0), vspace, address));
    return vspace;
}

TEST_EACH(success, "map-and-unmap")
{
    seL4_CPtr vspace = vspace_above(level, AT), object = new_object(level->type, 0);
    CHECK_OK(unmap(level, object)); // not mapped: nothing to do
    CHECK_OK(map(level, object, vspace, AT));
    CHECK_OK(unmap(level, object));
    CHECK_OK(unmap(level, object));
    CHECK_OK(map(level, object, vspace, AT));
}

TEST_EACH(truncated, "truncated-message")
{
    seL4_CPtr vspace = vspace_above(level, AT), object = new_object(level->type, 0);
    CHECK_ERROR(seL4_TruncatedMessage, invoke(object, level->map, WORDS(), WORDS(AT, 0)));
    CHECK_ERROR(seL4_TruncatedMessage, invoke(object, level->map, WORDS(vspace), WORDS(AT)));
    CHECK_ERROR(seL4_IllegalOperation, invoke(object, InvalidInvocation, WORDS(), WORDS()));
    CHECK_ERROR(seL4_IllegalOperation, invoke(object, X86PageMap, WORDS(vspace), WORDS(AT, 0, 0)));
}

TEST_EACH(no_vspace, "invalid-vspace")
{
    seL4_CPtr object = new_object(level->type, 0);
    CHECK_ERROR(seL4_InvalidCapability, map(level, object, new_slot(), AT), 1);
    CHECK_ERROR(seL4_InvalidCapability, map(level, object, ROOT, AT), 1);
    CHECK_ERROR(seL4_InvalidCapability, map(level, object, new_object(level->type, 0), AT), 1);
    CHECK_ERROR(seL4_InvalidCapability, map(level, object, new_object(seL4_X64_PML4Object, 0), AT),
                1); // no ASID
}

TEST_EACH(addresses, "addresses-of-the-kernel")
{
    seL4_CPtr vspace = vspace_above(level, TOP - 0x1000), object = new_object(level->type, 0);
    static const seL4_Word refused[] = {0x800000000000, 0xffff800000000000, 0xffffff8000000000,
                                        -1ull};
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        CHECK_ERROR(seL4_InvalidArgument, map(level, object, vspace, refused[i]), 0);
    CHECK_OK(map(level, object, vspace, TOP - 1));
}

TEST_EACH(rounding, "address-is-rounded-down")
{
    seL4_CPtr vspace = vspace_above(level, AT), object = new_object(level->type, 0);
    CHECK_OK(map(level, object, vspace, AT + (1ull << level->bits) - 1));
    CHECK_ERROR(seL4_DeleteFirst, map(level, new_object(level->type, 0), vspace, AT));
}

TEST_EACH(mapped_twice, "already-mapped")
{
    seL4_CPtr vspace = vspace_above(level, AT), object = new_object(level->type, 0);
    CHECK_OK(map(level, object, vspace, AT));
    CHECK_ERROR(seL4_InvalidCapability, map(level, object, vspace, AT), 0);
    CHECK_ERROR(seL4_InvalidCapability, map(level, object, vspace, AT + (1ull << level->bits)), 0);
    CHECK_ERROR(seL4_InvalidCapability, map(level, object, vspace_above(level, AT), AT), 0);
    // Its own state is looked at before the VSpace.
    CHECK_ERROR(seL4_InvalidCapability, map(level, object, ROOT, AT), 0);
    CHECK_ERROR(seL4_TruncatedMessage, invoke(object, level->map, WORDS(), WORDS(AT, 0)));
}

TEST_EACH(occupied, "place-taken")
{
    seL4_CPtr vspace = vspace_above(level, AT), object = new_object(level->type, 0);
    CHECK_OK(map(level, new_object(level->type, 0), vspace, AT));
    CHECK_ERROR(seL4_DeleteFirst, map(level, object, vspace, AT));
    CHECK_OK(unmap(level, object));
}

TEST_EACH(copies, "unmap-with-copies")
{
    seL4_CPtr vspace = vspace_above(level, AT), object = new_object(level->type, 0);
    CHECK_OK(map(level, object, vspace, AT));
    seL4_CPtr copy = copy_cap(object, seL4_AllRights);
    CHECK_ERROR(seL4_RevokeFirst, unmap(level, object));
    CHECK_ERROR(seL4_RevokeFirst, unmap(level, copy));
    delete_cap(object);
    CHECK_OK(unmap(level, copy));
    CHECK_OK(map(level, copy, vspace, AT));
}

TEST_EACH(copy_mapped, "copy-is-mapped")
{
    seL4_CPtr vspace = vspace_above(level, AT), object = new_object(level->type, 0);
    CHECK_OK(map(level, object, vspace, AT));
    seL4_CPtr copy = copy_cap(object, seL4_AllRights);
    CHECK_ERROR(seL4_InvalidCapability, map(level, copy, vspace, AT + (1ull << level->bits)), 0);
    delete_cap(copy); // not the last: stays mapped
    CHECK_ERROR(seL4_DeleteFirst, map(level, new_object(level->type, 0), vspace, AT));
}

TEST_EACH(deleted, "delete-unmaps")
{
    seL4_CPtr vspace = vspace_above(level, AT), object = new_object(level->type, 0);
    CHECK_OK(map(level, object, vspace, AT));
    delete_cap(object);
    CHECK_OK(map(level, new_object(level->type, 0), vspace, AT));
}

TEST_EACH(vspace_deleted, "vspace-deleted")
{
    seL4_CPtr vspace = vspace_above(level, AT), object = new_object(level->type, 0);
    CHECK_OK(map(level, object, vspace, AT));
    delete_cap(vspace);
    CHECK_ERROR(seL4_InvalidCapability, map(level, object, vspace_above(level, AT), AT), 0);
    CHECK_OK(unmap(level, object));
    CHECK_OK(map(level, object, vspace_above(level, AT), AT));
}

TEST(missing_levels, "vspace/map/missing-levels")
{
    seL4_CPtr vspace = new_vspace(), frame = new_object(seL4_X86_4K, 0);
    seL4_CPtr large = new_object(seL4_X86_LargePageObject, 0);
    seL4_CPtr objects[] = {new_object(directory.type, 0), new_object(table.type, 0)};
    CHECK_ERROR(seL4_FailedLookup, map(&directory, objects[0], vspace, AT), 0,
                seL4_MissingCapability, PML4_LEFT);
    CHECK_ERROR(seL4_FailedLookup, map(&table, objects[1], vspace, AT), 0, seL4_MissingCapability,
                PML4_LEFT);
    CHECK_ERROR(seL4_FailedLookup, map_page(large, vspace, AT), 0, seL4_MissingCapability,
                PML4_LEFT);
    CHECK_ERROR(seL4_FailedLookup, map_page(frame, vspace, AT), 0, seL4_MissingCapability,
                PML4_LEFT);
    CHECK_OK(map(&pdpt, new_object(pdpt.type, 0), vspace, AT));
    CHECK_ERROR(seL4_FailedLookup, map(&table, objects[1], vspace, AT), 0, seL4_MissingCapability,
                PDPT_LEFT);
    CHECK_ERROR(seL4_FailedLookup, map_page(large, vspace, AT), 0, seL4_MissingCapability,
                PDPT_LEFT);
    CHECK_ERROR(seL4_FailedLookup, map_page(frame, vspace, AT), 0, seL4_MissingCapability,
                PDPT_LEFT);
    CHECK_OK(map(&directory, objects[0], vspace, AT));
    CHECK_ERROR(seL4_FailedLookup, map_page(frame, vspace, AT), 0, seL4_MissingCapability,
                DIRECTORY_LEFT);
    CHECK_EQ(seL4_MappingLookupNoPT, DIRECTORY_LEFT);
    // The next gigabyte, the next 512 GiB
    CHECK_ERROR(seL4_FailedLookup, map_page(frame, vspace, AT + (1ull << 30)), 0,
                seL4_MissingCapability, PDPT_LEFT);
    CHECK_ERROR(seL4_FailedLookup, map_page(frame, vspace, AT + (1ull << 39)), 0,
                seL4_MissingCapability, PML4_LEFT);
}

// A structure that is unmapped takes along what is below it, which can be mapped there again.
TEST(subtree, "vspace/unmap/structure-with-contents")
{
    paging_t paging = new_paging(AT);
    seL4_CPtr frame = new_object(seL4_X86_4K, 0);
    CHECK_OK(map_page(frame, paging.vspace, AT));
    CHECK_OK(unmap(&directory, paging.directory));
    CHECK_ERROR(seL4_FailedLookup, map_page(new_object(seL4_X86_4K, 0), paging.vspace, AT), 0,
                seL4_MissingCapability, PDPT_LEFT);
    // The table and the frame still count as mapped where they were.
    CHECK_ERROR(seL4_InvalidCapability, map(&table, paging.table, paging.vspace, AT), 0);
    CHECK_OK(map(&directory, paging.directory, paging.vspace, AT));
    CHECK_ERROR(seL4_FailedLookup, map_page(frame, paging.vspace, AT), 0, seL4_MissingCapability,
                DIRECTORY_LEFT);
    CHECK_OK(unmap(&table, paging.table));
    CHECK_OK(map(&table, paging.table, paging.vspace, AT));
    CHECK_OK(map_page(frame, paging.vspace, AT));
}

TEST(large_conflicts, "vspace/map/large-page-and-page-table")
{
    seL4_CPtr vspace = vspace_above(&table, AT), large = new_object(seL4_X86_LargePageObject, 0);
    seL4_CPtr page_table = new_object(table.type, 0);
    CHECK_OK(map_page(large, vspace, AT));
    CHECK_ERROR(seL4_DeleteFirst, map(&table, page_table, vspace, AT));
    CHECK_ERROR(seL4_FailedLookup, map_page(new_object(seL4_X86_4K, 0), vspace, AT), 0,
                seL4_MissingCapability, DIRECTORY_LEFT);
    CHECK_OK(seL4_X86_Page_Unmap(large));
    CHECK_OK(map(&table, page_table, vspace, AT));
    CHECK_ERROR(seL4_DeleteFirst, map_page(large, vspace, AT));
}

TEST(huge_conflicts, "vspace/map/huge-page-and-page-directory")
{
    seL4_CPtr device = 0, huge = new_slot();
    for (seL4_Word i = 0; i < untyped_count() && !device; i++) {
        if (untyped_desc(i)->isDevice && untyped_desc(i)->paddr >= 1ull << 33)
            device = bootinfo->untyped.start + i;
    }
    CHECK_OK(seL4_Untyped_Retype(device, seL4_X64_HugePageObject, 0, ROOT, 0, 0, huge, 1));
    seL4_CPtr vspace = vspace_above(&directory, AT), middle = new_object(directory.type, 0);
    CHECK_ERROR(seL4_AlignmentError, map_page(huge, vspace, AT + (1 << 21)));
    CHECK_OK(map_page(huge, vspace, AT));
    CHECK_ERROR(seL4_DeleteFirst, map(&directory, middle, vspace, AT));
    CHECK_ERROR(seL4_FailedLookup, map(&table, new_object(table.type, 0), vspace, AT), 0,
                seL4_MissingCapability, PDPT_LEFT);
    CHECK_OK(seL4_X86_Page_Unmap(huge));
    CHECK_OK(map(&directory, middle, vspace, AT));
    CHECK_ERROR(seL4_DeleteFirst, map_page(huge, vspace, AT));
    CHECK_OK(seL4_CNode_Revoke(ROOT, device, DEPTH));
}
