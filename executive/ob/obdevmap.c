// \??: the DOS devices of a process. A logon session has a directory for its own, which is continued
// by the global one; that of SYSTEM is the global one itself.
#include "obp.h"

POBJECT_DIRECTORY ObpGlobalDosDevices, ObpSessionDosDevices;

static const LUID ObpSystemLuid = SYSTEM_LUID;

enum { DOSDEVICE_DRIVE_UNKNOWN = 0, DOSDEVICE_DRIVE_CALCULATE = 1 };

static NTSTATUS ObpNameSessionMap(POBJECT_DIRECTORY Directory, LUID Session)
{
    WCHAR Buffer[24];
    UNICODE_STRING String = {.MaximumLength = sizeof(Buffer), .Buffer = Buffer};
    int Length = _snwprintf(Buffer, RTL_NUMBER_OF(Buffer), L"%08x-%08x", (ULONG)Session.HighPart,
                            Session.LowPart);
    String.Length = (USHORT)(Length * (int)sizeof(WCHAR));

    POBJECT_HEADER Header = ObpHeader(Directory);
    PSECURITY_DESCRIPTOR Security;
    NTSTATUS Status = ObpAssignSecurity(Header, nullptr, nullptr, &Security);
    if (!NT_SUCCESS(Status))
        return Status;
    POBP_NAME Name;
    Status = ObpCreateName(&String, &Name);
    if (!NT_SUCCESS(Status)) {
        ExFreePool(Security);
        return Status;
    }
    Header->SecurityDescriptor = Security;
    Header->Flags |= OBP_PERMANENT;
    ObpLinkName(ObpSessionDosDevices, Directory, Name);
    return STATUS_SUCCESS;
}

static NTSTATUS ObpCreateSessionMap(PTOKEN Token, POBJECT_DIRECTORY *Map)
{
    LUID Session = SeTokenAuthenticationId(Token);
    if (RtlEqualLuid(&Session, &ObpSystemLuid)) {
        ObReferenceObject(ObpGlobalDosDevices);
        *Map = ObpGlobalDosDevices;
        return STATUS_SUCCESS;
    }
    POBJECT_DIRECTORY Directory;
    NTSTATUS Status = ObpCreateDirectory((PVOID *)&Directory);
    if (!NT_SUCCESS(Status))
        return Status;
    ObReferenceObject(ObpGlobalDosDevices);
    Directory->Shadow = ObpGlobalDosDevices;
    Status = ObpNameSessionMap(Directory, Session);
    if (NT_SUCCESS(Status))
        *Map = Directory;
    else
        ObDereferenceObject(Directory);
    return Status;
}

// The session keeps the reference to its map.
static NTSTATUS ObpReferenceSessionMap(PTOKEN Token, POBJECT_DIRECTORY *Directory)
{
    PVOID *Slot = SeTokenDeviceMap(Token);
    if (!*Slot) {
        NTSTATUS Status = ObpCreateSessionMap(Token, (POBJECT_DIRECTORY *)Slot);
        if (!NT_SUCCESS(Status))
            return Status;
    }
    ObReferenceObject(*Slot);
    *Directory = *Slot;
    return STATUS_SUCCESS;
}

NTSTATUS ObpReferenceDosDevices(ULONG Attributes, POBJECT_DIRECTORY *Directory)
{
    PEPROCESS Process = ObpCurrentProcess();
    if (Process && Process->DeviceMap) {
        ObReferenceObject(Process->DeviceMap);
        *Directory = Process->DeviceMap;
        return STATUS_SUCCESS;
    }
    PTOKEN Token = Process && (Attributes & OBJ_IGNORE_IMPERSONATED_DEVICEMAP) ? Process->Token
                                                                               : PsEffectiveToken();
    return ObpReferenceSessionMap(Token, Directory);
}

VOID ObDereferenceDeviceMap(PVOID DeviceMap)
{
    if (DeviceMap != ObpGlobalDosDevices)
        ObMakeTemporaryObject(DeviceMap);
    ObDereferenceObject(DeviceMap);
}

NTSTATUS ObSetDeviceMap(PEPROCESS Process, HANDLE DirectoryHandle)
{
    POBJECT_DIRECTORY Directory;
    NTSTATUS Status =
        ObReferenceObjectByHandle(DirectoryHandle, DIRECTORY_TRAVERSE, ObpDirectoryObjectType,
                                  UserMode, (PVOID *)&Directory, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    PVOID Old = Process->DeviceMap;
    Process->DeviceMap = Directory;
    if (Old)
        ObDereferenceObject(Old);
    return STATUS_SUCCESS;
}

VOID ObQueryDeviceMapInformation(PEPROCESS Process, PULONG DriveMap, UCHAR DriveType[32])
{
    POBJECT_DIRECTORY Directory = Process->DeviceMap;
    if (!Directory)
        Directory = *SeTokenDeviceMap(Process->Token);
    if (!Directory)
        Directory = ObpGlobalDosDevices;

    *DriveMap = 0;
    memset(DriveType, DOSDEVICE_DRIVE_UNKNOWN, 32);
    for (ULONG i = 0; i < 26; i++) {
        WCHAR Letters[] = {(WCHAR)(L'A' + i), L':'};
        UNICODE_STRING Name = {sizeof(Letters), sizeof(Letters), Letters};
        if (!ObpLookupDirectoryEntry(Directory, &Name, TRUE))
            continue;
        *DriveMap |= 1UL << i;
        DriveType[i] = DOSDEVICE_DRIVE_CALCULATE;
    }
}
