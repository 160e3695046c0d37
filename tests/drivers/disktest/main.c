#include "disktest.h"

static const struct {
    PCWSTR Name;
    DT_COMMAND *Run;
    ULONG Words;             // at least, with the target
    BOOLEAN Writes, Unsized; // Unsized: the target need not have a medium
    PCWSTR Usage;
} DtCommands[] = {
    {L"data", DtData, 3, TRUE, FALSE, L"TARGET BEGIN LENGTH"},
    {L"fill", DtFill, 4, TRUE, FALSE, L"TARGET BEGIN LENGTH TAG [DEPTH]"},
    {L"check", DtCheck, 4, FALSE, FALSE, L"TARGET BEGIN LENGTH TAG [DEPTH]"},
    {L"once", DtOnce, 2, TRUE, FALSE, L"TARGET read|write|flush OFFSET LENGTH"},
    {L"look", DtOnce, 2, FALSE, FALSE, L"TARGET read OFFSET LENGTH"},
    {L"stress", DtStress, 4, TRUE, FALSE, L"TARGET SECONDS WRITE-PERCENT DEPTH [until-error]"},
    {L"journal", DtJournal, 2, TRUE, FALSE, L"TARGET SECONDS"},
    {L"layout", DtLayout, 2, TRUE, FALSE, L"TARGET gpt|mbr SIZE ..."},
    {L"trim", DtTrim, 3, TRUE, FALSE, L"TARGET OFFSET LENGTH"},
    {L"scsi", DtScsi, 2, TRUE, FALSE, L"TARGET CDB [BYTES]"},
    {L"cd", DtCd, 2, FALSE, TRUE,
     L"TARGET verify|size|toc|session|type|eject|load|lock|unlock ..."},
};

ULONGLONG DtNumber(PCWSTR Text)
{
    ULONGLONG Number = 0;
    for (; *Text >= L'0' && *Text <= L'9'; Text++)
        Number = 10 * Number + (*Text - L'0');
    switch (*Text) {
    case L'K':
        return Number << 10;
    case L'M':
        return Number << 20;
    case L'G':
        return Number << 30;
    default:
        return Number;
    }
}

ULONGLONG DtSeconds(void)
{
    LARGE_INTEGER Counter, Frequency;
    NtQueryPerformanceCounter(&Counter, &Frequency);
    return (ULONGLONG)(Counter.QuadPart / Frequency.QuadPart);
}

static NTSTATUS DtDispatch(PWSTR *Words, ULONG Count)
{
    for (ULONG i = 0; i < RTL_NUMBER_OF(DtCommands); i++) {
        DT_TARGET Target;
        if (Count < 1 || _wcsicmp(Words[0], DtCommands[i].Name))
            continue;
        if (Count - 1 < DtCommands[i].Words)
            break;
        NTSTATUS Status = DtOpen(Words[1], DtCommands[i].Writes, !DtCommands[i].Unsized, &Target);
        if (!NT_SUCCESS(Status)) {
            ConPrint(L"%ws: cannot open: %08lx\n", Words[1], Status);
            return Status;
        }
        Status = DtCommands[i].Run(&Target, Words + 1, Count - 1);
        DtClose(&Target);
        return Status;
    }
    for (ULONG i = 0; i < RTL_NUMBER_OF(DtCommands); i++)
        ConPrint(L"disktest %ws %ws\n", DtCommands[i].Name, DtCommands[i].Usage);
    return STATUS_INVALID_PARAMETER;
}

VOID NtProcessStartup(PPEB Peb);
VOID NtProcessStartup(PPEB Peb)
{
    static WCHAR Line[1024];
    PWSTR Words[24];
    PCUNICODE_STRING Text = &Peb->ProcessParameters->CommandLine;
    RtlCopyMemory(Line, Text->Buffer, min(Text->Length, sizeof(Line) - sizeof(WCHAR)));
    ULONG Count = ConSplitWords(Line, Words, RTL_NUMBER_OF(Words));
    RtlExitUserProcess(DtDispatch(Words + 1, Count - (Count > 0)));
}
