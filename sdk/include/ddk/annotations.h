// Annotations for static analysis that mingw-w64's headers do not know. They say nothing to a compiler.
#ifndef PROTEUS_DDK_ANNOTATIONS_H
#define PROTEUS_DDK_ANNOTATIONS_H

#include <concurrencysal.h>
#include <driverspecs.h>

// ---- IRQL

#define _IRQL_always_function_max_(irql)
#define _IRQL_always_function_min_(irql)
#define _IRQL_is_cancel_
#define _IRQL_restores_global_(kind, parameter)
#define _IRQL_saves_global_(kind, parameter)
#define _IRQL_uses_cancel_

// ---- What a routine of a driver is for, and does

#define _Dispatch_type_(function)
#define _Flt_CompletionContext_Outptr_
#define _Flt_ConnectionCookie_Outptr_
#define _Interlocked_operand_
#define _Post_invalid_
#define _Kernel_IoGetDmaAdapter_
#define _Kernel_acquires_resource_(kind)
#define _Kernel_clear_do_init_(yes)
#define _Kernel_float_restored_
#define _Kernel_float_saved_
#define _Kernel_float_used_
#define _Kernel_releases_resource_(kind)
#define _Kernel_requires_resource_held_(kind)
#define _Kernel_requires_resource_not_held_(kind)

// ---- The older form of the same

#define __drv_acquiresCriticalRegion
#define __drv_acquiresExclusiveResource(kind)
#define __drv_acquiresResource(kind)
#define __drv_functionClass(name)
#define __drv_inTry
#define __drv_minIRQL(irql)
#define __drv_mustHold(kind)
#define __drv_mustHoldCriticalRegion
#define __drv_neverHold(kind)
#define __drv_notInTry
#define __drv_preferredFunction(function, reason)
#define __drv_releasesCriticalRegion
#define __drv_releasesExclusiveResource(kind)
#define __drv_releasesResource(kind)
#define __drv_reportError(text)
#define __drv_sameIRQL
#define __drv_strictType(type, mode)
#define __drv_strictTypeMatch(mode)

#endif
