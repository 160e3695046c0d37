// Copying between the cache and buffers. The Executive copies: a caller's buffer is not touched here.

#include "../ntos.h"

BOOLEAN NTAPI CcCopyRead(PFILE_OBJECT FileObject, PLARGE_INTEGER FileOffset, ULONG Length,
                         BOOLEAN Wait, PVOID Buffer, PIO_STATUS_BLOCK IoStatus)
{
    ULONG Done = 0;
    NTSTATUS Status = NtHostCcRead(IopFileNumberOf(FileObject), (ULONG64)FileOffset->QuadPart,
                                   Length, Buffer, Wait, &Done);
    if (Status == STATUS_CANT_WAIT)
        return FALSE;
    if (!NT_SUCCESS(Status) && Status != STATUS_END_OF_FILE)
        ExRaiseStatus(Status);
    IoStatus->Status = STATUS_SUCCESS;
    IoStatus->Information = Done;
    return TRUE;
}
