// disks: the disks of the machine. disks N: one of them, with all that is known. disks /v: all of them so.
// disks /p [SECONDS]: what they do meanwhile.
#include "disks.h"

VOID NtProcessStartup(PPEB Peb);

static NTSTATUS ShowAll(BOOLEAN Details)
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
    if (!Details)
        DiskPrintTable(Disks, Count);
    for (ULONG i = 0; Details && i < Count; i++) {
        ConPrint(i ? L"\n" : L"");
        DiskPrintDetails(&Disks[i]);
    }
    return STATUS_SUCCESS;
}

static NTSTATUS ShowOne(ULONG Number)
{
    DISK Disk;
    DiskQuery(Number, &Disk);
    DiskPrintDetails(&Disk);
    return Disk.Status;
}

static NTSTATUS Usage(BOOLEAN Asked)
{
    ConPrint(
        L"disks [N | /v | /p [SECONDS]]\n\nLists the disks of the machine. With N it tells all about disk N, with /v all about each.\n"
        L"With /p it tells what the disks have read and written during some seconds (1), how long a transfer took, how many\n"
        L"are on their way at the end, and how much of the time there were any.\n");
    return Asked ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
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

// /p, and perhaps a number behind it.
static BOOLEAN IsPerformance(PCUNICODE_STRING Text, PULONG Seconds)
{
    static const UNICODE_STRING Option = RTL_CONSTANT_STRING(L"/p");
    enum { MostSeconds = 3600 };
    UNICODE_STRING Rest = *Text;
    *Seconds = 1;
    if (!RtlPrefixUnicodeString((PUNICODE_STRING)&Option, &Rest, TRUE))
        return FALSE;
    Rest.Buffer += Option.Length / sizeof(WCHAR);
    Rest.Length -= Option.Length;
    if (!Rest.Length)
        return TRUE;
    if (Rest.Buffer[0] != L' ')
        return FALSE;
    Rest = Argument(Text);
    return IsNumber(&Rest) && NT_SUCCESS(RtlUnicodeStringToInteger(&Rest, 10, Seconds)) &&
           *Seconds && *Seconds <= MostSeconds;
}

VOID NtProcessStartup(PPEB Peb)
{
    UNICODE_STRING Text = Argument(&Peb->ProcessParameters->CommandLine);
    UNICODE_STRING Verbose = RTL_CONSTANT_STRING(L"/v");
    ULONG Number = 0;
    NTSTATUS Status;
    if (Text.Length == 0)
        Status = ShowAll(FALSE);
    else if (RtlEqualUnicodeString(&Text, &Verbose, TRUE))
        Status = ShowAll(TRUE);
    else if (IsPerformance(&Text, &Number))
        Status = DiskShowPerformance(Number);
    else if (IsNumber(&Text) && NT_SUCCESS(RtlUnicodeStringToInteger(&Text, 10, &Number)))
        Status = ShowOne(Number);
    else
        Status = Usage(ConAsksForHelp(&Peb->ProcessParameters->CommandLine));
    NtTerminateProcess(NtCurrentProcess(), Status);
}
