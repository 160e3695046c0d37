// Random operations: an invocation or another system call, mostly well-formed.
#pragma once

#include "sandbox.h"

enum { MAX_ARGUMENTS = 24, MAX_CAPS = 3 };

typedef struct operation {
    seL4_Syscall_ID number;
    seL4_CPtr target;
    seL4_MessageInfo_t info;
    seL4_CPtr caps[MAX_CAPS];
    seL4_Word arguments[MAX_ARGUMENTS]; // the first message registers
    seL4_CPtr receive_root;             // the receive path
    seL4_Word receive_index, receive_depth;
} operation_t;

// Where random operations may name things; set by the program.
typedef struct vocabulary {
    const seL4_Word *code; // instruction pointers for threads of the sandbox
    seL4_Word code_count;
    seL4_Word highest_priority;
    bool with_physical_addresses; // Page_GetAddress, whose answers differ from machine to machine
} vocabulary_t;

operation_t random_invocation(random_t *random, const vocabulary_t *vocabulary);
operation_t random_message(random_t *random);
