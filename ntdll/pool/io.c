// Callbacks for completed I/O: the file's completion packets come to the pool's port.

#include "poolp.h"

NTSTATUS NTAPI TpAllocIoCompletion(PTP_IO *Io, HANDLE File, PTP_IO_CALLBACK Callback, PVOID Context,
                                   PTP_CALLBACK_ENVIRON CallbackEnviron)
{
    PTP_IO New;
    NTSTATUS Status = TppAllocate(TppIo, sizeof(*New), (PVOID)Callback, Context, CallbackEnviron,
                                  (PTPP_OBJECT *)&New);
    if (!NT_SUCCESS(Status))
        return Status;
    IO_STATUS_BLOCK IoStatusBlock;
    FILE_COMPLETION_INFORMATION Information = {.Port = New->Object.Pool->Port, .Key = New};
    Status = NtSetInformationFile(File, &IoStatusBlock, &Information, sizeof(Information),
                                  FileCompletionInformation);
    if (!NT_SUCCESS(Status)) {
        TppEnd(&New->Object);
        return Status;
    }
    *Io = New;
    return STATUS_SUCCESS;
}

// Announces one packet.
VOID NTAPI TpStartAsyncIoOperation(PTP_IO Io)
{
    TppAcquire();
    Io->Object.Expected++;
    Io->Object.References++;
    TppRelease();
}

// The operation failed at once: no packet comes.
VOID NTAPI TpCancelAsyncIoOperation(PTP_IO Io)
{
    TppAcquire();
    if (Io->Object.Expected) {
        Io->Object.Expected--;
        TppNoteQuiet(&Io->Object);
        TppDereference(&Io->Object);
    }
    TppRelease();
}

BOOLEAN TppIoPacketArrived(PTP_IO Io)
{
    PTPP_OBJECT Object = &Io->Object;
    if (Object->Unwanted) {
        Object->Unwanted--;
        TppDereference(Object);
        return FALSE;
    }
    if (Object->Expected) {
        Object->Expected--;
        return TRUE;
    }
    if (Io->AnyPacket)
        Object->References++;
    return Io->AnyPacket;
}

VOID NTAPI TpWaitForIoCompletion(PTP_IO Io, LOGICAL CancelPendingCallbacks)
{
    TppWaitFor(&Io->Object, CancelPendingCallbacks);
}

VOID NTAPI TpReleaseIoCompletion(PTP_IO Io)
{
    TppEnd(&Io->Object);
}
