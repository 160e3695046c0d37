// The commands that belong to the language. commands.inc lists them.
#pragma once

#include "languagep.h"

ULONG ShDoCall(PSHELL Shell, PCWSTR Tail);
ULONG ShDoEcho(PSHELL Shell, PCWSTR Tail);
ULONG ShDoEndLocal(PSHELL Shell, PCWSTR Tail);
ULONG ShDoExit(PSHELL Shell, PCWSTR Tail);
ULONG ShDoGoto(PSHELL Shell, PCWSTR Tail);
ULONG ShDoHelp(PSHELL Shell, PCWSTR Tail);
ULONG ShDoPause(PSHELL Shell, PCWSTR Tail);
ULONG ShDoPrompt(PSHELL Shell, PCWSTR Tail);
ULONG ShDoRem(PSHELL Shell, PCWSTR Tail);
ULONG ShDoSet(PSHELL Shell, PCWSTR Tail);
ULONG ShDoSetLocal(PSHELL Shell, PCWSTR Tail);
ULONG ShDoShift(PSHELL Shell, PCWSTR Tail);
ULONG ShDoSyntax(PSHELL Shell, PCWSTR Tail);
