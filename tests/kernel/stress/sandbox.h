// A CSpace for threads that do anything to it: what is in it can be lost, moved, revoked, and comes
// back at the next sandbox_refill. Nothing in it reaches the program or its address space.
#pragma once

#include "stress.h"

enum { SANDBOX_BITS = 6, SANDBOX_SLOTS = 1 << SANDBOX_BITS };

// Fixed places, one for each kind of capability
enum {
    SANDBOX_NODE = 1,
    SANDBOX_UNTYPED,
    SANDBOX_ENDPOINT,
    SANDBOX_NOTIFICATION,
    SANDBOX_TCB,
    SANDBOX_TCB_2,
    SANDBOX_TCB_3,
    SANDBOX_FRAME,
    SANDBOX_VSPACE,
    SANDBOX_POOL,
    SANDBOX_ASID_CONTROL,
    SANDBOX_HANDLER,
    SANDBOX_PORTS,
    SANDBOX_INNER_NODE,
    SANDBOX_SERVER,
    SANDBOX_PDPT, // from here on made afresh at each refill
    SANDBOX_DIRECTORY,
    SANDBOX_TABLE,
    SANDBOX_NEW_ENDPOINT,
    SANDBOX_NEW_NOTIFICATION,
    SANDBOX_NEW_NODE,
    SANDBOX_NEW_VSPACE,
    SANDBOX_SMALL_UNTYPED, // of the size of an ASID pool
    SANDBOX_FRAME_2,
    SANDBOX_LARGE_FRAME,
    SANDBOX_FIXED,
    SANDBOX_TCBS = SANDBOX_TCB_3 - SANDBOX_TCB + 1,
};

void sandbox_make(seL4_Word server_priority);
seL4_CPtr sandbox_original(seL4_Word place); // its name in the program's own CSpace
void sandbox_refill(bool revoke);
thread_space_t sandbox_space(void);
