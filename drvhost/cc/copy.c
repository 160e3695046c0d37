// Copying between the cache and buffers. The Executive copies: a caller's buffer is not touched here.

#include "../ntos.h"

// A driver may write to the file size in place (CcGetFileSizePointer).
VOID CcpTellSize(PFILE_OBJECT FileObject)
{
    PCCP_MAP Map = CcpMapOf(FileObject);
    if (!Map || Map->FileSize.QuadPart == Map->ToldSize)
        return;
    CC_FILE_SIZES Sizes = {Map->AllocationSize, Map->FileSize, Map->ValidDataLength};
    CcSetFileSizes(FileObject, &Sizes);
}

BOOLEAN NTAPI CcCopyRead(PFILE_OBJECT FileObject, PLARGE_INTEGER FileOffset, ULONG Length,
                         BOOLEAN Wait, PVOID Buffer, PIO_STATUS_BLOCK IoStatus)
{
    ULONG Done = 0;
    CcpTellSize(FileObject);
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

VOID NTAPI CcFastCopyRead(PFILE_OBJECT FileObject, ULONG FileOffset, ULONG Length, ULONG PageCount,
                          PVOID Buffer, PIO_STATUS_BLOCK IoStatus)
{
    LARGE_INTEGER Offset = {.QuadPart = FileOffset};
    UNREFERENCED_PARAMETER(PageCount);
    CcCopyRead(FileObject, &Offset, Length, TRUE, Buffer, IoStatus);
}

// Whose request it is counts for nothing here: nothing is accounted to threads.
BOOLEAN NTAPI CcCopyReadEx(PFILE_OBJECT FileObject, PLARGE_INTEGER FileOffset, ULONG Length,
                           BOOLEAN Wait, PVOID Buffer, PIO_STATUS_BLOCK IoStatus,
                           PETHREAD IoIssuerThread)
{
    UNREFERENCED_PARAMETER(IoIssuerThread);
    return CcCopyRead(FileObject, FileOffset, Length, Wait, Buffer, IoStatus);
}

static VOID CcpWriteThrough(PFILE_OBJECT FileObject, PLARGE_INTEGER Offset, LONGLONG Length)
{
    if (!(FileObject->Flags & FO_WRITE_THROUGH))
        return;
    NTSTATUS Status = NtHostCcFlush((ULONG_PTR)FileObject->SectionObjectPointer,
                                    (ULONG64)Offset->QuadPart, Length);
    if (!NT_SUCCESS(Status))
        ExRaiseStatus(Status);
}

BOOLEAN NTAPI CcCopyWrite(PFILE_OBJECT FileObject, PLARGE_INTEGER FileOffset, ULONG Length,
                          BOOLEAN Wait, PVOID Buffer)
{
    if ((FileObject->Flags & FO_WRITE_THROUGH) && !Wait)
        return FALSE;
    CcpTellSize(FileObject);
    NTSTATUS Status = NtHostCcWrite(IopFileNumberOf(FileObject), (ULONG64)FileOffset->QuadPart,
                                    Length, Buffer, Wait);
    if (Status == STATUS_CANT_WAIT)
        return FALSE;
    if (!NT_SUCCESS(Status))
        ExRaiseStatus(Status);
    CcpWriteThrough(FileObject, FileOffset, Length);
    return TRUE;
}

VOID NTAPI CcFastCopyWrite(PFILE_OBJECT FileObject, ULONG FileOffset, ULONG Length, PVOID Buffer)
{
    LARGE_INTEGER Offset = {.QuadPart = FileOffset};
    CcCopyWrite(FileObject, &Offset, Length, TRUE, Buffer);
}

BOOLEAN NTAPI CcCopyWriteEx(PFILE_OBJECT FileObject, PLARGE_INTEGER FileOffset, ULONG Length,
                            BOOLEAN Wait, PVOID Buffer, PETHREAD IoIssuerThread)
{
    UNREFERENCED_PARAMETER(IoIssuerThread);
    return CcCopyWrite(FileObject, FileOffset, Length, Wait, Buffer);
}

BOOLEAN NTAPI CcCopyWriteWontFlush(PFILE_OBJECT FileObject, PLARGE_INTEGER FileOffset, ULONG Length)
{
    UNREFERENCED_PARAMETER(FileOffset);
    ULONG64 Unused;
    return !(FileObject->Flags & FO_WRITE_THROUGH) &&
           NT_SUCCESS(NtHostCcQuery(0, HOST_CACHE_QUERY_MAY_WRITE, Length, &Unused));
}

BOOLEAN NTAPI CcZeroData(PFILE_OBJECT FileObject, PLARGE_INTEGER StartOffset,
                         PLARGE_INTEGER EndOffset, BOOLEAN Wait)
{
    LONGLONG Length = EndOffset->QuadPart - StartOffset->QuadPart;
    if (Length <= 0)
        return TRUE;
    CcpTellSize(FileObject);
    NTSTATUS Status = NtHostCcWrite(IopFileNumberOf(FileObject), (ULONG64)StartOffset->QuadPart,
                                    (ULONG64)Length, nullptr, Wait);
    if (Status == STATUS_CANT_WAIT)
        return FALSE;
    if (!NT_SUCCESS(Status))
        ExRaiseStatus(Status);
    CcpWriteThrough(FileObject, StartOffset, Length);
    return TRUE;
}
