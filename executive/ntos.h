// Umbrella header of the Executive: NT types, the seL4 interface, the runtime library and the public
// header of every component.
#pragma once

#ifndef NT_EXECUTIVE
#error "the Executive is compiled with NT_EXECUTIVE"
#endif

#include <nt.h>
#include <nt/nthost.h>
#include <sel4/sel4.h>
#include <stdarg.h>

// Copies of lengths that the compiler knows become moves. It would not know these functions otherwise, as there is no
// standard library.
#undef memcpy
#undef memset
#undef memcmp
#define memcpy __builtin_memcpy
#define memset __builtin_memset
#define memcmp __builtin_memcmp

// A pointer into the calling process. It cannot be dereferenced here: MmCopyFromUser and
// MmCopyToUser take it.
#define USER __attribute__((noderef, address_space(1)))

#ifdef NDEBUG
#define ASSERT(Condition) ((void)sizeof(Condition))
#else
#define ASSERT(Condition) \
    ((Condition) ? (void)0 : KeAssertFailed(#Condition, __FILE_NAME__, __LINE__))
[[noreturn]] VOID KeAssertFailed(PCSTR Text, PCSTR File, ULONG Line);
#endif

typedef struct _EPROCESS EPROCESS, *PEPROCESS;
typedef struct _ETHREAD ETHREAD, *PETHREAD;
typedef struct _TOKEN TOKEN, *PTOKEN;
typedef struct _OBJECT_TYPE OBJECT_TYPE, *POBJECT_TYPE;
typedef struct _FILE_OBJECT FILE_OBJECT, *PFILE_OBJECT;
typedef struct _ACCESS_STATE ACCESS_STATE, *PACCESS_STATE;

// Who asked: a service called by a program (its handles and rights are checked), or the Executive.
typedef CCHAR KPROCESSOR_MODE;
enum { KernelMode = 0, UserMode = 1 };

#include "ke/ke.h"
#include "dbg/dbg.h"
#include "mm/mm.h"
#include "ob/ob.h"
#include "se/se.h"
#include "ex/ex.h"
#include "ps/ps.h"
#include "lpc/lpc.h"
#include "cm/cm.h"
#include "ldr/ldr.h"
#include "cc/cc.h"
#include "io/io.h"
#include "pnp/pnp.h"
#include "po/po.h"
