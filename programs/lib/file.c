// Files.

#include "native.h"

NTSTATUS FileOpen(PCWSTR Path, ACCESS_MASK Access, ULONG Disposition, ULONG Options,
                  BOOLEAN Inherited, PHANDLE File)
{
    UNICODE_STRING Name;
    NTSTATUS Status = RtlDosPathNameToNtPathName_U_WithStatus(Path, &Name, nullptr, nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    OBJECT_ATTRIBUTES Attributes;
    IO_STATUS_BLOCK IoStatus;
    InitializeObjectAttributes(
        &Attributes, &Name, OBJ_CASE_INSENSITIVE | (Inherited ? OBJ_INHERIT : 0), nullptr, nullptr);
    Status = NtCreateFile(File, Access | SYNCHRONIZE, &Attributes, &IoStatus, nullptr,
                          FILE_ATTRIBUTE_NORMAL, FILE_SHARE_READ | FILE_SHARE_WRITE, Disposition,
                          Options | FILE_SYNCHRONOUS_IO_NONALERT, nullptr, 0);
    RtlFreeUnicodeString(&Name);
    return Status;
}

NTSTATUS FileRead(HANDLE File, PVOID Buffer, ULONG Length, PULONG Read)
{
    IO_STATUS_BLOCK IoStatus = {};
    NTSTATUS Status =
        NtReadFile(File, nullptr, nullptr, nullptr, &IoStatus, Buffer, Length, nullptr, nullptr);
    if (Status == STATUS_PENDING) {
        NtWaitForSingleObject(File, FALSE, nullptr);
        Status = IoStatus.Status;
    }
    *Read = NT_SUCCESS(Status) ? (ULONG)IoStatus.Information : 0;
    // The other end of a pipe was closed, or nothing came at all.
    if (Status == STATUS_PIPE_BROKEN || Status == STATUS_PIPE_CLOSING ||
        Status == STATUS_PIPE_DISCONNECTED || (NT_SUCCESS(Status) && !*Read))
        return STATUS_END_OF_FILE;
    return Status;
}

NTSTATUS FileWrite(HANDLE File, const VOID *Bytes, ULONG Length)
{
    IO_STATUS_BLOCK IoStatus = {};
    NTSTATUS Status = NtWriteFile(File, nullptr, nullptr, nullptr, &IoStatus, (PVOID)Bytes, Length,
                                  nullptr, nullptr);
    if (Status == STATUS_PENDING) {
        NtWaitForSingleObject(File, FALSE, nullptr);
        Status = IoStatus.Status;
    }
    return Status;
}
