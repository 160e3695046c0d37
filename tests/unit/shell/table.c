// The table of commands as far as it belongs to the language, and one for the doubles.
#include "commands.h"
#include "double.h"

#define LANGUAGE(Name, Run, Group, Flags, Arguments, Help) \
    {L"" #Name, Group, Flags, Arguments, Help, Run, nullptr},
#define SYSTEM(...)
#define PROGRAM(Name, Arguments, Help) \
    {L"" #Name, ShellPrograms, 0, Arguments, Help, nullptr, nullptr},

const SHELL_COMMAND ShellCommands[] = {
#include "commands.inc"
    {L"cd", ShellFiles, 0, L"directory", L"changes the double's directory", DoubleChangeDirectory,
     nullptr},
    {L"count", ShellFiles, 0, L"words\n\nmore", L"counts its words", nullptr, DoubleCount},
};
const ULONG ShellCommandCount = RTL_NUMBER_OF(ShellCommands);
