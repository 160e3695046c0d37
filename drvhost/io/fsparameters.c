// Stack locations of the requests that file systems get: where the request has numbers and offsets, a driver finds
// pointers.

#include "../ntos.h"

// The target of a rename or link is a file that was opened for it; the flags of the Ex classes lie in the buffer.
NTSTATUS IopPrepareSetFile(PIOP_REQUEST Request, PIO_STACK_LOCATION Stack)
{
    ULONG Target = (ULONG)Request->Host.Parameters[2];
    Stack->Parameters.SetFile.FileObject = nullptr;
    if (!Target)
        return STATUS_SUCCESS;
    Request->TargetFile = IopReferenceFile(Target);
    Stack->Parameters.SetFile.FileObject = Request->TargetFile;
    return Request->TargetFile ? STATUS_SUCCESS : STATUS_NOT_SAME_DEVICE;
}

NTSTATUS IopPrepareDirectory(PIOP_REQUEST Request, PIO_STACK_LOCATION Stack)
{
    if (Stack->MinorFunction != IRP_MN_QUERY_DIRECTORY)
        return STATUS_SUCCESS;
    ULONG Length = Request->Host.InputLength;
    Stack->Parameters.QueryDirectory.FileName = nullptr;
    if (!Length)
        return STATUS_SUCCESS;
    if (Length > MAXUSHORT || !Request->Host.Parameters[1])
        return STATUS_INVALID_PARAMETER;
    Request->Pattern =
        (UNICODE_STRING){(USHORT)Length, (USHORT)Length, (PWSTR)Request->Host.Parameters[1]};
    Stack->Parameters.QueryDirectory.FileName = &Request->Pattern;
    return STATUS_SUCCESS;
}

NTSTATUS IopPrepareLock(PIOP_REQUEST Request, PIO_STACK_LOCATION Stack)
{
    Request->LockLength.QuadPart = (LONGLONG)Request->Host.Parameters[0];
    Stack->Parameters.LockControl.Length = &Request->LockLength;
    if (Stack->MinorFunction == IRP_MN_LOCK && Request->File)
        Request->File->LockOperation = TRUE;
    return STATUS_SUCCESS;
}

NTSTATUS IopPrepareQueryEa(PIOP_REQUEST Request, PIO_STACK_LOCATION Stack)
{
    Stack->Parameters.QueryEa.EaList =
        Request->Host.InputLength ? (PVOID)Request->Host.Parameters[1] : nullptr;
    return STATUS_SUCCESS;
}

// What the Executive has captured serves drivers that look for their caller's buffer too.
NTSTATUS IopPrepareCaptured(PIOP_REQUEST Request, PIO_STACK_LOCATION Stack)
{
    UNREFERENCED_PARAMETER(Stack);
    if (!Request->Irp.UserBuffer)
        Request->Irp.UserBuffer = (PVOID)Request->Host.SystemBuffer;
    return STATUS_SUCCESS;
}

NTSTATUS IopPrepareSetSecurity(PIOP_REQUEST Request, PIO_STACK_LOCATION Stack)
{
    Stack->Parameters.SetSecurity.SecurityDescriptor =
        (PSECURITY_DESCRIPTOR)Request->Host.SystemBuffer;
    return Request->Host.SystemBuffer ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}
