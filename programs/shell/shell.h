// The commands that need NT, and what they share. commands.inc lists them.
#pragma once

#include <native.h>

#include "language/language.h"

// What NtQuerySystemInformation says of a class of any size; freed with SysFree. Null: it says nothing,
// which was reported.
PVOID ShellQuerySystem(SYSTEM_INFORMATION_CLASS Class);
// What is in a directory of the object namespace, in the order of names. Behind a name's zero stands its type.
NTSTATUS ShellListObjects(HANDLE Directory, PSH_WORDS Entries);
VOID ShellShowVersion(void);
ULONG ShellSetColours(PCWSTR Digits, SIZE_T Length); // as color, which returns the same
// All that is left of the standard input (native/streams.c).
NTSTATUS SysReadRest(PSH_TEXT Text);
// Text from the files named, or from the standard input when there are none. FALSE: reported.
BOOLEAN ShellReadInput(const SH_WORDS *Words, ULONG First, PSH_TEXT Text);
// Cuts the next line off. FALSE: there is none. *Text moves on.
BOOLEAN ShellNextLine(PCWSTR *Text, PSH_TEXT Line);

// From now on a command that finds no memory is interrupted (native/memory.c).
VOID SysKeepReserve(PSHELL Shell);

// Ends it at Ctrl-C, unless it has been told itself. Closes the handle (native/interrupt.c).
NTSTATUS SysWaitForProgram(HANDLE Process, PNTSTATUS ExitStatus);

// A key, as SysReadKey; STATUS_TIMEOUT when none is pressed in the time. Negative: for ever (native/waitkey.c).
NTSTATUS SysReadKeyWithin(LONG Seconds, PWCHAR Key);
BOOLEAN ShellVerifiesCopies(void); // verify on (settings.c)

// ---- Files and volumes (native/changes.c, native/copy.c)

NTSTATUS SysMakeDirectory(PCWSTR Path);
NTSTATUS SysMakeDirectories(PCWSTR Path); // with those above it that are missing
NTSTATUS SysSetAttributes(PCWSTR Path, ULONG Attributes);
NTSTATUS SysDelete(PCWSTR Path, BOOLEAN Directory);
NTSTATUS SysRename(PCWSTR Path, PCWSTR NewPath, BOOLEAN Replace); // a full path
BOOLEAN SysIsConsole(ULONG Stream);
ULONG SysScreenColumns(void);

enum { SysCopyAppend = 0x1, SysCopyVerify = 0x2 };
// FALSE: enough, the copy ends with STATUS_CANCELLED. Size is 0 when it is not known.
typedef BOOLEAN SYS_PROGRESS(PVOID Context, ULONGLONG Done, ULONGLONG Size);
// Of a copy that fails nothing is left, unless it was to be appended.
NTSTATUS SysCopyFile(PCWSTR From, PCWSTR To, ULONG Flags, SYS_PROGRESS *Progress, PVOID Context);

enum { SysLabelMaximum = 34 };

typedef struct _SYS_VOLUME {
    WCHAR Label[SysLabelMaximum];
    ULONG Serial, ClusterBytes;
    ULONGLONG Bytes, FreeBytes;
} SYS_VOLUME, *PSYS_VOLUME;

NTSTATUS SysQueryVolume(PCWSTR Path, PSYS_VOLUME Volume);
NTSTATUS SysSetLabel(WCHAR Letter, PCWSTR Label); // empty: none
NTSTATUS SysFlushRegistry(VOID);                  // all hives that are loaded
NTSTATUS SysFlushVolume(WCHAR Letter);

// change.c, compare.c, copy.c, look.c, volume.c
ULONG ShellDoAttrib(PSHELL Shell, const SH_WORDS *Words);
ULONG ShellDoCopy(PSHELL Shell, const SH_WORDS *Words);
ULONG ShellDoDel(PSHELL Shell, const SH_WORDS *Words);
ULONG ShellDoFc(PSHELL Shell, const SH_WORDS *Words);
ULONG ShellDoHexdump(PSHELL Shell, const SH_WORDS *Words);
ULONG ShellDoLabel(PSHELL Shell, const SH_WORDS *Words);
ULONG ShellDoMd(PSHELL Shell, const SH_WORDS *Words);
ULONG ShellDoMove(PSHELL Shell, const SH_WORDS *Words);
ULONG ShellDoRd(PSHELL Shell, const SH_WORDS *Words);
ULONG ShellDoRen(PSHELL Shell, const SH_WORDS *Words);
ULONG ShellDoSync(PSHELL Shell, const SH_WORDS *Words);
ULONG ShellDoTree(PSHELL Shell, const SH_WORDS *Words);
ULONG ShellDoVol(PSHELL Shell, const SH_WORDS *Words);
ULONG ShellDoXcopy(PSHELL Shell, const SH_WORDS *Words);

// associations.c, choice.c, settings.c
ULONG ShellDoAssoc(PSHELL Shell, PCWSTR Tail);
ULONG ShellDoBreak(PSHELL Shell, const SH_WORDS *Words);
ULONG ShellDoChcp(PSHELL Shell, const SH_WORDS *Words);
ULONG ShellDoChoice(PSHELL Shell, const SH_WORDS *Words);
ULONG ShellDoFtype(PSHELL Shell, PCWSTR Tail);
ULONG ShellDoTimeout(PSHELL Shell, const SH_WORDS *Words);
ULONG ShellDoVerify(PSHELL Shell, const SH_WORDS *Words);

// files.c, findstr.c, more.c, sort.c, text.c
ULONG ShellDoCd(PSHELL Shell, PCWSTR Tail);
ULONG ShellDoDir(PSHELL Shell, const SH_WORDS *Words);
ULONG ShellDoFind(PSHELL Shell, PCWSTR Tail);
ULONG ShellDoFindstr(PSHELL Shell, const SH_WORDS *Words);
ULONG ShellDoMore(PSHELL Shell, const SH_WORDS *Words);
ULONG ShellDoPath(PSHELL Shell, PCWSTR Tail);
ULONG ShellDoPopd(PSHELL Shell, const SH_WORDS *Words);
ULONG ShellDoPushd(PSHELL Shell, PCWSTR Tail);
ULONG ShellDoSort(PSHELL Shell, const SH_WORDS *Words);
ULONG ShellDoType(PSHELL Shell, const SH_WORDS *Words);
ULONG ShellDoWhere(PSHELL Shell, const SH_WORDS *Words);

// system.c, drivers.c, handles.c, log.c, objects.c, processes.c, registry.c, registrychange.c
ULONG ShellDoDate(PSHELL Shell, const SH_WORDS *Words);
ULONG ShellDoDevices(PSHELL Shell, const SH_WORDS *Words);
ULONG ShellDoDrivers(PSHELL Shell, const SH_WORDS *Words);
ULONG ShellDoHandles(PSHELL Shell, const SH_WORDS *Words);
ULONG ShellDoIrq(PSHELL Shell, const SH_WORDS *Words);
ULONG ShellDoKill(PSHELL Shell, const SH_WORDS *Words);
ULONG ShellDoLoad(PSHELL Shell, const SH_WORDS *Words);
ULONG ShellDoLog(PSHELL Shell, const SH_WORDS *Words);
ULONG ShellDoMem(PSHELL Shell, const SH_WORDS *Words);
ULONG ShellDoObjects(PSHELL Shell, const SH_WORDS *Words);
ULONG ShellDoPs(PSHELL Shell, const SH_WORDS *Words);
ULONG ShellDoReg(PSHELL Shell, const SH_WORDS *Words);
ULONG ShellDoStart(PSHELL Shell, PCWSTR Tail);
ULONG ShellDoTrace(PSHELL Shell, PCWSTR Tail);
ULONG ShellDoTime(PSHELL Shell, const SH_WORDS *Words);
ULONG ShellDoUnload(PSHELL Shell, const SH_WORDS *Words);
ULONG ShellDoUptime(PSHELL Shell, const SH_WORDS *Words);

// console.c
VOID ShellClearScreen(void);
ULONG ShellDoCls(PSHELL Shell, const SH_WORDS *Words);
ULONG ShellDoColor(PSHELL Shell, const SH_WORDS *Words);
ULONG ShellDoTitle(PSHELL Shell, PCWSTR Tail);
ULONG ShellDoVer(PSHELL Shell, const SH_WORDS *Words);
