// mingw-w64's <ntddchgr.h>, on our <ntddstor.h>: it would take its own.
#ifndef PROTEUS_NTDDCHGR_H
#define PROTEUS_NTDDCHGR_H

#include <ntddstor.h>

#include_next <ntddchgr.h>

#endif
