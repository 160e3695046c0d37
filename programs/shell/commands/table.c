// The table of commands.

#include "language/commands.h"
#include "shell.h"

#define LANGUAGE(Name, Run, Group, Flags, Arguments, Help) \
    {L"" #Name, Group, Flags, Arguments, Help, Run, nullptr},
#define SYSTEM(Name, Run, RunWords, Group, Flags, Arguments, Help) \
    {L"" #Name, Group, Flags, Arguments, Help, Run, RunWords},
#define PROGRAM(Name, Arguments, Help) \
    {L"" #Name, ShellPrograms, 0, Arguments, Help, nullptr, nullptr},

const SHELL_COMMAND ShellCommands[] = {
#include "commands.inc"
};
const ULONG ShellCommandCount = RTL_NUMBER_OF(ShellCommands);
