// The parts of the benchmark.
#pragma once

VOID BenchInterrupt(void); // interrupt.c
