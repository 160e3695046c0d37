// Files of the console, by name.
#include "console.h"

static const struct {
    UNICODE_STRING Name;
    ULONG Use;
} ConFiles[] = {
    {RTL_CONSTANT_STRING(L""), ConFileInput | ConFileOutput},
    {RTL_CONSTANT_STRING(L"\\Console"), ConFileInput | ConFileOutput},
    {RTL_CONSTANT_STRING(L"\\Connect"), ConFileInput | ConFileOutput},
    {RTL_CONSTANT_STRING(L"\\CurrentIn"), ConFileInput},
    {RTL_CONSTANT_STRING(L"\\Input"), ConFileInput},
    {RTL_CONSTANT_STRING(L"\\CurrentOut"), ConFileOutput},
    {RTL_CONSTANT_STRING(L"\\Output"), ConFileOutput},
};

static BOOLEAN ConIsStarted(PCONSOLE Console)
{
    ConLock(Console);
    BOOLEAN Started = Console->Started;
    ConUnlock(Console);
    return Started;
}

// The serial line and the keyboard are looked for when the console is wanted: by then the devices that the
// system starts with are there.
NTSTATUS NTAPI ConCreate(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PCONSOLE Console = ConOfDevice(DeviceObject);
    PFILE_OBJECT File = IoGetCurrentIrpStackLocation(Irp)->FileObject;
    if (!ConIsStarted(Console))
        return ConComplete(Irp, STATUS_DEVICE_NOT_READY, 0);
    for (ULONG i = 0; i < RTL_NUMBER_OF(ConFiles); i++) {
        if (!RtlEqualUnicodeString(&File->FileName, &ConFiles[i].Name, TRUE))
            continue;
        File->FsContext2 = (PVOID)(ULONG_PTR)ConFiles[i].Use;
        ConLock(Console);
        ConStartTerminal(Console);
        ConFindKeyboard(Console);
        ConUnlock(Console);
        return ConComplete(Irp, STATUS_SUCCESS, FILE_OPENED);
    }
    return ConComplete(Irp, STATUS_OBJECT_NAME_NOT_FOUND, 0);
}

BOOLEAN ConMay(PIRP Irp, ULONG Use)
{
    PFILE_OBJECT File = IoGetCurrentIrpStackLocation(Irp)->FileObject;
    return File && ((ULONG_PTR)File->FsContext2 & Use) == Use;
}

NTSTATUS NTAPI ConCleanup(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PCONSOLE Console = ConOfDevice(DeviceObject);
    PFILE_OBJECT File = IoGetCurrentIrpStackLocation(Irp)->FileObject;
    ConCancelRequests(&Console->Readers, File, STATUS_CANCELLED);
    ConCancelRequests(&Console->Listeners, File, STATUS_CANCELLED);
    return ConComplete(Irp, STATUS_SUCCESS, 0);
}

NTSTATUS NTAPI ConClose(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    return ConComplete(Irp, STATUS_SUCCESS, 0);
}
