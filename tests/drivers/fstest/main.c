#include "fstest.h"

static const struct {
    PCWSTR Name;
    FS_COMMAND *Run;
    ULONG Words; // at least
    PCWSTR Usage;
} FsCommands[] = {
    {L"model", FsModel, 4, L"DRIVE: SEED STEPS PROCESSES"},
    {L"worker", FsWorker, 4, L"DRIVE: SEED STEPS NUMBER"},
    {L"attributes", FsAttributes, 3, L"DRIVE: SEED STEPS"},
    {L"calls", FsCalls, 1, L"DRIVE:"},
    {L"hold", FsHold, 2, L"FILE SECONDS"},
    {L"keep", FsKeep, 2, L"DRIVE: SECONDS"},
    {L"reopen", FsReopens, 1, L"DRIVE:"},
    {L"put", FsPut, 3, L"FILE BYTES TAG"},
    {L"look", FsLook, 3, L"FILE BYTES TAG"},
    {L"grow", FsGrow, 3, L"FILE TAG SECONDS"},
    {L"follow", FsFollow, 3, L"FILE TAG SECONDS"},
    {L"locks", FsLockTest, 1, L"FILE"},
    {L"replaced", FsReplaced, 1, L"FILE"},
    {L"share", FsShare, 3, L"FILE NUMBER SECONDS"},
    {L"settle", FsSettle, 2, L"FILE BYTES"},
    {L"limits", FsLimits, 2, L"DRIVE: names|full|large|far|many"},
    {L"load", FsLoad, 3, L"DRIVE: SEED STEPS [MARKS:]"},
};

static NTSTATUS FsDispatch(PWSTR *Words, ULONG Count)
{
    for (ULONG i = 0; Count && i < RTL_NUMBER_OF(FsCommands); i++) {
        if (!_wcsicmp(Words[0], FsCommands[i].Name) && Count - 1 >= FsCommands[i].Words)
            return FsCommands[i].Run(Words + 1, Count - 1);
    }
    for (ULONG i = 0; i < RTL_NUMBER_OF(FsCommands); i++)
        ConPrint(L"fstest %ws %ws\n", FsCommands[i].Name, FsCommands[i].Usage);
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
    RtlExitUserProcess(FsDispatch(Words + 1, Count - (Count > 0)));
}
