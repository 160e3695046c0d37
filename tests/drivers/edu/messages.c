// MSI-X entries by PCI_MSIX_TABLE_CONFIG_INTERFACE, of a bus driver in another process.
#include "suite.h"

#define MESSAGE_DATABASE CONTROL_SET L"Control\\CriticalDeviceDatabase\\PCI#VEN_8086&DEV_10D3"

static NTSTATUS Ask(ULONG Number, ULONG Entry, ULONG Message, PMESSAGE_REQUEST_DATA Answer)
{
    MESSAGE_REQUEST_DATA Request = {.Entry = Entry, .Message = Message};
    return Control(Number, &Request, sizeof(Request), Answer ? Answer : &Request, sizeof(Request));
}

static ULONG Count(ULONG Message)
{
    MESSAGE_REPORT_DATA Report = {};
    CHECK_STATUS(Control(MESSAGE_REPORT, nullptr, 0, &Report, sizeof(Report)), STATUS_SUCCESS);
    CHECK_EQUAL(Report.TableSize, MESSAGE_ENTRIES);
    CHECK_EQUAL(Report.Messages, MESSAGE_ENTRIES);
    return Report.Counts[Message];
}

// FALSE: it has not come so often after a while.
static BOOLEAN Await(ULONG Message, ULONG Times)
{
    LARGE_INTEGER Pause = TestMilliseconds(10);
    for (ULONG i = 0; i < 100 && Count(Message) < Times; i++)
        NtDelayExecution(FALSE, &Pause);
    return Count(Message) == Times;
}

static VOID Start(void)
{
    HANDLE Key;
    PCWSTR Properties =
        MESSAGE_DATABASE L"\\Interrupt Management\\MessageSignaledInterruptProperties";
    ChooseEdu(EDU_MESSAGES);
    REQUIRE_STATUS(ServiceMakeFor(L"PCI\\VEN_8086&DEV_10D3", L"msixtest", L"msixtest.sys"),
                   STATUS_SUCCESS);
    CHECK_STATUS(MakeKey(MESSAGE_DATABASE L"\\Interrupt Management", &Key), STATUS_SUCCESS);
    SetNumber(Properties, L"MSISupported", 1);
    REQUIRE_STATUS(Act(PlugPlayControlStartDevice), STATUS_SUCCESS);
}

VOID TestMessages(void)
{
    MESSAGE_REQUEST_DATA Entry = {};
    Start();
    for (ULONG i = 0; i < MESSAGE_ENTRIES; i++) {
        CHECK_STATUS(Ask(MESSAGE_FIRE, i, 0, nullptr), STATUS_SUCCESS);
        CHECK(Await(i, 1));
    }
    // Masked it waits in the device.
    CHECK_STATUS(Ask(MESSAGE_MASK, 1, 0, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(Ask(MESSAGE_QUERY, 1, 0, &Entry), STATUS_SUCCESS);
    CHECK_EQUAL(Entry.Message, 1);
    CHECK_EQUAL(Entry.Masked, TRUE);
    CHECK_STATUS(Ask(MESSAGE_FIRE, 1, 0, nullptr), STATUS_SUCCESS);
    CHECK(!Await(1, 2));
    CHECK_STATUS(Ask(MESSAGE_UNMASK, 1, 0, nullptr), STATUS_SUCCESS);
    CHECK(Await(1, 2));
    // Another message for the same entry.
    CHECK_STATUS(Ask(MESSAGE_SET, 1, 3, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(Ask(MESSAGE_QUERY, 1, 0, &Entry), STATUS_SUCCESS);
    CHECK_EQUAL(Entry.Message, 3);
    CHECK_EQUAL(Entry.Masked, FALSE);
    CHECK_STATUS(Ask(MESSAGE_FIRE, 1, 0, nullptr), STATUS_SUCCESS);
    CHECK(Await(3, 2));
    CHECK_EQUAL(Count(1), 2);
    CHECK(!NT_SUCCESS(Ask(MESSAGE_SET, MESSAGE_ENTRIES, 0, nullptr)));
    CHECK(!NT_SUCCESS(Ask(MESSAGE_SET, 0, MESSAGE_ENTRIES, nullptr)));
    CHECK_STATUS(Act(PlugPlayControlQueryAndRemoveDevice), STATUS_SUCCESS);
}
