// Buttons and lids.
#include <initguid.h>

#include "acpi.h"

#include <poclass.h>

static VOID PrintButtons(PCWSTR Name, ULONG Buttons)
{
    ConPrint(L"  %-14ws%ws%ws%ws\n", Name, Buttons & SYS_BUTTON_POWER ? L" power" : L"",
             Buttons & SYS_BUTTON_SLEEP ? L" sleep" : L"",
             Buttons & SYS_BUTTON_LID ? L" lid" : L"");
}

static NTSTATUS ShowButton(HANDLE Device)
{
    ULONG Buttons, Open;
    NTSTATUS Status = DeviceControl(Device, IOCTL_GET_SYS_BUTTON_CAPS, nullptr, 0, &Buttons,
                                    sizeof(Buttons), nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    PrintButtons(L"button", Buttons);
    if (Buttons & SYS_BUTTON_LID && NT_SUCCESS(DeviceControl(Device, IOCTL_QUERY_LID, nullptr, 0,
                                                             &Open, sizeof(Open), nullptr)))
        ConPrint(L"  %-14ws %ws\n", L"lid", Open ? L"open" : L"closed");
    return STATUS_SUCCESS;
}

NTSTATUS AcpiShowButtons(void)
{
    return AcpiForEach(&GUID_DEVICE_SYS_BUTTON, L"There are no buttons.", ShowButton);
}

// Instance: ACPI\PNP0C0E\0.
NTSTATUS AcpiWaitForButton(PCWSTR Instance)
{
    UNICODE_STRING Class;
    INTERFACE_NAME Name;
    HANDLE Device;
    ULONG Buttons;
    NTSTATUS Status = RtlStringFromGUID(&GUID_DEVICE_SYS_BUTTON, &Class);
    if (!NT_SUCCESS(Status))
        return Status;
    _snwprintf(Name.Path, RTL_NUMBER_OF(Name.Path), L"\\\?\?\\%ws#%wZ", Instance, &Class);
    RtlFreeUnicodeString(&Class);
    Name.Path[RTL_NUMBER_OF(Name.Path) - 1] = 0;
    for (PWSTR Char = Name.Path + wcslen(L"\\\?\?\\"); *Char; Char++)
        *Char = *Char == L'\\' ? L'#' : *Char;
    Status = DeviceOpen(Name.Path, FILE_READ_DATA, FILE_SHARE_READ | FILE_SHARE_WRITE, &Device);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = DeviceControl(Device, IOCTL_GET_SYS_BUTTON_EVENT, nullptr, 0, &Buttons,
                           sizeof(Buttons), nullptr);
    NtClose(Device);
    if (NT_SUCCESS(Status))
        PrintButtons(L"pressed", Buttons);
    return Status;
}
