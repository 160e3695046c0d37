// Arguments that no service may accept: bad handles, bad pointers, bad numbers.

#include "suite.h"

static UCHAR Buffer[256];
static ULONG Length;
static IO_STATUS_BLOCK Block;
static LARGE_INTEGER Time;

// Every service with a handle, given this one.
static VOID CheckHandle(HANDLE Handle, NTSTATUS Expected)
{
    UNICODE_STRING Name = TestString(L"x");
    KEY_VALUE_ENTRY Entry = {.ValueName = &Name};
    HANDLE Result;
    OBJECT_ATTRIBUTES Attributes;
    InitializeObjectAttributes(&Attributes, &Name, 0, Handle, nullptr);
    Length = sizeof(Buffer);
    CHECK_STATUS(NtQueryKey(Handle, KeyBasicInformation, Buffer, sizeof(Buffer), &Length),
                 Expected);
    CHECK_STATUS(NtEnumerateKey(Handle, 0, KeyBasicInformation, Buffer, sizeof(Buffer), &Length),
                 Expected);
    CHECK_STATUS(
        NtEnumerateValueKey(Handle, 0, KeyValueBasicInformation, Buffer, sizeof(Buffer), &Length),
        Expected);
    CHECK_STATUS(
        NtQueryValueKey(Handle, &Name, KeyValueBasicInformation, Buffer, sizeof(Buffer), &Length),
        Expected);
    CHECK_STATUS(NtSetValueKey(Handle, &Name, 0, REG_NONE, Buffer, 1), Expected);
    CHECK_STATUS(NtDeleteValueKey(Handle, &Name), Expected);
    CHECK_STATUS(NtDeleteKey(Handle), Expected);
    CHECK_STATUS(NtRenameKey(Handle, &Name), Expected);
    CHECK_STATUS(NtFlushKey(Handle), Expected);
    CHECK_STATUS(NtCompressKey(Handle), Expected);
    CHECK_STATUS(NtCompactKeys(1, &Handle), Expected);
    CHECK_STATUS(NtSetInformationKey(Handle, KeyWriteTimeInformation, &Time, sizeof(Time)),
                 Expected);
    Length = sizeof(Buffer);
    CHECK_STATUS(NtQueryMultipleValueKey(Handle, &Entry, 1, Buffer, &Length, nullptr), Expected);
    CHECK_STATUS(NtNotifyChangeKey(Handle, nullptr, nullptr, nullptr, &Block,
                                   REG_NOTIFY_CHANGE_NAME, FALSE, nullptr, 0, TRUE),
                 Expected);
    CHECK_STATUS(NtSaveKey(Handle, Handle), Expected);
    if (Handle) // no root
        CHECK_STATUS(NtOpenKey(&Result, KEY_READ, &Attributes), Expected);
}

VOID TestBadHandles(void)
{
    BOOLEAN Before;
    HANDLE Event;
    RtlAdjustPrivilege(SE_BACKUP_PRIVILEGE, TRUE, FALSE, &Before);
    REQUIRE_STATUS(NtCreateEvent(&Event, EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE),
                   STATUS_SUCCESS);
    CheckHandle(nullptr, STATUS_INVALID_HANDLE);
    CheckHandle((HANDLE)0x123454, STATUS_INVALID_HANDLE);
    CheckHandle((HANDLE)0x80000004ULL, STATUS_INVALID_HANDLE);
    CheckHandle(Event, STATUS_OBJECT_TYPE_MISMATCH);
    NtClose(Event);
    CheckHandle(Event, STATUS_INVALID_HANDLE);
}

// ---- Pointers. Each entry gives the pointer in one argument; all else is good.

static HANDLE Key;
static UNICODE_STRING Good;
static OBJECT_ATTRIBUTES GoodAttributes;
static HANDLE Out;

static NTSTATUS CreateResult(PVOID Bad)
{
    return NtCreateKey(Bad, KEY_READ, &GoodAttributes, 0, nullptr, 0, nullptr);
}
static NTSTATUS CreateAttributes(PVOID Bad)
{
    return NtCreateKey(&Out, KEY_READ, Bad, 0, nullptr, 0, nullptr);
}
static NTSTATUS CreateClass(PVOID Bad)
{
    return NtCreateKey(&Out, KEY_READ, &GoodAttributes, 0, Bad, 0, nullptr);
}
static NTSTATUS CreateDisposition(PVOID Bad)
{
    return NtCreateKey(&Out, KEY_READ, &GoodAttributes, 0, nullptr, 0, Bad);
}
static NTSTATUS OpenResult(PVOID Bad)
{
    return NtOpenKey(Bad, KEY_READ, &GoodAttributes);
}
static NTSTATUS OpenName(PVOID Bad)
{
    OBJECT_ATTRIBUTES Attributes = GoodAttributes;
    Attributes.ObjectName = Bad;
    return NtOpenKey(&Out, KEY_READ, &Attributes);
}
static NTSTATUS OpenText(PVOID Bad)
{
    UNICODE_STRING Name = {8, 8, Bad};
    OBJECT_ATTRIBUTES Attributes = GoodAttributes;
    Attributes.ObjectName = &Name;
    return NtOpenKey(&Out, KEY_READ, &Attributes);
}
static NTSTATUS QueryKeyBuffer(PVOID Bad)
{
    return NtQueryKey(Key, KeyBasicInformation, Bad, sizeof(Buffer), &Length);
}
static NTSTATUS QueryKeyLength(PVOID Bad)
{
    return NtQueryKey(Key, KeyBasicInformation, Buffer, sizeof(Buffer), Bad);
}
static NTSTATUS EnumerateBuffer(PVOID Bad)
{
    return NtEnumerateKey(Key, 0, KeyBasicInformation, Bad, sizeof(Buffer), &Length);
}
static NTSTATUS EnumerateLength(PVOID Bad)
{
    return NtEnumerateKey(Key, 0, KeyBasicInformation, Buffer, sizeof(Buffer), Bad);
}
static NTSTATUS QueryValueName(PVOID Bad)
{
    return NtQueryValueKey(Key, Bad, KeyValueBasicInformation, Buffer, sizeof(Buffer), &Length);
}
static NTSTATUS QueryValueBuffer(PVOID Bad)
{
    return NtQueryValueKey(Key, &Good, KeyValueBasicInformation, Bad, sizeof(Buffer), &Length);
}
static NTSTATUS QueryValueLength(PVOID Bad)
{
    return NtQueryValueKey(Key, &Good, KeyValueBasicInformation, Buffer, sizeof(Buffer), Bad);
}
static NTSTATUS EnumerateValueBuffer(PVOID Bad)
{
    return NtEnumerateValueKey(Key, 0, KeyValueBasicInformation, Bad, sizeof(Buffer), &Length);
}
static NTSTATUS SetName(PVOID Bad)
{
    return NtSetValueKey(Key, Bad, 0, REG_NONE, Buffer, 8);
}
static NTSTATUS SetData(PVOID Bad)
{
    return NtSetValueKey(Key, &Good, 0, REG_NONE, Bad, 8);
}
static NTSTATUS DeleteName(PVOID Bad)
{
    return NtDeleteValueKey(Key, Bad);
}
static NTSTATUS RenameName(PVOID Bad)
{
    return NtRenameKey(Key, Bad);
}
static NTSTATUS SetInformation(PVOID Bad)
{
    return NtSetInformationKey(Key, KeyWriteTimeInformation, Bad, sizeof(Time));
}
static NTSTATUS MultipleEntries(PVOID Bad)
{
    Length = sizeof(Buffer);
    return NtQueryMultipleValueKey(Key, Bad, 1, Buffer, &Length, nullptr);
}
static NTSTATUS MultipleBuffer(PVOID Bad)
{
    KEY_VALUE_ENTRY Entry = {.ValueName = &Good};
    Length = sizeof(Buffer);
    return NtQueryMultipleValueKey(Key, &Entry, 1, Bad, &Length, nullptr);
}
static NTSTATUS MultipleLength(PVOID Bad)
{
    KEY_VALUE_ENTRY Entry = {.ValueName = &Good};
    return NtQueryMultipleValueKey(Key, &Entry, 1, Buffer, Bad, nullptr);
}
static NTSTATUS NotifyBlock(PVOID Bad)
{
    return NtNotifyChangeKey(Key, nullptr, nullptr, nullptr, Bad, REG_NOTIFY_CHANGE_NAME, FALSE,
                             nullptr, 0, TRUE);
}
static NTSTATUS NotifySecond(PVOID Bad)
{
    return NtNotifyChangeMultipleKeys(Key, 1, Bad, nullptr, nullptr, nullptr, &Block,
                                      REG_NOTIFY_CHANGE_NAME, FALSE, nullptr, 0, TRUE);
}
static NTSTATUS CompactArray(PVOID Bad)
{
    return NtCompactKeys(2, Bad);
}
static NTSTATUS LoadTarget(PVOID Bad)
{
    UNICODE_STRING File = TestString(L"\\SystemRoot\\System32\\config\\TEST");
    OBJECT_ATTRIBUTES Source = TestAttributes(&File, OBJ_CASE_INSENSITIVE);
    return NtLoadKey(Bad, &Source);
}
static NTSTATUS LoadSource(PVOID Bad)
{
    return NtLoadKey(&GoodAttributes, Bad);
}
static NTSTATUS UnloadTarget(PVOID Bad)
{
    return NtUnloadKey(Bad);
}
static NTSTATUS OpenCount(PVOID Bad)
{
    return NtQueryOpenSubKeys(&GoodAttributes, Bad);
}

static const struct {
    PCSTR Name;
    NTSTATUS (*Call)(PVOID Bad);
    BOOLEAN Written; // the service writes there
    BOOLEAN Optional;
} Pointers[] = {
    {"NtCreateKey KeyHandle", CreateResult, TRUE, FALSE},
    {"NtCreateKey ObjectAttributes", CreateAttributes, FALSE, TRUE},
    {"NtCreateKey Class", CreateClass, FALSE, TRUE},
    {"NtCreateKey Disposition", CreateDisposition, TRUE, TRUE},
    {"NtOpenKey KeyHandle", OpenResult, TRUE, FALSE},
    {"NtOpenKey ObjectName", OpenName, FALSE, TRUE},
    {"NtOpenKey Buffer", OpenText, FALSE, FALSE},
    {"NtQueryKey KeyInformation", QueryKeyBuffer, TRUE, FALSE},
    {"NtQueryKey ResultLength", QueryKeyLength, TRUE, FALSE},
    {"NtEnumerateKey KeyInformation", EnumerateBuffer, TRUE, FALSE},
    {"NtEnumerateKey ResultLength", EnumerateLength, TRUE, FALSE},
    {"NtQueryValueKey ValueName", QueryValueName, FALSE, FALSE},
    {"NtQueryValueKey KeyValueInformation", QueryValueBuffer, TRUE, FALSE},
    {"NtQueryValueKey ResultLength", QueryValueLength, TRUE, FALSE},
    {"NtEnumerateValueKey KeyValueInformation", EnumerateValueBuffer, TRUE, FALSE},
    {"NtSetValueKey ValueName", SetName, FALSE, FALSE},
    {"NtSetValueKey Data", SetData, FALSE, FALSE},
    {"NtDeleteValueKey ValueName", DeleteName, FALSE, FALSE},
    {"NtRenameKey NewName", RenameName, FALSE, FALSE},
    {"NtSetInformationKey KeySetInformation", SetInformation, FALSE, FALSE},
    {"NtQueryMultipleValueKey ValueEntries", MultipleEntries, TRUE, FALSE},
    {"NtQueryMultipleValueKey ValueBuffer", MultipleBuffer, TRUE, FALSE},
    {"NtQueryMultipleValueKey BufferLength", MultipleLength, TRUE, FALSE},
    {"NtNotifyChangeKey IoStatusBlock", NotifyBlock, TRUE, FALSE},
    {"NtNotifyChangeMultipleKeys SubordinateObjects", NotifySecond, FALSE, TRUE},
    {"NtCompactKeys KeyArray", CompactArray, FALSE, FALSE},
    {"NtLoadKey TargetKey", LoadTarget, FALSE, TRUE},
    {"NtLoadKey SourceFile", LoadSource, FALSE, TRUE},
    {"NtUnloadKey TargetKey", UnloadTarget, FALSE, TRUE},
    {"NtQueryOpenSubKeys HandleCount", OpenCount, TRUE, FALSE},
};

static VOID CheckPointer(ULONG Index, PVOID Bad, PCSTR What)
{
    NTSTATUS Status = Pointers[Index].Call(Bad);
    if (Status != STATUS_ACCESS_VIOLATION && Status != STATUS_DATATYPE_MISALIGNMENT)
        TestFail(__FILE__, __LINE__, "%s %s: %08lx", Pointers[Index].Name, What, Status);
}

VOID TestBadPointers(void)
{
    HANDLE Sub;
    BOOLEAN Before;
    RtlAdjustPrivilege(SE_RESTORE_PRIVILEGE, TRUE, FALSE, &Before);
    Key = KeyFresh(L"pointers");
    Good = TestString(L"v");
    InitializeObjectAttributes(&GoodAttributes, &Good, 0, Key, nullptr);
    REQUIRE_STATUS(KeyCreate(Key, L"v", 0, &Sub), STATUS_SUCCESS);
    CHECK_STATUS(KeySetNumber(Key, L"v", 1), STATUS_SUCCESS);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Pointers); i++) {
        CheckPointer(i, TEST_UNMAPPED, "near zero");
        CheckPointer(i, TEST_KERNEL, "in the kernel's half");
        CheckPointer(i, TEST_WRAPPING, "at the end of all addresses");
        CheckPointer(i, TestEndOfPage(1), "across the end of a page");
        if (Pointers[i].Written)
            CheckPointer(i, TestReadOnlyPage(), "read-only");
        if (!Pointers[i].Optional)
            CheckPointer(i, nullptr, "null");
    }
    CHECK_EQUAL(KeyGetNumber(Key, L"v"), 1);
    NtClose(Sub);
    NtClose(Key);
}

VOID TestBadNumbers(void)
{
    HANDLE Number = KeyFresh(L"numbers"), Result;
    UNICODE_STRING Name = TestString(L"x");
    OBJECT_ATTRIBUTES Attributes;
    InitializeObjectAttributes(&Attributes, &Name, 0, Number, nullptr);
    CHECK_STATUS(NtCreateKey(&Result, KEY_READ, &Attributes, 0, nullptr, 0x80, nullptr),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(NtOpenKeyEx(&Result, KEY_READ, &Attributes, 0x80), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(NtSetValueKey(Number, &Name, 0, REG_BINARY, Buffer, MAXULONG),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(NtQueryKey(Number, MAXULONG, Buffer, sizeof(Buffer), &Length),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(NtSetInformationKey(Number, MaxKeySetInfoClass, Buffer, 8),
                 STATUS_INVALID_INFO_CLASS);
    CHECK_STATUS(NtSetInformationKey(Number, KeyWriteTimeInformation, Buffer, 7),
                 STATUS_INFO_LENGTH_MISMATCH);
    CHECK_STATUS(
        NtNotifyChangeKey(Number, nullptr, nullptr, nullptr, &Block, 0, FALSE, nullptr, 0, TRUE),
        STATUS_INVALID_PARAMETER);
    CHECK_STATUS(NtNotifyChangeKey(Number, nullptr, nullptr, nullptr, &Block, 0x100, FALSE, nullptr,
                                   0, TRUE),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(NtNotifyChangeKey(Number, (HANDLE)0x123454, nullptr, nullptr, &Block,
                                   REG_NOTIFY_CHANGE_NAME, FALSE, nullptr, 0, TRUE),
                 STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtCompactKeys(MAXULONG, &Number), STATUS_INVALID_PARAMETER);
    NtClose(Number);
}
