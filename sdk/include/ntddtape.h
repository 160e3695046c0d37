// mingw-w64's <ntddtape.h>, on our <ntddstor.h>: it would take its own.
#ifndef PROTEUS_NTDDTAPE_H
#define PROTEUS_NTDDTAPE_H

#include <ntddstor.h>

#include_next <ntddtape.h>

#endif
