// Names of the Executive's own functions, for the stop screen: a file of the boot archive (tools/mksymbols).
#include "kep.h"

#include "ldr/ldr.h"

typedef struct _KI_SYMBOL {
    ULONG Offset, Name; // in the image; in the names
} KI_SYMBOL;

static const KI_SYMBOL *KiSymbols;
static ULONG KiSymbolCount, KiNamesSize;
static PCSTR KiNames;

// The file is of the build, as the image is: only its size is checked.
VOID KiInitSymbols(VOID)
{
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"System32\\executive.sym");
    const VOID *Data;
    SIZE_T Size;
    if (!NT_SUCCESS(LdrFindBootFile(&Name, &Data, &Size)) || Size <= sizeof(ULONG))
        return;
    ULONG Count = *(const ULONG *)Data;
    if (Count >= (Size - sizeof(ULONG)) / sizeof(KI_SYMBOL) || ((PCSTR)Data)[Size - 1])
        return;
    KiSymbols = (const KI_SYMBOL *)((const ULONG *)Data + 1);
    KiSymbolCount = Count;
    KiNames = (PCSTR)(KiSymbols + Count);
    KiNamesSize = (ULONG)(Size - sizeof(ULONG) - Count * sizeof(KI_SYMBOL));
}

PCSTR KiFindSymbol(ULONG_PTR Address, PULONG Distance)
{
    extern IMAGE_DOS_HEADER __ImageBase;
    ULONG Low = 0, High = KiSymbolCount;
    while (Low < High) {
        ULONG Middle = (Low + High) / 2;
        if ((ULONG_PTR)&__ImageBase + KiSymbols[Middle].Offset <= Address)
            Low = Middle + 1;
        else
            High = Middle;
    }
    if (!Low || KiSymbols[Low - 1].Name >= KiNamesSize)
        return nullptr;
    *Distance = (ULONG)(Address - (ULONG_PTR)&__ImageBase - KiSymbols[Low - 1].Offset);
    return KiNames + KiSymbols[Low - 1].Name;
}
