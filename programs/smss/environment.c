// The environment: where the system is, and the values of the key "Environment".

#include "smss.h"

static VOID SmssSetVariable(PCWSTR Name, PCUNICODE_STRING Value)
{
    UNICODE_STRING NameString;
    RtlInitUnicodeString(&NameString, Name);
    NTSTATUS Status = RtlSetEnvironmentVariable(nullptr, &NameString, Value);
    if (!NT_SUCCESS(Status))
        DbgPrintEx(DPFLTR_SMSS_ID, DPFLTR_WARNING_LEVEL, "smss: variable %ws: status %08lx\n", Name,
                   Status);
}

static VOID SmssSetText(PCWSTR Name, PCWSTR Text)
{
    UNICODE_STRING Value;
    RtlInitUnicodeString(&Value, Text);
    SmssSetVariable(Name, &Value);
}

static VOID SmssSetExpanded(PCWSTR Name, PCWSTR Text)
{
    WCHAR Buffer[1024];
    UNICODE_STRING Source, Value = {.MaximumLength = sizeof(Buffer), .Buffer = Buffer};
    RtlInitUnicodeString(&Source, Text);
    if (NT_SUCCESS(RtlExpandEnvironmentStrings_U(nullptr, &Source, &Value, nullptr)))
        SmssSetVariable(Name, &Value);
}

VOID SmssMakeEnvironment(void)
{
    PCWSTR Root = SharedUserData->NtSystemRoot;
    const WCHAR Drive[] = {Root[0], Root[0] ? L':' : 0, 0};
    SmssSetText(L"SystemRoot", Root);
    SmssSetText(L"SystemDrive", Drive);

    HANDLE Key;
    if (!NT_SUCCESS(RegOpen(SMSS_KEY L"\\Environment", KEY_QUERY_VALUE, &Key)))
        return;
    PREG_VALUE Value;
    for (ULONG i = 0; NT_SUCCESS(RegReadValue(Key, i, &Value)); i++) {
        if (Value->Type == REG_SZ)
            SmssSetText(Value->Name, Value->Data);
        else if (Value->Type == REG_EXPAND_SZ)
            SmssSetExpanded(Value->Name, Value->Data);
        RegFreeValue(Value);
    }
    NtClose(Key);
}
