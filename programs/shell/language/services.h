// What the command language needs of the system. native/ implements it with NT's services, the unit
// tests with doubles.
#pragma once

#include "text.h"

// ---- Memory: the program ends when there is none

PVOID SysAllocate(SIZE_T Size); // zeroed
VOID SysFree(PVOID Block);

// ---- Standard streams

enum { SysInput, SysOutput, SysError, SysStreamCount = 10 }; // 3 to 9: the shell's own

VOID SysWrite(ULONG Stream, PCWSTR Text, SIZE_T Length); // nothing once it has been interrupted
VOID SysWritePrompt(PCWSTR Text, SIZE_T Length);
// Has the standard output taken everything, since the last time that this was asked? Nothing is written after a failure.
NTSTATUS SysTakeOutputStatus(void);
// A line of the standard input without its end. STATUS_END_OF_FILE when there is no more.
NTSTATUS SysReadLine(PSH_TEXT Line);
// The same, of a console with Tab as Complete has it: that changes the line and the cursor's place in it.
typedef VOID SYS_COMPLETER(PVOID Context, PSH_TEXT Line, PSIZE_T Cursor, BOOLEAN Back);
NTSTATUS SysEditLine(PSH_TEXT Line, SYS_COMPLETER *Complete, PVOID Context);
// Until a key is pressed, or the input ends. Where there are only lines: the first character of the next.
NTSTATUS SysReadKey(PWCHAR Key);
ULONG SysScreenRows(void);

typedef enum _SYS_REDIRECT { SysRead, SysWriteNew, SysAppend, SysDuplicate } SYS_REDIRECT;

// Give a stream another end: a file, or for SysDuplicate that of the stream Source. *Saved brings the
// old one back.
NTSTATUS SysRedirectStream(ULONG Stream, SYS_REDIRECT Kind, PCWSTR Target, ULONG Source,
                           PVOID *Saved);
VOID SysRestoreStream(ULONG Stream, PVOID Saved);

// ---- Variables. Names are compared without case.

BOOLEAN SysGetVariable(PCWSTR Name, PSH_TEXT Value); // the value is appended
NTSTATUS SysSetVariable(PCWSTR Name, PCWSTR Value);  // null: remove it
typedef VOID SYS_VARIABLE_VISITOR(PVOID Context, PCWSTR NameAndValue);
VOID SysListVariables(SYS_VARIABLE_VISITOR *Visit, PVOID Context);
// All variables and the current directory.
PVOID SysSaveEnvironment(void);
VOID SysRestoreEnvironment(PVOID Saved); // and frees it

// ---- Files

typedef struct _SYS_FILE {
    PCWSTR Name;      // last component; not from SysQueryFile
    PCWSTR ShortName; // likewise; null: the name itself is short
    ULONG Attributes; // FILE_ATTRIBUTE_...
    ULONGLONG Size;
    LARGE_INTEGER Time; // last write, UTC; 0: unknown
    LARGE_INTEGER Created, Accessed;
} SYS_FILE, *PSYS_FILE;

VOID SysCurrentDirectory(PSH_TEXT Path);
NTSTATUS SysFullPath(PCWSTR Path, PSH_TEXT Full);
NTSTATUS SysQueryFile(PCWSTR Path, PSYS_FILE File);
typedef BOOLEAN SYS_FILE_VISITOR(PVOID Context, const SYS_FILE *File); // FALSE: enough
// What matches the pattern of the path's last component, in the directory that is the rest of it.
NTSTATUS SysFindFiles(PCWSTR Path, SYS_FILE_VISITOR *Visit, PVOID Context);
NTSTATUS SysReadFile(PCWSTR Path, PSH_TEXT Contents);
NTSTATUS SysTypeFile(PCWSTR Path); // to the standard output, byte for byte

// ---- Programs

// The file that a command name stands for: by PATH and PATHEXT.
BOOLEAN SysFindProgram(PCWSTR Name, PSH_TEXT Path);
// The command line that opens a file which is no program, by its type; Tail follows the file's name.
BOOLEAN SysFindOpener(PCWSTR Path, PCWSTR Tail, PSH_TEXT Line);
// Ctrl-C ends a program that does not see to it itself.
NTSTATUS SysRunProgram(PCWSTR Path, PCWSTR CommandLine, PULONG ExitCode);
// Commands in shells of their own, one writing what the other reads. They have been expanded but for
// what Delayed allows. ExitCode is the right one's.
NTSTATUS SysPipe(PCWSTR Left, PCWSTR Right, BOOLEAN Delayed, PULONG ExitCode);
// What a command writes in a shell of its own.
NTSTATUS SysCapture(PCWSTR Command, PSH_TEXT Output);

// ---- Ctrl-C

VOID SysForgetInterrupt(void);  // from now on it is heard
BOOLEAN SysIsInterrupted(void); // it was pressed since

// ---- Everything else

VOID SysCommandLine(PSH_TEXT Line); // that the shell was started with
ULONG SysPushedDirectories(void);   // that pushd remembers
VOID SysLocalTime(PTIME_FIELDS Time);
NTSTATUS SysSetLocalTime(PTIME_FIELDS Time);
VOID SysFileTime(const LARGE_INTEGER *Utc, PTIME_FIELDS Time);
ULONG SysRandom(void);
BOOLEAN SysHasStack(void); // enough of it for another command
PCWSTR SysStatusText(NTSTATUS Status);
