#include "disks.h"

static PCWSTR BusName(ULONG Bus)
{
    static const PCWSTR Names[] = {
        L"-",       L"SCSI", L"ATAPI",  L"ATA",  L"1394", L"SSA", L"Fibre",
        L"USB",     L"RAID", L"iSCSI",  L"SAS",  L"SATA", L"SD",  L"MMC",
        L"virtual", L"file", L"Spaces", L"NVMe", L"SCM",  L"UFS",
    };
    return Bus < RTL_NUMBER_OF(Names) ? Names[Bus] : L"?";
}

// Three digits or more: 931.5 GB, 32.0 MB, in the units of 1024 that Windows shows.
VOID DiskSizeText(ULONGLONG Bytes, PWSTR Text)
{
    static const PCWSTR Units[] = {L"B", L"KB", L"MB", L"GB", L"TB", L"PB", L"EB"};
    ULONG Unit = 0;
    ULONGLONG Tenths = Bytes * 10;
    if (Bytes > MAXULONGLONG / 10) { // a tenth more or less does not show
        Tenths = Bytes / 1024 * 10;
        Unit = 1;
    }
    for (; Tenths >= 10240 && Unit < RTL_NUMBER_OF(Units) - 1; Unit++)
        Tenths = (Tenths + 512) / 1024;
    if (Unit == 0)
        _snwprintf(Text, DiskTextChars, L"%llu B", Bytes);
    else
        _snwprintf(Text, DiskTextChars, L"%llu.%llu %ws", Tenths / 10, Tenths % 10, Units[Unit]);
}

static PCWSTR AnswerText(DISK_ANSWER Answer, PCWSTR Yes, PCWSTR No)
{
    return Answer == DiskYes ? Yes : Answer == DiskNo ? No : L"-";
}

static VOID SectorText(const DISK *Disk, PWSTR Text)
{
    if (Disk->SectorBytes == 0)
        wcscpy(Text, L"-");
    else if (Disk->PhysicalBytes && Disk->PhysicalBytes != Disk->SectorBytes)
        _snwprintf(Text, DiskTextChars, L"%lu/%lu", Disk->SectorBytes, Disk->PhysicalBytes);
    else
        _snwprintf(Text, DiskTextChars, L"%lu", Disk->SectorBytes);
}

static VOID PrintRow(const DISK *Disk)
{
    WCHAR Size[DiskTextChars], Sector[DiskTextChars];
    if (!NT_SUCCESS(Disk->Status)) {
        ConPrint(L"%4lu  %ws\n", Disk->Number, StatusText(Disk->Status));
        return;
    }
    DiskSizeText(Disk->Bytes, Size);
    SectorText(Disk, Sector);
    ConPrint(L"%4lu  %10ws  %-7ws  %-9ws  %-5ws  %ws%ws%ws%ws%ws\n", Disk->Number,
             Disk->NoMedium ? L"no medium" : Size, BusName(Disk->Bus), Sector,
             AnswerText(Disk->WriteCache, L"on", L"off"), Disk->Model,
             Disk->Serial[0] ? L", " : L"", Disk->Serial, Disk->Removable ? L", removable" : L"",
             Disk->ReadOnly == DiskYes ? L", read-only" : L"");
}

VOID DiskPrintTable(const DISK *Disks, ULONG Count)
{
    ConPrint(L"Disk        Size  Bus      Sector     Cache  Model, serial number\n");
    for (ULONG i = 0; i < Count; i++)
        PrintRow(&Disks[i]);
}

VOID DiskPrintDetails(const DISK *Disk)
{
    WCHAR Size[DiskTextChars];
    if (!NT_SUCCESS(Disk->Status)) {
        ConPrint(L"Disk %lu: %ws\n", Disk->Number, StatusText(Disk->Status));
        return;
    }
    DiskSizeText(Disk->Bytes, Size);
    ConPrint(L"Disk %lu: %ws\n", Disk->Number, Disk->Model);
    ConPrint(L"  Serial number      %ws\n", Disk->Serial[0] ? Disk->Serial : L"-");
    ConPrint(L"  Revision           %ws\n", Disk->Revision[0] ? Disk->Revision : L"-");
    ConPrint(L"  Bus                %ws\n", BusName(Disk->Bus));
    if (Disk->NoMedium)
        ConPrint(L"  Size               no medium\n");
    else
        ConPrint(L"  Size               %llu bytes (%ws)\n", Disk->Bytes, Size);
    ConPrint(L"  Sector             %lu bytes, physical %lu\n", Disk->SectorBytes,
             Disk->PhysicalBytes ? Disk->PhysicalBytes : Disk->SectorBytes);
    ConPrint(L"  Medium             %ws, %ws\n", Disk->Removable ? L"removable" : L"fixed",
             AnswerText(Disk->ReadOnly, L"read-only", L"writable"));
    ConPrint(L"  Write cache        %ws\n", AnswerText(Disk->WriteCache, L"on", L"off"));
    ConPrint(L"  Trim               %ws\n", AnswerText(Disk->Trim, L"yes", L"no"));
    ConPrint(L"  Turns              %ws\n", AnswerText(Disk->Turns, L"yes", L"no"));
    ConPrint(L"  Largest transfer   %lu bytes\n", Disk->MaximumTransfer);
    DiskPrintHealth(&Disk->Health);
    DiskPrintFirmware(&Disk->Firmware);
}
