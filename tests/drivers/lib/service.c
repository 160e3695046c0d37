#include "service.h"

static PCWSTR const ServiceKeys = L"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\";

typedef struct _SERVICE_NAME {
    UNICODE_STRING String;
    WCHAR Buffer[160];
} SERVICE_NAME, *PSERVICE_NAME;

static PUNICODE_STRING ServiceKeyName(PSERVICE_NAME Key, PCWSTR Name)
{
    Key->String = (UNICODE_STRING){0, sizeof(Key->Buffer), Key->Buffer};
    RtlAppendUnicodeToString(&Key->String, ServiceKeys);
    RtlAppendUnicodeToString(&Key->String, Name);
    return &Key->String;
}

static NTSTATUS ServiceSetNumber(HANDLE Key, PCWSTR Name, ULONG Value)
{
    UNICODE_STRING String;
    RtlInitUnicodeString(&String, Name);
    return NtSetValueKey(Key, &String, 0, REG_DWORD, &Value, sizeof(Value));
}

static NTSTATUS ServiceSetImage(HANDLE Key, PCWSTR Image)
{
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"ImagePath");
    SERVICE_NAME Path = {{0, sizeof(Path.Buffer), Path.Buffer}, {}};
    RtlAppendUnicodeToString(&Path.String, L"System32\\drivers\\");
    RtlAppendUnicodeToString(&Path.String, Image);
    return NtSetValueKey(Key, &Name, 0, REG_EXPAND_SZ, Path.Buffer,
                         Path.String.Length + sizeof(WCHAR));
}

static NTSTATUS ServiceMakeKey(PUNICODE_STRING KeyName, PCWSTR Image)
{
    HANDLE Key;
    OBJECT_ATTRIBUTES Attributes = TestAttributes(KeyName, OBJ_CASE_INSENSITIVE);
    NTSTATUS Status = NtCreateKey(&Key, KEY_ALL_ACCESS, &Attributes, 0, nullptr,
                                  REG_OPTION_NON_VOLATILE, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = ServiceSetNumber(Key, L"Type", 1);
    if (NT_SUCCESS(Status))
        Status = ServiceSetNumber(Key, L"Start", 3);
    if (NT_SUCCESS(Status))
        Status = ServiceSetNumber(Key, L"ErrorControl", 1);
    if (NT_SUCCESS(Status))
        Status = ServiceSetImage(Key, Image);
    NtClose(Key);
    return Status;
}

NTSTATUS ServiceMake(PCWSTR Name, PCWSTR Image)
{
    SERVICE_NAME Key;
    return ServiceMakeKey(ServiceKeyName(&Key, Name), Image);
}

NTSTATUS ServiceLoad(PCWSTR Name, PCWSTR Image)
{
    SERVICE_NAME Key;
    BOOLEAN WasEnabled;
    NTSTATUS Status = ServiceMakeKey(ServiceKeyName(&Key, Name), Image);
    if (NT_SUCCESS(Status))
        Status = RtlAdjustPrivilege(SE_LOAD_DRIVER_PRIVILEGE, TRUE, FALSE, &WasEnabled);
    return NT_SUCCESS(Status) ? NtLoadDriver(&Key.String) : Status;
}

NTSTATUS ServiceUnload(PCWSTR Name)
{
    SERVICE_NAME Key;
    return NtUnloadDriver(ServiceKeyName(&Key, Name));
}

NTSTATUS ServiceOpen(PCWSTR Device, ACCESS_MASK Access, ULONG Options, PHANDLE File)
{
    UNICODE_STRING Name;
    RtlInitUnicodeString(&Name, Device);
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Name, OBJ_CASE_INSENSITIVE);
    IO_STATUS_BLOCK IoStatus;
    return NtCreateFile(File, Access | SYNCHRONIZE, &Attributes, &IoStatus, nullptr,
                        FILE_ATTRIBUTE_NORMAL, FILE_SHARE_READ | FILE_SHARE_WRITE, FILE_OPEN,
                        Options, nullptr, 0);
}

// ---- The device tree

enum { PathChars = 256 };

static BOOLEAN Related(PCWSTR Path, ULONG Relation, PWSTR Result)
{
    WCHAR Name[PathChars];
    PLUGPLAY_CONTROL_RELATED_DEVICE_DATA Data = {
        .Relation = Relation,
        .RelatedDeviceInstance = Name,
        .RelatedDeviceInstanceLength = PathChars - 1,
    };
    RtlInitUnicodeString(&Data.TargetDeviceInstance, Path);
    if (!NT_SUCCESS(NtPlugPlayControl(PlugPlayControlGetRelatedDevice, &Data, sizeof(Data))))
        return FALSE;
    Name[Data.RelatedDeviceInstanceLength] = 0;
    wcscpy(Result, Name);
    return TRUE;
}

static VOID VisitBelow(PCWSTR Path, VOID (*Visit)(PCWSTR Path))
{
    WCHAR Child[PathChars];
    BOOLEAN More = Related(Path, PNP_GET_CHILD_DEVICE, Child);
    while (More) {
        Visit(Child);
        VisitBelow(Child, Visit);
        More = Related(Child, PNP_GET_SIBLING_DEVICE, Child);
    }
}

VOID ServiceForEachDevice(VOID (*Visit)(PCWSTR Path))
{
    VisitBelow(L"", Visit);
}

// ---- Drivers of devices

NTSTATUS ServiceSetText(PCWSTR Path, PCWSTR Name, PCWSTR Text)
{
    UNICODE_STRING PathName, ValueName;
    HANDLE Key;
    RtlInitUnicodeString(&PathName, Path);
    RtlInitUnicodeString(&ValueName, Name);
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&PathName, OBJ_CASE_INSENSITIVE);
    NTSTATUS Status = NtCreateKey(&Key, KEY_ALL_ACCESS, &Attributes, 0, nullptr,
                                  REG_OPTION_NON_VOLATILE, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = NtSetValueKey(Key, &ValueName, 0, REG_SZ, (PVOID)Text,
                           (ULONG)(wcslen(Text) + 1) * sizeof(WCHAR));
    NtClose(Key);
    return Status;
}

static PCWSTR const Database =
    L"\\Registry\\Machine\\System\\CurrentControlSet\\Control\\CriticalDeviceDatabase\\";

NTSTATUS ServiceMakeFor(PCWSTR HardwareId, PCWSTR Name, PCWSTR Image)
{
    WCHAR Path[256];
    NTSTATUS Status = ServiceMake(Name, Image);
    if (!NT_SUCCESS(Status))
        return Status;
    _snwprintf(Path, RTL_NUMBER_OF(Path), L"%ws%ws", Database, HardwareId);
    Path[RTL_NUMBER_OF(Path) - 1] = 0;
    for (PWSTR Separator = wcschr(Path + wcslen(Database), L'\\'); Separator;
         Separator = wcschr(Separator, L'\\'))
        *Separator = L'#';
    return ServiceSetText(Path, L"Service", Name);
}

NTSTATUS ServiceStartDevice(PCWSTR Path)
{
    PLUGPLAY_CONTROL_DEVICE_CONTROL_DATA Data = {};
    PLUGPLAY_CONTROL_QUERY_AND_REMOVE_DATA Remove = {};
    RtlInitUnicodeString(&Data.DeviceInstance, Path);
    Remove.DeviceInstance = Data.DeviceInstance;
    (VOID) NtPlugPlayControl(PlugPlayControlQueryAndRemoveDevice, &Remove, sizeof(Remove));
    return NtPlugPlayControl(PlugPlayControlStartDevice, &Data, sizeof(Data));
}

// ---- Devices that come while the machine starts

BOOLEAN ServiceAwait(BOOLEAN (*There)(void))
{
    BOOLEAN WasEnabled;
    RtlAdjustPrivilege(SE_LOAD_DRIVER_PRIVILEGE, TRUE, FALSE, &WasEnabled);
    for (ULONG i = 0; i < 100 && !There(); i++) {
        LARGE_INTEGER Wait = TestMilliseconds(50);
        NtDelayExecution(FALSE, &Wait);
    }
    return There();
}

static PCWSTR Wanted;
static WCHAR FoundPath[PathChars];

static VOID FindWanted(PCWSTR Path)
{
    if (wcsncmp(Path, Wanted, wcslen(Wanted)) == 0)
        wcscpy(FoundPath, Path);
}

static BOOLEAN IsFound(void)
{
    ServiceForEachDevice(FindWanted);
    return FoundPath[0] != 0;
}

NTSTATUS ServiceStartFor(PCWSTR HardwareId, PCWSTR Name, PCWSTR Image)
{
    Wanted = HardwareId;
    FoundPath[0] = 0;
    if (!ServiceAwait(IsFound))
        return STATUS_NO_SUCH_DEVICE;
    NTSTATUS Status = ServiceMakeFor(HardwareId, Name, Image);
    return NT_SUCCESS(Status) ? ServiceStartDevice(FoundPath) : Status;
}
