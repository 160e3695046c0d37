// Privileges of who asked for what the current thread does.

#include "../ntos.h"

constexpr ACCESS_MASK SepQueryLimited = 0x1000; // PROCESS_QUERY_LIMITED_INFORMATION

// A thread that serves a request works for the requestor's process; any other for the host.
static NTSTATUS SepOpenRequestorToken(PHANDLE Token)
{
    HANDLE Id = (HANDLE)(ULONG_PTR)KiCurrentThread()->RequestorProcess;
    if (!Id)
        return ZwOpenProcessTokenEx(ZwCurrentProcess(), TOKEN_QUERY, 0, Token);
    CLIENT_ID Client = {.UniqueProcess = Id};
    OBJECT_ATTRIBUTES Attributes;
    HANDLE Process;
    InitializeObjectAttributes(&Attributes, nullptr, 0, nullptr, nullptr);
    NTSTATUS Status = ZwOpenProcess(&Process, SepQueryLimited, &Attributes, &Client);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = ZwOpenProcessTokenEx(Process, TOKEN_QUERY, 0, Token);
    NtClose(Process);
    return Status;
}

BOOLEAN NTAPI SeSinglePrivilegeCheck(LUID PrivilegeValue, KPROCESSOR_MODE PreviousMode)
{
    if (PreviousMode == KernelMode)
        return TRUE;
    PRIVILEGE_SET Set = {
        .PrivilegeCount = 1,
        .Control = PRIVILEGE_SET_ALL_NECESSARY,
        .Privilege = {{.Luid = PrivilegeValue}},
    };
    HANDLE Token;
    BOOLEAN Held = FALSE;
    if (!NT_SUCCESS(SepOpenRequestorToken(&Token)))
        return FALSE;
    NTSTATUS Status = NtPrivilegeCheck(Token, &Set, &Held);
    NtClose(Token);
    return NT_SUCCESS(Status) && Held;
}
