// mingw-w64's <ntifs.h>, and what that of Windows 10 has beside it.
#ifndef PROTEUS_NTIFS_H
#define PROTEUS_NTIFS_H

#include_next <ntifs.h>

#include <ddk/fsmore.h>

#endif
