// What programs may learn about the processor from the shared page.
#include "kep.h"

#include <intrin.h>

typedef struct _KI_FEATURE {
    UCHAR Feature;  // PF_*
    UCHAR Leaf;     // of CPUID
    UCHAR Register; // 0 eax ... 3 edx
    UCHAR Bit;
} KI_FEATURE;

// Intel SDM 2A, CPUID. AVX and its like are absent: the kernel switches x87 and SSE state only.
static const KI_FEATURE KiFeatures[] = {
    {PF_COMPARE_EXCHANGE_DOUBLE, 1, 3, 8},
    {PF_MMX_INSTRUCTIONS_AVAILABLE, 1, 3, 23},
    {PF_XMMI_INSTRUCTIONS_AVAILABLE, 1, 3, 25},
    {PF_XMMI64_INSTRUCTIONS_AVAILABLE, 1, 3, 26},
    {PF_RDTSC_INSTRUCTION_AVAILABLE, 1, 3, 4},
    {PF_SSE3_INSTRUCTIONS_AVAILABLE, 1, 2, 0},
    {PF_SSSE3_INSTRUCTIONS_AVAILABLE, 1, 2, 9},
    {PF_COMPARE_EXCHANGE128, 1, 2, 13},
    {PF_SSE4_1_INSTRUCTIONS_AVAILABLE, 1, 2, 19},
    {PF_SSE4_2_INSTRUCTIONS_AVAILABLE, 1, 2, 20},
    {PF_XSAVE_ENABLED, 1, 2, 27},
    {PF_RDRAND_INSTRUCTION_AVAILABLE, 1, 2, 30},
    {PF_RDWRFSGSBASE_AVAILABLE, 7, 1, 0},
    {PF_ERMS_AVAILABLE, 7, 1, 9},
};

enum {
    KI_XSTATE_X87_SSE = 3, // XCR0 bits
    KI_XSAVE_AREA = 576,
};

VOID KiInitProcessorFeatures(KUSER_SHARED_DATA *Shared)
{
    for (ULONG i = 0; i < RTL_NUMBER_OF(KiFeatures); i++) {
        const KI_FEATURE *Feature = &KiFeatures[i];
        int Registers[4];
        __cpuidex(Registers, Feature->Leaf, 0);
        Shared->ProcessorFeatures[Feature->Feature] =
            Registers[Feature->Register] >> Feature->Bit & 1;
    }
    Shared->ProcessorFeatures[PF_NX_ENABLED] = FALSE;
    Shared->ProcessorFeatures[PF_FASTFAIL_AVAILABLE] = TRUE;
    Shared->XState.EnabledFeatures = KI_XSTATE_X87_SSE;
    Shared->XState.EnabledVolatileFeatures = KI_XSTATE_X87_SSE;
    Shared->XState.Size = KI_XSAVE_AREA;
    Shared->XState.Features[0] = (XSTATE_FEATURE){.Offset = 0, .Size = 160};
    Shared->XState.Features[1] = (XSTATE_FEATURE){.Offset = 160, .Size = 256};
}
