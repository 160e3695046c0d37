// The transfer of one message between threads.
#pragma once

#include "objects.h"

// Give the sender's message, or its fault if it has one, to the receiver. `endpoint` is where
// the message goes through (null for a reply): its own capabilities are unwrapped.
void do_ipc_transfer(tcb_t *sender, const endpoint_t *endpoint, word_t badge, bool can_grant,
                     tcb_t *receiver);

void receive_failed(tcb_t *receiver); // what a polling receive gives when nothing is there
