// Miniport drivers include this one instead of <ntddk.h>. Here both are the same.
#ifndef PROTEUS_DDK_MINIPORT_H
#define PROTEUS_DDK_MINIPORT_H

#ifndef _MINIPORT_
#define _MINIPORT_
#endif

#include <ntddk.h>

#endif
