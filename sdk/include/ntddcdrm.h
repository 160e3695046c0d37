// mingw-w64's <ntddcdrm.h>, on our <ntddstor.h>: it would take its own.
#ifndef PROTEUS_NTDDCDRM_H
#define PROTEUS_NTDDCDRM_H

#include <ntddstor.h>

#include_next <ntddcdrm.h>

#endif
