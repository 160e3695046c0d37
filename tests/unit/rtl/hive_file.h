// Hives in the host's memory, for the tests, the fuzzer and the tool that hivex is compared with.
#ifndef TESTS_UNIT_RTL_HIVE_FILE_H
#define TESTS_UNIT_RTL_HIVE_FILE_H

#include <hive/hive.h>

extern const HIVE_OPERATIONS HostHiveOperations;
extern SIZE_T HiveBlocks;  // allocations that are not freed yet
extern LONG HiveFailAfter; // allocations until one fails; negative: never

// A self-relative descriptor; Variant makes it different from others.
PSECURITY_DESCRIPTOR TestDescriptor(ULONG Variant, PULONG Length);

// The whole file, as a program would find it after a complete write. Freed with free.
PUCHAR HiveToFile(PHIVE Hive, PULONG Size);

#endif
