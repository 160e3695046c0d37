// The smallest program: starts and ends.

#include "linux.h"

[[noreturn]] void _start(void);
void _start(void)
{
    exit_thread(0);
}
