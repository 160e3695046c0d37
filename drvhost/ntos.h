// What every source of the driver host includes: the driver interface as its implementer sees it, the
// services below it, and what the folders offer one another.
#pragma once

// The headers define these as inline functions for drivers; here they are functions that are exported.
#define KeGetCurrentThread          KiInlineGetCurrentThread
#define KeGetCurrentProcessorNumber KiInlineGetCurrentProcessorNumber
#define KeInitializeSpinLock        KiInlineInitializeSpinLock
#define InitializeSListHead         KiInlineInitializeSListHead
#define ExQueryDepthSList           KiInlineQueryDepthSList
#define ExInitializeFastMutex       KiInlineInitializeFastMutex
#define PsGetCurrentThread          KiInlinePsGetCurrentThread
#define IoGetRemainingStackSize     KiInlineGetRemainingStackSize

#include <ntifs.h>
#include <ntimage.h>

#undef KeRaiseIrql
#undef KeGetCurrentThread
#undef KeGetCurrentProcessorNumber
#undef KeInitializeSpinLock
#undef InitializeSListHead
#undef ExQueryDepthSList
#undef ExInitializeFastMutex
#undef PsGetCurrentThread
#undef IoGetRemainingStackSize
#undef KeAcquireSpinLock
#undef KeQueryInterruptTime
#undef KeQuerySystemTime
#undef KeQueryTickCount
#undef KeFlushIoBuffers

#include "native.h"

#include <nt/nthost.h>

// Windows puts the shared page here for user mode; the driver's kernel address is an alias of it.
#define KiSharedUserData ((volatile KUSER_SHARED_DATA *)0x7FFE0000)

#include "cc/cc.h"
#include "dbg/dbg.h"
#include "ex/ex.h"
#include "fsrtl/fsrtl.h"
#include "hal/hal.h"
#include "io/io.h"
#include "ke/ke.h"

#include "ke/interrupt.h"
#include "ldr/ldr.h"
#include "mm/mm.h"
#include "ob/ob.h"
#include "po/po.h"
#include "se/se.h"
