// Private to object/: what the files of the object layer share.
#pragma once

#include "arch.h"
#include "ipc.h"
#include "kernel.h"

// Invocations of one object type each.
error_t decode_cnode(const invocation_t *inv);
error_t decode_untyped(const invocation_t *inv);
error_t decode_tcb(const invocation_t *inv);
error_t decode_domain(const invocation_t *inv);
error_t read_registers_invocation(const invocation_t *inv);
error_t write_registers_invocation(const invocation_t *inv);
error_t copy_registers_invocation(const invocation_t *inv);
error_t set_tls_base_invocation(const invocation_t *inv);

// Derivation list
bool mdb_is_parent_of(const cte_t *parent, const cte_t *child);
bool mdb_has_children(const cte_t *slot);
void mdb_unlink(cte_t *slot); // and empty the slot

// Would deleting the capability take a preemptible teardown of its object?
bool slot_is_long_running(const cte_t *slot);

// The object's memory as physical addresses; false for a capability that covers none.
bool cap_memory(cap_t cap, paddr_t *base, word_t *size_bits);

void thread_destroyed(tcb_t *thread); // the last capability is gone

// Scheduling
void set_domain(tcb_t *thread, dom_t domain);
void enter_domain_schedule(word_t index);
