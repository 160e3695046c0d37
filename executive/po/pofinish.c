// The last step, when the machine's own driver has not switched it off: there is none, or it has failed.
#include "pop.h"

[[noreturn]] VOID PopFinish(POWER_ACTION Action)
{
    if (Action == PowerActionShutdownReset) {
        KeResetMachine();
        KeHaltMachine("The machine does not restart itself. It is now safe to do that.");
    }
    if (Action == PowerActionShutdownOff)
        KePowerOffMachine();
    KeHaltMachine(POP_SAFE_TEXT);
}
