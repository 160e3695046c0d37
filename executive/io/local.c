// What the devices of the Executive share.
#include "iop.h"

NTSTATUS IopDispatch(const IOP_DISPATCH Table[IRP_MJ_MAXIMUM_FUNCTION + 1], PIO_REQUEST Request)
{
    if (Request->MajorFunction > IRP_MJ_MAXIMUM_FUNCTION || !Table[Request->MajorFunction])
        return STATUS_INVALID_DEVICE_REQUEST;
    return Table[Request->MajorFunction](Request);
}

NTSTATUS IopAnswer(PIO_REQUEST Request, const VOID *Data, ULONG Size)
{
    ULONG Part = min(Size, Request->OutputLength);
    Request->IoStatus.Information = Part;
    NTSTATUS Status = IopCopyToRequest(Request, 0, Data, Part);
    if (!NT_SUCCESS(Status))
        return Status;
    return Part < Size ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

static BOOLEAN IopMatchesOne(WCHAR Pattern, WCHAR Character)
{
    return Pattern == L'?' || Pattern == L'>' || (Pattern == L'"' && Character == L'.') ||
           Pattern == RtlUpcaseUnicodeChar(Character);
}

static BOOLEAN IopIsStar(WCHAR Pattern)
{
    return Pattern == L'*' || Pattern == L'<';
}

// Only the last star can have to take more: no recursion, and no more steps than pattern times name.
BOOLEAN IopMatchesPattern(PCUNICODE_STRING PatternString, PCUNICODE_STRING NameString)
{
    const WCHAR *Pattern = PatternString->Buffer, *Name = NameString->Buffer;
    const WCHAR *PatternEnd = Pattern + PatternString->Length / sizeof(WCHAR);
    const WCHAR *NameEnd = Name + NameString->Length / sizeof(WCHAR);
    const WCHAR *Star = nullptr, *StarName = nullptr;
    while (Name < NameEnd) {
        if (Pattern < PatternEnd && IopIsStar(*Pattern)) {
            Star = ++Pattern;
            StarName = Name;
        } else if (Pattern < PatternEnd && IopMatchesOne(*Pattern, *Name)) {
            Pattern++;
            Name++;
        } else if (Star) {
            Pattern = Star;
            Name = ++StarName;
        } else {
            return FALSE;
        }
    }
    while (Pattern < PatternEnd && IopIsStar(*Pattern))
        Pattern++;
    return Pattern == PatternEnd;
}
