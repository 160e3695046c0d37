// What the parts of the program share.
#pragma once

#include <test.h>

#include <ntdddisk.h>

#include <mountdev.h>

#include <ntddvol.h>

#include "rambus.h"

#define SERVICES L"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\"
#define ENUM     L"\\Registry\\Machine\\System\\CurrentControlSet\\Enum\\"
#define CONTROL  L"\\Registry\\Machine\\System\\CurrentControlSet\\Control\\"
#define MOUNTED  L"\\Registry\\Machine\\System\\MountedDevices"
#define BUS_PATH L"ROOT\\RAMBUS\\0000"

enum { TextChars = 256, SectorBytes = 512, DiskSectors = 4096 };

// ---- setup.c

VOID SetText(PCWSTR Key, PCWSTR Name, ULONG Type, PCWSTR Value, ULONG Bytes);
VOID SetNumber(PCWSTR Key, PCWSTR Name, ULONG Value);
#define SET_TEXT(Key, Name, Text)  SetText(Key, Name, REG_SZ, Text, sizeof(Text))
#define SET_TEXTS(Key, Name, Text) SetText(Key, Name, REG_MULTI_SZ, Text, sizeof(Text))
ULONG GetValue(PCWSTR Key, PCWSTR Name, PVOID Buffer, ULONG Size); // bytes; 0: none

NTSTATUS OpenDevice(PCWSTR Name, PHANDLE File);
NTSTATUS Control(HANDLE File, ULONG Code, PVOID Input, ULONG InputLength, PVOID Output,
                 ULONG OutputLength, PULONG Length);
NTSTATUS ControlByName(PCWSTR Name, ULONG Code, PVOID Input, ULONG InputLength, PVOID Output,
                       ULONG OutputLength);
NTSTATUS ReadAt(HANDLE File, ULONGLONG Offset, PVOID Buffer, ULONG Length);
NTSTATUS WriteAt(HANDLE File, ULONGLONG Offset, PVOID Buffer, ULONG Length);

// ---- disks.c: slots 0 to 3

NTSTATUS RamControl(ULONG Code, ULONG Slot, ULONGLONG Offset, ULONG Length);
VOID MakeMedium(ULONG Slot, ULONGLONG Sectors, ULONG SectorSize, BOOLEAN Removable);
VOID AddDisk(ULONG Slot);
VOID PullDisk(ULONG Slot);
VOID Peek(ULONG Slot, ULONGLONG Offset, PVOID Buffer, ULONG Length);
VOID Poke(ULONG Slot, ULONGLONG Offset, const VOID *Data, ULONG Length);
RAM_COUNTS Counts(ULONG Slot);
VOID Settle(VOID); // wait until the PnP manager and the mount manager have done what is under way

HANDLE OpenDisk(ULONG Number); // \Device\HarddiskN\DRN; null: reported
GUID MakeGuid(ULONG Seed);
// A layout in LayoutBuffer, to be filled.
PDRIVE_LAYOUT_INFORMATION_EX BeginLayout(PARTITION_STYLE Style, ULONG Seed);
VOID AddGpt(ULONG Seed, ULONGLONG Start, ULONGLONG Sectors); // in sectors of 512 bytes
VOID AddMbr(UCHAR Type, ULONGLONG Start, ULONGLONG Sectors);
NTSTATUS SetLayout(HANDLE Disk);
PDRIVE_LAYOUT_INFORMATION_EX GetLayout(HANDLE Disk); // in another buffer; null: reported
BOOLEAN Exists(PCWSTR Name);                         // it can be opened
extern const GUID BasicData;

// Tests, by file
VOID TestSetUp(void);
VOID TestEmptyDisk(void), TestGptLayout(void), TestMbrLayout(void), TestOldLayout(void),
    TestBadLayouts(void), TestDelete(void), TestStyles(void);
VOID TestIdentity(void), TestOneHost(void), TestPlaces(void), TestOffline(void),
    TestGptAttributes(void);
VOID TestOnlineChange(void), TestGrow(void), TestPullUnderTransfers(void);
VOID TestDamage(void), TestPowerCuts(void), TestCollision(void), TestDiskAttributes(void),
    TestLargeSectors(void), TestSuperfloppy(void);
VOID TestLetters(void), TestPoints(void), TestDriverNames(void), TestAutoMount(void),
    TestChangeNotify(void), TestMountErrors(void);
VOID TestProgramVolumes(void), TestProgramMountvol(void);
VOID TestRandom(void), TestHostEnds(void);
