// disks: the disks of the machine. disks N: one of them, with all that is known.
#include "disks.h"

VOID NtProcessStartup(PPEB Peb);

static NTSTATUS ShowAll(void)
{
    static DISK Disks[DiskMost];
    ULONG Numbers[DiskMost];
    ULONG Count = DiskList(Numbers, DiskMost);
    if (Count == 0) {
        ConPrint(L"There are no disks.\n");
        return STATUS_SUCCESS;
    }
    for (ULONG i = 0; i < Count; i++)
        DiskQuery(Numbers[i], &Disks[i]);
    DiskPrintTable(Disks, Count);
    return STATUS_SUCCESS;
}

static NTSTATUS ShowOne(ULONG Number)
{
    DISK Disk;
    DiskQuery(Number, &Disk);
    DiskPrintDetails(&Disk);
    return Disk.Status;
}

static NTSTATUS Usage(void)
{
    ConPrint(L"disks [N]\n\nLists the disks of the machine, or tells all about disk N.\n");
    return STATUS_INVALID_PARAMETER;
}

// What follows the program's name.
static UNICODE_STRING Argument(PCUNICODE_STRING CommandLine)
{
    UNICODE_STRING Rest = *CommandLine;
    BOOLEAN Quoted = FALSE;
    while (Rest.Length && (Quoted || Rest.Buffer[0] != L' ')) {
        Quoted ^= Rest.Buffer[0] == L'"';
        Rest.Buffer++;
        Rest.Length -= sizeof(WCHAR);
    }
    while (Rest.Length && Rest.Buffer[0] == L' ') {
        Rest.Buffer++;
        Rest.Length -= sizeof(WCHAR);
    }
    while (Rest.Length && Rest.Buffer[Rest.Length / sizeof(WCHAR) - 1] == L' ')
        Rest.Length -= sizeof(WCHAR);
    return Rest;
}

static BOOLEAN IsNumber(PCUNICODE_STRING Text)
{
    for (ULONG i = 0; i < Text->Length / sizeof(WCHAR); i++) {
        if (Text->Buffer[i] < L'0' || Text->Buffer[i] > L'9')
            return FALSE;
    }
    return Text->Length && Text->Length <= 4 * sizeof(WCHAR);
}

VOID NtProcessStartup(PPEB Peb)
{
    UNICODE_STRING Text = Argument(&Peb->ProcessParameters->CommandLine);
    ULONG Number = 0;
    NTSTATUS Status;
    if (Text.Length == 0)
        Status = ShowAll();
    else if (IsNumber(&Text) && NT_SUCCESS(RtlUnicodeStringToInteger(&Text, 10, &Number)))
        Status = ShowOne(Number);
    else
        Status = Usage();
    NtTerminateProcess(NtCurrentProcess(), Status);
}
