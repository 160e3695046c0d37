// mingw-w64's <ntdddisk.h>, and what that of Windows 10 has beside it.
#ifndef PROTEUS_NTDDDISK_H
#define PROTEUS_NTDDDISK_H

#include <ntddstor.h>

#include_next <ntdddisk.h>

#include <ddk/diskmore.h>
#include <ddk/partmore.h>

#endif
