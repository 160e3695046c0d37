// What the system call layer shares among its files.
#pragma once

#include "arch.h"
#include "ipc.h"
#include "kernel.h"

enum { lookup_failure_words = 4 };

// Encode a lookup failure as message words (manual, "Lookup Failure Description"); gives their count.
word_t encode_lookup_failure(const lookup_failure_t *failure, word_t words[lookup_failure_words]);

// The kernel's answers to a Call.
void reply_error(tcb_t *thread); // kernel.syscall_error
void reply_success(tcb_t *thread);

// Any system call. (Its code is kept out of line: see fastpath.c.)
[[gnu::noinline]] void general_syscall(seL4_Syscall_ID number);

// The common cases of Call and ReplyRecv; false: not such a case, and nothing was changed.
bool fastpath_call(void);
bool fastpath_reply_recv(void);

// Send kernel.fault of the thread to its fault handler; without one the thread stops.
void handle_fault(tcb_t *thread);

#ifdef CONFIG_DEBUG
void snapshot(void); // print all threads and their capabilities
#endif
