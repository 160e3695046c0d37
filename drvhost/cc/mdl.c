// Pages of the cache as MDLs.

#include "../ntos.h"

static NTSTATUS CcpLockPages(PFILE_OBJECT FileObject, PLARGE_INTEGER FileOffset, ULONG Length,
                             BOOLEAN Write, PMDL *Result)
{
    // The address tells only where in its page the data begins: nothing is there in the host.
    PVOID Address = (PVOID)(ULONG_PTR)(PAGE_SIZE + (FileOffset->LowPart & (PAGE_SIZE - 1)));
    PMDL Mdl = IoAllocateMdl(Address, Length, FALSE, FALSE, nullptr);
    if (!Mdl)
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS Status = NtHostCcLock(IopFileNumberOf(FileObject), (ULONG64)FileOffset->QuadPart,
                                   Length, Write, (PULONG64)MmGetMdlPfnArray(Mdl));
    if (!NT_SUCCESS(Status)) {
        IoFreeMdl(Mdl);
        return Status;
    }
    Mdl->MdlFlags |= MDL_PAGES_LOCKED | (Write ? MDL_WRITE_OPERATION : 0);
    *Result = Mdl;
    return STATUS_SUCCESS;
}

static PMDL CcpEndOfChain(PMDL *Chain, PMDL **Link)
{
    while (*Chain)
        Chain = &(*Chain)->Next;
    *Link = Chain;
    return *Chain;
}

static VOID CcpAddMdl(PFILE_OBJECT FileObject, PLARGE_INTEGER FileOffset, ULONG Length,
                      BOOLEAN Write, PMDL *MdlChain, PIO_STATUS_BLOCK IoStatus)
{
    PMDL *Link;
    CcpEndOfChain(MdlChain, &Link);
    NTSTATUS Status =
        Length ? CcpLockPages(FileObject, FileOffset, Length, Write, Link) : STATUS_SUCCESS;
    if (!NT_SUCCESS(Status))
        ExRaiseStatus(Status);
    *IoStatus = (IO_STATUS_BLOCK){.Status = STATUS_SUCCESS, .Information = Length};
}

VOID NTAPI CcMdlRead(PFILE_OBJECT FileObject, PLARGE_INTEGER FileOffset, ULONG Length,
                     PMDL *MdlChain, PIO_STATUS_BLOCK IoStatus)
{
    PCCP_MAP Map = CcpMapOf(FileObject);
    LONGLONG Left = Map ? Map->FileSize.QuadPart - FileOffset->QuadPart : 0;
    CcpTellSize(FileObject);
    CcpAddMdl(FileObject, FileOffset, (ULONG)min((LONGLONG)Length, max(Left, 0)), FALSE, MdlChain,
              IoStatus);
}

VOID NTAPI CcPrepareMdlWrite(PFILE_OBJECT FileObject, PLARGE_INTEGER FileOffset, ULONG Length,
                             PMDL *MdlChain, PIO_STATUS_BLOCK IoStatus)
{
    CcpTellSize(FileObject);
    CcpAddMdl(FileObject, FileOffset, Length, TRUE, MdlChain, IoStatus);
}

static VOID CcpFreeChain(PMDL MdlChain)
{
    while (MdlChain) {
        PMDL Mdl = MdlChain;
        MdlChain = Mdl->Next;
        MmUnlockPages(Mdl);
        IoFreeMdl(Mdl);
    }
}

VOID NTAPI CcMdlReadComplete(PFILE_OBJECT FileObject, PMDL MdlChain)
{
    UNREFERENCED_PARAMETER(FileObject);
    CcpFreeChain(MdlChain);
}

VOID NTAPI CcMdlWriteComplete(PFILE_OBJECT FileObject, PLARGE_INTEGER FileOffset, PMDL MdlChain)
{
    LARGE_INTEGER Offset = *FileOffset;
    for (PMDL Mdl = MdlChain; Mdl; Mdl = Mdl->Next) {
        NtHostCcSetDirty(IopFileNumberOf(FileObject), (ULONG64)Offset.QuadPart, Mdl->ByteCount);
        Offset.QuadPart += Mdl->ByteCount;
    }
    CcpFreeChain(MdlChain);
    if (!(FileObject->Flags & FO_WRITE_THROUGH))
        return;
    NTSTATUS Status =
        NtHostCcFlush((ULONG_PTR)FileObject->SectionObjectPointer, (ULONG64)FileOffset->QuadPart,
                      Offset.QuadPart - FileOffset->QuadPart);
    if (!NT_SUCCESS(Status))
        ExRaiseStatus(Status);
}

VOID NTAPI CcMdlWriteAbort(PFILE_OBJECT FileObject, PMDL MdlChain)
{
    UNREFERENCED_PARAMETER(FileObject);
    CcpFreeChain(MdlChain);
}
