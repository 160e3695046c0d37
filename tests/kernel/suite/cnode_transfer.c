// Copy, Mint, Move and Mutate: what they have in common.
#include "ktest.h"

typedef struct operation {
    seL4_Word label, arguments;
    bool copies; // the source keeps its capability
} operation_t;

static const operation_t copy = {CNodeCopy, 5, true};
static const operation_t mint = {CNodeMint, 6, true};
static const operation_t move = {CNodeMove, 4, false};
static const operation_t mutate = {CNodeMutate, 5, false};

#define TEST_EACH(function, text)                       \
    static void function(const operation_t *operation); \
    TEST(function##_copy, "cnode/copy/" text)           \
    {                                                   \
        function(&copy);                                \
    }                                                   \
    TEST(function##_mint, "cnode/mint/" text)           \
    {                                                   \
        function(&mint);                                \
    }                                                   \
    TEST(function##_move, "cnode/move/" text)           \
    {                                                   \
        function(&move);                                \
    }                                                   \
    TEST(function##_mutate, "cnode/mutate/" text)       \
    {                                                   \
        function(&mutate);                              \
    }                                                   \
    static void function(const operation_t *operation)

// The operation with its plain arguments: all rights, no badge.
static seL4_Error run(const operation_t *operation, seL4_CPtr dest_root, seL4_Word dest,
                      seL4_Word dest_depth, seL4_CPtr source_root, seL4_Word source,
                      seL4_Word source_depth)
{
    const seL4_Word arguments[] = {
        dest, dest_depth, source, source_depth, operation == &mutate ? 0 : 15, 0};
    return invoke(dest_root, operation->label, WORDS(source_root),
                  (words_t){operation->arguments, arguments});
}

// What all four take: a CNode capability (Mutate changes nothing but guards).
static seL4_CPtr new_source(void)
{
    return new_object(seL4_CapTableObject, 1);
}

TEST_EACH(succeeds, "success")
{
    seL4_CPtr source = new_source(), dest = new_slot();
    CHECK_OK(run(operation, ROOT, dest, 64, ROOT, source, 64));
    CHECK_EQ(0, invoke_reply.words[0]);
    CHECK(!slot_is_empty(dest));
    CHECK_EQ(!operation->copies, slot_is_empty(source));
}

TEST_EACH(occupied, "dest-occupied")
{
    seL4_CPtr source = new_object(seL4_EndpointObject, 0),
              dest = new_object(seL4_EndpointObject, 0);
    CHECK_ERROR(seL4_DeleteFirst, run(operation, ROOT, dest, 64, ROOT, source, 64));
    CHECK_ERROR(seL4_DeleteFirst, run(operation, ROOT, source, 64, ROOT, source, 64));
    CHECK(!slot_is_empty(source) && !slot_is_empty(dest));
}

TEST_EACH(empty, "source-empty")
{
    seL4_CPtr slots = new_slots(2);
    CHECK_ERROR(seL4_FailedLookup, run(operation, ROOT, slots, 64, ROOT, slots + 1, 64), 1,
                seL4_MissingCapability, 64);
    CHECK_ERROR(seL4_FailedLookup, run(operation, ROOT, slots, 64, ROOT, slots, 64), 1,
                seL4_MissingCapability, 64);
    CHECK_EQ(3, seL4_MessageInfo_get_length(invoke_reply));
}

TEST_EACH(dest_lookup, "dest-lookup-fails")
{
    seL4_CPtr source = new_object(seL4_EndpointObject, 0);
    CHECK_ERROR(seL4_RangeError, run(operation, ROOT, 0, 0, ROOT, source, 64), 1, 64);
    CHECK_ERROR(seL4_FailedLookup, run(operation, ROOT, new_slot(), 63, ROOT, source, 64), 0,
                seL4_DepthMismatch, 63, 64);
    CHECK_ERROR(seL4_FailedLookup, run(operation, ROOT, -1ull, 64, ROOT, source, 64), 0,
                seL4_GuardMismatch, 64, 0, 45);
}

TEST_EACH(source_lookup, "source-lookup-fails")
{
    seL4_CPtr source = new_object(seL4_EndpointObject, 0), dest = new_slot();
    CHECK_ERROR(seL4_RangeError, run(operation, ROOT, dest, 64, ROOT, source, 0), 1, 64);
    CHECK_ERROR(seL4_FailedLookup, run(operation, ROOT, dest, 64, ROOT, source, 63), 1,
                seL4_DepthMismatch, 63, 64);
    CHECK_ERROR(seL4_FailedLookup, run(operation, ROOT, dest, 64, source, source, 64), 1,
                seL4_InvalidRoot);
}

TEST_EACH(truncated, "truncated-message")
{
    seL4_CPtr source = new_object(seL4_EndpointObject, 0), dest = new_slot();
    const seL4_Word arguments[] = {dest, 64, source, 64, operation == &mutate ? 0 : 15, 0};
    for (seL4_Word count = 0; count < operation->arguments; count++)
        CHECK_ERROR(seL4_TruncatedMessage,
                    invoke(ROOT, operation->label, WORDS(ROOT), (words_t){count, arguments}));
    CHECK_ERROR(seL4_TruncatedMessage, invoke(ROOT, operation->label, WORDS(),
                                              (words_t){operation->arguments, arguments}));
    CHECK(slot_is_empty(dest));
}

// Truncation comes first, then the destination's lookup, its being empty, the source's lookup.
TEST_EACH(precedence, "precedence")
{
    seL4_CPtr endpoint = new_object(seL4_EndpointObject, 0), empty_slot = new_slot();
    const seL4_Word bad_depth[] = {endpoint, 0, endpoint, 0, 15, 0};
    CHECK_ERROR(seL4_RangeError, invoke(ROOT, operation->label, WORDS(), (words_t){2, bad_depth}),
                1, 64);
    CHECK_ERROR(seL4_TruncatedMessage,
                invoke(ROOT, operation->label, WORDS(ROOT), (words_t){1, bad_depth}));
    CHECK_ERROR(seL4_RangeError, run(operation, ROOT, endpoint, 0, endpoint, endpoint, 0), 1, 64);
    CHECK_ERROR(seL4_DeleteFirst, run(operation, ROOT, endpoint, 64, endpoint, endpoint, 0));
    CHECK_ERROR(seL4_FailedLookup, run(operation, ROOT, empty_slot, 64, endpoint, endpoint, 0), 1,
                seL4_InvalidRoot);
    CHECK_ERROR(seL4_RangeError, run(operation, ROOT, empty_slot, 64, ROOT, endpoint, 0), 1, 64);
}

TEST_EACH(other_node, "between-cnodes")
{
    seL4_CPtr node = new_object(seL4_CapTableObject, 4);
    seL4_CPtr source = new_source(), dest = new_slot();
    CHECK_OK(run(operation, node, 3, 4, ROOT, source, 64));
    CHECK_OK(run(operation, node, 4, 4, node, 3, 4));
    CHECK_OK(run(operation, ROOT, dest, 64, node, 4, 4));
    CHECK(!slot_is_empty(dest));
}

// Capabilities that cannot be copied at all, and what the attempt gives.
static const struct {
    seL4_CPtr cap;
    seL4_Error copied, minted;
} refusals[] = {
    {seL4_CapIRQControl, seL4_IllegalOperation, seL4_IllegalOperation},
    {seL4_CapIOPortControl, seL4_IllegalOperation, seL4_IllegalOperation},
};

TEST(underivable, "cnode/copy/capabilities-without-copies")
{
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        CHECK_ERROR(refusals[i].copied,
                    run(&copy, ROOT, new_slot(), 64, ROOT, refusals[i].cap, 64));
        CHECK_ERROR(refusals[i].minted,
                    run(&mint, ROOT, new_slot(), 64, ROOT, refusals[i].cap, 64));
    }
}

TEST(derivable, "cnode/copy/every-other-kind")
{
    const seL4_CPtr sources[] = {
        seL4_CapInitThreadTCB,
        seL4_CapInitThreadCNode,
        seL4_CapInitThreadVSpace,
        seL4_CapASIDControl,
        seL4_CapInitThreadASIDPool,
        seL4_CapBootInfoFrame,
        seL4_CapDomain,
        bootinfo->userImagePaging.start,
        bootinfo->userImageFrames.start,
        com1_port,
        new_object(seL4_UntypedObject, 12),
        new_object(seL4_NotificationObject, 0),
        new_object(seL4_TCBObject, 0),
        new_object(seL4_CapTableObject, 2),
        new_object(seL4_X86_LargePageObject, 0),
    };
    for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
        seL4_CPtr dest = new_slot();
        CHECK_OK(run(&copy, ROOT, dest, 64, ROOT, sources[i], 64));
        delete_cap(dest); // a copy of an untyped counts as its child
        CHECK_OK(run(&mint, ROOT, dest, 64, ROOT, sources[i], 64));
    }
}

// Paging structures have no copies before they are mapped.
TEST(unmapped, "cnode/copy/unmapped-paging-structures")
{
    static const seL4_ObjectType types[] = {seL4_X86_PDPTObject, seL4_X86_PageDirectoryObject,
                                            seL4_X86_PageTableObject, seL4_X64_PML4Object};
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        seL4_CPtr object = new_object(types[i], 0), dest = new_slot();
        CHECK_ERROR(seL4_IllegalOperation, run(&copy, ROOT, dest, 64, ROOT, object, 64));
        CHECK_ERROR(seL4_IllegalOperation, run(&mint, ROOT, dest, 64, ROOT, object, 64));
        CHECK_OK(run(&move, ROOT, dest, 64, ROOT, object, 64));
    }
}

TEST(moves_anything, "cnode/move/every-kind")
{
    static const seL4_CPtr sources[] = {
        seL4_CapIRQControl, seL4_CapIOPortControl,    seL4_CapASIDControl,
        seL4_CapDomain,     seL4_CapInitThreadVSpace, seL4_CapInitThreadASIDPool,
    };
    seL4_CPtr slot = new_slot();
    for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
        CHECK_OK(run(&move, ROOT, slot, 64, ROOT, sources[i], 64));
        CHECK(slot_is_empty(sources[i]));
        CHECK_OK(run(&move, ROOT, sources[i], 64, ROOT, slot, 64));
    }
}
