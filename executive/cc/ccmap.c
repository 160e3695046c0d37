// Cache maps: what a file system says of a stream's use and sizes.
#include "ccp.h"

NTSTATUS CcInitializeStream(PCC_STREAM Stream, PFILE_OBJECT File, const CC_SIZES *Sizes,
                            ULONG Flags)
{
    if (!Stream->File) {
        ObReferenceObject(File);
        Stream->File = File;
        CcReferenceStream(Stream); // the file's: given up with it
    }
    if (!Stream->Maps++) {
        Stream->Flags = Flags;
        Stream->Ended = FALSE;
        CcSetStreamSizes(Stream, Sizes);
        Stream->Sizes.Valid = Sizes->Valid;
    }
    CcpNoteUse(Stream);
    return STATUS_SUCCESS;
}

VOID CcLockStream(PCC_STREAM Stream)
{
    Stream->Lockers++;
}

VOID CcUnlockStream(PCC_STREAM Stream)
{
    Stream->Lockers--;
}

BOOLEAN CcIsStreamLocked(PCC_STREAM Stream)
{
    return Stream->Lockers != 0;
}

// The valid data grows with what is written; the file system says only when there is less of it.
VOID CcSetStreamSizes(PCC_STREAM Stream, const CC_SIZES *Sizes)
{
    BOOLEAN Shrinks = Sizes->File < Stream->Sizes.File;
    ULONG64 Valid = max(Stream->Sizes.Valid, Sizes->Valid);
    if (Stream->Sizes.Valid == MAXLONG64)
        Valid = Sizes->Valid;
    Stream->Sizes = *Sizes;
    Stream->Sizes.Valid = Valid == MAXLONG64 ? Valid : min(Valid, Sizes->File);
    if (Shrinks)
        CcpTruncate(Stream, Sizes->File);
}

VOID CcUninitializeStream(PCC_STREAM Stream, const ULONG64 *TruncateSize)
{
    if (--Stream->Maps)
        return;
    if (TruncateSize)
        CcpTruncate(Stream, *TruncateSize);
    CcpNoteUse(Stream);
    if (TruncateSize && !*TruncateSize)
        (VOID) CcpReleaseIfUnused(Stream);
}

VOID CcSetStreamBehaviour(PCC_STREAM Stream, BOOLEAN NoReadAhead, BOOLEAN NoWriteBehind)
{
    Stream->Flags &= ~(ULONG)(CC_NO_READ_AHEAD | CC_NO_WRITE_BEHIND);
    Stream->Flags |=
        (NoReadAhead ? CC_NO_READ_AHEAD : 0) | (NoWriteBehind ? CC_NO_WRITE_BEHIND : 0);
}
