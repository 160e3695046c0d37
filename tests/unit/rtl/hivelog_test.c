// Power cuts while a hive is written. The storage keeps what was written since the last barrier apart, sector by
// sector; a cut lets any of these sectors arrive, in any of the versions that were written, and loses the others.
#include "test.h"

#include <stdlib.h>

#include "hive_file.h"

enum { SECTOR = 512, FILES = 2, MAX_BYTES = 4 << 20, MAX_PENDING = 1 << 14 };

typedef struct {
    ULONG Offset;
    UCHAR Data[SECTOR];
} PENDING;

typedef struct {
    alignas(4096) UCHAR Bytes[MAX_BYTES]; // as they are for sure
    ULONG Size, NewSize;
    PENDING Pending[MAX_PENDING];
    ULONG Count;
} DISK_FILE;

static DISK_FILE Files[FILES];
static ULONG Writes, CutAt; // sectors written; none arrives any more after the last
static ULONG Seed = 1;

static ULONG Random(ULONG Limit)
{
    Seed = Seed * 1103515245 + 12345;
    return (Seed >> 8) % Limit;
}

static NTSTATUS Count(void)
{
    return Writes++ >= CutAt ? STATUS_DEVICE_POWER_FAILURE : STATUS_SUCCESS;
}

static NTSTATUS DiskGrow(PVOID Context, HIVE_FILE File, ULONG Size)
{
    (void)Context;
    NTSTATUS Status = Count();
    if (NT_SUCCESS(Status) && Size > Files[File].NewSize)
        Files[File].NewSize = Size;
    return Status;
}

static NTSTATUS DiskWrite(PVOID Context, HIVE_FILE File, ULONG Offset, const VOID *Data,
                          ULONG Length)
{
    DISK_FILE *Disk = &Files[File];
    (void)Context;
    assert_true(Offset % SECTOR == 0 && Length % SECTOR == 0 && Offset + Length <= Disk->NewSize);
    for (ULONG At = 0; At < Length; At += SECTOR) {
        NTSTATUS Status = Count();
        if (!NT_SUCCESS(Status))
            return Status;
        assert_true(Disk->Count < MAX_PENDING);
        Disk->Pending[Disk->Count].Offset = Offset + At;
        memcpy(Disk->Pending[Disk->Count++].Data, (const UCHAR *)Data + At, SECTOR);
    }
    return STATUS_SUCCESS;
}

static VOID Arrive(DISK_FILE *Disk, const PENDING *Sector)
{
    memcpy(Disk->Bytes + Sector->Offset, Sector->Data, SECTOR);
}

static NTSTATUS DiskFlush(PVOID Context, HIVE_FILE File)
{
    DISK_FILE *Disk = &Files[File];
    (void)Context;
    NTSTATUS Status = Count();
    if (!NT_SUCCESS(Status))
        return Status;
    for (ULONG Index = 0; Index < Disk->Count; Index++)
        Arrive(Disk, &Disk->Pending[Index]);
    Disk->Count = 0;
    Disk->Size = Disk->NewSize;
    return STATUS_SUCCESS;
}

static const HIVE_STORAGE Storage = {DiskGrow, DiskWrite, DiskFlush};

// Chance: how many of a hundred pending sectors arrive. Their order is lost: of two versions of a sector, either may
// be the last.
static VOID LosePower(ULONG Chance)
{
    for (ULONG File = 0; File < FILES; File++) {
        DISK_FILE *Disk = &Files[File];
        ULONG Start = Disk->Count ? Random(Disk->Count) : 0;
        if (Random(100) < Chance)
            Disk->Size = Disk->NewSize;
        for (ULONG Index = 0; Index < Disk->Count; Index++) {
            const PENDING *Sector = &Disk->Pending[(Start + Index) % Disk->Count];
            if (Random(100) < Chance && Sector->Offset + SECTOR <= Disk->Size)
                Arrive(Disk, Sector);
        }
        Disk->Count = 0;
        Disk->NewSize = Disk->Size;
    }
    Writes = 0;
    CutAt = MAXULONG;
}

// ---- What a hive holds, as a number

static ULONG64 AddBytes(ULONG64 Sum, const VOID *Data, ULONG Length)
{
    for (ULONG Index = 0; Index < Length; Index++)
        Sum = (Sum ^ ((const UCHAR *)Data)[Index]) * 0x100000001B3;
    return Sum;
}

static ULONG64 Digest(const HIVE *Hive, HCELL Key, ULONG64 Sum)
{
    static UCHAR Data[40000];
    HIVE_KEY_INFO Info;
    HvQueryKey(Hive, Key, &Info);
    Sum = AddBytes(Sum, Data, HvKeyName(Hive, Key, (PWCH)Data, sizeof(Data)));
    for (ULONG Index = 0; Index < Info.Values; Index++) {
        HCELL Value = HvValue(Hive, Key, Index);
        Sum = AddBytes(Sum, Data, HvValueName(Hive, Value, (PWCH)Data, sizeof(Data)));
        Sum = AddBytes(Sum, Data, HvReadValue(Hive, Value, 0, Data, sizeof(Data)));
    }
    for (ULONG Index = 0; Index < Info.Subkeys; Index++)
        Sum = Digest(Hive, HvSubkey(Hive, Key, Index), Sum);
    return Sum;
}

static ULONG64 DigestHive(const HIVE *Hive)
{
    return Digest(Hive, HvRootKey(Hive), 0xCBF29CE484222325);
}

// ---- Changes

static VOID ChangeKey(PHIVE Hive, HCELL Key)
{
    static UCHAR Data[30000];
    WCHAR Text[16];
    UNICODE_STRING Name = {.Buffer = Text};
    Name.Length = (USHORT)(_snwprintf(Text, 16, L"Value%u", Random(20)) * 2);
    ULONG Length = Random(10) ? Random(200) : Random(sizeof(Data));
    for (ULONG Index = 0; Index < Length; Index++)
        Data[Index] = (UCHAR)Random(256);
    if (Random(4))
        assert_status(HvSetValue(Hive, Key, &Name, REG_BINARY, Data, Length), STATUS_SUCCESS);
    else
        (void)HvDeleteValue(Hive, Key, &Name);
}

static VOID ChangeHive(PHIVE Hive)
{
    WCHAR Text[16];
    UNICODE_STRING Name = {.Buffer = Text};
    for (ULONG Count2 = 1 + Random(12); Count2; Count2--) {
        HCELL Root = HvRootKey(Hive), Key;
        Name.Length = (USHORT)(_snwprintf(Text, 16, L"Key%u", Random(30)) * 2);
        Key = HvFindSubkey(Hive, Root, &Name);
        if (Key == HCELL_NIL)
            assert_status(HvCreateSubkey(Hive, Root, &Name, nullptr, 0, nullptr, &Key),
                          STATUS_SUCCESS);
        else if (!Random(6))
            assert_status(HvDeleteTree(Hive, Key), STATUS_SUCCESS);
        if (HvFindSubkey(Hive, Root, &Name) != HCELL_NIL)
            ChangeKey(Hive, Key);
    }
}

// ---- A disk with a hive

static VOID StartDisk(PHIVE Hive)
{
    ULONG Length;
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"ROOT");
    memset(Files, 0, sizeof(Files));
    assert_status(HvCreate(Hive, &HostHiveOperations, nullptr, &Name, TestDescriptor(0, &Length)),
                  STATUS_SUCCESS);
    ChangeHive(Hive);
    PUCHAR File = HiveToFile(Hive, &Length);
    memcpy(Files[HiveFilePrimary].Bytes, File, Length);
    Files[HiveFilePrimary].Size = Files[HiveFilePrimary].NewSize = Length;
    free(File);
    Writes = 0;
    CutAt = MAXULONG;
}

// As a start does it. FALSE: the power failed once more while the flush before was brought to its end.
static BOOLEAN Recover(PHIVE Hive)
{
    DISK_FILE *Primary = &Files[HiveFilePrimary], *Log = &Files[HiveFileLog];
    HIVE_FLUSH Flush;
    BOOLEAN Done = TRUE;
    ULONG Size = Primary->Size;
    NTSTATUS Status = HvReadLog(&HostHiveOperations, nullptr, Primary->Bytes, Size, Log->Bytes,
                                Log->Size, &Flush);
    PUCHAR Image = malloc(MAX_BYTES);
    memcpy(Image, Primary->Bytes, Size);
    if (Status != STATUS_NOT_FOUND) {
        assert_status(Status, STATUS_SUCCESS);
        HvApplyFlush(&Flush, Image);
        Size = HvFlushedSize(&Flush);
        Done = NT_SUCCESS(HvPerformFlush(&Flush, &Storage, nullptr));
        HvEndFlush(&Flush);
    }
    assert_status(HvOpen(Hive, &HostHiveOperations, nullptr, Image, Size), STATUS_SUCCESS);
    assert_false(Hive->Torn || Hive->Repaired);
    assert_status(HvCheck(Hive), STATUS_SUCCESS);
    free(Image);
    return Done;
}

// Changes, and a flush that is cut at so many sectors; then what a start finds is what was, or what was to be.
static VOID CutOnce(PHIVE Hive, ULONG At, ULONG Chance)
{
    ULONG64 Old = DigestHive(Hive);
    HIVE_FLUSH Flush;
    ChangeHive(Hive);
    ULONG64 New = DigestHive(Hive);
    CutAt = At;
    assert_status(HvBeginFlush(Hive, &Flush), STATUS_SUCCESS);
    assert_false(HvIsDirty(Hive));
    BOOLEAN Acknowledged = NT_SUCCESS(HvPerformFlush(&Flush, &Storage, nullptr));
    HvEndFlush(&Flush);
    HvClose(Hive);
    LosePower(Chance);
    for (;;) {
        CutAt = Random(2) ? MAXULONG : Random(At + 1);
        Writes = 0;
        BOOLEAN Done = Recover(Hive);
        ULONG64 Found = DigestHive(Hive);
        assert_true(Found == New || (Found == Old && !Acknowledged));
        Old = Found;
        New = Found; // from here on nothing else is right
        if (Done)
            break;
        HvClose(Hive);
        LosePower(Chance);
    }
    Writes = 0;
    CutAt = MAXULONG;
}

static void TestEveryWrite(void **State)
{
    static const ULONG Chances[] = {0, 30, 70, 100};
    (void)State;
    for (ULONG Way = 0; Way < RTL_NUMBER_OF(Chances); Way++) {
        HIVE Hive;
        Seed = 7;
        StartDisk(&Hive);
        for (ULONG At = 0; At < 400; At++)
            CutOnce(&Hive, At, Chances[Way]);
        HvClose(&Hive);
        assert_int_equal(HiveBlocks, 0);
    }
}

static void TestRandomCuts(void **State)
{
    (void)State;
    for (ULONG Round = 0; Round < 20; Round++) {
        HIVE Hive;
        Seed = 1000 + Round;
        StartDisk(&Hive);
        for (ULONG Step = 0; Step < 60; Step++)
            CutOnce(&Hive, Random(5) ? Random(300) : MAXULONG - 1, Random(101));
        HvClose(&Hive);
    }
}

// A flush that failed is performed again and again, while the hive goes on changing; what was acknowledged is there.
static void TestFailedFlush(void **State)
{
    HIVE Hive;
    HIVE_FLUSH Flush;
    (void)State;
    StartDisk(&Hive);
    for (ULONG Step = 0; Step < 200; Step++) {
        ChangeHive(&Hive);
        ULONG64 New = DigestHive(&Hive);
        assert_status(HvBeginFlush(&Hive, &Flush), STATUS_SUCCESS);
        for (CutAt = Random(60), Writes = 0; !NT_SUCCESS(HvPerformFlush(&Flush, &Storage, nullptr));
             CutAt += Random(60))
            Writes = 0;
        HvEndFlush(&Flush);
        ChangeHive(&Hive);
        HvClose(&Hive);
        LosePower(Random(101));
        assert_true(Recover(&Hive));
        assert_true(DigestHive(&Hive) == New);
    }
    HvClose(&Hive);
}

// A log that belongs to nothing, is damaged, or is older, changes nothing.
static void TestForeignLog(void **State)
{
    static UCHAR Before[MAX_BYTES];
    HIVE Hive;
    HIVE_FLUSH Flush;
    (void)State;
    Seed = 5;
    StartDisk(&Hive);
    DISK_FILE *Primary = &Files[HiveFilePrimary], *Log = &Files[HiveFileLog];
    memcpy(Before, Primary->Bytes, Primary->Size);
    ULONG BeforeSize = Primary->Size;
    ChangeHive(&Hive);
    assert_status(HvBeginFlush(&Hive, &Flush), STATUS_SUCCESS);
    assert_status(HvPerformFlush(&Flush, &Storage, nullptr), STATUS_SUCCESS);
    HvEndFlush(&Flush);
    HvClose(&Hive);
    // It is in the file already.
    assert_status(HvReadLog(&HostHiveOperations, nullptr, Primary->Bytes, Primary->Size, Log->Bytes,
                            Log->Size, &Flush),
                  STATUS_NOT_FOUND);
    // It belongs to the file as it was.
    assert_status(
        HvReadLog(&HostHiveOperations, nullptr, Before, BeforeSize, Log->Bytes, Log->Size, &Flush),
        STATUS_SUCCESS);
    HvEndFlush(&Flush);
    for (ULONG Index = 0; Index < Log->Size; Index += 1 + Random(97)) {
        Log->Bytes[Index] ^= 1;
        NTSTATUS Status = HvReadLog(&HostHiveOperations, nullptr, Before, BeforeSize, Log->Bytes,
                                    Log->Size, &Flush);
        assert_true(Status == STATUS_NOT_FOUND);
        Log->Bytes[Index] ^= 1;
    }
    for (ULONG Size = 0; Size < Log->Size; Size += 1 + Random(97)) {
        assert_status(
            HvReadLog(&HostHiveOperations, nullptr, Before, BeforeSize, Log->Bytes, Size, &Flush),
            STATUS_NOT_FOUND);
    }
    assert_int_equal(HiveBlocks, 0);
}

int main(void)
{
    static const struct CMUnitTest Tests[] = {
        cmocka_unit_test(TestEveryWrite),
        cmocka_unit_test(TestRandomCuts),
        cmocka_unit_test(TestFailedFlush),
        cmocka_unit_test(TestForeignLog),
    };
    return cmocka_run_group_tests(Tests, nullptr, nullptr);
}
