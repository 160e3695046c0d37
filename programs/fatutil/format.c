// format VOLUME [/fs:fat|fat12|fat16|fat32] [/a:SIZE] [/v:LABEL] [/q] [/y]
#include "raw.h"

enum {
    FormatDone = 0,
    FormatWrongUsage = 1,
    FormatFailed = 4,
    FormatRefused = 5, // by who was asked
    FormatMostWords = 16,
};

typedef struct _FORMAT {
    RAW_VOLUME Volume;
    FMT_WISH Wish;
    FMT_ORDER Order;
    PCWSTR Name, Label; // null: asked for
    BOOLEAN Quick, Yes;
} FORMAT, *PFORMAT;

static VOID ShowHelp(void)
{
    ConPrint(
        L"Formats a disk for use.\n"
        L"\n"
        L"FORMAT volume [/FS:file-system] [/A:size] [/V:label] [/Q] [/Y]\n"
        L"\n"
        L"  volume       A drive letter followed by a colon, a volume name, or a device.\n"
        L"  /FS:name     The file system: FAT (FAT12 or FAT16, as fits), FAT12, FAT16 or FAT32.\n"
        L"               Without it the one that fits the size.\n"
        L"  /A:size      The size of a cluster: 512, 1024, 2048, 4096, 8192, 16K, 32K, 64K\n"
        L"               (128K and 256K where sectors have more than 512 bytes).\n"
        L"  /V:label     The volume label.\n"
        L"  /Q           A quick format: what was on the volume is not written over.\n"
        L"  /Y           Asks nothing, and dismounts the volume when it is in use.\n");
}

// ---- The command line

static BOOLEAN ParseFileSystem(PCWSTR Text, FMT_WISH *Wish)
{
    static const struct {
        PCWSTR Name;
        FMT_WISH Wish;
    } Known[] = {
        {L"FAT", {.OnlySmall = true}},
        {L"FAT12", {.Bits = 12}},
        {L"FAT16", {.Bits = 16}},
        {L"FAT32", {.Bits = 32}},
    };
    for (ULONG i = 0; i < RTL_NUMBER_OF(Known); i++) {
        if (_wcsicmp(Known[i].Name, Text) != 0)
            continue;
        Wish->Bits = Known[i].Wish.Bits;
        Wish->OnlySmall = Known[i].Wish.OnlySmall;
        return TRUE;
    }
    ConPrint(L"The %ws file system is not known here.\n", Text);
    return FALSE;
}

static BOOLEAN ParseSize(PCWSTR Text, uint32_t *Size)
{
    PWSTR End;
    *Size = wcstoul(Text, &End, 10);
    if ((*End == L'k' || *End == L'K') && *Size <= 256) {
        *Size *= 1024;
        End++;
    }
    return End != Text && !*End && *Size;
}

static BOOLEAN ParseWord(PFORMAT Format, PCWSTR Word)
{
    if (Word[0] != L'/') {
        if (Format->Name)
            return FALSE;
        Format->Name = Word;
        return TRUE;
    }
    if (!_wcsnicmp(Word, L"/fs:", 4))
        return ParseFileSystem(Word + 4, &Format->Wish);
    if (!_wcsnicmp(Word, L"/a:", 3))
        return ParseSize(Word + 3, &Format->Wish.ClusterSize);
    if (!_wcsnicmp(Word, L"/v:", 3))
        Format->Label = Word + 3;
    else if (!_wcsicmp(Word, L"/q"))
        Format->Quick = TRUE;
    else if (!_wcsicmp(Word, L"/y"))
        Format->Yes = TRUE;
    else
        return FALSE;
    return TRUE;
}

static BOOLEAN ParseWords(PFORMAT Format, PWSTR *Words, ULONG Count)
{
    for (ULONG i = 1; i < Count; i++) {
        if (ParseWord(Format, Words[i]))
            continue;
        ConPrint(L"Invalid parameter - %ws\n", Words[i]);
        return FALSE;
    }
    if (!Format->Name)
        ConPrint(L"Required parameter missing -\n");
    return Format->Name != nullptr;
}

// ---- Text

static VOID ShowBytes(PCWSTR Before, ULONGLONG Bytes, PCWSTR After)
{
    static const PCWSTR Units[] = {L"KB", L"MB", L"GB", L"TB"};
    ULONGLONG Tenths = Bytes * 10 / 1024;
    ULONG Unit = 0;
    while (Tenths >= 10240 && Unit + 1 < RTL_NUMBER_OF(Units)) {
        Tenths /= 1024;
        Unit++;
    }
    ConPrint(L"%ws%I64u.%I64u %ws%ws\n", Before, Tenths / 10, Tenths % 10, Units[Unit], After);
}

static ULONG Fail(NTSTATUS Status)
{
    ConPrint(L"%ws\nFormat failed.\n", StatusText(Status));
    return FormatFailed;
}

// ---- Questions

static BOOLEAN AskOldLabel(PFORMAT Format)
{
    WCHAR Line[64];
    if (!Format->Volume.Names.Label[0] || Format->Volume.Removable)
        return TRUE;
    ConPrint(L"Enter current volume label for drive %ws ", Format->Volume.Shown);
    if (ConReadLine(Line, RTL_NUMBER_OF(Line)) && !_wcsicmp(Line, Format->Volume.Names.Label))
        return TRUE;
    ConPrint(L"An incorrect volume label was entered for this drive.\n");
    return FALSE;
}

static BOOLEAN AskToProceed(PFORMAT Format)
{
    ConPrint(L"The type of the file system is %ws.\n",
             Format->Volume.Names.FileSystem[0] ? Format->Volume.Names.FileSystem : L"RAW");
    if (Format->Yes)
        return TRUE;
    if (!AskOldLabel(Format))
        return FALSE;
    ConPrint(L"\nWARNING, ALL DATA ON %wsDISK\nDRIVE %ws WILL BE LOST!\n",
             Format->Volume.Removable ? L"REMOVABLE " : L"NON-REMOVABLE ", Format->Volume.Shown);
    return ConAsk(L"Proceed with Format", FALSE);
}

// The question is put again until there is a label that can be one.
static BOOLEAN ChooseLabel(PFORMAT Format)
{
    WCHAR Line[64] = L"";
    PCWSTR Label = Format->Label;
    for (;;) {
        if (!Label && !Format->Yes) {
            ConPrint(L"Volume label (11 characters, ENTER for none)? ");
            (VOID) ConReadLine(Line, RTL_NUMBER_OF(Line));
        }
        PCWSTR Text = Label ? Label : Line;
        if (FmtLabel(&Format->Volume.Store, (const uint16_t *)Text, (uint32_t)wcslen(Text),
                     Format->Order.Label))
            return TRUE;
        ConPrint(L"Invalid characters in volume label\n");
        if (Label || Format->Yes)
            return FALSE;
    }
}

// ---- Formatting

static bool ShowProgress(void *Context, uint32_t Percent)
{
    PULONG Shown = Context;
    if (Percent != *Shown)
        ConPrint(L"%lu percent completed.\r", Percent);
    *Shown = Percent;
    return true;
}

static ULONG Refuse(FMT_REFUSAL Refusal)
{
    static const PCWSTR Texts[] = {
        [FmtBadSector] = L"The sector size of this disk is not supported.",
        [FmtBadCluster] = L"The specified cluster size is not supported on this disk.",
        [FmtTooSmall] = L"The volume is too small for the specified file system.",
        [FmtTooLarge] = L"The volume is too big for the specified file system or cluster size.",
    };
    ConPrint(L"%ws\nFormat failed.\n", Texts[Refusal]);
    return FormatFailed;
}

static VOID ShowResult(const FMT_ORDER *Order)
{
    const FMT_LAYOUT *Layout = &Order->Layout;
    ULONGLONG Cluster = (ULONGLONG)Layout->ClusterSectors * Layout->SectorSize;
    ULONG Free = Layout->Clusters - (Layout->Bits == 32) - Order->BadFound;
    ConPrint(L"Format complete.      \n"); // over the percentage
    ShowBytes(L"  ", Layout->Clusters * Cluster, L" total disk space.");
    if (Order->BadFound)
        ShowBytes(L"  ", Order->BadFound * Cluster, L" in bad sectors.");
    ShowBytes(L"  ", Free * Cluster, L" are available.");
    ConPrint(L"\n  %I64u bytes in each allocation unit.\n", Cluster);
    ConPrint(L"  %lu allocation units available on disk.\n\n", Free);
    ConPrint(L"  %lu bits in each FAT entry.\n\n", Layout->Bits);
    ConPrint(L"Volume Serial Number is %04lX-%04lX\n", Order->Serial >> 16, Order->Serial & 0xFFFF);
}

// Of the time, as people expect it; two volumes made in one second differ by the counter.
static VOID MakeStamp(FMT_ORDER *Order)
{
    LARGE_INTEGER Counter;
    NtQueryPerformanceCounter(&Counter, nullptr);
    Order->Now = RawNow();
    Order->Serial = ((uint32_t)Order->Now.Date << 16 | Order->Now.Time) ^ Counter.LowPart;
}

static UCHAR PartitionType(const FMT_LAYOUT *Layout)
{
    if (Layout->Bits != 16)
        return Layout->Bits == 12 ? 0x01 : 0x0C;
    return Layout->TotalSectors < 65536 ? 0x04 : 0x0E;
}

static ULONG Write(PFORMAT Format)
{
    FMT_ORDER *Order = &Format->Order;
    ULONG Percent = 101;
    Order->Store = &Format->Volume.Store;
    Order->Quick = Format->Quick;
    Order->Progress = ShowProgress;
    Order->Context = &Percent;
    MakeStamp(Order);
    ShowBytes(Format->Quick ? L"QuickFormatting " : L"Formatting ", Format->Volume.Store.Bytes,
              L"");
    FAT_RESULT Result = FmtWrite(Order);
    if (Result == FatNoMemory)
        return Fail(STATUS_NO_MEMORY);
    if (Result != FatDone)
        return Fail(Format->Volume.Failed);
    RawSetPartitionType(&Format->Volume, PartitionType(&Order->Layout));
    NTSTATUS Status = RawDismount(&Format->Volume);
    if (!NT_SUCCESS(Status))
        return Fail(Status);
    ShowResult(Order);
    return FormatDone;
}

static ULONG Run(PFORMAT Format)
{
    PRAW_VOLUME Volume = &Format->Volume;
    NTSTATUS Status = RawOpen(Format->Name, TRUE, Volume);
    if (Volume->IsSystem) {
        ConPrint(L"Cannot format. This volume is the one that the system runs from.\n");
        return FormatFailed;
    }
    if (!NT_SUCCESS(Status)) {
        ConPrint(L"Cannot open volume %ws - %ws\n", Format->Name, StatusText(Status));
        return FormatFailed;
    }
    Format->Wish.HiddenSectors = Volume->HiddenSectors;
    Format->Wish.SectorsPerTrack = Volume->SectorsPerTrack;
    Format->Wish.Heads = Volume->Heads;
    FMT_REFUSAL Refusal = FmtPlan(&Format->Wish, Volume->Store.SectorSize, Volume->Store.Bytes,
                                  &Format->Order.Layout);
    if (Refusal != FmtGood)
        return Refuse(Refusal);
    if (!AskToProceed(Format)) {
        ConPrint(L"The volume was not changed.\n");
        return FormatRefused;
    }
    ConPrint(L"The type of the new file system is FAT%lu.\n", Format->Order.Layout.Bits);
    if (!ChooseLabel(Format))
        return FormatWrongUsage;
    Status = RawLockOrDismount(&Format->Volume, L"Format", Format->Yes);
    if (!NT_SUCCESS(Status))
        return Fail(Status);
    return Write(Format);
}

VOID NtProcessStartup(PPEB Peb);
VOID NtProcessStartup(PPEB Peb)
{
    static FORMAT Format;
    PWSTR Line = Peb->ProcessParameters->CommandLine.Buffer, Words[FormatMostWords];
    ULONG Count = Line ? ConSplitWords(Line, Words, FormatMostWords) : 0;
    if (Count == 2 && !wcscmp(Words[1], L"/?")) {
        ShowHelp();
        RtlExitUserProcess(FormatDone);
    }
    if (!ParseWords(&Format, Words, Count))
        RtlExitUserProcess(FormatWrongUsage);
    RtlExitUserProcess((NTSTATUS)Run(&Format));
}
