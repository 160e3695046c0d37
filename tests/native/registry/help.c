// What the tests share.

#include "suite.h"

UNICODE_STRING TestString(PCWSTR Text)
{
    UNICODE_STRING String;
    RtlInitUnicodeString(&String, Text);
    return String;
}

static OBJECT_ATTRIBUTES AttributesOf(HANDLE Parent, PUNICODE_STRING Name)
{
    OBJECT_ATTRIBUTES Attributes;
    InitializeObjectAttributes(&Attributes, Name, OBJ_CASE_INSENSITIVE, Parent, nullptr);
    return Attributes;
}

NTSTATUS KeyCreate(HANDLE Parent, PCWSTR Name, ULONG Options, PHANDLE Key)
{
    UNICODE_STRING String = TestString(Name);
    OBJECT_ATTRIBUTES Attributes = AttributesOf(Parent, &String);
    return NtCreateKey(Key, KEY_ALL_ACCESS, &Attributes, 0, nullptr, Options, nullptr);
}

NTSTATUS KeyOpen(HANDLE Parent, PCWSTR Name, ACCESS_MASK Access, PHANDLE Key)
{
    UNICODE_STRING String = TestString(Name);
    OBJECT_ATTRIBUTES Attributes = AttributesOf(Parent, &String);
    return NtOpenKey(Key, Access, &Attributes);
}

NTSTATUS KeySet(HANDLE Key, PCWSTR Value, ULONG Type, const VOID *Data, ULONG Size)
{
    UNICODE_STRING Name = TestString(Value);
    return NtSetValueKey(Key, &Name, 0, Type, (PVOID)Data, Size);
}

NTSTATUS KeySetNumber(HANDLE Key, PCWSTR Value, ULONG Number)
{
    return KeySet(Key, Value, REG_DWORD, &Number, sizeof(Number));
}

ULONG KeyGetNumber(HANDLE Key, PCWSTR Value)
{
    UNICODE_STRING Name = TestString(Value);
    ULONG Length, Number = MAXULONG;
    alignas(8) UCHAR Buffer[FIELD_OFFSET(KEY_VALUE_PARTIAL_INFORMATION, Data) + sizeof(ULONG)];
    PKEY_VALUE_PARTIAL_INFORMATION Information = (PVOID)Buffer;
    NTSTATUS Status =
        NtQueryValueKey(Key, &Name, KeyValuePartialInformation, Buffer, sizeof(Buffer), &Length);
    if (Status == STATUS_SUCCESS && Information->Type == REG_DWORD)
        memcpy(&Number, Information->Data, sizeof(Number));
    return Number;
}

// The first subkey's name, terminated.
static BOOLEAN FirstSubkey(HANDLE Key, PWCH Name, ULONG Size)
{
    alignas(8) UCHAR Buffer[sizeof(KEY_BASIC_INFORMATION) + 256 * sizeof(WCHAR)];
    PKEY_BASIC_INFORMATION Information = (PVOID)Buffer;
    ULONG Length;
    if (NtEnumerateKey(Key, 0, KeyBasicInformation, Buffer, sizeof(Buffer), &Length) ||
        Information->NameLength + sizeof(WCHAR) > Size)
        return FALSE;
    memcpy(Name, Information->Name, Information->NameLength);
    Name[Information->NameLength / sizeof(WCHAR)] = 0;
    return TRUE;
}

// Without recursion: a tree can be deeper than the stack.
VOID KeyDeleteTree(HANDLE Parent, PCWSTR Name)
{
    // Open from the top down: starting there for each key takes long in a deep tree.
    static HANDLE Path[512];
    WCHAR Child[256];
    ULONG Depth = 0;
    if (KeyOpen(Parent, Name, KEY_ALL_ACCESS, &Path[0]))
        return;
    for (;;) {
        HANDLE At = Path[Depth];
        if (Depth + 1 < RTL_NUMBER_OF(Path) && FirstSubkey(At, Child, sizeof(Child)) &&
            !KeyOpen(At, Child, KEY_ALL_ACCESS, &Path[Depth + 1])) {
            Depth++;
            continue;
        }
        NTSTATUS Status = NtDeleteKey(At);
        NtClose(At);
        if (Depth-- == 0)
            return;
        if (!CHECK_STATUS(Status, STATUS_SUCCESS))
            break;
    }
    for (ULONG i = 0; i <= Depth; i++)
        NtClose(Path[i]);
}

HANDLE KeyFresh(PCWSTR Name)
{
    HANDLE Root, Key = nullptr;
    if (!CHECK_STATUS(KeyCreate(nullptr, TEST_ROOT, 0, &Root), STATUS_SUCCESS))
        return nullptr;
    KeyDeleteTree(Root, Name);
    CHECK_STATUS(KeyCreate(Root, Name, 0, &Key), STATUS_SUCCESS);
    NtClose(Root);
    return Key;
}
