// Every test program starts so: set up, then the tests of its table.
#include "ktest.h"

[[noreturn]] void root_main(const seL4_BootInfo *info);

void root_main(const seL4_BootInfo *info)
{
    bootinfo = info;
    thread_setup_root(info);
    console_setup();
    pool_setup();
    window_setup();
    guard_setup();
    tests_run();
    bail_out("the tests came back");
}
