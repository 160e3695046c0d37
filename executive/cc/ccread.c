// Reading from the cache.
#include "ccp.h"

static NTSTATUS CcpCopyOut(const CC_BUFFER *Buffer, ULONG Done, const VOID *Source, ULONG Size)
{
    if (Buffer->Process)
        return MmWriteProcess(Buffer->Process, Buffer->Address + Done, Source, Size);
    memcpy((PUCHAR)Buffer->Address + Done, Source, Size);
    return STATUS_SUCCESS;
}

static VOID CcpReadAhead(PCC_STREAM Stream, PCC_READ_AHEAD State, CC_ADVICE Advice, ULONG64 First,
                         ULONG Count)
{
    CC_PAGES Ranges[CC_STRIDES];
    ULONG64 End = CcpPageOf(min(Stream->Sizes.File, Stream->Sizes.Valid) + PAGE_SIZE - 1);
    ULONG Given = CcpForesee(State, Advice, First, Count, Ranges);
    for (ULONG i = 0; i < Given; i++) {
        if (Ranges[i].First >= End)
            continue;
        ULONG Pages = (ULONG)min(End - Ranges[i].First, (ULONG64)Ranges[i].Count);
        CcpStatistics.ReadAheads++;
        (VOID) CcpStartRead(Stream, Ranges[i].First, Pages, TRUE);
    }
}

NTSTATUS CcReadStream(PCC_STREAM Stream, PCC_READ_AHEAD ReadAhead, CC_ADVICE Advice,
                      const CC_BUFFER *Buffer, ULONG64 Offset, ULONG Length, BOOLEAN Wait,
                      PULONG Done)
{
    *Done = 0;
    if (Offset >= Stream->Sizes.File)
        return Length ? STATUS_END_OF_FILE : STATUS_SUCCESS;
    ULONG Size = (ULONG)min((ULONG64)Length, Stream->Sizes.File - Offset);
    ULONG64 First = CcpPageOf(Offset), End = CcpPageOf(Offset + Size + PAGE_SIZE - 1);
    NTSTATUS Status = STATUS_SUCCESS;
    BOOLEAN Foreseen = !ReadAhead || (Stream->Flags & CC_NO_READ_AHEAD);
    CcReferenceStream(Stream);
    while (*Done < Size && NT_SUCCESS(Status)) {
        ULONG64 Number = CcpPageOf(Offset + *Done);
        ULONG Start = (ULONG)(Offset + *Done) % PAGE_SIZE;
        ULONG Part = min(Size - *Done, PAGE_SIZE - Start);
        PCC_PAGE Page;
        // What is wanted comes first, then what may be wanted next: both are under way when this waits.
        if (!Foreseen) {
            if (Wait && !CcpFindPage(Stream, Number))
                (VOID) CcpStartRead(Stream, Number, (ULONG)(End - Number), FALSE);
            CcpReadAhead(Stream, ReadAhead, Advice, First, (ULONG)(End - First));
            Foreseen = TRUE;
        }
        Status = CcpGetPage(Stream, Number, (ULONG)(End - Number), Wait, &Page);
        if (!NT_SUCCESS(Status))
            break;
        Page->Pins++; // the copy may wait for the reader's memory
        Status = CcpCopyOut(Buffer, *Done, Page->Data + Start, Part);
        Page->Pins--;
        if (NT_SUCCESS(Status))
            *Done += Part;
    }
    CcDereferenceStream(Stream);
    return Status;
}
