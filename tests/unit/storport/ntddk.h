// The driver interface's header, with a clock of the test's.
#pragma once

#include_next <ntddk.h>

constexpr ULONG64 TestTime = 0x0102030405060708;

#undef KeQuerySystemTime
#define KeQuerySystemTime(Time) (*(Time) = (LARGE_INTEGER){.QuadPart = TestTime})
