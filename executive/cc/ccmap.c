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
        Stream->Sizes = *Sizes;
    }
    return STATUS_SUCCESS;
}

VOID CcSetStreamLocked(PCC_STREAM Stream)
{
    Stream->Locked = TRUE;
}

BOOLEAN CcIsStreamLocked(PCC_STREAM Stream)
{
    return Stream->Locked;
}

VOID CcSetStreamSizes(PCC_STREAM Stream, const CC_SIZES *Sizes)
{
    Stream->Sizes = *Sizes;
}

VOID CcUninitializeStream(PCC_STREAM Stream, const ULONG64 *TruncateSize)
{
    UNREFERENCED_PARAMETER(TruncateSize);
    if (--Stream->Maps)
        return;
    Stream->Locked = FALSE;
}
