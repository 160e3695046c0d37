// What the runtime library asks of its user.
#include "kep.h"

#include <crt/format.h>
#include <rtl.h>

PVOID NTAPI RtlpAllocateStringMemory(SIZE_T Size)
{
    return ExAllocatePoolWithTag(PagedPool, Size, 'gtRK');
}

VOID NTAPI RtlpFreeStringMemory(PVOID Memory)
{
    ExFreePool(Memory);
}

// The Executive does not use floating point; text that asks for it has none.
VOID RtlpFormatDouble(PFORMAT_OUTPUT Output, const FORMAT_SPEC *Spec, double Value)
{
    UNREFERENCED_PARAMETER(Output);
    UNREFERENCED_PARAMETER(Spec);
    UNREFERENCED_PARAMETER(Value);
}

// The compiler marks code that passes doubles with a reference to this.
int _fltused;
