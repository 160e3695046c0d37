// dir: the order of a listing, and what it looks like.

#include "dirp.h"

// ---- Order

static LONGLONG ShellListedTime(const SHELL_LISTING *Listing, const SYS_FILE *File)
{
    return Listing->Time == L'c'   ? File->Created.QuadPart
           : Listing->Time == L'a' ? File->Accessed.QuadPart
                                   : File->Time.QuadPart;
}

static int ShellCompareNumbers(ULONGLONG One, ULONGLONG Other)
{
    return One < Other ? -1 : One > Other;
}

static PCWSTR ShellExtension(PCWSTR Name)
{
    PCWSTR Dot = wcsrchr(Name, L'.');
    return Dot && Dot != Name ? Dot : L"";
}

static int ShellCompareBy(const SHELL_LISTING *Listing, WCHAR Letter, const SYS_FILE *One,
                          const SYS_FILE *Other)
{
    switch (Letter) {
    case L'n':
        return _wcsicmp(One->Name, Other->Name);
    case L'e':
        return _wcsicmp(ShellExtension(One->Name), ShellExtension(Other->Name));
    case L's':
        return ShellCompareNumbers(One->Size, Other->Size);
    case L'd':
        return ShellCompareNumbers((ULONGLONG)ShellListedTime(Listing, One),
                                   (ULONGLONG)ShellListedTime(Listing, Other));
    default: // directories first
        return ShellCompareNumbers(!(One->Attributes & FILE_ATTRIBUTE_DIRECTORY),
                                   !(Other->Attributes & FILE_ATTRIBUTE_DIRECTORY));
    }
}

static BOOLEAN ShellIsBehind(const SHELL_LISTING *Listing, const SYS_FILE *One,
                             const SYS_FILE *Other)
{
    for (ULONG i = 0; i < Listing->OrderCount; i++) {
        WCHAR Letter = (WCHAR)towlower(Listing->Order[i]);
        int Difference = ShellCompareBy(Listing, Letter, One, Other);
        if (Difference)
            return (Listing->Order[i] == Letter) == (Difference > 0);
    }
    return FALSE;
}

// Merging keeps the directory's own order among equals.
VOID ShellSortListing(SHELL_LISTING *Listing)
{
    ULONG Count = Listing->Count;
    if (!Listing->OrderCount || Count < 2)
        return;
    SYS_FILE *From = Listing->Files, *To = SysAllocate(Listing->Capacity * sizeof(*To));
    for (ULONG Run = 1; Run < Count; Run *= 2) {
        for (ULONG Begin = 0; Begin < Count; Begin += 2 * Run) {
            ULONG Middle = min(Begin + Run, Count), End = min(Begin + 2 * Run, Count);
            ULONG Left = Begin, Right = Middle;
            for (ULONG i = Begin; i < End; i++) {
                BOOLEAN FromRight =
                    Left == Middle ||
                    (Right < End && ShellIsBehind(Listing, &From[Left], &From[Right]));
                To[i] = From[FromRight ? Right++ : Left++];
            }
        }
        SYS_FILE *Swapped = From;
        From = To;
        To = Swapped;
    }
    Listing->Files = From;
    SysFree(To);
}

// ---- Pages

// A line has been written.
static VOID ShellCountLine(SHELL_LISTING *Listing)
{
    WCHAR Key;
    if (!Listing->Paged || ++Listing->Lines < SysScreenRows() - 1)
        return;
    Listing->Lines = 0;
    ShPrint(L"Press any key to continue . . . ");
    Listing->Stopped = !NT_SUCCESS(SysReadKey(&Key)) || Key == 3; // Ctrl-C
    ShPrint(L"\n");
}

static VOID ShellPrintLine(SHELL_LISTING *Listing, PCWSTR Format, ...)
{
    va_list Arguments;
    va_start(Arguments, Format);
    int Length = _vscwprintf(Format, Arguments);
    va_end(Arguments);
    PWSTR Text = SysAllocate(((SIZE_T)Length + 1) * sizeof(WCHAR));
    va_start(Arguments, Format);
    _vsnwprintf(Text, (SIZE_T)Length + 1, Format, Arguments);
    va_end(Arguments);
    ShPrint(L"%ws\n", Text);
    SysFree(Text);
    ShellCountLine(Listing);
}

// ---- Numbers: 1,234,567

typedef struct _SHELL_NUMBER {
    WCHAR Text[32];
} SHELL_NUMBER;

static PCWSTR ShellNumber(const SHELL_LISTING *Listing, ULONGLONG Value, SHELL_NUMBER *Number)
{
    PWSTR At = Number->Text + RTL_NUMBER_OF(Number->Text) - 1;
    *At = 0;
    for (ULONG Digits = 0; !Digits || Value; Digits++, Value /= 10) {
        if (Digits && Digits % 3 == 0 && Listing->Commas)
            *--At = L',';
        *--At = (WCHAR)(L'0' + Value % 10);
    }
    return At;
}

// ---- Entries

static VOID ShellShowTime(SHELL_LISTING *Listing, const SYS_FILE *File, PSH_TEXT Line)
{
    TIME_FIELDS Fields;
    LARGE_INTEGER Time = {.QuadPart = ShellListedTime(Listing, File)};
    if (!Time.QuadPart) { // the boot archive keeps no times
        ShAppendFormat(Line, L"%17ws", L"");
        return;
    }
    SysFileTime(&Time, &Fields);
    ShAppendFormat(Line, L"%04d-%02d-%02d  %02d:%02d", Fields.Year, Fields.Month, Fields.Day,
                   Fields.Hour, Fields.Minute);
}

static VOID ShellShowLong(SHELL_LISTING *Listing, const SYS_FILE *File)
{
    SH_TEXT Line = {};
    SHELL_NUMBER Size;
    ShellShowTime(Listing, File, &Line);
    if (File->Attributes & FILE_ATTRIBUTE_DIRECTORY)
        ShAppendString(&Line, L"    <DIR>          ");
    else
        ShAppendFormat(&Line, L" %17ws ", ShellNumber(Listing, File->Size, &Size));
    if (Listing->Short)
        ShAppendFormat(&Line, L"%-12ws ", File->ShortName ? File->ShortName : L"");
    ShAppendString(&Line, File->Name);
    ShellPrintLine(Listing, L"%ws", ShString(&Line));
    ShFreeText(&Line);
}

static ULONG ShellWidth(const SYS_FILE *File)
{
    return (ULONG)wcslen(File->Name) + (File->Attributes & FILE_ATTRIBUTE_DIRECTORY ? 2 : 0);
}

static VOID ShellShowWide(SHELL_LISTING *Listing)
{
    ULONG Width = 0;
    SH_TEXT Line = {};
    for (ULONG i = 0; i < Listing->Count; i++)
        Width = max(Width, ShellWidth(&Listing->Files[i]) + 1);
    ULONG Columns = Width < 80 ? 80 / Width : 1;
    ULONG Rows = (Listing->Count + Columns - 1) / Columns;
    for (ULONG i = 0; i < Rows * Columns && !Listing->Stopped; i++) {
        ULONG Row = i / Columns, Column = i % Columns;
        ULONG Place = Listing->Down ? Column * Rows + Row : i;
        if (Place < Listing->Count) {
            const SYS_FILE *File = &Listing->Files[Place];
            BOOLEAN Directory = (File->Attributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
            ShAppendFormat(&Line, Directory ? L"[%ws]" : L"%ws", File->Name);
            ShAppendFormat(&Line, L"%*ws", (int)(Width - ShellWidth(File)), L"");
        }
        if (Column + 1 < Columns)
            continue;
        while (Line.Length && Line.Buffer[Line.Length - 1] == L' ')
            ShTruncate(&Line, Line.Length - 1);
        ShellPrintLine(Listing, L"%ws", ShString(&Line));
        ShTruncate(&Line, 0);
    }
    ShFreeText(&Line);
}

static VOID ShellShowBare(SHELL_LISTING *Listing)
{
    PCWSTR Front = Listing->Below ? ShString(&Listing->Directory) : L"";
    for (ULONG i = 0; i < Listing->Count && !Listing->Stopped; i++)
        ShellPrintLine(Listing, L"%ws%ws", Front, Listing->Files[i].Name);
}

// ---- A directory

static VOID ShellShowCounts(SHELL_LISTING *Listing, ULONG Files, ULONGLONG Bytes)
{
    SHELL_NUMBER Count, Size;
    ShellPrintLine(Listing, L"%16ws File(s) %14ws bytes", ShellNumber(Listing, Files, &Count),
                   ShellNumber(Listing, Bytes, &Size));
}

static VOID ShellCountListed(SHELL_LISTING *Listing, ULONG *Files, ULONGLONG *Bytes)
{
    *Files = 0;
    *Bytes = 0;
    for (ULONG i = 0; i < Listing->Count; i++) {
        if (Listing->Files[i].Attributes & FILE_ATTRIBUTE_DIRECTORY)
            continue;
        ++*Files;
        *Bytes += Listing->Files[i].Size;
    }
    Listing->AllFiles += *Files;
    Listing->AllBytes += *Bytes;
    Listing->AllDirectories += Listing->Count - *Files;
}

VOID ShellShowDirectoryName(SHELL_LISTING *Listing)
{
    // A root keeps its backslash.
    SIZE_T Length = Listing->Directory.Length;
    PWSTR Name = ShCopy(Listing->Directory.Buffer, Length > 3 ? Length - 1 : Length);
    ShellPrintLine(Listing, L"");
    ShellPrintLine(Listing, L" Directory of %ws", Name);
    ShellPrintLine(Listing, L"");
    SysFree(Name);
}

VOID ShellShowListing(SHELL_LISTING *Listing)
{
    ULONG Files;
    ULONGLONG Bytes;
    ShellCountListed(Listing, &Files, &Bytes);
    if (Listing->Bare) {
        ShellShowBare(Listing);
        return;
    }
    ShellShowDirectoryName(Listing);
    BOOLEAN Wide = Listing->Wide || Listing->Down;
    if (Wide)
        ShellShowWide(Listing);
    for (ULONG i = 0; i < Listing->Count && !Wide && !Listing->Stopped; i++)
        ShellShowLong(Listing, &Listing->Files[i]);
    if (!Listing->Stopped)
        ShellShowCounts(Listing, Files, Bytes);
}

// ---- The volume

static BOOLEAN ShellVolumeOf(PCWSTR Path, PSYS_VOLUME Volume)
{
    WCHAR Root[] = L"C:\\";
    Root[0] = Path[0];
    return Path[0] && Path[1] == L':' && NT_SUCCESS(SysQueryVolume(Root, Volume));
}

VOID ShellShowVolume(SHELL_LISTING *Listing, PCWSTR Path)
{
    SYS_VOLUME Volume;
    if (Listing->Bare || Listing->VolumeShown == Path[0] || !ShellVolumeOf(Path, &Volume))
        return;
    Listing->VolumeShown = Path[0];
    if (*Volume.Label)
        ShellPrintLine(Listing, L" Volume in drive %lc is %ws", towupper(Path[0]), Volume.Label);
    else
        ShellPrintLine(Listing, L" Volume in drive %lc has no label.", towupper(Path[0]));
    ShellPrintLine(Listing, L" Volume Serial Number is %04lX-%04lX", Volume.Serial >> 16,
                   Volume.Serial & 0xFFFF);
}

VOID ShellShowTotal(SHELL_LISTING *Listing, PCWSTR Path)
{
    SYS_VOLUME Volume;
    SHELL_NUMBER Count, Free;
    if (Listing->Bare || Listing->Stopped)
        return;
    if (Listing->Below) {
        ShellPrintLine(Listing, L"");
        ShellPrintLine(Listing, L"     Total Files Listed:");
        ShellShowCounts(Listing, Listing->AllFiles, Listing->AllBytes);
    }
    PCWSTR Directories = ShellNumber(Listing, Listing->AllDirectories, &Count);
    if (ShellVolumeOf(Path, &Volume))
        ShellPrintLine(Listing, L"%16ws Dir(s)  %14ws bytes free", Directories,
                       ShellNumber(Listing, Volume.FreeBytes, &Free));
    else
        ShellPrintLine(Listing, L"%16ws Dir(s)", Directories);
}
