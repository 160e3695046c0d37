// The frame of the Nt{Query,Set}Information{Process,Thread} services.
#include "psp.h"

enum { PSP_LARGEST_FIXED = 256 };

static const PSP_QUERY *PspFindQuery(const PSP_QUERY *Table, ULONG Count, ULONG Class)
{
    for (ULONG i = 0; i < Count; i++) {
        if (Table[i].Class == Class)
            return &Table[i];
    }
    return nullptr;
}

static NTSTATUS PspQueryFixed(const PSP_QUERY *Entry, PVOID Object, VOID USER *Buffer,
                              ULONG USER *ReturnLength)
{
    UCHAR Data[PSP_LARGEST_FIXED] = {};
    ASSERT(Entry->Size <= sizeof(Data));
    NTSTATUS Status = Entry->Query(Object, Data);
    if (!NT_SUCCESS(Status))
        return Status;
    return ExReturnInformation(Data, Entry->Size, Buffer, Entry->Size, ReturnLength,
                               STATUS_INFO_LENGTH_MISMATCH);
}

NTSTATUS PspQueryInformation(const PSP_QUERY *Table, ULONG Count, POBJECT_TYPE Type, HANDLE Handle,
                             ULONG Class, VOID USER *Buffer, ULONG Length, ULONG USER *ReturnLength)
{
    const PSP_QUERY *Entry = PspFindQuery(Table, Count, Class);
    if (!Entry)
        return STATUS_INVALID_INFO_CLASS;
    if (Entry->Size && Length != Entry->Size)
        return STATUS_INFO_LENGTH_MISMATCH;

    PVOID Object;
    NTSTATUS Status =
        ObReferenceObjectByHandle(Handle, Entry->Access, Type, UserMode, &Object, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Entry->QueryVariable)
        Status = Entry->QueryVariable(Object, Buffer, Length, ReturnLength);
    else
        Status = PspQueryFixed(Entry, Object, Buffer, ReturnLength);
    ObDereferenceObject(Object);
    return Status;
}

NTSTATUS PspSetInformation(const PSP_SET *Table, ULONG Count, POBJECT_TYPE Type, HANDLE Handle,
                           ULONG Class, const VOID USER *Buffer, ULONG Length)
{
    const PSP_SET *Entry = nullptr;
    for (ULONG i = 0; i < Count && !Entry; i++) {
        if (Table[i].Class == Class)
            Entry = &Table[i];
    }
    if (!Entry)
        return STATUS_INVALID_INFO_CLASS;
    if (Length != Entry->Size)
        return STATUS_INFO_LENGTH_MISMATCH;
    UCHAR Data[PSP_LARGEST_FIXED];
    NTSTATUS Status = MmCopyFromUser(Data, Buffer, Length);
    if (!NT_SUCCESS(Status))
        return Status;

    PVOID Object;
    Status = ObReferenceObjectByHandle(Handle, Entry->Access, Type, UserMode, &Object, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = Entry->Set(Object, Data);
    ObDereferenceObject(Object);
    return Status;
}

NTSTATUS PspReturnString(PCUNICODE_STRING String, VOID USER *Buffer, ULONG Length,
                         ULONG USER *ReturnLength, NTSTATUS TooSmall)
{
    ULONG Size = (ULONG)sizeof(UNICODE_STRING) + String->Length + (ULONG)sizeof(WCHAR);
    NTSTATUS Status = STATUS_SUCCESS;
    if (ReturnLength)
        Status = MmWriteUser(ReturnLength, Size);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Length < Size)
        return TooSmall;

    ULONG_PTR Text = (ULONG_PTR)Buffer + sizeof(UNICODE_STRING);
    UNICODE_STRING Header = {
        .Length = String->Length,
        .MaximumLength = String->Length + sizeof(WCHAR),
        .Buffer = (PWCH)Text,
    };
    const WCHAR Zero = 0;
    Status = MmCopyToUser(Buffer, &Header, sizeof(Header));
    if (NT_SUCCESS(Status))
        Status = MmCopyToUser((VOID USER *)Text, String->Buffer, String->Length);
    if (NT_SUCCESS(Status))
        Status = MmCopyToUser((VOID USER *)(Text + String->Length), &Zero, sizeof(Zero));
    return Status;
}

NTSTATUS PspQueryZero(PVOID Object, PVOID Data)
{
    UNREFERENCED_PARAMETER(Object);
    UNREFERENCED_PARAMETER(Data); // zero already
    return STATUS_SUCCESS;
}

NTSTATUS PspSetAffinity(PVOID Object, const VOID *Data)
{
    UNREFERENCED_PARAMETER(Object);
    return *(const ULONG_PTR *)Data & 1 ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}
