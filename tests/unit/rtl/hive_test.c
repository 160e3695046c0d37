// Hives: each function, a long random run against a model, failing allocations, and damaged files.
#include "test.h"

#include "hive_file.h"

static HIVE Hive;
static ULONG DescriptorLength;

static void CreateHive(void)
{
    UNICODE_STRING Name = UNICODE(L"ROOT");
    assert_status(
        HvCreate(&Hive, &HostHiveOperations, nullptr, &Name, TestDescriptor(0, &DescriptorLength)),
        STATUS_SUCCESS);
}

static HCELL AddKey(HCELL Parent, PCWSTR Text, ULONG Flags)
{
    UNICODE_STRING Name;
    HCELL Key;
    RtlInitUnicodeString(&Name, Text);
    assert_status(HvCreateSubkey(&Hive, Parent, &Name, nullptr, Flags, nullptr, &Key),
                  STATUS_SUCCESS);
    return Key;
}

static HCELL FindKey(HCELL Parent, PCWSTR Text)
{
    UNICODE_STRING Name;
    RtlInitUnicodeString(&Name, Text);
    return HvFindSubkey(&Hive, Parent, &Name);
}

static void SetValue(HCELL Key, PCWSTR Text, ULONG Type, const VOID *Data, ULONG Length)
{
    UNICODE_STRING Name;
    RtlInitUnicodeString(&Name, Text);
    assert_status(HvSetValue(&Hive, Key, &Name, Type, Data, Length), STATUS_SUCCESS);
}

static void CheckName(HCELL Key, PCWSTR Text)
{
    WCHAR Buffer[256];
    assert_int_equal(HvKeyName(&Hive, Key, Buffer, sizeof(Buffer)), wcslen(Text) * 2);
    assert_memory_equal(Buffer, Text, wcslen(Text) * 2);
}

// Write the hive, close it, and open what was written.
static void Reopen(void)
{
    ULONG Size;
    PUCHAR File = HiveToFile(&Hive, &Size);
    HvClose(&Hive);
    assert_int_equal(HiveBlocks, 0);
    assert_status(HvOpen(&Hive, &HostHiveOperations, nullptr, File, Size), STATUS_SUCCESS);
    assert_false(Hive.Repaired || Hive.Torn || HvIsDirty(&Hive));
    free(File);
}

static void CloseHive(void)
{
    assert_status(HvCheck(&Hive), STATUS_SUCCESS);
    HvClose(&Hive);
    assert_int_equal(HiveBlocks, 0);
    assert_int_equal(HookBlocks, 0);
}

static void keys_are_created_found_and_deleted(void **state)
{
    (void)state;
    CreateHive();
    HCELL Root = HvRootKey(&Hive), Key;
    CheckName(Root, L"ROOT");
    assert_int_equal(HvParentKey(&Hive, Root), HCELL_NIL);
    HCELL Software = AddKey(Root, L"Software", 0);
    HCELL Han = AddKey(Root, L"\x6F22\x5B57", 0), Umlaut = AddKey(Root, L"Ätsch", 0);
    assert_int_equal(FindKey(Root, L"sOFTWARE"), Software);
    assert_int_equal(FindKey(Root, L"\x6F22\x5B57"), Han);
    assert_int_equal(FindKey(Root, L"äTSCH"), Umlaut);
    assert_int_equal(FindKey(Root, L"Soft"), HCELL_NIL);
    assert_int_equal(HvParentKey(&Hive, Han), Root);
    assert_int_equal(HvSubkey(&Hive, Root, 0), Software); // in the order of upper-case names
    assert_int_equal(HvSubkey(&Hive, Root, 2), Han);
    assert_int_equal(HvSubkey(&Hive, Root, 3), HCELL_NIL);

    UNICODE_STRING Name = UNICODE(L"SOFTWARE"), Class = UNICODE(L"TheClass");
    assert_status(HvCreateSubkey(&Hive, Root, &Name, nullptr, 0, nullptr, &Key),
                  STATUS_OBJECT_NAME_COLLISION);
    Name = UNICODE(L"a\\b");
    assert_status(HvCreateSubkey(&Hive, Root, &Name, nullptr, 0, nullptr, &Key),
                  STATUS_OBJECT_NAME_INVALID);
    Name.Length = 0;
    assert_status(HvCreateSubkey(&Hive, Root, &Name, nullptr, 0, nullptr, &Key),
                  STATUS_OBJECT_NAME_INVALID);
    WCHAR Long[256];
    for (ULONG Index = 0; Index < 256; Index++)
        Long[Index] = 'x';
    Name = (UNICODE_STRING){512, 512, Long};
    assert_status(HvCreateSubkey(&Hive, Root, &Name, nullptr, 0, nullptr, &Key),
                  STATUS_OBJECT_NAME_INVALID);
    Name.Length = 510;
    assert_status(HvCreateSubkey(&Hive, Software, &Name, &Class, 0, nullptr, &Key), STATUS_SUCCESS);

    HIVE_KEY_INFO Info;
    WCHAR Text[16];
    HvQueryKey(&Hive, Software, &Info);
    assert_int_equal(Info.Subkeys, 1);
    assert_int_equal(Info.MaxNameLength, 510);
    assert_int_equal(Info.MaxClassLength, 16);
    HvQueryKey(&Hive, Key, &Info);
    assert_int_equal(Info.ClassLength, 16);
    assert_int_equal(HvKeyClass(&Hive, Key, Text, sizeof(Text)), 16);
    assert_memory_equal(Text, L"TheClass", 16);
    assert_status(HvDeleteKey(&Hive, Software), STATUS_CANNOT_DELETE);
    assert_status(HvDeleteKey(&Hive, Root), STATUS_CANNOT_DELETE);
    assert_status(HvDeleteKey(&Hive, Key), STATUS_SUCCESS);
    HvSetKeyFlags(&Hive, Software, HIVE_KEY_NO_DELETE);
    assert_status(HvDeleteKey(&Hive, Software), STATUS_CANNOT_DELETE);
    HvSetKeyFlags(&Hive, Software, 0);
    assert_status(HvDeleteKey(&Hive, Software), STATUS_SUCCESS);
    assert_int_equal(FindKey(Root, L"Software"), HCELL_NIL);
    Reopen();
    assert_int_equal(FindKey(Root, L"ätsch"), Umlaut);
    CloseHive();
}

static void values_of_every_size(void **state)
{
    (void)state;
    static const ULONG Sizes[] = {0,     1,     3,     4,     5,     8,      100,    4000,   4096,
                                  16343, 16344, 16345, 32688, 32689, 100000, 500000, 1 << 20};
    static UCHAR Data[(1 << 20) + 32], Read[1 << 20];
    CreateHive();
    HCELL Root = HvRootKey(&Hive);
    for (ULONG Index = 0; Index < sizeof(Data); Index++)
        Data[Index] = (UCHAR)TestRandom();
    for (ULONG Index = 0; Index < RTL_NUMBER_OF(Sizes); Index++) {
        WCHAR Name[16];
        _snwprintf(Name, 16, L"Value%u", Index);
        SetValue(Root, Name, Index, Data + Index, Sizes[Index]);
    }
    Reopen();
    for (ULONG Index = 0; Index < RTL_NUMBER_OF(Sizes); Index++) {
        WCHAR Name[16];
        HIVE_VALUE_INFO Info;
        UNICODE_STRING String;
        _snwprintf(Name, 16, L"vALUE%u", Index);
        RtlInitUnicodeString(&String, Name);
        HCELL Value = HvFindValue(&Hive, Root, &String);
        assert_int_equal(Value, HvValue(&Hive, Root, Index));
        HvQueryValue(&Hive, Value, &Info);
        assert_int_equal(Info.Type, Index);
        assert_int_equal(Info.DataLength, Sizes[Index]);
        assert_int_equal(HvReadValue(&Hive, Value, 0, Read, sizeof(Read)), Sizes[Index]);
        assert_memory_equal(Read, Data + Index, Sizes[Index]);
        ULONG Offset = Sizes[Index] / 2;
        ULONG Rest = HvReadValue(&Hive, Value, Offset, Read, 20000);
        assert_int_equal(Rest, Sizes[Index] - Offset < 20000 ? Sizes[Index] - Offset : 20000);
        assert_memory_equal(Read, Data + Index + Offset, Rest);
    }
    // Each size replaces each other one.
    UNICODE_STRING One = UNICODE(L"Value5");
    for (ULONG Round = 0; Round < 100; Round++) {
        ULONG Length = Sizes[TestRandom() % RTL_NUMBER_OF(Sizes)];
        assert_status(HvSetValue(&Hive, Root, &One, 3, Data, Length), STATUS_SUCCESS);
        HCELL Value = HvFindValue(&Hive, Root, &One);
        assert_int_equal(HvReadValue(&Hive, Value, 0, Read, sizeof(Read)), Length);
        assert_memory_equal(Read, Data, Length);
    }
    assert_status(HvCheck(&Hive), STATUS_SUCCESS);
    assert_status(HvDeleteValue(&Hive, Root, &One), STATUS_SUCCESS);
    assert_status(HvDeleteValue(&Hive, Root, &One), STATUS_OBJECT_NAME_NOT_FOUND);
    HIVE_KEY_INFO Info;
    HvQueryKey(&Hive, Root, &Info);
    assert_int_equal(Info.Values, RTL_NUMBER_OF(Sizes) - 1);
    assert_int_equal(Info.MaxValueDataLength, 1 << 20);
    CloseHive();
}

static void default_and_odd_value_names(void **state)
{
    (void)state;
    CreateHive();
    HCELL Root = HvRootKey(&Hive);
    static WCHAR Long[16384];
    for (ULONG Index = 0; Index < 16383; Index++)
        Long[Index] = (WCHAR)(0x100 + Index % 1000);
    SetValue(Root, L"", REG_SZ, L"default", 16);
    SetValue(Root, Long, REG_BINARY, "x", 1);
    SetValue(Root, L"a\\b", REG_BINARY, "y", 1); // a backslash is allowed in a value's name
    Reopen();
    UNICODE_STRING Name = {0};
    WCHAR Buffer[16];
    HCELL Value = HvFindValue(&Hive, Root, &Name);
    assert_int_equal(Value, HvValue(&Hive, Root, 0));
    assert_int_equal(HvReadValue(&Hive, Value, 0, Buffer, sizeof(Buffer)), 16);
    assert_int_equal(HvValueName(&Hive, Value, Buffer, sizeof(Buffer)), 0);
    RtlInitUnicodeString(&Name, Long);
    assert_int_equal(HvFindValue(&Hive, Root, &Name), HvValue(&Hive, Root, 1));
    Name.Length += 2;
    Long[16383] = 'x';
    assert_status(HvSetValue(&Hive, Root, &Name, 0, "", 0), STATUS_OBJECT_NAME_INVALID);
    Long[16383] = 0;
    CloseHive();
}

// Enough subkeys for several leaves, in three orders of arrival.
static void many_subkeys(void **state)
{
    (void)state;
    constexpr ULONG Count = 5000;
    for (ULONG Order = 0; Order < 3; Order++) {
        CreateHive();
        HCELL Root = HvRootKey(&Hive);
        for (ULONG Index = 0; Index < Count; Index++) {
            ULONG Number = Order == 0   ? Index
                           : Order == 1 ? Count - 1 - Index
                                        : Index * 1237 % Count;
            WCHAR Name[16];
            _snwprintf(Name, 16, L"Key%05u", Number);
            AddKey(Root, Name, 0);
        }
        Reopen();
        for (ULONG Index = 0; Index < Count; Index += 7) {
            WCHAR Name[16];
            _snwprintf(Name, 16, L"Key%05u", Index);
            assert_int_equal(HvSubkey(&Hive, Root, Index), FindKey(Root, Name));
        }
        assert_status(HvCheck(&Hive), STATUS_SUCCESS);
        for (ULONG Index = 0; Index < Count; Index++) {
            WCHAR Name[16];
            _snwprintf(Name, 16, L"KEY%05u", Index * 3 % Count);
            HCELL Key = FindKey(Root, Name);
            assert_int_not_equal(Key, HCELL_NIL);
            assert_status(HvDeleteKey(&Hive, Key), STATUS_SUCCESS);
        }
        HIVE_KEY_INFO Info;
        HvQueryKey(&Hive, Root, &Info);
        assert_int_equal(Info.Subkeys, 0);
        CloseHive();
    }
}

static void volatile_keys_vanish(void **state)
{
    (void)state;
    CreateHive();
    HCELL Root = HvRootKey(&Hive), Key;
    HCELL Stable = AddKey(Root, L"Stable", 0);
    HCELL Volatile = AddKey(Root, L"A volatile one", HIVE_KEY_VOLATILE);
    AddKey(Volatile, L"Below", HIVE_KEY_VOLATILE);
    SetValue(Volatile, L"Value", REG_BINARY, "0123456789", 10);
    UNICODE_STRING Name = UNICODE(L"No");
    assert_status(HvCreateSubkey(&Hive, Volatile, &Name, nullptr, 0, nullptr, &Key),
                  STATUS_CHILD_MUST_BE_VOLATILE);
    assert_int_equal(HvSubkey(&Hive, Root, 0), Stable); // stable ones are listed first
    assert_int_equal(HvSubkey(&Hive, Root, 1), Volatile);
    assert_int_equal(FindKey(Root, L"a VOLATILE one"), Volatile);
    HIVE_KEY_INFO Info;
    HvQueryKey(&Hive, Root, &Info);
    assert_int_equal(Info.Subkeys, 2);
    HvQueryKey(&Hive, Volatile, &Info);
    assert_int_equal(Info.Flags, HIVE_KEY_VOLATILE);
    Reopen();
    HvQueryKey(&Hive, Root, &Info);
    assert_int_equal(Info.Subkeys, 1);
    assert_int_equal(FindKey(Root, L"Stable"), Stable);
    assert_int_equal(FindKey(Root, L"A volatile one"), HCELL_NIL);
    CloseHive();
}

static void security_is_shared_and_counted(void **state)
{
    (void)state;
    CreateHive();
    HCELL Root = HvRootKey(&Hive);
    ULONG Length, Size = HvFileSize(&Hive);
    for (ULONG Index = 0; Index < 60; Index++) {
        WCHAR Name[8];
        _snwprintf(Name, 8, L"k%u", Index);
        HCELL Key = AddKey(Root, Name, Index % 5 ? 0 : HIVE_KEY_VOLATILE);
        assert_status(HvSetKeySecurity(&Hive, Key, TestDescriptor(Index % 3, &Length)),
                      STATUS_SUCCESS);
        PSECURITY_DESCRIPTOR Found = HvKeySecurity(&Hive, Key, &Length);
        assert_memory_equal(Found, TestDescriptor(Index % 3, &DescriptorLength), Length);
    }
    assert_in_range(HvFileSize(&Hive), Size, Size + 12288); // three descriptors, not sixty
    // A key may be given the descriptor that another has, by the pointer into the hive.
    assert_status(HvSetKeySecurity(&Hive, FindKey(Root, L"k1"),
                                   HvKeySecurity(&Hive, FindKey(Root, L"k2"), &Length)),
                  STATUS_SUCCESS);
    assert_status(HvCheck(&Hive), STATUS_SUCCESS);
    for (HCELL Key; (Key = HvSubkey(&Hive, Root, 0)) != HCELL_NIL;)
        assert_status(HvDeleteKey(&Hive, Key), STATUS_SUCCESS);
    assert_int_equal(Hive.VolatileSecurity, HCELL_NIL);
    CloseHive();
}

static void renaming(void **state)
{
    (void)state;
    CreateHive();
    HCELL Root = HvRootKey(&Hive), New, Below;
    HCELL Key = AddKey(Root, L"Beta", 0), Sub = AddKey(Key, L"Sub", 0);
    AddKey(Root, L"Alpha", 0);
    SetValue(Key, L"V", REG_SZ, L"text", 10);
    UNICODE_STRING Name = UNICODE(L"alpha");
    assert_status(HvRenameKey(&Hive, Key, &Name, &New), STATUS_OBJECT_NAME_COLLISION);
    assert_status(HvRenameKey(&Hive, Root, &Name, &New), STATUS_ACCESS_DENIED);
    Name = UNICODE(L"BETA");
    assert_status(HvRenameKey(&Hive, Key, &Name, &Key), STATUS_SUCCESS);
    CheckName(Key, L"BETA");
    assert_int_equal(HvParentKey(&Hive, Sub), Key);
    Name = UNICODE(L"Longer than before, \x6F22");
    assert_status(HvRenameKey(&Hive, Key, &Name, &New), STATUS_SUCCESS);
    assert_int_equal(FindKey(Root, L"Beta"), HCELL_NIL);
    assert_int_equal(HvFindSubkey(&Hive, Root, &Name), New);
    Below = FindKey(New, L"sub");
    assert_int_equal(Below, Sub);
    assert_int_equal(HvParentKey(&Hive, Sub), New);
    UNICODE_STRING Value = UNICODE(L"v");
    assert_int_not_equal(HvFindValue(&Hive, New, &Value), HCELL_NIL);
    Reopen();
    CloseHive();
}

static void trees_are_copied_and_deleted(void **state)
{
    (void)state;
    CreateHive();
    HCELL Root = HvRootKey(&Hive), From = AddKey(Root, L"From", 0), To = AddKey(Root, L"To", 0);
    HCELL At = From;
    for (ULONG Depth = 0; Depth < 100; Depth++) {
        SetValue(At, L"Depth", REG_DWORD, &Depth, sizeof(Depth));
        AddKey(At, L"Side", 0);
        At = AddKey(At, L"Down", 0);
    }
    assert_status(HvCopyTree(&Hive, From, &Hive, To), STATUS_SUCCESS);
    At = To;
    for (ULONG Depth = 0; Depth < 100; Depth++) {
        ULONG Read;
        UNICODE_STRING Name = UNICODE(L"depth");
        HvReadValue(&Hive, HvFindValue(&Hive, At, &Name), 0, &Read, sizeof(Read));
        assert_int_equal(Read, Depth);
        assert_int_not_equal(FindKey(At, L"side"), HCELL_NIL);
        At = FindKey(At, L"down");
    }
    assert_status(HvDeleteTree(&Hive, From), STATUS_SUCCESS);
    assert_int_equal(FindKey(Root, L"From"), HCELL_NIL);
    assert_status(HvCheck(&Hive), STATUS_SUCCESS);

    HIVE Saved;
    UNICODE_STRING Name = UNICODE(L"Saved");
    assert_status(
        HvCreate(&Saved, &HostHiveOperations, nullptr, &Name, TestDescriptor(7, &DescriptorLength)),
        STATUS_SUCCESS);
    assert_status(HvCopyTree(&Hive, Root, &Saved, HvRootKey(&Saved)), STATUS_SUCCESS);
    assert_status(HvCheck(&Saved), STATUS_SUCCESS);
    Name = UNICODE(L"to");
    assert_int_not_equal(HvFindSubkey(&Saved, HvRootKey(&Saved), &Name), HCELL_NIL);
    HvClose(&Saved);
    CloseHive();
}

static void BuildSource(PHIVE Source)
{
    UNICODE_STRING Name = UNICODE(L"Source"), Sub = UNICODE(L"New"), Class = UNICODE(L"class");
    HCELL Key;
    assert_status(
        HvCreate(Source, &HostHiveOperations, nullptr, &Name, TestDescriptor(3, &DescriptorLength)),
        STATUS_SUCCESS);
    HCELL Root = HvRootKey(Source);
    assert_status(HvSetKeyClass(Source, Root, &Class), STATUS_SUCCESS);
    assert_status(HvSetValue(Source, Root, &Name, REG_SZ, L"text", 10), STATUS_SUCCESS);
    assert_status(HvCreateSubkey(Source, Root, &Sub, &Class, 0, nullptr, &Key), STATUS_SUCCESS);
    assert_status(HvSetValue(Source, Key, &Name, REG_BINARY, Source, sizeof(*Source)),
                  STATUS_SUCCESS);
}

// A failing allocation anywhere leaves the key as it was; then all of it is replaced.
static void contents_are_replaced(void **state)
{
    (void)state;
    HIVE Source;
    HCELL New;
    UNICODE_STRING Value = UNICODE(L"Source"), Old = UNICODE(L"Old");
    BuildSource(&Source);
    CreateHive();
    HCELL Key = AddKey(HvRootKey(&Hive), L"Key", 0);
    AddKey(AddKey(Key, L"Old", HIVE_KEY_NO_DELETE), L"Below", 0);
    AddKey(Key, L"Volatile", HIVE_KEY_VOLATILE);
    SetValue(Key, L"Old", REG_DWORD, "1234", 4);

    NTSTATUS Status = STATUS_INSUFFICIENT_RESOURCES;
    for (LONG Fail = 0; Status == STATUS_INSUFFICIENT_RESOURCES; Fail++) {
        HiveFailAfter = Fail;
        Status = HvPrepareReplacement(&Hive, Key, &Source, HvRootKey(&Source), &New);
        HiveFailAfter = -1;
        if (Status == STATUS_INSUFFICIENT_RESOURCES)
            assert_status(HvCheck(&Hive), STATUS_SUCCESS);
    }
    assert_status(Status, STATUS_SUCCESS);
    HvReplaceKey(&Hive, Key, New);
    assert_status(HvCheck(&Hive), STATUS_SUCCESS);
    CheckName(Key, L"Key");
    assert_int_equal(FindKey(HvRootKey(&Hive), L"Key"), Key);
    assert_int_equal(FindKey(Key, L"Old"), HCELL_NIL);
    assert_int_equal(FindKey(Key, L"Volatile"), HCELL_NIL);
    assert_int_equal(HvFindValue(&Hive, Key, &Old), HCELL_NIL);
    assert_int_not_equal(HvFindValue(&Hive, Key, &Value), HCELL_NIL);
    assert_int_equal(HvParentKey(&Hive, FindKey(Key, L"New")), Key);
    HIVE_KEY_INFO Info;
    HvQueryKey(&Hive, Key, &Info);
    assert_int_equal(Info.ClassLength, 10);
    assert_int_equal(Info.Subkeys, 1);
    assert_int_equal(Info.Values, 1);
    HvClose(&Source);
    Reopen();
    CloseHive();
}

// Only what changed is written, and a file written in part is seen to be torn.
static void writing_only_what_changed(void **state)
{
    (void)state;
    CreateHive();
    HCELL Root = HvRootKey(&Hive);
    for (ULONG Index = 0; Index < 500; Index++) {
        WCHAR Name[16];
        _snwprintf(Name, 16, L"Key%u", Index);
        AddKey(Root, Name, 0);
    }
    ULONG Size, Offset = 0, Length, Written = 0;
    PUCHAR File = HiveToFile(&Hive, &Size);
    assert_false(HvIsDirty(&Hive));
    SetValue(FindKey(Root, L"Key77"), L"New", REG_DWORD, "1234", 4);
    assert_true(HvIsDirty(&Hive));
    HvBeginWrite(&Hive);
    memcpy(File, HvBaseBlock(&Hive), HIVE_BASE_BLOCK_SIZE);
    HIVE Torn;
    assert_status(HvOpen(&Torn, &HostHiveOperations, nullptr, File, Size), STATUS_SUCCESS);
    assert_true(Torn.Torn);
    HvClose(&Torn);
    for (const VOID *Data; HvNextDirtyRange(&Hive, &Offset, &Length, &Data); Offset += Length) {
        assert_true(Offset + Length <= Size);
        memcpy(File + Offset, Data, Length);
        Written += Length;
    }
    assert_in_range(Written, 4096, 12288);
    HvEndWrite(&Hive);
    memcpy(File, HvBaseBlock(&Hive), HIVE_BASE_BLOCK_SIZE);
    HvClose(&Hive);
    assert_status(HvOpen(&Hive, &HostHiveOperations, nullptr, File, Size), STATUS_SUCCESS);
    UNICODE_STRING Name = UNICODE(L"new");
    assert_int_not_equal(HvFindValue(&Hive, FindKey(Root, L"key77"), &Name), HCELL_NIL);
    free(File);
    CloseHive();
}

// Space is used again: the same work many times does not make the hive grow.
static void freed_space_is_used_again(void **state)
{
    (void)state;
    static UCHAR Data[30000];
    CreateHive();
    ULONG Size = 0;
    for (ULONG Round = 0; Round < 200; Round++) {
        for (ULONG Index = 0; Index < 40; Index++) {
            WCHAR Name[16];
            _snwprintf(Name, 16, L"Key%u", Index);
            HCELL Key = AddKey(HvRootKey(&Hive), Name, 0);
            SetValue(Key, L"Value", REG_BINARY, Data, (Index * 977 + Round) % sizeof(Data));
        }
        for (HCELL Key; (Key = HvSubkey(&Hive, HvRootKey(&Hive), 0)) != HCELL_NIL;)
            assert_status(HvDeleteKey(&Hive, Key), STATUS_SUCCESS);
        if (Round == 20)
            Size = HvFileSize(&Hive);
    }
    assert_in_range(HvFileSize(&Hive), Size, Size + Size / 4);
    CloseHive();
}

static void other_files_are_refused(void **state)
{
    (void)state;
    ULONG Size;
    HIVE Opened;
    CreateHive();
    PUCHAR File = HiveToFile(&Hive, &Size);
    HvClose(&Hive);
    assert_status(HvOpen(&Opened, &HostHiveOperations, nullptr, File, 4095),
                  STATUS_NOT_REGISTRY_FILE);
    assert_status(HvOpen(&Opened, &HostHiveOperations, nullptr, File, Size - 1),
                  STATUS_REGISTRY_CORRUPT);
    File[0x20]++;
    assert_status(HvOpen(&Opened, &HostHiveOperations, nullptr, File, Size),
                  STATUS_REGISTRY_CORRUPT);
    File[0x20]--;
    File[0]++;
    assert_status(HvOpen(&Opened, &HostHiveOperations, nullptr, File, Size),
                  STATUS_NOT_REGISTRY_FILE);
    File[0]--;
    for (LONG Fail = 0; Fail < 6; Fail++) {
        HiveFailAfter = Fail;
        assert_status(HvOpen(&Opened, &HostHiveOperations, nullptr, File, Size),
                      STATUS_INSUFFICIENT_RESOURCES);
        assert_int_equal(HiveBlocks, 0);
    }
    HiveFailAfter = -1;
    free(File);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_created_found_and_deleted),
        cmocka_unit_test(values_of_every_size),
        cmocka_unit_test(default_and_odd_value_names),
        cmocka_unit_test(many_subkeys),
        cmocka_unit_test(volatile_keys_vanish),
        cmocka_unit_test(security_is_shared_and_counted),
        cmocka_unit_test(renaming),
        cmocka_unit_test(trees_are_copied_and_deleted),
        cmocka_unit_test(contents_are_replaced),
        cmocka_unit_test(writing_only_what_changed),
        cmocka_unit_test(freed_space_is_used_again),
        cmocka_unit_test(other_files_are_refused),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
