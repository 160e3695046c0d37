// Share access: who has a file open, for what, and what they let others do. As IoCheckShareAccess and its
// like, for the file systems of the Executive.
#include "iop.h"

static VOID IopCountShare(PFILE_OBJECT File, PIOP_SHARE Share, LONG Change)
{
    Share->OpenCount += (ULONG)Change;
    Share->Readers += (ULONG)(File->ReadAccess ? Change : 0);
    Share->Writers += (ULONG)(File->WriteAccess ? Change : 0);
    Share->Deleters += (ULONG)(File->DeleteAccess ? Change : 0);
    Share->SharedRead += (ULONG)(File->SharedRead ? Change : 0);
    Share->SharedWrite += (ULONG)(File->SharedWrite ? Change : 0);
    Share->SharedDelete += (ULONG)(File->SharedDelete ? Change : 0);
}

// Who reads needs everyone to share reading, and readers need who comes to share it; and so on. An open
// that does none of the three is not counted.
NTSTATUS IopTakeShare(PFILE_OBJECT File, PIOP_SHARE Share, ACCESS_MASK DesiredAccess,
                      ULONG ShareAccess)
{
    File->ReadAccess = (DesiredAccess & (FILE_READ_DATA | FILE_EXECUTE)) != 0;
    File->WriteAccess = (DesiredAccess & (FILE_WRITE_DATA | FILE_APPEND_DATA)) != 0;
    File->DeleteAccess = (DesiredAccess & DELETE) != 0;
    if (!File->ReadAccess && !File->WriteAccess && !File->DeleteAccess)
        return STATUS_SUCCESS;
    File->SharedRead = (ShareAccess & FILE_SHARE_READ) != 0;
    File->SharedWrite = (ShareAccess & FILE_SHARE_WRITE) != 0;
    File->SharedDelete = (ShareAccess & FILE_SHARE_DELETE) != 0;
    if ((File->ReadAccess && Share->SharedRead < Share->OpenCount) ||
        (File->WriteAccess && Share->SharedWrite < Share->OpenCount) ||
        (File->DeleteAccess && Share->SharedDelete < Share->OpenCount) ||
        (Share->Readers && !File->SharedRead) || (Share->Writers && !File->SharedWrite) ||
        (Share->Deleters && !File->SharedDelete))
        return STATUS_SHARING_VIOLATION;
    IopCountShare(File, Share, 1);
    return STATUS_SUCCESS;
}

VOID IopReturnShare(PFILE_OBJECT File, PIOP_SHARE Share)
{
    if (File->ReadAccess || File->WriteAccess || File->DeleteAccess)
        IopCountShare(File, Share, -1);
}
