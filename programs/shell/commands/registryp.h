// What the files of the command reg share.
#pragma once

#include "shell.h"

typedef struct _SHELL_REG {
    PCWSTR Key;    // as it was written
    SH_TEXT Name;  // with the root key's full name
    SH_TEXT Path;  // in the object namespace
    PCWSTR Value;  // name; null: none was given
    BOOLEAN All;   // /va
    BOOLEAN Below; // /s
    BOOLEAN Force; // /f
    ULONG Type;
    PCWSTR Data; // may be null
    PCWSTR File; // of save and load; else null
} SHELL_REG;

PCWSTR ShellRegTypeName(ULONG Type);
ULONG ShellReportKey(PCWSTR Name, NTSTATUS Status); // of a key or a value; returns 1
NTSTATUS ShellCreateKey(PWSTR Path, PHANDLE Key);   // with those that lead to it
NTSTATUS ShellOpenKey(HANDLE Root, PCWSTR Path, ACCESS_MASK Access, PHANDLE Key);
NTSTATUS ShellChildName(HANDLE Key, ULONG Index, PSH_TEXT Name); // STATUS_NO_MORE_ENTRIES
ULONG ShellRegAdd(SHELL_REG *Reg);
ULONG ShellRegDelete(SHELL_REG *Reg);
ULONG ShellRegHive(SHELL_REG *Reg, PCWSTR Command); // save, load, unload
