#include "names.h"

PCSTR PciFindName(const PCI_NAMES *Names, ULONG Number)
{
    ULONG Low = 0, High = Names->Count;
    while (Low < High) {
        ULONG Middle = (Low + High) / 2;
        if (Names->Entries[Middle].Number == Number)
            return PciNameText + Names->Entries[Middle].Place;
        if (Names->Entries[Middle].Number < Number)
            Low = Middle + 1;
        else
            High = Middle;
    }
    return nullptr;
}
