// mingw-w64's <ntddcdvd.h>, on our <ntddstor.h>: it would take its own.
#ifndef PROTEUS_NTDDCDVD_H
#define PROTEUS_NTDDCDVD_H

#include <ntddstor.h>

#include_next <ntddcdvd.h>

#endif
