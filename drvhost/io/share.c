// Share access: who may open a file while others have it open. The caller holds the lock of its SHARE_ACCESS.

#include "../ntos.h"

typedef struct _IOP_SHARE_REQUEST {
    BOOLEAN Read, Write, Delete;
    BOOLEAN SharedRead, SharedWrite, SharedDelete;
} IOP_SHARE_REQUEST;

static IOP_SHARE_REQUEST IopShareOfAccess(ACCESS_MASK DesiredAccess, ULONG DesiredShareAccess)
{
    return (IOP_SHARE_REQUEST){
        .Read = (DesiredAccess & (FILE_READ_DATA | FILE_EXECUTE)) != 0,
        .Write = (DesiredAccess & (FILE_WRITE_DATA | FILE_APPEND_DATA)) != 0,
        .Delete = (DesiredAccess & DELETE) != 0,
        .SharedRead = (DesiredShareAccess & FILE_SHARE_READ) != 0,
        .SharedWrite = (DesiredShareAccess & FILE_SHARE_WRITE) != 0,
        .SharedDelete = (DesiredShareAccess & FILE_SHARE_DELETE) != 0,
    };
}

// Who only asks for attributes neither shares nor is shared with.
static BOOLEAN IopTakesPart(const FILE_OBJECT *File)
{
    return File->ReadAccess || File->WriteAccess || File->DeleteAccess;
}

static VOID IopRecordShare(PFILE_OBJECT File, const IOP_SHARE_REQUEST *Request)
{
    File->ReadAccess = Request->Read;
    File->WriteAccess = Request->Write;
    File->DeleteAccess = Request->Delete;
    BOOLEAN TakesPart = IopTakesPart(File);
    File->SharedRead = TakesPart && Request->SharedRead;
    File->SharedWrite = TakesPart && Request->SharedWrite;
    File->SharedDelete = TakesPart && Request->SharedDelete;
}

static VOID IopCountShare(const FILE_OBJECT *File, PSHARE_ACCESS Share, LONG Sign)
{
    if (!IopTakesPart(File))
        return;
    Share->OpenCount += (ULONG)Sign;
    Share->Readers += (ULONG)(Sign * File->ReadAccess);
    Share->Writers += (ULONG)(Sign * File->WriteAccess);
    Share->Deleters += (ULONG)(Sign * File->DeleteAccess);
    Share->SharedRead += (ULONG)(Sign * File->SharedRead);
    Share->SharedWrite += (ULONG)(Sign * File->SharedWrite);
    Share->SharedDelete += (ULONG)(Sign * File->SharedDelete);
}

static BOOLEAN IopConflicts(const IOP_SHARE_REQUEST *Request, const SHARE_ACCESS *Share)
{
    return (Request->Read && Share->SharedRead < Share->OpenCount) ||
           (Request->Write && Share->SharedWrite < Share->OpenCount) ||
           (Request->Delete && Share->SharedDelete < Share->OpenCount) ||
           (Share->Readers && !Request->SharedRead) || (Share->Writers && !Request->SharedWrite) ||
           (Share->Deleters && !Request->SharedDelete);
}

// WritePermission: the file may be written at all, so sharing for writing means something.
NTSTATUS NTAPI IoCheckShareAccessEx(ACCESS_MASK DesiredAccess, ULONG DesiredShareAccess,
                                    PFILE_OBJECT FileObject, PSHARE_ACCESS ShareAccess,
                                    BOOLEAN Update, PBOOLEAN WritePermission)
{
    IOP_SHARE_REQUEST Request = IopShareOfAccess(DesiredAccess, DesiredShareAccess);
    if (WritePermission && !*WritePermission)
        Request.SharedWrite = TRUE;
    IopRecordShare(FileObject, &Request);
    if (IopTakesPart(FileObject) && IopConflicts(&Request, ShareAccess))
        return STATUS_SHARING_VIOLATION;
    if (Update)
        IopCountShare(FileObject, ShareAccess, 1);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI IoCheckShareAccess(ACCESS_MASK DesiredAccess, ULONG DesiredShareAccess,
                                  PFILE_OBJECT FileObject, PSHARE_ACCESS ShareAccess,
                                  BOOLEAN Update)
{
    return IoCheckShareAccessEx(DesiredAccess, DesiredShareAccess, FileObject, ShareAccess, Update,
                                nullptr);
}

// The first opener.
VOID NTAPI IoSetShareAccess(ACCESS_MASK DesiredAccess, ULONG DesiredShareAccess,
                            PFILE_OBJECT FileObject, PSHARE_ACCESS ShareAccess)
{
    IOP_SHARE_REQUEST Request = IopShareOfAccess(DesiredAccess, DesiredShareAccess);
    RtlZeroMemory(ShareAccess, sizeof(*ShareAccess));
    IopRecordShare(FileObject, &Request);
    IopCountShare(FileObject, ShareAccess, 1);
}

VOID NTAPI IoUpdateShareAccess(PFILE_OBJECT FileObject, PSHARE_ACCESS ShareAccess)
{
    IopCountShare(FileObject, ShareAccess, 1);
}

VOID NTAPI IoRemoveShareAccess(PFILE_OBJECT FileObject, PSHARE_ACCESS ShareAccess)
{
    IopCountShare(FileObject, ShareAccess, -1);
}
