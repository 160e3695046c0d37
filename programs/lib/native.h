// What native programs share.
#pragma once

#include <nt.h>

// ---- Console: the handles of the process parameters; without them, output goes to the boot console

// In the place of a handle: output is dropped, and there is no input. For NUL where no device is.
#define ConNowhere ((HANDLE)(LONG_PTR) - 1)

// Open the console, to be inherited by the programs that this one starts. What was open before is closed.
NTSTATUS ConOpen(void);
// As UTF-8, and CR LF where a line ends.
NTSTATUS ConWrite(HANDLE File, PCWSTR Text, SIZE_T Characters);
// How much of it to write at a time, at most Most: a surrogate pair goes out as one.
SIZE_T ConPart(PCWSTR Text, SIZE_T Characters, SIZE_T Most);
VOID ConPrint(PCWSTR Format, ...); // to the standard output
// Some bytes of the standard input. STATUS_END_OF_FILE when there are no more.
NTSTATUS ConRead(PVOID Buffer, ULONG Length, PULONG Read);

// Yes or no, from the standard input; AtEnd at its end. The question is asked again until there is an answer.
BOOLEAN ConAsk(PCWSTR Question, BOOLEAN AtEnd);
// A line of the standard input without its end, cut to Chars - 1. FALSE: there is none.
BOOLEAN ConReadLine(PWSTR Line, ULONG Chars);

// Cuts Line into at most Most words, in place; the first is the program. Quotation marks keep blanks.
ULONG ConSplitWords(PWSTR Line, PWSTR *Words, ULONG Most);
// The words behind the program's name in its command line, as UTF-8. Called once.
ULONG ConArguments(PSTR *Words, ULONG Most);

// Is /? all that follows the program's name?
BOOLEAN ConAsksForHelp(PCUNICODE_STRING CommandLine);

// ---- Files

// The names are DOS paths. The handle is inherited by programs that this one starts, when so wanted.
NTSTATUS FileOpen(PCWSTR Path, ACCESS_MASK Access, ULONG Disposition, ULONG Options,
                  BOOLEAN Inherited, PHANDLE File);
// STATUS_END_OF_FILE at the end, of a pipe too.
NTSTATUS FileRead(HANDLE File, PVOID Buffer, ULONG Length, PULONG Read);
NTSTATUS FileWrite(HANDLE File, const VOID *Bytes, ULONG Length);

// ---- Devices, used synchronously

NTSTATUS DeviceOpen(PCWSTR NtPath, ACCESS_MASK Access, ULONG ShareAccess, PHANDLE Device);
// Returned, which may be null, gets the length of the output, after an error too.
NTSTATUS DeviceControl(HANDLE Device, ULONG Code, const VOID *Input, ULONG InputLength,
                       PVOID Output, ULONG OutputLength, PULONG Returned);

typedef struct _INTERFACE_NAME {
    WCHAR Path[200]; // for DeviceOpen
} INTERFACE_NAME, *PINTERFACE_NAME;

// The enabled device interfaces of a class.
ULONG InterfaceList(const GUID *Class, PINTERFACE_NAME Names, ULONG Most);

// ---- Objects and the registry

NTSTATUS ObjMakeDirectory(PCWSTR Path, PHANDLE Directory); // permanent
NTSTATUS ObjMakeLink(PCWSTR Path, PCWSTR Target);          // permanent
NTSTATUS ObjDeleteLink(PCWSTR Path);
NTSTATUS ObjReadLink(HANDLE Directory, PCUNICODE_STRING Name, PUNICODE_STRING Target);
NTSTATUS RegOpen(PCWSTR Path, ACCESS_MASK Access, PHANDLE Key);

typedef struct _REG_VALUE {
    PWSTR Name; // terminated
    ULONG Type;
    PVOID Data; // behind it are two zero characters, so that text is always terminated
    ULONG Size;
} REG_VALUE, *PREG_VALUE;

// The value of that index; freed by RegFreeValue. STATUS_NO_MORE_ENTRIES.
NTSTATUS RegReadValue(HANDLE Key, ULONG Index, PREG_VALUE *Value);
// The one of that name in the key of that path. STATUS_OBJECT_NAME_NOT_FOUND.
NTSTATUS RegFindValue(PCWSTR Path, PCWSTR Name, PREG_VALUE *Value);
VOID RegFreeValue(PREG_VALUE Value);

// ---- Volumes

typedef struct _FILE_SYSTEM_NAMES {
    WCHAR FileSystem[16]; // FAT32
    WCHAR Label[34];
    ULONG Serial;
} FILE_SYSTEM_NAMES, *PFILE_SYSTEM_NAMES;

// Of the file system that File is on. The raw one has nothing to say.
NTSTATUS VolumeAskNames(HANDLE File, PFILE_SYSTEM_NAMES Names);

// ---- Users

// A primary token for a user that the registry lists. STATUS_NO_SUCH_USER.
NTSTATUS UserLogOn(PCWSTR Name, PHANDLE Token);

// ---- Programs

// A name without a path is looked for in the system directory, with ".exe" when it has no extension. The
// program gets this one's environment, current directory and standard handles.
NTSTATUS ProcStart(PCWSTR Program, PCWSTR CommandLine, PHANDLE Process, PCLIENT_ID Id);
NTSTATUS ProcWait(HANDLE Process, PNTSTATUS ExitStatus); // closes the handle

// ---- Devices

enum { PowerDescription = 96 };
// "D0  asleep D3  off D3  supports D0 D3": the state now, with the system asleep and off, and what there is.
NTSTATUS PowerDescribeDevice(PCWSTR InstancePath, PWSTR Text, ULONG Chars);

// ---- Messages

// What a status means, for people. Of an unknown one, its number; valid until the next call.
PCWSTR StatusText(NTSTATUS Status);
