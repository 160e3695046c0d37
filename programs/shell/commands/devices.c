// devices: the devices of the machine by connection or by class, with the drivers, processes and states of each.
#include "devicep.h"

typedef struct _DEVICES_VIEW {
    BOOLEAN ByClass, Details, Power, AllWork, Found;
    PCWSTR Only;  // a device, or null: all
    PCWSTR Class; // that is being shown
} DEVICES_VIEW, *PDEVICES_VIEW;

static VOID DevicesShowPower(PDEVICES_VIEW View, PCWSTR Path, ULONG Depth)
{
    WCHAR Text[PowerDescription];
    NTSTATUS Status = PowerDescribeDevice(Path, Text, RTL_NUMBER_OF(Text));
    ShPrint(L"%*ws%ws  %ws\n", (int)(Depth * DevicesIndent), L"", Path,
            NT_SUCCESS(Status) ? Text : StatusText(Status));
    View->AllWork &= NT_SUCCESS(Status);
}

static VOID DevicesShow(PDEVICES_VIEW View, PCWSTR Path, ULONG Depth)
{
    WCHAR Description[DevicesBuffer / sizeof(WCHAR)];
    View->Found = TRUE;
    if (View->Power) {
        DevicesShowPower(View, Path, Depth);
        return;
    }
    ShPrint(L"%*ws%ws", (int)(Depth * DevicesIndent), L"", Path);
    if (DevicesProperty(Path, DevicesDescription, Description))
        ShPrint(L"  %ws", Description);
    DevicesShowPciName(Path);
    DevicesShowDrivers(Path);
    View->AllWork &= DevicesShowState(Path);
    ShPrint(L"\n");
    if (View->Details)
        DevicesShowDetails(Path, (Depth + 2) * DevicesIndent);
}

// ---- By connection

static BOOLEAN DevicesVisit(PCWSTR Path, ULONG Depth, PVOID Context)
{
    PDEVICES_VIEW View = Context;
    if (!View->Only || _wcsicmp(View->Only, Path) == 0)
        DevicesShow(View, Path, View->Only ? 0 : Depth);
    return TRUE;
}

// ---- By class

static VOID DevicesReadClass(PCWSTR Path, PWSTR Class)
{
    if (!DevicesProperty(Path, DevicesClassName, Class))
        wcscpy(Class, L"(no class)");
}

static BOOLEAN DevicesVisitOfClass(PCWSTR Path, ULONG Depth, PVOID Context)
{
    PDEVICES_VIEW View = Context;
    WCHAR Class[DevicesBuffer / sizeof(WCHAR)];
    UNREFERENCED_PARAMETER(Depth);
    DevicesReadClass(Path, Class);
    if (_wcsicmp(Class, View->Class) == 0)
        DevicesShow(View, Path, 1);
    return TRUE;
}

static BOOLEAN DevicesCollectClass(PCWSTR Path, ULONG Depth, PVOID Context)
{
    PSH_WORDS Classes = Context;
    WCHAR Class[DevicesBuffer / sizeof(WCHAR)];
    UNREFERENCED_PARAMETER(Depth);
    DevicesReadClass(Path, Class);
    for (ULONG i = 0; i < Classes->Count; i++) {
        if (_wcsicmp(Classes->Values[i], Class) == 0)
            return TRUE;
    }
    ShAddWord(Classes, Class, wcslen(Class));
    return TRUE;
}

static VOID DevicesShowClasses(PDEVICES_VIEW View)
{
    SH_WORDS Classes = {};
    DevicesForEach(DevicesCollectClass, &Classes);
    for (ULONG i = 0; i < Classes.Count; i++) {
        View->Class = Classes.Values[i];
        ShPrint(L"%ws\n", View->Class);
        DevicesForEach(DevicesVisitOfClass, View);
    }
    ShFreeWords(&Classes);
}

// ---- The command

ULONG ShellDoDevices(PSHELL Shell, const SH_WORDS *Words)
{
    DEVICES_VIEW View = {.AllWork = TRUE};
    UNREFERENCED_PARAMETER(Shell);
    for (ULONG i = 0; i < Words->Count; i++) {
        PCWSTR Word = Words->Values[i];
        if (ShIsSwitch(Word, L"class", nullptr))
            View.ByClass = TRUE;
        else if (ShIsSwitch(Word, L"v", nullptr))
            View.Details = TRUE;
        else if (ShIsSwitch(Word, L"power", nullptr))
            View.Power = TRUE;
        else if (*Word == L'/' || View.Only)
            return ShWrongUsage;
        else
            View.Only = Word;
    }
    if (View.Only)
        View.Details = TRUE;
    if (View.ByClass && !View.Only)
        DevicesShowClasses(&View);
    else
        DevicesForEach(DevicesVisit, &View);
    if (View.Only && !View.Found)
        return ShReportStatus(View.Only, STATUS_NO_SUCH_DEVICE);
    return View.Only && !View.AllWork ? 1 : 0; // of all there are always some that do not work
}
