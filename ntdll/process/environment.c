// The environment: strings "NAME=value", each with a final zero, sorted without regard to case, and an
// empty string at the end. A name may start with '=' (the current directories of drives).

#include "../ntdllp.h"

static const WCHAR EnvpEmpty[2];

// Bytes of a block, the final empty string included.
static SIZE_T EnvpBytes(PCWSTR Environment)
{
    PCWSTR End = Environment;
    while (*End)
        End += wcslen(End) + 1;
    return (SIZE_T)((PUCHAR)(End + 1) - (PUCHAR)Environment);
}

// The given block, or for null the process's own. The PEB lock is held for that one.
static PWSTR EnvpBlock(PVOID Environment)
{
    if (!Environment)
        Environment = NtCurrentPeb()->ProcessParameters->Environment;
    return Environment ? Environment : (PWSTR)EnvpEmpty;
}

// Characters of the name in "NAME=value".
static SIZE_T EnvpNameLength(PCWSTR Entry)
{
    PCWSTR Equals = wcschr(Entry + (*Entry == L'='), L'=');
    return Equals ? (SIZE_T)(Equals - Entry) : wcslen(Entry);
}

static LONG EnvpCompareNames(PCWSTR Left, SIZE_T LeftLength, PCWSTR Right, SIZE_T RightLength)
{
    SIZE_T Common = LeftLength < RightLength ? LeftLength : RightLength;
    LONG Order = _wcsnicmp(Left, Right, Common);
    return Order ? Order : (LONG)LeftLength - (LONG)RightLength;
}

// The entry of a name, or null. Blocks that other programs made need not be sorted.
static PWSTR EnvpFind(PWSTR Environment, PCWSTR Name, SIZE_T Length)
{
    for (PWSTR Entry = Environment; *Entry; Entry += wcslen(Entry) + 1) {
        if (!EnvpCompareNames(Name, Length, Entry, EnvpNameLength(Entry)))
            return Entry;
    }
    return nullptr;
}

// The entry before which a new name belongs.
static PWSTR EnvpPosition(PWSTR Environment, PCWSTR Name, SIZE_T Length)
{
    PWSTR Entry = Environment;
    while (*Entry && EnvpCompareNames(Name, Length, Entry, EnvpNameLength(Entry)) > 0)
        Entry += wcslen(Entry) + 1;
    return Entry;
}

// Length of the value in characters, its address in *Value. FALSE: no such variable.
static BOOLEAN EnvpQuery(PWSTR Environment, PCWSTR Name, SIZE_T Length, PCWSTR *Value,
                         PSIZE_T ValueLength)
{
    PWSTR Entry = EnvpFind(Environment, Name, Length);
    if (!Entry || Entry[Length] != L'=')
        return FALSE;
    *Value = Entry + Length + 1;
    *ValueLength = wcslen(*Value);
    return TRUE;
}

// STATUS_VARIABLE_NOT_FOUND; STATUS_BUFFER_TOO_SMALL with the needed characters (final zero
// included) in *ReturnLength, else the characters of the value without it.
NTSTATUS NTAPI RtlQueryEnvironmentVariable(PVOID Environment, PCWSTR Name, SIZE_T NameLength,
                                           PWSTR Value, SIZE_T ValueLength, PSIZE_T ReturnLength)
{
    PCWSTR Found;
    SIZE_T Length;
    NTSTATUS Status = STATUS_VARIABLE_NOT_FOUND;
    if (!Environment)
        RtlAcquirePebLock();
    if (EnvpQuery(EnvpBlock(Environment), Name, NameLength, &Found, &Length)) {
        Status = ValueLength > Length ? STATUS_SUCCESS : STATUS_BUFFER_TOO_SMALL;
        if (NT_SUCCESS(Status))
            memcpy(Value, Found, (Length + 1) * sizeof(WCHAR));
        *ReturnLength = Length + (NT_SUCCESS(Status) ? 0 : 1);
    }
    if (!Environment)
        RtlReleasePebLock();
    return Status;
}

NTSTATUS NTAPI RtlQueryEnvironmentVariable_U(PVOID Environment, PCUNICODE_STRING Name,
                                             PUNICODE_STRING Value)
{
    PCWSTR Found;
    SIZE_T Length;
    NTSTATUS Status = STATUS_VARIABLE_NOT_FOUND;
    if (!Environment)
        RtlAcquirePebLock();
    if (EnvpQuery(EnvpBlock(Environment), Name->Buffer, Name->Length / sizeof(WCHAR), &Found,
                  &Length)) {
        SIZE_T Bytes = Length * sizeof(WCHAR);
        Status = Bytes <= Value->MaximumLength ? STATUS_SUCCESS : STATUS_BUFFER_TOO_SMALL;
        Value->Length =
            (USHORT)(Bytes < UNICODE_STRING_MAX_BYTES ? Bytes : UNICODE_STRING_MAX_BYTES);
        if (NT_SUCCESS(Status))
            memcpy(Value->Buffer, Found, Value->Length);
        if (NT_SUCCESS(Status) && Value->MaximumLength >= Value->Length + sizeof(WCHAR))
            Value->Buffer[Length] = 0;
    }
    if (!Environment)
        RtlReleasePebLock();
    return Status;
}

NTSTATUS NTAPI RtlCreateEnvironment(BOOLEAN CloneCurrentEnvironment, PVOID *Environment)
{
    RtlAcquirePebLock();
    PCWSTR Source = CloneCurrentEnvironment ? EnvpBlock(nullptr) : EnvpEmpty;
    SIZE_T Size = EnvpBytes(Source);
    PVOID Copy = RtlAllocateHeap(RtlProcessHeap(), HEAP_ZERO_MEMORY, Size + sizeof(EnvpEmpty));
    if (Copy)
        memcpy(Copy, Source, Size);
    RtlReleasePebLock();
    *Environment = Copy;
    return Copy ? STATUS_SUCCESS : STATUS_NO_MEMORY;
}

// The block that the process was started with is part of its parameters, not of the heap.
static BOOLEAN EnvpIsInParameters(PVOID Environment)
{
    PRTL_USER_PROCESS_PARAMETERS Parameters = NtCurrentPeb()->ProcessParameters;
    return (ULONG_PTR)Environment - (ULONG_PTR)Parameters < Parameters->MaximumLength;
}

NTSTATUS NTAPI RtlDestroyEnvironment(PVOID Environment)
{
    if (!EnvpIsInParameters(Environment))
        RtlFreeHeap(RtlProcessHeap(), 0, Environment);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlSetCurrentEnvironment(PVOID Environment, PVOID *PreviousEnvironment)
{
    PRTL_USER_PROCESS_PARAMETERS Parameters = NtCurrentPeb()->ProcessParameters;
    RtlAcquirePebLock();
    PVOID Previous = Parameters->Environment;
    Parameters->Environment = Environment;
    Parameters->EnvironmentSize = EnvpBytes(Environment);
    Parameters->EnvironmentVersion++;
    RtlReleasePebLock();
    if (PreviousEnvironment)
        *PreviousEnvironment = Previous;
    else
        RtlDestroyEnvironment(Previous);
    return STATUS_SUCCESS;
}

// A copy of the block with the variable set, or without it when Value is null.
static PWSTR EnvpChange(PWSTR Old, PCUNICODE_STRING Name, PCUNICODE_STRING Value)
{
    SIZE_T NameLength = Name->Length / sizeof(WCHAR), Bytes = EnvpBytes(Old);
    SIZE_T Added = Value ? NameLength + 2 + Value->Length / sizeof(WCHAR) : 0;
    PWSTR New =
        RtlAllocateHeap(RtlProcessHeap(), HEAP_ZERO_MEMORY, Bytes + (Added + 1) * sizeof(WCHAR));
    if (!New)
        return nullptr;

    PWSTR Entry = EnvpFind(Old, Name->Buffer, NameLength);
    PWSTR After = Entry ? Entry + wcslen(Entry) + 1 : EnvpPosition(Old, Name->Buffer, NameLength);
    SIZE_T Before = (SIZE_T)((Entry ? Entry : After) - Old);
    memcpy(New, Old, Before * sizeof(WCHAR));
    PWSTR Place = New + Before;
    if (Value) {
        memcpy(Place, Name->Buffer, Name->Length);
        Place += NameLength;
        *Place++ = L'=';
        memcpy(Place, Value->Buffer, Value->Length);
        Place += Value->Length / sizeof(WCHAR);
        *Place++ = 0;
    }
    memcpy(Place, After, Bytes - (SIZE_T)((PUCHAR)After - (PUCHAR)Old));
    return New;
}

// Environment null: the current one of the process. Value null: remove the variable.
NTSTATUS NTAPI RtlSetEnvironmentVariable(PVOID *Environment, PCUNICODE_STRING Name,
                                         PCUNICODE_STRING Value)
{
    SIZE_T Length = Name->Length / sizeof(WCHAR);
    if (!Length)
        return STATUS_INVALID_PARAMETER;
    for (SIZE_T i = 1; i < Length; i++) {
        if (Name->Buffer[i] == L'=')
            return STATUS_INVALID_PARAMETER;
    }

    RtlAcquirePebLock();
    PVOID Given = Environment ? *Environment : nullptr;
    PVOID Old = Environment && !Given ? (PVOID)EnvpEmpty : EnvpBlock(Given);
    NTSTATUS Status = STATUS_SUCCESS;
    if (!Value && !EnvpFind(Old, Name->Buffer, Length)) {
        Status = STATUS_VARIABLE_NOT_FOUND;
    } else {
        PVOID New = EnvpChange(Old, Name, Value);
        if (!New) {
            Status = STATUS_NO_MEMORY;
        } else if (Environment) {
            *Environment = New;
            RtlDestroyEnvironment(Given);
        } else {
            RtlSetCurrentEnvironment(New, nullptr);
        }
    }
    RtlReleasePebLock();
    return Status;
}

typedef struct _ENVP_OUTPUT {
    PUNICODE_STRING Destination;
    SIZE_T Bytes; // needed so far
    BOOLEAN Overflow;
} ENVP_OUTPUT, *PENVP_OUTPUT;

static VOID EnvpAppend(PENVP_OUTPUT Output, PCWSTR Text, SIZE_T Characters)
{
    SIZE_T Bytes = Characters * sizeof(WCHAR);
    if (Output->Bytes + Bytes > Output->Destination->MaximumLength)
        Output->Overflow = TRUE;
    else
        memcpy((PUCHAR)Output->Destination->Buffer + Output->Bytes, Text, Bytes);
    Output->Bytes += Bytes;
}

// Replace "%NAME%". What names no variable stays as it is. *ReturnedLength: bytes needed, final zero
// included.
NTSTATUS NTAPI RtlExpandEnvironmentStrings_U(PVOID Environment, PCUNICODE_STRING Source,
                                             PUNICODE_STRING Destination, PULONG ReturnedLength)
{
    ENVP_OUTPUT Output = {.Destination = Destination};
    PCWSTR Text = Source->Buffer, End = Text + Source->Length / sizeof(WCHAR);
    RtlAcquirePebLock();
    PWSTR Block = EnvpBlock(Environment);
    while (Text < End) {
        PCWSTR Close = nullptr;
        for (PCWSTR Scan = Text + 1; *Text == L'%' && Scan < End && !Close; Scan++)
            Close = *Scan == L'%' ? Scan : nullptr;
        PCWSTR Value;
        SIZE_T Length;
        if (Close && EnvpQuery(Block, Text + 1, (SIZE_T)(Close - Text - 1), &Value, &Length)) {
            EnvpAppend(&Output, Value, Length);
            Text = Close + 1;
        } else {
            EnvpAppend(&Output, Text, 1);
            Text++;
        }
    }
    RtlReleasePebLock();

    if (ReturnedLength)
        *ReturnedLength = (ULONG)(Output.Bytes + sizeof(WCHAR));
    if (Output.Overflow || Output.Bytes + sizeof(WCHAR) > Destination->MaximumLength)
        return STATUS_BUFFER_TOO_SMALL;
    Destination->Length = (USHORT)Output.Bytes;
    Destination->Buffer[Output.Bytes / sizeof(WCHAR)] = 0;
    return STATUS_SUCCESS;
}
