// reg save, reg load, reg unload: hives and the files that they are in.

#include "registryp.h"

// An NT path from that of a file; freed with RtlFreeUnicodeString.
static NTSTATUS ShellHiveFile(PCWSTR File, PUNICODE_STRING Name, POBJECT_ATTRIBUTES Attributes)
{
    NTSTATUS Status = RtlDosPathNameToNtPathName_U_WithStatus(File, Name, nullptr, nullptr);
    if (NT_SUCCESS(Status))
        InitializeObjectAttributes(Attributes, Name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    return Status;
}

// Who looks after the registry may do this; others are told that they do not have the privilege.
static VOID ShellUsePrivilege(ULONG Privilege)
{
    BOOLEAN Was;
    (VOID) RtlAdjustPrivilege(Privilege, TRUE, FALSE, &Was);
}

static ULONG ShellReportHive(PCWSTR Name, NTSTATUS Status)
{
    if (!NT_SUCCESS(Status))
        return ShellReportKey(Name, Status);
    ShPrint(L"The operation completed successfully.\n");
    return 0;
}

static NTSTATUS ShellSaveKey(SHELL_REG *Reg, POBJECT_ATTRIBUTES Attributes)
{
    HANDLE Key, Handle;
    IO_STATUS_BLOCK IoStatus;
    ShellUsePrivilege(SE_BACKUP_PRIVILEGE);
    NTSTATUS Status = ShellOpenKey(nullptr, ShString(&Reg->Path), KEY_READ, &Key);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = NtCreateFile(&Handle, FILE_WRITE_DATA | SYNCHRONIZE, Attributes, &IoStatus, nullptr,
                          FILE_ATTRIBUTE_NORMAL, 0, Reg->Force ? FILE_OVERWRITE_IF : FILE_CREATE,
                          FILE_NON_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT, nullptr, 0);
    if (NT_SUCCESS(Status)) {
        Status = NtSaveKey(Key, Handle);
        NtClose(Handle);
    }
    NtClose(Key);
    return Status;
}

static NTSTATUS ShellLoadKey(SHELL_REG *Reg, POBJECT_ATTRIBUTES File, BOOLEAN Load)
{
    UNICODE_STRING Name;
    OBJECT_ATTRIBUTES Attributes;
    ShellUsePrivilege(SE_RESTORE_PRIVILEGE);
    RtlInitUnicodeString(&Name, ShString(&Reg->Path));
    InitializeObjectAttributes(&Attributes, &Name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    return Load ? NtLoadKey(&Attributes, File) : NtUnloadKey(&Attributes);
}

ULONG ShellRegHive(SHELL_REG *Reg, PCWSTR Command)
{
    BOOLEAN Save = !_wcsicmp(Command, L"save"), Load = !_wcsicmp(Command, L"load");
    UNICODE_STRING Name = {};
    OBJECT_ATTRIBUTES Attributes;
    if ((Save || Load) != (Reg->File != nullptr) || Reg->Value || Reg->Data)
        return ShWrongUsage;
    NTSTATUS Status = Reg->File ? ShellHiveFile(Reg->File, &Name, &Attributes) : STATUS_SUCCESS;
    if (!NT_SUCCESS(Status))
        return ShellReportHive(Reg->File, Status);
    Status = Save ? ShellSaveKey(Reg, &Attributes) : ShellLoadKey(Reg, &Attributes, Load);
    if (Name.Buffer)
        RtlFreeUnicodeString(&Name);
    return ShellReportHive(Reg->Key, Status);
}
