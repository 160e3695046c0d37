// Variables and the current directory.

#include "nativep.h"

BOOLEAN SysGetVariable(PCWSTR Name, PSH_TEXT Value)
{
    UNICODE_STRING NameString, ValueString = {};
    RtlInitUnicodeString(&NameString, Name);
    NTSTATUS Status = RtlQueryEnvironmentVariable_U(nullptr, &NameString, &ValueString);
    if (NT_SUCCESS(Status))
        return TRUE; // it is empty
    if (Status != STATUS_BUFFER_TOO_SMALL)
        return FALSE;
    ValueString.MaximumLength = ValueString.Length + sizeof(WCHAR);
    ValueString.Buffer = SysAllocate(ValueString.MaximumLength);
    Status = RtlQueryEnvironmentVariable_U(nullptr, &NameString, &ValueString);
    if (NT_SUCCESS(Status))
        ShAppend(Value, ValueString.Buffer, ValueString.Length / sizeof(WCHAR));
    SysFree(ValueString.Buffer);
    return NT_SUCCESS(Status);
}

NTSTATUS SysSetVariable(PCWSTR Name, PCWSTR Value)
{
    UNICODE_STRING NameString, ValueString;
    NTSTATUS Status = RtlInitUnicodeStringEx(&NameString, Name);
    if (NT_SUCCESS(Status))
        Status = RtlInitUnicodeStringEx(&ValueString, Value);
    if (!NT_SUCCESS(Status))
        return Status;
    return RtlSetEnvironmentVariable(nullptr, &NameString, Value ? &ValueString : nullptr);
}

VOID SysListVariables(SYS_VARIABLE_VISITOR *Visit, PVOID Context)
{
    PCWSTR Entry = NtCurrentPeb()->ProcessParameters->Environment;
    for (; Entry && *Entry; Entry += wcslen(Entry) + 1) {
        if (*Entry != L'=') // those are the current directories of drives
            Visit(Context, Entry);
    }
}

VOID SysCommandLine(PSH_TEXT Line)
{
    PCUNICODE_STRING Given = &NtCurrentPeb()->ProcessParameters->CommandLine;
    ShAppend(Line, Given->Buffer, Given->Length / sizeof(WCHAR));
}

typedef struct _SYSP_ENVIRONMENT {
    PVOID Variables;
    SH_TEXT Directory;
} SYSP_ENVIRONMENT;

PVOID SysSaveEnvironment(void)
{
    SYSP_ENVIRONMENT *Saved = SysAllocate(sizeof(*Saved));
    if (!NT_SUCCESS(RtlCreateEnvironment(TRUE, &Saved->Variables)))
        Saved->Variables = nullptr;
    SysCurrentDirectory(&Saved->Directory);
    return Saved;
}

VOID SysRestoreEnvironment(PVOID Saved)
{
    SYSP_ENVIRONMENT *Environment = Saved;
    UNICODE_STRING Directory;
    if (Environment->Variables)
        RtlSetCurrentEnvironment(Environment->Variables, nullptr);
    RtlInitUnicodeString(&Directory, ShString(&Environment->Directory));
    RtlSetCurrentDirectory_U(&Directory);
    ShFreeText(&Environment->Directory);
    SysFree(Environment);
}

VOID SysCurrentDirectory(PSH_TEXT Path)
{
    WCHAR Directory[MAX_PATH];
    ULONG Bytes = RtlGetCurrentDirectory_U(sizeof(Directory), Directory);
    if (Bytes < sizeof(Directory))
        ShAppend(Path, Directory, Bytes / sizeof(WCHAR));
}
