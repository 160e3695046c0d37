// Services for those who look after the registry.
#include "cmp.h"

// ---- Who has keys of a hive open

typedef struct _CM_OPEN_KEYS {
    PCM_HIVE Hive;
    ULONG Count;
    // The extended form: entries from the front, names from the back of what they need together
    KEY_OPEN_SUBKEYS_INFORMATION *Information;
    ULONG Room, Needed;
    ULONG NextName; // offset; names go behind all entries
    ULONG_PTR UserBase;
    NTSTATUS Status;
} CM_OPEN_KEYS, *PCM_OPEN_KEYS;

static PCM_KEY_CONTROL CmpOpenKeyOf(PCM_OPEN_KEYS Open, const OB_HANDLE_SNAPSHOT *Entry)
{
    if (ObGetObjectType(Entry->Object) != CmKeyObjectType)
        return nullptr;
    PCM_KEY_CONTROL Control = ((PCM_KEY)Entry->Object)->Control;
    return !Control->Deleted && Control->Place.Hive == Open->Hive ? Control : nullptr;
}

static BOOLEAN CmpCountHandle(const OB_HANDLE_SNAPSHOT *Entry, PVOID Context)
{
    PCM_OPEN_KEYS Open = Context;
    if (CmpOpenKeyOf(Open, Entry))
        Open->Count++;
    return TRUE;
}

static NTSTATUS CmpStartOpenKeys(const OBJECT_ATTRIBUTES USER *TargetKey, PCM_OPEN_KEYS Open)
{
    NTSTATUS Status = CmpFindHive(TargetKey, &Open->Hive);
    if (NT_SUCCESS(Status))
        ObEnumerateHandles(CmpCountHandle, Open);
    return Status;
}

NTSTATUS NtQueryOpenSubKeys(const OBJECT_ATTRIBUTES USER *TargetKey, ULONG USER *HandleCount)
{
    CM_OPEN_KEYS Open = {};
    NTSTATUS Status = MmProbeForWrite(HandleCount, sizeof(*HandleCount), 1);
    if (NT_SUCCESS(Status))
        Status = CmpStartOpenKeys(TargetKey, &Open);
    return NT_SUCCESS(Status) ? MmWriteUser(HandleCount, Open.Count) : Status;
}

static BOOLEAN CmpDescribeHandle(const OB_HANDLE_SNAPSHOT *Entry, PVOID Context)
{
    PCM_OPEN_KEYS Open = Context;
    PCM_KEY_CONTROL Control = CmpOpenKeyOf(Open, Entry);
    if (!Control)
        return TRUE;
    UNICODE_STRING Name;
    Open->Status = CmpFullName(Control->Place, &Name);
    if (!NT_SUCCESS(Open->Status))
        return FALSE;
    ULONG Offset = Open->NextName, Index = Open->Information->Count++;
    Open->NextName += Name.Length;
    if (Open->NextName <= Open->Room) {
        memcpy((PUCHAR)Open->Information + Offset, Name.Buffer, Name.Length);
        Open->Information->KeyArray[Index] = (KEY_PID_ARRAY){
            .ProcessId = Entry->Process->UniqueProcessId,
            .KeyName = {Name.Length, Name.Length, (PWCH)(Open->UserBase + Offset)},
        };
    }
    ExFreePoolWithTag(Name.Buffer, CM_TAG_NAME);
    return TRUE;
}

static BOOLEAN CmpMeasureHandle(const OB_HANDLE_SNAPSHOT *Entry, PVOID Context)
{
    PCM_OPEN_KEYS Open = Context;
    PCM_KEY_CONTROL Control = CmpOpenKeyOf(Open, Entry);
    if (Control)
        Open->Needed += (ULONG)sizeof(KEY_PID_ARRAY) + CmpFullNameLength(Control->Place);
    return TRUE;
}

static NTSTATUS CmpDescribeOpenKeys(PCM_OPEN_KEYS Open, VOID USER *Buffer)
{
    Open->Information = ExAllocatePoolZero(PagedPool, Open->Needed, CM_TAG_BUFFER);
    if (!Open->Information)
        return STATUS_INSUFFICIENT_RESOURCES;
    Open->Room = Open->Needed;
    Open->UserBase = (ULONG_PTR)Buffer;
    Open->NextName = FIELD_OFFSET(KEY_OPEN_SUBKEYS_INFORMATION, KeyArray) +
                     Open->Count * (ULONG)sizeof(KEY_PID_ARRAY);
    ObEnumerateHandles(CmpDescribeHandle, Open);
    NTSTATUS Status = Open->Status;
    if (NT_SUCCESS(Status))
        Status = MmCopyToUser(Buffer, Open->Information, Open->Needed);
    ExFreePoolWithTag(Open->Information, CM_TAG_BUFFER);
    return Status;
}

NTSTATUS NtQueryOpenSubKeysEx(const OBJECT_ATTRIBUTES USER *TargetKey, ULONG BufferLength,
                              VOID USER *Buffer, ULONG USER *RequiredSize)
{
    CM_OPEN_KEYS Open = {.Needed = FIELD_OFFSET(KEY_OPEN_SUBKEYS_INFORMATION, KeyArray)};
    NTSTATUS Status = CmpRequirePrivilege(SE_RESTORE_PRIVILEGE);
    if (NT_SUCCESS(Status))
        Status = MmProbeForWrite(RequiredSize, sizeof(*RequiredSize), 1);
    if (NT_SUCCESS(Status))
        Status = MmProbeForWrite(Buffer, BufferLength, 1);
    if (NT_SUCCESS(Status))
        Status = CmpStartOpenKeys(TargetKey, &Open);
    if (!NT_SUCCESS(Status))
        return Status;
    ObEnumerateHandles(CmpMeasureHandle, &Open);
    Status =
        Open.Needed > BufferLength ? STATUS_BUFFER_OVERFLOW : CmpDescribeOpenKeys(&Open, Buffer);
    NTSTATUS WriteStatus = MmWriteUser(RequiredSize, Open.Needed);
    return NT_SUCCESS(WriteStatus) ? Status : WriteStatus;
}

// ---- Storage. Cells are placed by best fit, so what was deleted is used again: there is nothing to gain
// from moving the cells of some keys together.

constexpr ULONG CMP_MOST_KEYS = 1024;

NTSTATUS NtCompactKeys(ULONG Count, const HANDLE USER *KeyArray)
{
    if (Count > CMP_MOST_KEYS)
        return STATUS_INVALID_PARAMETER;
    PCM_HIVE Hive = nullptr;
    for (ULONG i = 0; i < Count; i++) {
        HANDLE Handle;
        PCM_KEY Key;
        NTSTATUS Status = MmCopyFromUser(&Handle, &KeyArray[i], sizeof(Handle));
        if (NT_SUCCESS(Status))
            Status = CmpReferenceKey(Handle, KEY_WRITE, &Key);
        if (!NT_SUCCESS(Status))
            return Status;
        BOOLEAN Other = Hive && Hive != Key->Control->Place.Hive;
        Hive = Key->Control->Place.Hive;
        ObDereferenceObject(Key);
        if (Other)
            return STATUS_INVALID_PARAMETER; // they cannot come together
    }
    return STATUS_SUCCESS;
}

// The whole hive written anew, without the free cells between. Cells change their places, so that
// nobody else may have keys of it open.
static NTSTATUS CmpCompress(PCM_KEY Key)
{
    CM_PLACE Place = Key->Control->Place;
    if (Place.Hive == CmpMasterHive || Place.Cell != HvRootKey(&Place.Hive->Hive))
        return STATUS_INVALID_PARAMETER;
    PCM_KEY_CONTROL Other = CmpNextControl(Place.Hive, nullptr);
    if (Other == Key->Control)
        Other = CmpNextControl(Place.Hive, Other);
    if (Other)
        return STATUS_CANNOT_DELETE;
    PCM_HIVE Copy;
    NTSTATUS Status = CmpCopyToHive(Place, &Copy);
    if (!NT_SUCCESS(Status))
        return Status;
    HvContinueFile(&Copy->Hive, &Place.Hive->Hive);
    HIVE Old = Place.Hive->Hive;
    Place.Hive->Hive = Copy->Hive;
    Copy->Hive = Old;
    CmpCloseHive(Copy);
    HvSetFileName(&Place.Hive->Hive, &Place.Hive->FileName);
    Place.Cell = HvRootKey(&Place.Hive->Hive);
    CmpMoveControl(Key->Control, Place);
    CmpNoteChange(Place.Hive);
    return STATUS_SUCCESS;
}

NTSTATUS NtCompressKey(HANDLE KeyHandle)
{
    PCM_KEY Key;
    NTSTATUS Status = CmpReferenceKey(KeyHandle, KEY_WRITE, &Key);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = CmpCompress(Key);
    ObDereferenceObject(Key);
    return Status;
}

// ---- Locks and the end of the start

// Only callers in the kernel may lock a key, and programs are none.
NTSTATUS NtLockRegistryKey(HANDLE KeyHandle)
{
    (void)KeyHandle;
    return STATUS_PRIVILEGE_NOT_HELD;
}

// The session manager says that the system has started (0: as usual, 1: setting up), once; later, as 2 and
// above, that this start is to be the last known good one.
NTSTATUS NtInitializeRegistry(USHORT BootCondition)
{
    static BOOLEAN Initialized;
    constexpr USHORT FirstAccepted = 2, LastAccepted = FirstAccepted + 999;
    static const WCHAR Select[] = L"\\REGISTRY\\MACHINE\\SYSTEM\\Select";
    if (BootCondition > LastAccepted)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = CmpRequirePrivilege(SE_TCB_PRIVILEGE);
    if (!NT_SUCCESS(Status))
        return Status;
    if (BootCondition < FirstAccepted) {
        Status = Initialized ? STATUS_ACCESS_DENIED : STATUS_SUCCESS;
        Initialized = TRUE;
        return Status;
    }
    ULONG Current, Length = sizeof(Current), Type;
    Status = CmQueryValue(Select, L"Current", &Type, &Current, &Length);
    if (NT_SUCCESS(Status))
        Status = CmSetValue(Select, L"LastKnownGood", REG_DWORD, &Current, sizeof(Current));
    return Status;
}
