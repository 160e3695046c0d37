// A floppy disk whose controller is no bus master: the machine's DMA controller transfers for it, programmed by the
// Executive for the channel that the device was given.
#include <service.h>

#include <nt/nthostdma.h>

#include "floppy.h"

static HANDLE File;
alignas(4096) static UCHAR Sectors[FloppyMost + 4096];

// ---- Requests

static NTSTATUS Control(ULONG Code, ULONG First, ULONG Count, PVOID Buffer, ULONG Length)
{
    FLOPPY_PLACE Place = {First, Count};
    IO_STATUS_BLOCK Io;
    return NtDeviceIoControlFile(File, nullptr, nullptr, nullptr, &Io, Code, &Place, sizeof(Place),
                                 Buffer, Length);
}

static NTSTATUS Transfer(ULONG Code, ULONG First, ULONG Count, ULONG Offset)
{
    return Control(Code, First, Count, Sectors + Offset, Count * FloppySector);
}

static BOOLEAN GetReport(PFLOPPY_REPORT_DATA Report)
{
    return CHECK_STATUS(Control(FLOPPY_REPORT, 0, 0, Report, sizeof(*Report)), STATUS_SUCCESS);
}

// How many bytes of the sectors from First on are not what makeimage writes.
static ULONG CountWrong(ULONG First, ULONG Count, ULONG Offset)
{
    ULONG Wrong = 0;
    for (ULONG i = 0; i < Count; i++)
        for (ULONG k = 0; k < FloppySector; k++)
            Wrong += Sectors[Offset + i * FloppySector + k] != FloppyByte(First + i, k);
    return Wrong;
}

static VOID CheckRead(ULONG Code, ULONG First, ULONG Count, ULONG Offset)
{
    memset(Sectors, 0x5A, sizeof(Sectors));
    if (CHECK_STATUS(Transfer(Code, First, Count, Offset), STATUS_SUCCESS))
        CHECK_EQUAL(CountWrong(First, Count, Offset), 0);
    CHECK_EQUAL(Sectors[Offset + Count * FloppySector], 0x5A);
}

// ---- Tests

static VOID TestStart(void)
{
    FLOPPY_REPORT_DATA Report;
    REQUIRE_STATUS(ServiceStartFor(L"ACPI\\PNP0700", L"floptest", L"floptest.sys"), STATUS_SUCCESS);
    REQUIRE_STATUS(ServiceOpen(FLOPPY_DEVICE_NAME, GENERIC_READ | GENERIC_WRITE,
                               FILE_SYNCHRONOUS_IO_NONALERT, &File),
                   STATUS_SUCCESS);
    if (!GetReport(&Report))
        return;
    CHECK_EQUAL(Report.Channel, 2);
    CHECK(Report.MapRegisters >= 3 && Report.MapRegisters <= 16);
    CHECK_EQUAL(Report.Others, 0);
}

static VOID TestRead(void)
{
    FLOPPY_REPORT_DATA Report;
    CheckRead(FLOPPY_READ, 0, 1, 0);
    CheckRead(FLOPPY_READ, 17, 1, 100); // anywhere in a page
    CheckRead(FLOPPY_READ, 18, 17, 0);
    CheckRead(FLOPPY_READ, 2862, 12, 3000);
    CheckRead(FLOPPY_READ, 1234, 3, 4095);
    if (!GetReport(&Report))
        return;
    CHECK_EQUAL(Report.Before, 3 * FloppySector);
    CHECK_EQUAL(Report.After, 0);
}

static VOID TestWrite(void)
{
    memset(Sectors, 0xA7, sizeof(Sectors));
    CHECK_STATUS(Transfer(FLOPPY_WRITE, 40, 5, 200), STATUS_SUCCESS);
    memset(Sectors, 0, sizeof(Sectors));
    CHECK_STATUS(Transfer(FLOPPY_READ, 40, 5, 1000), STATUS_SUCCESS);
    ULONG Wrong = 0;
    for (ULONG i = 0; i < 5 * FloppySector; i++)
        Wrong += Sectors[1000 + i] != 0xA7;
    CHECK_EQUAL(Wrong, 0);
    CheckRead(FLOPPY_READ, 39, 1, 0);
    CheckRead(FLOPPY_READ, 45, 1, 0);
}

// The channel that begins anew is at the start of the common buffer again when it has filled it.
static VOID TestCommonBuffer(void)
{
    FLOPPY_REPORT_DATA Report;
    CheckRead(FLOPPY_READ_COMMON, 100, 4, 0);
    if (GetReport(&Report))
        CHECK(Report.Again == 4 * FloppySector || Report.Again == 0); // QEMU's stays at the end
    CheckRead(FLOPPY_READ, 7, 2, 0); // and the other adapter has the channel afterwards
}

// Programs cannot reach it, and a transfer out of the disk fails.
static VOID TestRefusals(void)
{
    ULONG Left;
    HOST_DMA Nothing = {};
    CHECK_STATUS(Transfer(FLOPPY_READ, FloppySectors, 1, 0), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(NtHostDma(&Nothing, &Left), STATUS_ACCESS_DENIED);
    NtClose(File);
}

static const TEST Tests[] = {
    {"the device starts with its channel", TestStart},
    {"sectors are read", TestRead},
    {"sectors are written", TestWrite},
    {"a transfer that begins anew, into a common buffer", TestCommonBuffer},
    {"what is refused", TestRefusals},
};

const TEST_SUITE TestSuite = TEST_SUITE_OF(Tests);
