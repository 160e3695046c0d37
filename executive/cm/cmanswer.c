// Answers of the query services: the fixed part must fit; names and data are cut short, and the status
// says so.
#include "cmp.h"

#include "ex/ex.h"

NTSTATUS CmpBeginAnswer(PCM_ANSWER Answer, ULONG Fixed, ULONG Needed, ULONG Length)
{
    *Answer = (CM_ANSWER){.Fixed = Fixed, .Needed = Needed};
    if (Length < Fixed)
        return STATUS_SUCCESS; // nothing will be copied
    Answer->Room = min(Needed, Length);
    Answer->Buffer = ExAllocatePoolZero(PagedPool, Answer->Room, CM_TAG_BUFFER);
    return Answer->Buffer ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

ULONG CmpRoomAt(PCM_ANSWER Answer, ULONG Offset, ULONG Size, PVOID *Place)
{
    *Place = nullptr;
    if (Offset >= Answer->Room)
        return 0;
    *Place = Answer->Buffer + Offset;
    return min(Size, Answer->Room - Offset);
}

VOID CmpPut(PCM_ANSWER Answer, ULONG Offset, const VOID *Data, ULONG Size)
{
    PVOID Place;
    ULONG Room = CmpRoomAt(Answer, Offset, Size, &Place);
    if (Room)
        memcpy(Place, Data, Room);
}

static NTSTATUS CmpAnswerStatus(const CM_ANSWER *Answer, ULONG Length)
{
    if (Length < Answer->Fixed)
        return STATUS_BUFFER_TOO_SMALL;
    return Length < Answer->Needed ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

NTSTATUS CmpReturnAnswer(PCM_ANSWER Answer, VOID USER *Buffer, ULONG Length,
                         ULONG USER *ResultLength)
{
    NTSTATUS Status = MmWriteUser(ResultLength, Answer->Needed);
    if (NT_SUCCESS(Status))
        Status = MmCopyToUser(Buffer, Answer->Buffer, Answer->Room);
    if (Answer->Buffer)
        ExFreePoolWithTag(Answer->Buffer, CM_TAG_BUFFER);
    return NT_SUCCESS(Status) ? CmpAnswerStatus(Answer, Length) : Status;
}
