// A long random run on a hive and on a model of it: after each operation both agree about what it
// did, again and again they are compared whole, checked, written and read back. Allocations fail at
// random: a failing operation must change nothing.
#include "test.h"

#include "hive_file.h"

#define MAX_CHILDREN 40
#define MAX_VALUES   12

typedef struct _MODEL_VALUE {
    UNICODE_STRING Name;
    ULONG Type;
    ULONG Length;
    PUCHAR Data;
} MODEL_VALUE;

typedef struct _MODEL_KEY {
    UNICODE_STRING Name;
    BOOLEAN Volatile;
    ULONG Children, Values;
    struct _MODEL_KEY *Child[MAX_CHILDREN];
    MODEL_VALUE Value[MAX_VALUES];
} MODEL_KEY;

static HIVE Hive;
static MODEL_KEY Root;
static UCHAR Noise[40000];

// Names whose order depends on the case that is compared in, and others.
static void MakeName(PUNICODE_STRING Name)
{
    static const PCWSTR Patterns[] = {
        L"key%u",  L"KEY_%u",  L"[%u]",     L"^%u^",
        L"\xE4%u", L"\xC4_%u", L"\x6F22%u", L"k%u key with a longer name"};
    WCHAR Text[64];
    ULONG Pattern = TestRandom() % RTL_NUMBER_OF(Patterns);
    _snwprintf(Text, 64, Patterns[Pattern], TestRandom() % 9);
    RtlCreateUnicodeString(Name, Text);
}

static LONG FindChild(const MODEL_KEY *Key, PCUNICODE_STRING Name)
{
    for (ULONG Index = 0; Index < Key->Children; Index++)
        if (RtlEqualUnicodeString(&Key->Child[Index]->Name, Name, TRUE))
            return (LONG)Index;
    return -1;
}

static LONG FindModelValue(const MODEL_KEY *Key, PCUNICODE_STRING Name)
{
    for (ULONG Index = 0; Index < Key->Values; Index++)
        if (RtlEqualUnicodeString(&Key->Value[Index].Name, Name, TRUE))
            return (LONG)Index;
    return -1;
}

static void FreeModel(MODEL_KEY *Key)
{
    for (ULONG Index = 0; Index < Key->Children; Index++) {
        FreeModel(Key->Child[Index]);
        free(Key->Child[Index]);
    }
    for (ULONG Index = 0; Index < Key->Values; Index++) {
        RtlFreeUnicodeString(&Key->Value[Index].Name);
        free(Key->Value[Index].Data);
    }
    if (Key->Name.Buffer)
        RtlFreeUnicodeString(&Key->Name);
}

static void CompareValues(HCELL Cell, const MODEL_KEY *Key)
{
    static UCHAR Data[sizeof(Noise)];
    for (ULONG Index = 0; Index < Key->Values; Index++) {
        const MODEL_VALUE *Expected = &Key->Value[Index];
        HIVE_VALUE_INFO Info;
        HCELL Value = HvValue(&Hive, Cell, Index);
        assert_int_not_equal(Value, HCELL_NIL);
        assert_int_equal(HvFindValue(&Hive, Cell, &Expected->Name), Value);
        HvQueryValue(&Hive, Value, &Info);
        assert_int_equal(Info.Type, Expected->Type);
        assert_int_equal(HvReadValue(&Hive, Value, 0, Data, sizeof(Data)), Expected->Length);
        assert_memory_equal(Data, Expected->Data, Expected->Length);
    }
    assert_int_equal(HvValue(&Hive, Cell, Key->Values), HCELL_NIL);
}

static void CompareKeys(HCELL Cell, const MODEL_KEY *Key)
{
    HIVE_KEY_INFO Info;
    HvQueryKey(&Hive, Cell, &Info);
    assert_int_equal(Info.Subkeys, Key->Children);
    CompareValues(Cell, Key);
    UNICODE_STRING Before = {0};
    BOOLEAN BeforeVolatile = FALSE;
    for (ULONG Index = 0; Index < Key->Children; Index++) {
        HCELL Subkey = HvSubkey(&Hive, Cell, Index);
        WCHAR Buffer[256];
        USHORT Length = (USHORT)HvKeyName(&Hive, Subkey, Buffer, sizeof(Buffer));
        UNICODE_STRING Name = {Length, Length, Buffer};
        LONG Child = FindChild(Key, &Name);
        assert_in_range(Child, 0, MAX_CHILDREN);
        const MODEL_KEY *Expected = Key->Child[Child];
        assert_true(RtlEqualUnicodeString(&Expected->Name, &Name, FALSE));
        if (Index && BeforeVolatile == Expected->Volatile)
            assert_true(RtlCompareUnicodeString(&Before, &Name, TRUE) < 0);
        Before = Expected->Name;
        BeforeVolatile = Expected->Volatile;
        CompareKeys(Subkey, Expected);
    }
}

static void CompareAll(void)
{
    CompareKeys(HvRootKey(&Hive), &Root);
    assert_status(HvCheck(&Hive), STATUS_SUCCESS);
}

// What is volatile goes when the file is read back.
static void DropVolatile(MODEL_KEY *Key)
{
    ULONG Kept = 0;
    for (ULONG Index = 0; Index < Key->Children; Index++) {
        if (Key->Child[Index]->Volatile) {
            FreeModel(Key->Child[Index]);
            free(Key->Child[Index]);
        } else {
            DropVolatile(Key->Child[Index]);
            Key->Child[Kept++] = Key->Child[Index];
        }
    }
    Key->Children = Kept;
}

static void Reopen(void)
{
    ULONG Size;
    PUCHAR File = HiveToFile(&Hive, &Size);
    HvClose(&Hive);
    assert_status(HvOpen(&Hive, &HostHiveOperations, nullptr, File, Size), STATUS_SUCCESS);
    assert_false(Hive.Repaired);
    free(File);
    DropVolatile(&Root);
}

// A key chosen at random, at most four levels down.
static MODEL_KEY *Choose(PHCELL Cell)
{
    MODEL_KEY *Key = &Root;
    *Cell = HvRootKey(&Hive);
    for (ULONG Depth = 0; Depth < 4 && Key->Children && TestRandom() % 4; Depth++) {
        Key = Key->Child[TestRandom() % Key->Children];
        *Cell = HvFindSubkey(&Hive, *Cell, &Key->Name);
        assert_int_not_equal(*Cell, HCELL_NIL);
    }
    return Key;
}

static void CreateOne(MODEL_KEY *Key, HCELL Cell)
{
    UNICODE_STRING Name;
    HCELL New;
    ULONG Length;
    MakeName(&Name);
    BOOLEAN Volatile = Key->Volatile || TestRandom() % 6 == 0;
    PSECURITY_DESCRIPTOR Descriptor =
        TestRandom() % 3 ? nullptr : TestDescriptor(TestRandom() % 4, &Length);
    NTSTATUS Status = HvCreateSubkey(&Hive, Cell, &Name, nullptr, Volatile ? HIVE_KEY_VOLATILE : 0,
                                     Descriptor, &New);
    if (FindChild(Key, &Name) >= 0)
        assert_status(Status, STATUS_OBJECT_NAME_COLLISION);
    if (!NT_SUCCESS(Status) || Key->Children == MAX_CHILDREN) {
        if (NT_SUCCESS(Status))
            assert_status(HvDeleteKey(&Hive, New), STATUS_SUCCESS);
        RtlFreeUnicodeString(&Name);
        return;
    }
    MODEL_KEY *Child = calloc(1, sizeof(*Child));
    Child->Name = Name;
    Child->Volatile = Volatile;
    Key->Child[Key->Children++] = Child;
}

static void DeleteOne(MODEL_KEY *Key, HCELL Cell)
{
    if (!Key->Children)
        return;
    ULONG Index = TestRandom() % Key->Children;
    MODEL_KEY *Child = Key->Child[Index];
    HCELL Subkey = HvFindSubkey(&Hive, Cell, &Child->Name);
    BOOLEAN Tree = TestRandom() % 4 == 0;
    NTSTATUS Status = Tree ? HvDeleteTree(&Hive, Subkey) : HvDeleteKey(&Hive, Subkey);
    assert_status(Status, Child->Children && !Tree ? STATUS_CANNOT_DELETE : STATUS_SUCCESS);
    if (!NT_SUCCESS(Status))
        return;
    FreeModel(Child);
    free(Child);
    Key->Child[Index] = Key->Child[--Key->Children];
}

static void RenameOne(MODEL_KEY *Key, HCELL Cell)
{
    if (!Key->Children)
        return;
    MODEL_KEY *Child = Key->Child[TestRandom() % Key->Children];
    UNICODE_STRING Name;
    HCELL New;
    MakeName(&Name);
    LONG Namesake = FindChild(Key, &Name);
    NTSTATUS Status = HvRenameKey(&Hive, HvFindSubkey(&Hive, Cell, &Child->Name), &Name, &New);
    if (Namesake >= 0 && Key->Child[Namesake] != Child)
        assert_status(Status, STATUS_OBJECT_NAME_COLLISION);
    if (NT_SUCCESS(Status)) {
        UNICODE_STRING Old = Child->Name;
        Child->Name = Name;
        Name = Old;
    }
    RtlFreeUnicodeString(&Name);
}

static void SetOne(MODEL_KEY *Key, HCELL Cell)
{
    UNICODE_STRING Name;
    MakeName(&Name);
    LONG Index = FindModelValue(Key, &Name);
    ULONG Length = TestRandom() % (TestRandom() % 8 ? 40 : sizeof(Noise)), Type = TestRandom();
    if ((Index < 0 && Key->Values == MAX_VALUES) ||
        !NT_SUCCESS(HvSetValue(&Hive, Cell, &Name, Type, Noise, Length))) {
        RtlFreeUnicodeString(&Name);
        return;
    }
    if (Index >= 0) {
        RtlFreeUnicodeString(&Name);
        Name = Key->Value[Index].Name;
        free(Key->Value[Index].Data);
    } else {
        Index = (LONG)Key->Values++;
    }
    Key->Value[Index] = (MODEL_VALUE){Name, Type, Length, malloc(Length ? Length : 1)};
    memcpy(Key->Value[Index].Data, Noise, Length);
}

static void UnsetOne(MODEL_KEY *Key, HCELL Cell)
{
    UNICODE_STRING Name;
    MakeName(&Name);
    LONG Index = FindModelValue(Key, &Name);
    assert_status(HvDeleteValue(&Hive, Cell, &Name),
                  Index < 0 ? STATUS_OBJECT_NAME_NOT_FOUND : STATUS_SUCCESS);
    RtlFreeUnicodeString(&Name);
    if (Index < 0)
        return;
    RtlFreeUnicodeString(&Key->Value[Index].Name);
    free(Key->Value[Index].Data);
    memmove(&Key->Value[Index], &Key->Value[Index + 1],
            (--Key->Values - (ULONG)Index) * sizeof(MODEL_VALUE));
}

static void SecureOne(HCELL Cell)
{
    ULONG Length, Found;
    PSECURITY_DESCRIPTOR Descriptor = TestDescriptor(TestRandom() % 6, &Length);
    if (!NT_SUCCESS(HvSetKeySecurity(&Hive, Cell, Descriptor)))
        return;
    assert_memory_equal(HvKeySecurity(&Hive, Cell, &Found), Descriptor, Length);
    assert_int_equal(Found, Length);
}

static void a_hive_agrees_with_its_model(void **state)
{
    (void)state;
    UNICODE_STRING Name = UNICODE(L"ROOT");
    ULONG Length;
    for (ULONG Index = 0; Index < sizeof(Noise); Index++)
        Noise[Index] = (UCHAR)TestRandom();
    assert_status(HvCreate(&Hive, &HostHiveOperations, nullptr, &Name, TestDescriptor(0, &Length)),
                  STATUS_SUCCESS);
    for (ULONG Round = 0; Round < 30000; Round++) {
        HCELL Cell;
        MODEL_KEY *Key = Choose(&Cell);
        // Phases of growth and of decay.
        BOOLEAN Grow = TestRandom() % 10 < (Round / 3000 % 2 ? 3 : 7);
        HiveFailAfter = TestRandom() % 3 ? -1 : (LONG)(TestRandom() % 2);
        switch (TestRandom() % 5) {
        case 0:
        case 1:
            (Grow ? CreateOne : DeleteOne)(Key, Cell);
            break;
        case 2:
        case 3:
            (Grow ? SetOne : UnsetOne)(Key, Cell);
            break;
        default:
            if (TestRandom() % 2)
                RenameOne(Key, Cell);
            else
                SecureOne(Cell);
            break;
        }
        HiveFailAfter = -1;
        if (Round % 50 == 0)
            CompareAll();
        if (Round % 1500 == 0)
            Reopen();
    }
    CompareAll();
    HvClose(&Hive);
    FreeModel(&Root);
    assert_int_equal(HiveBlocks, 0);
    assert_int_equal(HookBlocks, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hive_agrees_with_its_model),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
