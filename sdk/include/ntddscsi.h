// mingw-w64's <ntddscsi.h>, and what that of Windows 10 has beside it.
#include_next <ntddscsi.h>

#ifndef PROTEUS_NTDDSCSI_H
#define PROTEUS_NTDDSCSI_H

#include <ddk/scsimore.h>

#endif
