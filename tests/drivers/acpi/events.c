// ACPI_INTERFACE_STANDARD and its successor, from another process than the ACPI driver's.
#include "suite.h"

enum { FreeEvent = 9, OtherEvent = 12, NoSuchEvent = 200 }; // no method has the first two

static VOID CheckInterface(ULONG Version, ULONG Size, NTSTATUS Expected)
{
    ACPITEST_REQUEST Request = {.Version = Version, .Value = Size};
    CHECK_STATUS(Ask(ACPITEST_QUERY, &Request), Expected);
    if (!NT_SUCCESS(Expected))
        return;
    CHECK_EQUAL(Request.Value, 88); // on Windows of 64 bits
    CHECK_EQUAL(Request.Length, 1);
}

VOID TestInterfaces(void)
{
    for (ULONG Version = 1; Version <= 2; Version++) {
        CheckInterface(Version, 88, STATUS_SUCCESS);
        CheckInterface(Version, 200, STATUS_SUCCESS);
        CheckInterface(Version, 87, STATUS_NOT_SUPPORTED);
        CheckInterface(Version, 0, STATUS_NOT_SUPPORTED);
    }
}

// ---- Notifications

static ULONG Heard(PUCHAR Last)
{
    static ACPITEST_REQUEST Request;
    Request = (ACPITEST_REQUEST){};
    (VOID) Ask(ACPITEST_HEARD, &Request);
    if (Last && Request.Value)
        *Last = Request.Data[(Request.Value - 1) % 64];
    return Request.Value;
}

// Notifications come a moment later.
static VOID CheckHeard(ULONG Count, UCHAR Last)
{
    UCHAR Value = 0;
    for (ULONG i = 0; i < 100 && Heard(&Value) < Count; i++)
        Pause(20);
    CHECK_EQUAL(Heard(&Value), Count);
    CHECK_EQUAL(Value, Last);
}

VOID CheckNotifications(ULONG Version)
{
    ULONG Before = Heard(nullptr);
    CHECK_STATUS(AskValue(ACPITEST_REGISTER, Version, 0, 0), STATUS_SUCCESS);
    (VOID) Evaluate("FIRE", 0x80);
    CheckHeard(Before + 1, 0x80);
    for (ULONG i = 0; i < 20; i++)
        (VOID) Evaluate("FIRE", 0xC0 + i);
    CheckHeard(Before + 21, 0xC0 + 19);
    // One handler a device.
    CHECK_STATUS(AskValue(ACPITEST_REGISTER, Version, 0, 0), STATUS_UNSUCCESSFUL);
    (VOID) AskValue(ACPITEST_UNREGISTER, Version, 0, 0);
    (VOID) Evaluate("FIRE", 0x81);
    Pause(100);
    CHECK_EQUAL(Heard(nullptr), Before + 21);
    (VOID) AskValue(ACPITEST_UNREGISTER, Version, 0, 0); // nothing happens
}

VOID TestNotifications(void)
{
    CheckNotifications(1);
    CheckNotifications(2);
    // Another device hears nothing of it.
    CHECK_STATUS(AskValue(ACPITEST_REGISTER, 2, 0, 0), STATUS_SUCCESS);
    Choose(1);
    CHECK_STATUS(AskValue(ACPITEST_REGISTER, 2, 0, 0), STATUS_SUCCESS);
    CHECK_EQUAL(Heard(nullptr), 0);
    Choose(0);
    ULONG Before = Heard(nullptr);
    (VOID) Evaluate("FIRE", 0x82);
    CheckHeard(Before + 1, 0x82);
    (VOID) AskValue(ACPITEST_UNREGISTER, 2, 0, 0);
    Choose(1);
    CHECK_EQUAL(Heard(nullptr), 0);
    (VOID) AskValue(ACPITEST_UNREGISTER, 2, 0, 0);
    Choose(0);
}

// ---- General-purpose events: what the hardware's enable register says

BOOLEAN IsOn(ULONG Event)
{
    return Evaluate("ENAB", MAXULONG) >> (Event - 8) & 1;
}

VOID CheckEvent(ULONG Version, ULONG Flags)
{
    CHECK_EQUAL(IsOn(FreeEvent), FALSE);
    CHECK_STATUS(AskValue(ACPITEST_CONNECT, Version, FreeEvent, Flags), STATUS_SUCCESS);
    CHECK_EQUAL(IsOn(FreeEvent), TRUE);
    CHECK_STATUS(AskValue(ACPITEST_DISABLE, Version, 0, FALSE), STATUS_SUCCESS);
    CHECK_EQUAL(IsOn(FreeEvent), FALSE);
    CHECK_STATUS(AskValue(ACPITEST_DISABLE, Version, 0, FALSE), STATUS_SUCCESS);
    CHECK_STATUS(AskValue(ACPITEST_CLEAR, Version, 0, 0), STATUS_SUCCESS);
    CHECK_STATUS(AskValue(ACPITEST_ENABLE, Version, 0, 0), STATUS_SUCCESS);
    CHECK_EQUAL(IsOn(FreeEvent), TRUE);
    CHECK_STATUS(AskValue(ACPITEST_DISABLE, Version, 0, TRUE), STATUS_SUCCESS);
    for (ULONG i = 0; i < 100 && IsOn(FreeEvent); i++)
        Pause(20);
    CHECK_EQUAL(IsOn(FreeEvent), FALSE);
    CHECK_STATUS(AskValue(ACPITEST_ENABLE, Version, 0, 0), STATUS_SUCCESS);
    CHECK_STATUS(AskValue(ACPITEST_DISCONNECT, Version, 0, 0), STATUS_SUCCESS);
    CHECK_EQUAL(IsOn(FreeEvent), FALSE);
    CHECK_STATUS(AskValue(ACPITEST_DISCONNECT, Version, 0, 0), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(AskValue(ACPITEST_ENABLE, Version, 0, 0), STATUS_INVALID_PARAMETER);
}

VOID TestEvents(void)
{
    CheckEvent(1, 0);
    CheckEvent(2, 0);
    CheckEvent(1, ACPITEST_LATCHED);
    CheckEvent(2, ACPITEST_LATCHED | ACPITEST_SHAREABLE);
    CHECK_STATUS(AskValue(ACPITEST_CONNECT, 1, NoSuchEvent, 0), STATUS_INVALID_PARAMETER);
}

static NTSTATUS ConnectAt(ULONG Device, ULONG Event, ULONG Flags)
{
    Choose(Device);
    NTSTATUS Status = AskValue(ACPITEST_CONNECT, 2, Event, Flags);
    Choose(0);
    return Status;
}

static NTSTATUS DisconnectAt(ULONG Device)
{
    Choose(Device);
    NTSTATUS Status = AskValue(ACPITEST_DISCONNECT, 2, 0, 0);
    Choose(0);
    return Status;
}

VOID TestSharedEvents(void)
{
    CHECK_STATUS(ConnectAt(0, OtherEvent, ACPITEST_SHAREABLE), STATUS_SUCCESS);
    CHECK_STATUS(ConnectAt(1, OtherEvent, 0), STATUS_UNSUCCESSFUL);
    CHECK_STATUS(ConnectAt(1, OtherEvent, ACPITEST_SHAREABLE | ACPITEST_LATCHED),
                 STATUS_UNSUCCESSFUL);
    CHECK_STATUS(ConnectAt(1, OtherEvent, ACPITEST_SHAREABLE), STATUS_SUCCESS);
    CHECK_STATUS(DisconnectAt(0), STATUS_SUCCESS);
    CHECK_EQUAL(IsOn(OtherEvent), TRUE); // the other one has it on
    CHECK_STATUS(DisconnectAt(1), STATUS_SUCCESS);
    CHECK_EQUAL(IsOn(OtherEvent), FALSE);
    CHECK_STATUS(ConnectAt(0, OtherEvent, 0), STATUS_SUCCESS);
    CHECK_STATUS(ConnectAt(1, OtherEvent, ACPITEST_SHAREABLE), STATUS_UNSUCCESSFUL);
    CHECK_STATUS(DisconnectAt(0), STATUS_SUCCESS);
}

// ---- Connections end with their driver

VOID TestDeath(void)
{
    CHECK_STATUS(AskValue(ACPITEST_REGISTER, 2, 0, 0), STATUS_SUCCESS);
    CHECK_STATUS(AskValue(ACPITEST_CONNECT, 2, FreeEvent, 0), STATUS_SUCCESS);
    CHECK_STATUS(AskValue(ACPITEST_WAIT_WAKE, 0, PowerSystemSleeping1, 0), STATUS_PENDING);
    (VOID) AskValue(ACPITEST_DIE, 0, 0, 0);
    StartAgain();
    CHECK_EQUAL(IsOn(FreeEvent), FALSE);
    CHECK_EQUAL(PowerCapabilities() & PNP_ARMED_TO_WAKE, 0);
    CHECK_STATUS(AskValue(ACPITEST_CONNECT, 2, FreeEvent, 0), STATUS_SUCCESS);
    CHECK_EQUAL(IsOn(FreeEvent), TRUE);
    CheckNotifications(2);
    CHECK_STATUS(AskValue(ACPITEST_DISCONNECT, 2, 0, 0), STATUS_SUCCESS);
}
