// mingw-w64's <dpfilter.h>, with the components that 64-bit Windows 10 has beyond it.
#ifndef PROTEUS_DPFILTER_H
#define PROTEUS_DPFILTER_H

#define DPFLTR_ENDOFTABLE_ID DPFLTR_OLDER_END_OF_TABLE
#include_next <dpfilter.h>
#undef DPFLTR_ENDOFTABLE_ID

enum {
    DPFLTR_POWER_ID = 146,
    DPFLTR_CRASHDUMPXHCI_ID = 147,
    DPFLTR_GPIO_ID = 148,
    DPFLTR_REFS_ID = 149,
    DPFLTR_WER_ID = 150,
    DPFLTR_CAPIMG_ID = 151,
    DPFLTR_VPCI_ID = 152,
    DPFLTR_STORAGECLASSMEMORY_ID = 153,
    DPFLTR_FSLIB_ID = 154,
    DPFLTR_ENDOFTABLE_ID = 155,
};

#endif
