// Transfers: paging requests for runs of pages. What waits for a page waits for the transfer that it is in.
#include "ccp.h"

VOID CcpReferenceTransfer(PCC_TRANSFER Transfer)
{
    Transfer->References++;
}

VOID CcpDereferenceTransfer(PCC_TRANSFER Transfer)
{
    if (--Transfer->References)
        return;
    CcDereferenceStream(Transfer->Stream);
    ExFreePoolWithTag(Transfer, CcTag);
}

NTSTATUS CcpAwaitTransfer(PCC_TRANSFER Transfer)
{
    CcpReferenceTransfer(Transfer);
    NTSTATUS Status = KeWaitForSingleObject(&Transfer->Done, WrPageIn, UserMode, FALSE, nullptr);
    if (Status == STATUS_SUCCESS)
        Status = Transfer->Status;
    CcpDereferenceTransfer(Transfer);
    return Status;
}

// For at most Count pages.
PCC_TRANSFER CcpNewTransfer(PCC_STREAM Stream, ULONG64 First, ULONG Count)
{
    SIZE_T Size = sizeof(CC_TRANSFER) + Count * (sizeof(PCC_PAGE) + sizeof(ULONG64));
    PCC_TRANSFER Transfer = ExAllocatePoolWithTag(NonPagedPool, Size, CcTag);
    if (!Transfer)
        return nullptr;
    *Transfer = (CC_TRANSFER){.Stream = Stream, .References = 1, .First = First};
    InitializeListHead(&Transfer->Link);
    Transfer->Pages = (PCC_PAGE *)(Transfer + 1);
    Transfer->Io.Pages = (const ULONG64 *)(Transfer->Pages + Count);
    KeInitializeEvent(&Transfer->Done, NotificationEvent, FALSE);
    CcReferenceStream(Stream);
    return Transfer;
}

VOID CcpAddPage(PCC_TRANSFER Transfer, PCC_PAGE Page)
{
    Page->Transfer = Transfer;
    Transfer->Pages[Transfer->Count] = Page;
    ((PULONG64)Transfer->Io.Pages)[Transfer->Count] = (ULONG64)Page->Data;
    Transfer->Count++;
}

VOID CcpTransferEnded(PCC_TRANSFER Transfer, NTSTATUS Status)
{
    Transfer->Status = Status;
    RemoveEntryList(&Transfer->Link);
    KeSetEvent(&Transfer->Done);
    CcpDereferenceTransfer(Transfer);
}

NTSTATUS CcpSend(PCC_TRANSFER Transfer)
{
    Transfer->Io.File = Transfer->Stream->File;
    Transfer->Io.Offset = Transfer->First << PAGE_SHIFT;
    Transfer->Io.Length = Transfer->Count << PAGE_SHIFT;
    InsertTailList(&Transfer->Stream->TransferListHead, &Transfer->Link);
    return Transfer->Io.File ? IoStartPaging(&Transfer->Io) : STATUS_DEVICE_DOES_NOT_EXIST;
}

// ---- Reading

static VOID CcpZeroTail(PCC_PAGE Page, ULONG64 ValidEnd)
{
    ULONG64 Start = Page->Number << PAGE_SHIFT;
    ULONG Valid = ValidEnd > Start ? (ULONG)min(ValidEnd - Start, (ULONG64)PAGE_SIZE) : 0;
    memset(Page->Data + Valid, 0, PAGE_SIZE - Valid);
}

static VOID CcpReadDone(PIO_PAGING Io, NTSTATUS Status, ULONG_PTR Information)
{
    PCC_TRANSFER Transfer = CONTAINING_RECORD(Io, CC_TRANSFER, Io);
    if (Status == STATUS_END_OF_FILE) { // the file is shorter than the cache believes: zeros
        Status = STATUS_SUCCESS;
        Information = 0;
    }
    ULONG64 ValidEnd =
        min(Io->Offset + min(Information, (ULONG_PTR)Io->Length), Transfer->ZeroFrom);
    for (ULONG i = 0; i < Transfer->Count; i++) {
        PCC_PAGE Page = Transfer->Pages[i];
        Page->Transfer = nullptr;
        if (!NT_SUCCESS(Status)) {
            CcpFreePage(Page);
            continue;
        }
        CcpZeroTail(Page, ValidEnd);
        CcpPageArrived(Page);
    }
    CcpTransferEnded(Transfer, Status);
}

// Up to Count pages that are missing, one after another.
static ULONG CcpReadRun(PCC_STREAM Stream, ULONG64 First, ULONG Count, ULONG64 ZeroFrom,
                        BOOLEAN Ahead)
{
    PCC_TRANSFER Transfer = CcpNewTransfer(Stream, First, Count);
    if (!Transfer)
        return 0;
    while (Transfer->Count < Count && !CcpFindPage(Stream, First + Transfer->Count)) {
        PCC_PAGE Page = CcpNewPage(Stream, First + Transfer->Count);
        if (!Page)
            break;
        CcpAddPage(Transfer, Page);
    }
    ULONG Read = Transfer->Count;
    if (!Read) {
        CcpDereferenceTransfer(Transfer);
        return 0;
    }
    Transfer->ZeroFrom = ZeroFrom;
    Transfer->Io.Ahead = Ahead;
    Transfer->Io.Done = CcpReadDone;
    CcpStatistics.PageReads++;
    CcpStatistics.PagesRead += Read;
    NTSTATUS Status = CcpSend(Transfer);
    if (!NT_SUCCESS(Status))
        CcpReadDone(&Transfer->Io, Status, 0);
    return Read;
}

// Behind the valid data there is nothing to read.
BOOLEAN CcpMakeZeroPage(PCC_STREAM Stream, ULONG64 Number)
{
    PCC_PAGE Page = CcpNewPage(Stream, Number);
    if (!Page)
        return FALSE;
    memset(Page->Data, 0, PAGE_SIZE);
    CcpPageArrived(Page);
    return TRUE;
}

BOOLEAN CcpStartRead(PCC_STREAM Stream, ULONG64 First, ULONG Count, BOOLEAN Ahead)
{
    ULONG64 ZeroFrom = min(Stream->Sizes.File, Stream->Sizes.Valid);
    ULONG64 ValidPages = CcpPageOf(ZeroFrom + PAGE_SIZE - 1);
    ULONG64 End = First + Count;
    BOOLEAN Began = FALSE;
    for (ULONG64 Number = First; Number < End;) {
        if (CcpFindPage(Stream, Number)) {
            Number++;
            Began = TRUE;
        } else if (Number >= ValidPages) {
            if (Ahead || !CcpMakeZeroPage(Stream, Number))
                break;
            Number++;
            Began = TRUE;
        } else {
            ULONG Run = (ULONG)min(min(End, ValidPages) - Number, (ULONG64)CC_LONGEST_TRANSFER);
            ULONG Read = CcpReadRun(Stream, Number, Run, ZeroFrom, Ahead);
            if (!Read)
                break;
            Number += Read;
            Began = TRUE;
        }
    }
    return Began;
}
