// Off line and read-only, as long as the system runs or for good: Device Parameters\Partmgr of the disk, Attributes.
#include "partmgr.h"

static const ULONGLONG PmKnownAttributes = DISK_ATTRIBUTE_OFFLINE | DISK_ATTRIBUTE_READ_ONLY;

static NTSTATUS PmOpenKey(PPM_DISK Disk, PHANDLE Key)
{
    HANDLE Parameters;
    OBJECT_ATTRIBUTES Attributes;
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"Partmgr");
    NTSTATUS Status = IoOpenDeviceRegistryKey(Disk->Physical, PLUGPLAY_REGKEY_DEVICE,
                                              KEY_READ | KEY_WRITE, &Parameters);
    if (!NT_SUCCESS(Status))
        return Status;
    InitializeObjectAttributes(&Attributes, &Name, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE,
                               Parameters, nullptr);
    Status = ZwCreateKey(Key, KEY_READ | KEY_WRITE, &Attributes, 0, nullptr,
                         REG_OPTION_NON_VOLATILE, nullptr);
    ZwClose(Parameters);
    return Status;
}

VOID PmLoadAttributes(PPM_DISK Disk)
{
    union {
        KEY_VALUE_PARTIAL_INFORMATION Value;
        UCHAR Space[sizeof(KEY_VALUE_PARTIAL_INFORMATION) + sizeof(ULONG)];
    } Answer;
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"Attributes");
    HANDLE Key;
    ULONG Length, Value;
    if (!NT_SUCCESS(PmOpenKey(Disk, &Key)))
        return;
    NTSTATUS Status =
        ZwQueryValueKey(Key, &Name, KeyValuePartialInformation, &Answer, sizeof(Answer), &Length);
    ZwClose(Key);
    if (!NT_SUCCESS(Status) || Answer.Value.Type != REG_DWORD ||
        Answer.Value.DataLength != sizeof(Value))
        return;
    RtlCopyMemory(&Value, Answer.Value.Data, sizeof(Value));
    Disk->Attributes = Value & PmKnownAttributes;
}

static NTSTATUS PmStoreAttributes(PPM_DISK Disk, ULONGLONG Attributes)
{
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"Attributes");
    ULONG Value = (ULONG)Attributes;
    HANDLE Key;
    NTSTATUS Status = PmOpenKey(Disk, &Key);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = ZwSetValueKey(Key, &Name, 0, REG_DWORD, &Value, sizeof(Value));
    ZwClose(Key);
    return Status;
}

// A disk that is to be on line although its identifier is taken gets a new one.
NTSTATUS PmSetAttributes(PPM_DISK Disk, const SET_DISK_ATTRIBUTES *Set)
{
    ULONGLONG Mask = Set->AttributesMask;
    if (Set->Version < sizeof(*Set) || (Mask & ~PmKnownAttributes))
        return STATUS_INVALID_PARAMETER;
    ULONGLONG New = (Disk->Attributes & ~Mask) | (Set->Attributes & Mask);
    BOOLEAN Online = (Mask & DISK_ATTRIBUTE_OFFLINE) && !(New & DISK_ATTRIBUTE_OFFLINE);
    if (Set->Persist) {
        NTSTATUS Status = PmStoreAttributes(Disk, New);
        if (!NT_SUCCESS(Status))
            return Status;
    }
    Disk->Attributes = New;
    if (Online && Disk->Collides)
        PmTakeIdentity(Disk); // the other disk may be gone
    if (Online && Disk->Collides)
        return PmChangeIdentity(Disk);
    PmTableChanged(Disk);
    return STATUS_SUCCESS;
}
