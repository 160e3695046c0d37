// What bench/drivers asks of its driver: to complete the request at once.
#pragma once

#define BENCH_DEVICE       L"\\Device\\Bench"
#define BENCH_CODE(Method) ((ULONG)CTL_CODE(0x8346, 0x800, (Method), FILE_ANY_ACCESS))
