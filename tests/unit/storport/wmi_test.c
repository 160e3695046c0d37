#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "wmiminiport.h"

// A buffer, as bytes and as what it is.
typedef union _BUFFER {
    UCHAR Bytes[256];
    ULONG Longs[64];
    WNODE_HEADER Header;
    WNODE_TOO_SMALL TooSmall;
    WNODE_ALL_DATA All;
    WNODE_SINGLE_INSTANCE Single;
    WNODE_SINGLE_ITEM Item;
    WNODE_METHOD_ITEM Method;
    WMIREGINFOW Info;
} BUFFER;

enum {                  // where the data lie
    AllDataOffset = 88, // 60, three pairs, aligned
    SingleOffset = 64,
    ItemOffset = 72,
    Filler = 0xCC,
};

static BUFFER Buffer, Expected;

static int BeginTest(void **State)
{
    (void)State;
    ResetMiniport();
    memset(&Buffer, Filler, sizeof(Buffer));
    return 0;
}

static void Answered(BOOLEAN Pending, UCHAR Status, ULONG Size)
{
    assert_false(Pending);
    assert_int_equal(Context.ReturnStatus, Status);
    assert_int_equal(Context.ReturnSize, Size);
}

// The buffer becomes a request about one instance.
static void MakeSingle(ULONG Instance, ULONG Size)
{
    memset(&Buffer, Filler, sizeof(Buffer));
    Buffer.Header.Flags = WNODE_FLAG_SINGLE_INSTANCE | WNODE_FLAG_STATIC_INSTANCE_NAMES;
    Buffer.Single.InstanceIndex = Instance;
    Buffer.Single.DataBlockOffset = SingleOffset;
    Buffer.Single.SizeDataBlock = Size;
    Expected = Buffer;
}

static void MakeItem(ULONG Instance, ULONG Item, ULONG Size)
{
    memset(&Buffer, Filler, sizeof(Buffer));
    Buffer.Header.Flags = WNODE_FLAG_SINGLE_ITEM | WNODE_FLAG_STATIC_INSTANCE_NAMES;
    Buffer.Item.InstanceIndex = Instance;
    Buffer.Item.ItemId = Item;
    Buffer.Item.DataBlockOffset = ItemOffset;
    Buffer.Item.SizeDataItem = Size;
    Expected = Buffer;
}

static void IsExpected(void)
{
    assert_memory_equal(Buffer.Bytes, Expected.Bytes, sizeof(Buffer));
}

// ---- Registration

static void ExpectRegistration(ULONG NameBytes)
{
    static const struct {
        const GUID *Guid;
        ULONG Count, Flags;
    } Blocks[] = {{&GoneGuid, 1, 0x10000},
                  {&BlockGuid, 3, 0x1},
                  {&EventGuid, 1, 0x40},
                  {&NamedGuid, 0xFFFFFFFF, 0}};
    ULONG Names = 24 + 4 * 32, Size = Names + NameBytes;
    memset(&Expected, Filler, sizeof(Expected));
    memset(&Expected, 0, Names);
    Expected.Longs[0] = Size;
    Expected.Longs[3] = NameBytes ? Names : 0;
    Expected.Longs[4] = 4;
    for (ULONG i = 0; i < 4; i++) {
        memcpy(&Expected.Bytes[24 + i * 32], Blocks[i].Guid, 16);
        Expected.Longs[(24 + i * 32 + 16) / 4] = Blocks[i].Flags;
        Expected.Longs[(24 + i * 32 + 20) / 4] = Blocks[i].Count;
    }
    memcpy(Expected.Bytes + Names, "\6\0M\0o\0f\0", NameBytes);
}

static void Registration(void **State)
{
    (void)State;
    Answered(Send(IRP_MN_REGINFO_EX, WMIREGISTER, &Buffer, 160), SRB_STATUS_SUCCESS, 160);
    ExpectRegistration(8);
    IsExpected();
    BeginTest(nullptr);
    Answered(Send(IRP_MN_REGINFO, WMIREGISTER, &Buffer, 200), SRB_STATUS_SUCCESS, 160);
    IsExpected();
    BeginTest(nullptr);
    Answered(Send(IRP_MN_REGINFO, (PVOID)WMIUPDATE, &Buffer, 200), SRB_STATUS_SUCCESS, 152);
    ExpectRegistration(0);
    IsExpected();
}

static void RegistrationRefused(void **State)
{
    static WCHAR Longest[0x8000]; // without an end: one character more than a counted string has
    (void)State;
    Answered(Send(IRP_MN_REGINFO, WMIREGISTER, &Buffer, 159), SRB_STATUS_DATA_OVERRUN, 4);
    memset(&Expected, Filler, sizeof(Expected));
    Expected.Longs[0] = 160;
    IsExpected();
    Answered(Send(IRP_MN_REGINFO, WMIREGISTER, &Buffer, 3), SRB_STATUS_DATA_OVERRUN, 0);
    IsExpected();
    Answered(Send(IRP_MN_REGINFO, WMIREGISTER, nullptr, 0), SRB_STATUS_DATA_OVERRUN, 0);
    Miniport.Fails = SRB_STATUS_BUSY;
    Answered(Send(IRP_MN_REGINFO, WMIREGISTER, &Buffer, 200), SRB_STATUS_BUSY, 0);
    Miniport.Pends = TRUE; // what it may not
    Answered(Send(IRP_MN_REGINFO, WMIREGISTER, &Buffer, 200), SRB_STATUS_ERROR, 0);
    Miniport.Library.QueryWmiRegInfo = nullptr;
    Answered(Send(IRP_MN_REGINFO, WMIREGISTER, &Buffer, 200), SRB_STATUS_ERROR, 0);
    IsExpected();
    BeginTest(nullptr);
    for (ULONG i = 0; i < 0x8000; i++)
        Longest[i] = L'n';
    Miniport.Name = Longest;
    Answered(Send(IRP_MN_REGINFO, WMIREGISTER, &Buffer, 200), SRB_STATUS_ERROR, 0);
    Longest[0x7FFF] = 0;
    Answered(Send(IRP_MN_REGINFO, WMIREGISTER, &Buffer, 200), SRB_STATUS_DATA_OVERRUN, 4);
    assert_int_equal(Buffer.Longs[0], 154 + 0xFFFE);
}

// ---- All data

static void ExpectAll(void)
{
    static const ULONG Pairs[] = {88, 3, 96, 8, 104, 13};
    Expected.Longs[0] = AllDataOffset + BlockBytes;
    memcpy(Expected.Bytes + 16, &TestTime, 8);
    memcpy(Expected.Bytes + 24, &BlockGuid, 16);
    Expected.Longs[11] = 0x81; // all data, static names
    Expected.Longs[12] = AllDataOffset;
    Expected.Longs[13] = 3;
    Expected.Longs[14] = 0;
    memcpy(Expected.Bytes + 60, Pairs, sizeof(Pairs));
    memset(Expected.Bytes + 84, 0, 4);
    memset(Expected.Bytes + 88, 'A', 3);
    memset(Expected.Bytes + 96, 'B', 8);
    memset(Expected.Bytes + 104, 'C', 13);
}

static void AllData(void **State)
{
    ULONG Size = AllDataOffset + BlockBytes;
    (void)State;
    memset(&Expected, Filler, sizeof(Expected));
    Answered(Send(IRP_MN_QUERY_ALL_DATA, &BlockGuid, &Buffer, Size), SRB_STATUS_SUCCESS, Size);
    ExpectAll();
    IsExpected();
    assert_int_equal(Miniport.Index, 1);
    assert_int_equal(Miniport.Instance, 0);
    assert_int_equal(Miniport.Count, 3);
    assert_int_equal(Miniport.Out, BlockBytes);
}

static void IsTooSmall(ULONG Flags, ULONG Needed)
{
    assert_int_equal(Buffer.Longs[0], 56);
    assert_int_equal(Buffer.Longs[11], Flags | 0x20);
    assert_int_equal(Buffer.Longs[12], Needed);
}

static void AllDataTooSmall(void **State)
{
    ULONG Needed = AllDataOffset + BlockBytes;
    (void)State;
    for (ULONG Size = 0; Size < 56; Size++) {
        memset(&Buffer, Filler, sizeof(Buffer));
        Expected = Buffer;
        Answered(Send(IRP_MN_QUERY_ALL_DATA, &BlockGuid, &Buffer, Size), SRB_STATUS_DATA_OVERRUN,
                 0);
        IsExpected();
    }
    assert_int_equal(Miniport.Calls, 0);
    for (ULONG Size = 56; Size < Needed; Size++) {
        Answered(Send(IRP_MN_QUERY_ALL_DATA, &BlockGuid, &Buffer, Size), SRB_STATUS_SUCCESS, 56);
        IsTooSmall(0x81, Needed);
        assert_int_equal(Miniport.HasLengths, Size >= AllDataOffset);
        assert_int_equal(Miniport.Out, Size > AllDataOffset ? Size - AllDataOffset : 0);
    }
}

static void AllDataRefused(void **State)
{
    (void)State;
    Miniport.Lies = TRUE;
    Answered(Send(IRP_MN_QUERY_ALL_DATA, &BlockGuid, &Buffer, 200), SRB_STATUS_ERROR, 0);
    Miniport.Lies = FALSE;
    Miniport.Fails = SRB_STATUS_BUSY;
    Answered(Send(IRP_MN_QUERY_ALL_DATA, &BlockGuid, &Buffer, 200), SRB_STATUS_BUSY, 0);
    Miniport.Forgets = TRUE;
    Answered(Send(IRP_MN_QUERY_ALL_DATA, &BlockGuid, &Buffer, 200), SRB_STATUS_BUSY, 0);
    Miniport.Library.QueryWmiDataBlock = nullptr;
    Answered(Send(IRP_MN_QUERY_ALL_DATA, &BlockGuid, &Buffer, 200), SRB_STATUS_ERROR, 0);
}

// ---- One instance

static void SingleInstance(void **State)
{
    (void)State;
    MakeSingle(2, 0);
    Answered(Send(IRP_MN_QUERY_SINGLE_INSTANCE, &BlockGuid, &Buffer, 80), SRB_STATUS_SUCCESS, 77);
    Expected.Longs[0] = 77;
    Expected.Longs[15] = 13;
    memset(Expected.Bytes + 64, 'C', 13);
    IsExpected();
    assert_int_equal(Miniport.Instance, 2);
    assert_int_equal(Miniport.Count, 1);
    assert_int_equal(Miniport.Out, 16);
    for (ULONG Size = 64; Size < 77; Size++) {
        MakeSingle(2, 0);
        Answered(Send(IRP_MN_QUERY_SINGLE_INSTANCE, &BlockGuid, &Buffer, Size), SRB_STATUS_SUCCESS,
                 56);
        IsTooSmall(0x82, 77);
        assert_int_equal(Miniport.HasLengths, Size > 64);
    }
    Miniport.Library.QueryWmiDataBlock = nullptr;
    MakeSingle(2, 0);
    Answered(Send(IRP_MN_QUERY_SINGLE_INSTANCE, &BlockGuid, &Buffer, 80), SRB_STATUS_ERROR, 0);
    IsExpected();
}

static void Changes(void **State)
{
    (void)State;
    MakeSingle(1, 8);
    memcpy(Buffer.Bytes + 64, "new data", 8);
    Expected = Buffer;
    Answered(Send(IRP_MN_CHANGE_SINGLE_INSTANCE, &BlockGuid, &Buffer, 72), SRB_STATUS_SUCCESS, 8);
    IsExpected();
    assert_int_equal(Miniport.Instance, 1);
    assert_int_equal(Miniport.In, 8);
    assert_memory_equal(Miniport.Data, "new data", 8);
    MakeItem(2, 7, 4);
    memcpy(Buffer.Bytes + 72, "item", 4);
    Expected = Buffer;
    Answered(Send(IRP_MN_CHANGE_SINGLE_ITEM, &BlockGuid, &Buffer, 76), SRB_STATUS_SUCCESS, 4);
    IsExpected();
    assert_int_equal(Miniport.Instance, 2);
    assert_int_equal(Miniport.Item, 7);
    assert_memory_equal(Miniport.Data, "item", 4);
    Miniport.Library.SetWmiDataBlock = nullptr;
    Miniport.Library.SetWmiDataItem = nullptr;
    Answered(Send(IRP_MN_CHANGE_SINGLE_ITEM, &BlockGuid, &Buffer, 76), SRB_STATUS_ERROR, 0);
    MakeSingle(1, 8);
    Answered(Send(IRP_MN_CHANGE_SINGLE_INSTANCE, &BlockGuid, &Buffer, 72), SRB_STATUS_ERROR, 0);
    assert_int_equal(Miniport.Calls, 2);
}

static void Method(void **State)
{
    (void)State;
    MakeItem(0, 3, 5);
    memcpy(Buffer.Bytes + 72, "input", 5);
    Expected = Buffer;
    Answered(Send(IRP_MN_EXECUTE_METHOD, &BlockGuid, &Buffer, 100), SRB_STATUS_SUCCESS, 84);
    Expected.Longs[0] = 84;
    Expected.Longs[16] = 12;
    memset(Expected.Bytes + 72, 'm', 12);
    IsExpected();
    assert_int_equal(Miniport.Item, 3);
    assert_int_equal(Miniport.In, 5);
    assert_int_equal(Miniport.Out, 28);
    assert_memory_equal(Miniport.Data, "input", 5);
    MakeItem(0, 3, 5);
    Answered(Send(IRP_MN_EXECUTE_METHOD, &BlockGuid, &Buffer, 83), SRB_STATUS_SUCCESS, 56);
    IsTooSmall(0x84, 84);
    Miniport.Library.ExecuteWmiMethod = nullptr;
    MakeItem(0, 3, 5);
    Answered(Send(IRP_MN_EXECUTE_METHOD, &BlockGuid, &Buffer, 100), SRB_STATUS_ERROR, 0);
    IsExpected();
}

// ---- Events and collection

static void Control(void **State)
{
    static const struct {
        UCHAR Minor;
        const GUID *Guid;
        ULONG Index;
        SCSIWMI_ENABLE_DISABLE_CONTROL Function;
        BOOLEAN Enable;
    } Cases[] = {
        {IRP_MN_ENABLE_EVENTS, &EventGuid, 2, ScsiWmiEventControl, TRUE},
        {IRP_MN_DISABLE_EVENTS, &EventGuid, 2, ScsiWmiEventControl, FALSE},
        {IRP_MN_ENABLE_COLLECTION, &BlockGuid, 1, ScsiWmiDataBlockControl, TRUE},
        {IRP_MN_DISABLE_COLLECTION, &BlockGuid, 1, ScsiWmiDataBlockControl, FALSE},
    };
    (void)State;
    for (ULONG i = 0; i < RTL_NUMBER_OF(Cases); i++) {
        Answered(Send(Cases[i].Minor, Cases[i].Guid, nullptr, 0), SRB_STATUS_SUCCESS, 0);
        assert_int_equal(Miniport.Calls, i + 1);
        assert_int_equal(Miniport.Index, Cases[i].Index);
        assert_int_equal(Miniport.Function, Cases[i].Function);
        assert_int_equal(Miniport.Enable, Cases[i].Enable);
    }
    Miniport.Fails = SRB_STATUS_BUSY;
    Answered(Send(IRP_MN_ENABLE_EVENTS, &EventGuid, nullptr, 0), SRB_STATUS_BUSY, 0);
    Miniport.Library.WmiFunctionControl = nullptr;
    Answered(Send(IRP_MN_ENABLE_EVENTS, &EventGuid, nullptr, 0), SRB_STATUS_SUCCESS, 0);
}

// ---- Later

static void Pending(void **State)
{
    ULONG Size = AllDataOffset + BlockBytes;
    (void)State;
    Miniport.Pends = TRUE;
    memset(&Expected, Filler, sizeof(Expected));
    assert_true(Send(IRP_MN_QUERY_ALL_DATA, &BlockGuid, &Buffer, Size));
    assert_ptr_equal(Miniport.Context, &Context);
    EndPending(SRB_STATUS_SUCCESS, BlockBytes, &Buffer);
    Answered(FALSE, SRB_STATUS_SUCCESS, Size);
    ExpectAll();
    IsExpected();
    MakeItem(0, 3, 0);
    assert_true(Send(IRP_MN_EXECUTE_METHOD, &BlockGuid, &Buffer, 100));
    EndPending(SRB_STATUS_DATA_OVERRUN, 1000, &Buffer);
    Answered(FALSE, SRB_STATUS_SUCCESS, 56);
    IsTooSmall(0x84, 1072);
    MakeItem(0, 3, 0);
    assert_true(Send(IRP_MN_EXECUTE_METHOD, &BlockGuid, &Buffer, 100));
    EndPending(SRB_STATUS_SUCCESS, 29, &Buffer); // more than there was room for
    Answered(FALSE, SRB_STATUS_SUCCESS, 56);
    IsTooSmall(0x84, 101);
    MakeItem(0, 3, 0);
    assert_true(Send(IRP_MN_EXECUTE_METHOD, &BlockGuid, &Buffer, 100));
    EndPending(SRB_STATUS_SUCCESS, MAXULONG, &Buffer);
    Answered(FALSE, SRB_STATUS_ERROR, 0);
    MakeSingle(1, 8);
    assert_true(Send(IRP_MN_CHANGE_SINGLE_INSTANCE, &BlockGuid, &Buffer, 72));
    EndPending(SRB_STATUS_TIMEOUT, 8, &Buffer);
    Answered(FALSE, SRB_STATUS_TIMEOUT, 0);
    IsExpected();
}

// ---- What is no request

static void UnknownRequests(void **State)
{
    SCSIWMIGUIDREGINFO Nothing = {};
    (void)State;
    MakeSingle(0, 4);
    for (ULONG Minor = 0; Minor < 256; Minor++) {
        BOOLEAN Known = Minor <= IRP_MN_REGINFO_EX && Minor != 10;
        if (Minor == IRP_MN_REGINFO || Minor == IRP_MN_REGINFO_EX)
            continue;
        Answered(Send((UCHAR)Minor, &UnknownGuid, &Buffer, 200),
                 Known ? SRB_STATUS_ERROR : SRB_STATUS_INVALID_REQUEST, 0);
        Answered(Send((UCHAR)Minor, nullptr, &Buffer, 200), SRB_STATUS_INVALID_REQUEST, 0);
        Answered(Send((UCHAR)Minor, &GoneGuid, &Buffer, 200),
                 Known ? SRB_STATUS_ERROR : SRB_STATUS_INVALID_REQUEST, 0);
    }
    Answered(Send(IRP_MN_QUERY_ALL_DATA, &EventGuid, &Buffer, 200), SRB_STATUS_ERROR, 0);
    Answered(Send(IRP_MN_QUERY_ALL_DATA, &NamedGuid, &Buffer, 200), SRB_STATUS_ERROR, 0);
    Miniport.Library.GuidList = &Nothing;
    Answered(Send(IRP_MN_REGINFO, WMIREGISTER, &Buffer, 200), SRB_STATUS_ERROR, 0);
    Miniport.Library.GuidList = nullptr;
    Answered(Send(IRP_MN_QUERY_SINGLE_INSTANCE, &BlockGuid, &Buffer, 200), SRB_STATUS_ERROR, 0);
    IsExpected();
    ScsiPortWmiDispatchFunction(&Miniport.Library, IRP_MN_REGINFO, &Miniport, &Context, nullptr, 8,
                                nullptr);
    Answered(FALSE, SRB_STATUS_INVALID_REQUEST, 0);
    assert_int_equal(Miniport.Calls, 0);
}

static void BadTargets(void **State)
{
    static const struct {
        ULONG Offset, Size, Flags, Instance;
        UCHAR Query, Change; // the answers
    } Cases[] = {
        {63, 0, 0x82, 0, SRB_STATUS_INVALID_REQUEST, SRB_STATUS_INVALID_REQUEST},
        {0, 0, 0x82, 0, SRB_STATUS_INVALID_REQUEST, SRB_STATUS_INVALID_REQUEST},
        {101, 0, 0x82, 0, SRB_STATUS_INVALID_REQUEST, SRB_STATUS_INVALID_REQUEST},
        {MAXULONG, 1, 0x82, 0, SRB_STATUS_INVALID_REQUEST, SRB_STATUS_INVALID_REQUEST},
        {64, 37, 0x82, 0, SRB_STATUS_SUCCESS, SRB_STATUS_INVALID_REQUEST},
        {64, MAXULONG, 0x82, 0, SRB_STATUS_SUCCESS, SRB_STATUS_INVALID_REQUEST},
        {64, 36, 0x82, 0, SRB_STATUS_SUCCESS, SRB_STATUS_SUCCESS},
        {100, 0, 0x82, 0, SRB_STATUS_SUCCESS, SRB_STATUS_SUCCESS},
        {64, 0, 0x82, 3, SRB_STATUS_ERROR, SRB_STATUS_ERROR},
        {64, 0, 0x02, 0, SRB_STATUS_ERROR, SRB_STATUS_ERROR},
    };
    (void)State;
    for (ULONG i = 0; i < RTL_NUMBER_OF(Cases); i++) {
        for (ULONG Change = 0; Change < 2; Change++) {
            MakeSingle(Cases[i].Instance, Cases[i].Size);
            Buffer.Header.Flags = Cases[i].Flags;
            Buffer.Single.DataBlockOffset = Cases[i].Offset;
            assert_false(Send(Change ? IRP_MN_CHANGE_SINGLE_INSTANCE : IRP_MN_QUERY_SINGLE_INSTANCE,
                              &BlockGuid, &Buffer, 100));
            assert_int_equal(Context.ReturnStatus, Change ? Cases[i].Change : Cases[i].Query);
        }
    }
    for (UCHAR Minor = IRP_MN_QUERY_SINGLE_INSTANCE; Minor <= IRP_MN_CHANGE_SINGLE_ITEM; Minor++)
        Answered(Send(Minor, &BlockGuid, &Buffer, 63), SRB_STATUS_INVALID_REQUEST, 0);
    Answered(Send(IRP_MN_EXECUTE_METHOD, &BlockGuid, &Buffer, 67), SRB_STATUS_INVALID_REQUEST, 0);
    MakeItem(0, 1, 29);
    Answered(Send(IRP_MN_EXECUTE_METHOD, &BlockGuid, &Buffer, 100), SRB_STATUS_INVALID_REQUEST, 0);
    Answered(Send(IRP_MN_CHANGE_SINGLE_ITEM, &BlockGuid, &Buffer, 100), SRB_STATUS_INVALID_REQUEST,
             0);
}

// Requests of any bytes in buffers of any size: the sanitizer sees what goes beyond, and an answer lies in the buffer.
static void AnyBytes(void **State)
{
    static const GUID *const Guids[] = {&BlockGuid, &EventGuid, &GoneGuid, &NamedGuid};
    ULONG64 Random = 0x9E3779B97F4A7C15;
    (void)State;
    for (ULONG Round = 0; Round < 200'000; Round++) {
        for (ULONG i = 0; i < RTL_NUMBER_OF(Buffer.Longs); i++) {
            Random ^= Random << 13;
            Random ^= Random >> 7;
            Random ^= Random << 17;
            Buffer.Longs[i] = (ULONG)(Random >> 32) % (Random & 1   ? 4
                                                       : Random & 2 ? 200
                                                                    : MAXULONG);
        }
        Buffer.Header.Flags |= Random & 12 ? WNODE_FLAG_STATIC_INSTANCE_NAMES : 0;
        ULONG Size = (Random >> 8) % sizeof(Buffer);
        assert_false(Send((Random >> 16) % 13, Guids[Random >> 20 & 3], &Buffer, Size));
        assert_int_not_equal(Context.ReturnStatus, SRB_STATUS_PENDING);
        assert_true(Context.ReturnSize <= Size);
    }
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test_setup(Registration, BeginTest),
        cmocka_unit_test_setup(RegistrationRefused, BeginTest),
        cmocka_unit_test_setup(AllData, BeginTest),
        cmocka_unit_test_setup(AllDataTooSmall, BeginTest),
        cmocka_unit_test_setup(AllDataRefused, BeginTest),
        cmocka_unit_test_setup(SingleInstance, BeginTest),
        cmocka_unit_test_setup(Changes, BeginTest),
        cmocka_unit_test_setup(Method, BeginTest),
        cmocka_unit_test_setup(Control, BeginTest),
        cmocka_unit_test_setup(Pending, BeginTest),
        cmocka_unit_test_setup(UnknownRequests, BeginTest),
        cmocka_unit_test_setup(BadTargets, BeginTest),
        cmocka_unit_test_setup(AnyBytes, BeginTest),
    };
    return cmocka_run_group_tests_name("storport-wmi", Tests, nullptr, nullptr);
}
