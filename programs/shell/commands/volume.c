// vol, label, sync.

#include "filep.h"

static WCHAR ShellCurrentDrive(void)
{
    SH_TEXT Current = {};
    SysCurrentDirectory(&Current);
    WCHAR Letter = ShString(&Current)[0];
    ShFreeText(&Current);
    return Letter;
}

// "d:"; the current drive without a word. FALSE: no drive.
static BOOLEAN ShellParseDrive(PCWSTR Word, PWCHAR Letter)
{
    *Letter = Word ? Word[0] : ShellCurrentDrive();
    return iswalpha(*Letter) && (!Word || (Word[1] == L':' && !Word[2]));
}

static VOID ShellShowLabel(WCHAR Letter, const SYS_VOLUME *Volume)
{
    ShPrint(L" Volume in drive %lc %ws%ws\n", Letter, *Volume->Label ? L"is " : L"has no label.",
            Volume->Label);
    ShPrint(L" Volume Serial Number is %04lX-%04lX\n", Volume->Serial >> 16,
            Volume->Serial & 0xFFFF);
}

ULONG ShellDoVol(PSHELL Shell, const SH_WORDS *Words)
{
    UNREFERENCED_PARAMETER(Shell);
    WCHAR Root[] = L"C:\\";
    SYS_VOLUME Volume;
    if (Words->Count > 1 || !ShellParseDrive(Words->Count ? Words->Values[0] : nullptr, &Root[0]))
        return ShWrongUsage;
    NTSTATUS Status = SysQueryVolume(Root, &Volume);
    if (!NT_SUCCESS(Status))
        return ShReportStatus(L"", Status);
    ShellShowLabel(towupper(Root[0]), &Volume);
    ShPrint(L" %llu of %llu bytes free, clusters of %lu bytes\n", Volume.FreeBytes, Volume.Bytes,
            Volume.ClusterBytes);
    return 0;
}

// What the volume has now, and what it shall have. FALSE: it stays as it is.
static BOOLEAN ShellAskForLabel(WCHAR Letter, PSH_TEXT Label)
{
    WCHAR Root[] = L"C:\\";
    SYS_VOLUME Volume;
    Root[0] = Letter;
    if (!NT_SUCCESS(SysQueryVolume(Root, &Volume)))
        return TRUE; // setting it will tell why
    ShellShowLabel(towupper(Letter), &Volume);
    ShPrint(L"Volume label (11 characters, ENTER for none)? ");
    if (!NT_SUCCESS(ShellReadAnswer(Label)))
        return FALSE;
    if (Label->Length || !*Volume.Label)
        return Label->Length != 0;
    return ShellAsk(L"\nDelete current volume label (Y/N)? ", L"") != ShellNo;
}

// A label may have blanks, so the words of it are one again.
ULONG ShellDoLabel(PSHELL Shell, const SH_WORDS *Words)
{
    UNREFERENCED_PARAMETER(Shell);
    WCHAR Letter;
    SH_TEXT Label = {};
    ULONG First = Words->Count && Words->Values[0][1] == L':' && !Words->Values[0][2];
    if (!ShellParseDrive(First ? Words->Values[0] : nullptr, &Letter) ||
        (Words->Count > First && Words->Values[First][0] == L'/'))
        return ShWrongUsage;
    for (ULONG i = First; i < Words->Count; i++)
        ShAppendFormat(&Label, i > First ? L" %ws" : L"%ws", Words->Values[i]);
    NTSTATUS Status = STATUS_SUCCESS;
    if (Words->Count > First || ShellAskForLabel(Letter, &Label))
        Status = SysSetLabel(Letter, ShString(&Label));
    ShFreeText(&Label);
    return NT_SUCCESS(Status) ? 0 : ShReportStatus(L"label", Status);
}

// Volumes that cannot be written have nothing to flush; a letter that is none is passed over.
ULONG ShellDoSync(PSHELL Shell, const SH_WORDS *Words)
{
    UNREFERENCED_PARAMETER(Shell);
    ULONG Result = 0;
    if (Words->Count)
        return ShWrongUsage;
    NTSTATUS Registry = SysFlushRegistry();
    if (!NT_SUCCESS(Registry))
        Result = ShReportStatus(L"registry", Registry);
    for (WCHAR Letter = L'A'; Letter <= L'Z'; Letter++) {
        WCHAR Name[] = L"A:";
        Name[0] = Letter;
        NTSTATUS Status = SysFlushVolume(Letter);
        if (!NT_SUCCESS(Status) && Status != STATUS_OBJECT_NAME_NOT_FOUND &&
            Status != STATUS_OBJECT_PATH_NOT_FOUND && Status != STATUS_MEDIA_WRITE_PROTECTED &&
            Status != STATUS_ACCESS_DENIED)
            Result = ShReportStatus(Name, Status);
    }
    return Result;
}
