// What native programs share.
#pragma once

#include <nt.h>

// ---- Console: the handles of the process parameters; without them, output goes to the boot console

// Open the console, to be inherited by the programs that this one starts.
NTSTATUS ConOpen(void);
VOID ConWrite(PCWSTR Text, SIZE_T Characters);
VOID ConPrint(PCWSTR Format, ...);
// A line without its end, terminated; as much as fits. STATUS_END_OF_FILE when there is no more.
NTSTATUS ConReadLine(PWSTR Line, ULONG Capacity);

// ---- Command lines: words between spaces; quotation marks keep spaces

enum { ArgMaximum = 32 };

typedef struct _ARGUMENTS {
    ULONG Count;
    PWSTR Values[ArgMaximum];
} ARGUMENTS, *PARGUMENTS;

// Text is cut into pieces in place. FALSE: there are too many.
BOOLEAN ArgSplit(PWSTR Text, PARGUMENTS Arguments);
// A decimal number, or 0x and a hexadecimal one. FALSE: something else.
BOOLEAN ArgNumber(PCWSTR Text, PULONG_PTR Number);

// ---- Objects and the registry

NTSTATUS ObjMakeDirectory(PCWSTR Path, PHANDLE Directory); // permanent
NTSTATUS ObjMakeLink(PCWSTR Path, PCWSTR Target);          // permanent
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
VOID RegFreeValue(PREG_VALUE Value);

// ---- Users

// A primary token for a user that the registry lists. STATUS_NO_SUCH_USER.
NTSTATUS UserLogOn(PCWSTR Name, PHANDLE Token);

// ---- Programs

// A name without a path is looked for in the system directory, with ".exe" when it has no extension.
NTSTATUS ProcStart(PCWSTR Program, PCWSTR CommandLine, PHANDLE Process, PCLIENT_ID Id);
NTSTATUS ProcWait(HANDLE Process, PNTSTATUS ExitStatus); // closes the handle
