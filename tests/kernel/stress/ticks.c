#include "stress.h"

enum { VECTOR = 62, PIT_PIN = 2, PIT_COUNTER = 0x40, PIT_COMMAND = 0x43, PIT_1KHZ = 1193 };
enum { PIT_RATE = 0x34, PIT_ONE_SHOT = 0x30 };

static seL4_CPtr handler, notification, ports;

void ticks_start(void)
{
    handler = new_slot();
    notification = new_object(seL4_NotificationObject, 0);
    ports = new_slot();
    CHECK_OK(seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, PIT_COUNTER, PIT_COMMAND, ROOT,
                                          ports, DEPTH));
    CHECK_OK(seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, ROOT, handler, DEPTH, 0, PIT_PIN, 0, 0,
                                       VECTOR));
    CHECK_OK(seL4_IRQHandler_SetNotification(handler, notification));
    CHECK_OK(seL4_X86_IOPort_Out8(ports, PIT_COMMAND, PIT_RATE));
    CHECK_OK(seL4_X86_IOPort_Out8(ports, PIT_COUNTER, PIT_1KHZ & 0xff));
    CHECK_OK(seL4_X86_IOPort_Out8(ports, PIT_COUNTER, PIT_1KHZ >> 8));
}

void tick_wait(void)
{
    seL4_Wait(notification, nullptr);
    (void)seL4_IRQHandler_Ack(handler);
}

void ticks_stop(void)
{
    CHECK_OK(seL4_X86_IOPort_Out8(ports, PIT_COMMAND, PIT_ONE_SHOT));
}
