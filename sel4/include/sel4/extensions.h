// Invocations of the embedded kernel that seL4 does not have: it answers them with seL4_IllegalOperation. The numbers
// are far from those that seL4 counts its own from.
#pragma once

#include <sel4/types.h>

// Of the I/O port control capability. Who has it can reach every port, and so can put the machine to sleep anyway; only
// the way back needs the kernel.
enum seL4_ExtensionLabel {
    // Answer: the physical address where the firmware is to start the processor after a sleep in which it loses its
    // state (ACPI's firmware waking vector, real mode). The page is the kernel's. seL4_IllegalOperation: there is none.
    EXTX86WakeAddress = 0x50530001,
    // Words: port and value of the PM1a control register, port and value of PM1b's (port 0: there is none). Values with
    // the sleep type, and SLP_EN set. seL4_NoError: the machine has slept and is awake again, its processor, interrupt
    // controllers and tick are as they were. seL4_IllegalOperation: it did not fall asleep within ten seconds.
    EXTX86Sleep = 0x50530002,
};
