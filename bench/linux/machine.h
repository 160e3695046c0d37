// A program for Linux that may be the first one of a machine: then it loads the modules in /modules, runs the lines
// of /commands as command lines of its own, and switches the machine off.
#pragma once

// What main does. Count and Words of Main are without the program's name.
int MachineMain(int Count, char **Words, int (*Main)(int Count, char **Words));
