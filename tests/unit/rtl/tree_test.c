// Trees against a sorted model, with their invariants checked after every operation.
#include "test.h"

#define KEYS 200

static BOOLEAN Present[KEYS];
static ULONG Count;

static ULONG NextPresent(ULONG Key)
{
    while (Key < KEYS && !Present[Key])
        Key++;
    return Key;
}

// Red-black trees: the caller searches.
typedef struct {
    RTL_BALANCED_NODE Node;
    ULONG Key;
} RB_ELEMENT;

static RTL_RB_TREE RbTree;
static RB_ELEMENT RbElements[KEYS];

static RB_ELEMENT *RbOf(PRTL_BALANCED_NODE Node)
{
    return CONTAINING_RECORD(Node, RB_ELEMENT, Node);
}

static void RbInsert(ULONG Key)
{
    PRTL_BALANCED_NODE Parent = nullptr, Node = RbTree.Root;
    BOOLEAN Right = FALSE;
    while (Node) {
        Parent = Node;
        Right = Key > RbOf(Node)->Key;
        Node = Node->Children[Right];
    }
    RbElements[Key].Key = Key;
    RtlRbInsertNodeEx(&RbTree, Parent, Right, &RbElements[Key].Node);
}

// Checks order, colours and parents; returns the number of black nodes on each path.
static ULONG RbCheck(PRTL_BALANCED_NODE Node, PRTL_BALANCED_NODE Parent, PULONG Expected)
{
    if (!Node)
        return 0;
    assert_ptr_equal(RTL_BALANCED_NODE_GET_PARENT_POINTER(Node), Parent);
    assert_false(Node->Red && Parent && Parent->Red);
    ULONG Left = RbCheck(Node->Left, Node, Expected);
    *Expected = NextPresent(*Expected);
    assert_int_equal(RbOf(Node)->Key, *Expected);
    (*Expected)++;
    assert_int_equal(RbCheck(Node->Right, Node, Expected), Left);
    return Left + !Node->Red;
}

static void RbCheckAll(void)
{
    ULONG Expected = 0;
    RbCheck(RbTree.Root, nullptr, &Expected);
    assert_int_equal(NextPresent(Expected), KEYS);
    ULONG Least = NextPresent(0);
    assert_ptr_equal(RbTree.Min, Least < KEYS ? &RbElements[Least].Node : nullptr);
}

static void red_black_trees_keep_their_invariants(void **state)
{
    (void)state;
    memset(Present, 0, sizeof(Present));
    for (ULONG Round = 0; Round < 20000; Round++) {
        // Phases of growing and shrinking, so that the tree is also emptied.
        ULONG Key = TestRandom() % KEYS;
        BOOLEAN Grow = TestRandom() % 10 < (Round / 2000 % 2 ? 2 : 7);
        if (Present[Key] == Grow)
            continue;
        if (Grow)
            RbInsert(Key);
        else
            RtlRbRemoveNode(&RbTree, &RbElements[Key].Node);
        Present[Key] = Grow;
        RbCheckAll();
    }
    for (ULONG Key = 0; Key < KEYS; Key++) {
        if (!Present[Key])
            continue;
        RtlRbRemoveNode(&RbTree, &RbElements[Key].Node);
        Present[Key] = FALSE;
        RbCheckAll();
    }
    assert_null(RbTree.Root);
}

// AVL and splay tables share a test: only the prefix of the functions differs.
static ULONG Allocations;

static PVOID NTAPI AllocateAvl(PRTL_AVL_TABLE Table, CLONG Size)
{
    (void)Table;
    Allocations++;
    return malloc(Size);
}

static VOID NTAPI FreeAvl(PRTL_AVL_TABLE Table, PVOID Buffer)
{
    (void)Table;
    Allocations--;
    free(Buffer);
}

static RTL_GENERIC_COMPARE_RESULTS NTAPI CompareAvl(PRTL_AVL_TABLE Table, PVOID First, PVOID Second)
{
    (void)Table;
    ULONG A = *(PULONG)First, B = *(PULONG)Second;
    return A < B ? GenericLessThan : A > B ? GenericGreaterThan : GenericEqual;
}

static PVOID NTAPI AllocateSplay(PRTL_GENERIC_TABLE Table, CLONG Size)
{
    return AllocateAvl((PVOID)Table, Size);
}

static VOID NTAPI FreeSplay(PRTL_GENERIC_TABLE Table, PVOID Buffer)
{
    FreeAvl((PVOID)Table, Buffer);
}

static RTL_GENERIC_COMPARE_RESULTS NTAPI CompareSplay(PRTL_GENERIC_TABLE Table, PVOID First,
                                                      PVOID Second)
{
    return CompareAvl((PVOID)Table, First, Second);
}

static RTL_AVL_TABLE Avl;

// Returns the depth.
static ULONG AvlCheck(PRTL_BALANCED_LINKS Node, PRTL_BALANCED_LINKS Parent)
{
    if (!Node)
        return 0;
    assert_ptr_equal(Node->Parent, Parent);
    ULONG Left = AvlCheck(Node->LeftChild, Node), Right = AvlCheck(Node->RightChild, Node);
    assert_int_equal(Node->Balance, (CHAR)(Right - Left));
    assert_in_range(Node->Balance + 1, 0, 2);
    return 1 + (Left > Right ? Left : Right);
}

static void AvlCheckAll(void)
{
    assert_int_equal(AvlCheck(Avl.BalancedRoot.RightChild, &Avl.BalancedRoot), Avl.DepthOfTree);
    assert_int_equal(RtlNumberGenericTableElementsAvl(&Avl), Count);
    assert_int_equal(Allocations, Count);
    PVOID Restart = nullptr;
    ULONG Key = NextPresent(0);
    for (PULONG At; (At = RtlEnumerateGenericTableWithoutSplayingAvl(&Avl, &Restart));) {
        assert_int_equal(*At, Key);
        Key = NextPresent(Key + 1);
    }
    assert_int_equal(Key, KEYS);
}

static void avl_tables_agree_with_the_model(void **state)
{
    (void)state;
    memset(Present, 0, sizeof(Present));
    Count = 0;
    RtlInitializeGenericTableAvl(&Avl, CompareAvl, AllocateAvl, FreeAvl, nullptr);
    for (ULONG Round = 0; Round < 20000; Round++) {
        ULONG Key = TestRandom() % KEYS;
        BOOLEAN New;
        PULONG Found = RtlLookupElementGenericTableAvl(&Avl, &Key);
        assert_true(Present[Key] ? *Found == Key : !Found);
        if (TestRandom() % 10 < (Round / 2000 % 2 ? 2 : 7)) {
            PULONG Element = RtlInsertElementGenericTableAvl(&Avl, &Key, sizeof(Key), &New);
            assert_int_equal(*Element, Key);
            assert_int_equal(New, !Present[Key]);
            Count += New;
            Present[Key] = TRUE;
        } else {
            assert_int_equal(RtlDeleteElementGenericTableAvl(&Avl, &Key), Present[Key]);
            Count -= Present[Key];
            Present[Key] = FALSE;
        }
        AvlCheckAll();
        ULONG Index = Count ? TestRandom() % Count : 0, Wanted = NextPresent(0);
        for (ULONG Step = 0; Step < Index; Step++)
            Wanted = NextPresent(Wanted + 1);
        Found = RtlGetElementGenericTableAvl(&Avl, Index);
        assert_true(Count ? *Found == Wanted : !Found);
    }
    for (PULONG At; (At = RtlGetElementGenericTableAvl(&Avl, 0)); Count--)
        RtlDeleteElementGenericTableAvl(&Avl, At);
    assert_true(RtlIsGenericTableEmptyAvl(&Avl));
    assert_int_equal(Allocations, 0);
}

static NTSTATUS NTAPI MatchEven(PRTL_AVL_TABLE Table, PVOID Data, PVOID Limit)
{
    (void)Table;
    ULONG Key = *(PULONG)Data;
    if (Key > *(PULONG)Limit)
        return STATUS_NO_MORE_MATCHES;
    return Key % 2 ? STATUS_NO_MATCH : STATUS_SUCCESS;
}

static void avl_tables_can_be_listed_like_a_directory(void **state)
{
    (void)state;
    RtlInitializeGenericTableAvl(&Avl, CompareAvl, AllocateAvl, FreeAvl, nullptr);
    for (ULONG Key = 0; Key < 20; Key++)
        RtlInsertElementGenericTableAvl(&Avl, &Key, sizeof(Key), nullptr);
    PVOID Restart = nullptr;
    ULONG Deletes = 0, Start = 3, Limit = 12;
    for (ULONG Expected = 4; Expected <= 12; Expected += 2) {
        PULONG Key = RtlEnumerateGenericTableLikeADirectory(
            &Avl, MatchEven, &Limit, Restart != nullptr, &Restart, &Deletes, &Start);
        assert_int_equal(*Key, Expected);
        Start = *Key;
        if (Expected == 8) { // what it stands on goes away: it goes on behind it
            RtlDeleteElementGenericTableAvl(&Avl, Key);
            Restart = &Start;
        }
    }
    assert_null(RtlEnumerateGenericTableLikeADirectory(&Avl, MatchEven, &Limit, TRUE, &Restart,
                                                       &Deletes, &Start));
    for (PULONG At; (At = RtlEnumerateGenericTableAvl(&Avl, TRUE));)
        RtlDeleteElementGenericTableAvl(&Avl, At);
    assert_int_equal(Allocations, 0);
}

static void splay_tables_agree_with_the_model(void **state)
{
    (void)state;
    RTL_GENERIC_TABLE Table;
    ULONG Order[KEYS];
    memset(Present, 0, sizeof(Present));
    Count = 0;
    RtlInitializeGenericTable(&Table, CompareSplay, AllocateSplay, FreeSplay, nullptr);
    for (ULONG Round = 0; Round < 20000; Round++) {
        ULONG Key = TestRandom() % KEYS;
        BOOLEAN New;
        PULONG Found = RtlLookupElementGenericTable(&Table, &Key);
        assert_true(Present[Key] ? *Found == Key : !Found);
        if (TestRandom() % 10 < (Round / 2000 % 2 ? 2 : 7)) {
            PULONG Element = RtlInsertElementGenericTable(&Table, &Key, sizeof(Key), &New);
            assert_int_equal(*Element, Key);
            assert_int_equal(New, !Present[Key]);
            if (New)
                Order[Count++] = Key;
            Present[Key] = TRUE;
        } else {
            assert_int_equal(RtlDeleteElementGenericTable(&Table, &Key), Present[Key]);
            ULONG At = 0;
            while (At < Count && Order[At] != Key)
                At++;
            if (At < Count)
                memmove(Order + At, Order + At + 1, (--Count - At) * sizeof(ULONG));
            Present[Key] = FALSE;
        }
        assert_int_equal(RtlNumberGenericTableElements(&Table), Count);
        assert_int_equal(RtlIsGenericTableEmpty(&Table), Count == 0);
        for (ULONG Try = 0; Try < 3 && Count; Try++) {
            ULONG Index = TestRandom() % Count;
            assert_int_equal(*(PULONG)RtlGetElementGenericTable(&Table, Index), Order[Index]);
        }
        PVOID Restart = nullptr;
        ULONG Expected = NextPresent(0);
        for (PULONG At; (At = RtlEnumerateGenericTableWithoutSplaying(&Table, &Restart));) {
            assert_int_equal(*At, Expected);
            Expected = NextPresent(Expected + 1);
        }
        assert_int_equal(Expected, KEYS);
    }
    ULONG Expected = NextPresent(0);
    for (PULONG At = RtlEnumerateGenericTable(&Table, TRUE); At;
         At = RtlEnumerateGenericTable(&Table, FALSE)) {
        assert_int_equal(*At, Expected);
        Expected = NextPresent(Expected + 1);
    }
    while (Count)
        assert_true(RtlDeleteElementGenericTable(&Table, &Order[--Count]));
    assert_int_equal(Allocations, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(red_black_trees_keep_their_invariants),
        cmocka_unit_test(avl_tables_agree_with_the_model),
        cmocka_unit_test(avl_tables_can_be_listed_like_a_directory),
        cmocka_unit_test(splay_tables_agree_with_the_model),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
