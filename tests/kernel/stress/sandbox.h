// A CSpace for threads that do anything to it: what is in it can be lost, moved, revoked, and comes
// back at the next sandbox_refill. Nothing in it reaches the program or its address space.
#pragma once

#include "stress.h"

enum { SANDBOX_BITS = 8, SANDBOX_SLOTS = 1 << SANDBOX_BITS };

// Fixed places, one for each kind of capability
enum {
    SANDBOX_NODE = 1,
    SANDBOX_UNTYPED,
    SANDBOX_ENDPOINT,
    SANDBOX_NOTIFICATION,
    SANDBOX_TCB,
    SANDBOX_FRAME,
    SANDBOX_VSPACE,
    SANDBOX_POOL,
    SANDBOX_ASID_CONTROL,
    SANDBOX_HANDLER,
    SANDBOX_PORTS,
    SANDBOX_INNER_NODE,
    SANDBOX_SERVER,
    SANDBOX_FIXED,
};

void sandbox_make(void);
void sandbox_refill(bool revoke);
thread_space_t sandbox_space(void);
