// <wdmguid.h> of mingw-w64, and what Windows 10's has besides.
#include_next <wdmguid.h>

#ifndef PROTEUS_WDMGUID_H
#define PROTEUS_WDMGUID_H

DEFINE_GUID(GUID_ACPI_INTERFACE_STANDARD2, 0xe8695f63, 0x1831, 0x4870, 0xa8, 0xcf, 0x9c, 0x2f, 0x03,
            0xf9, 0xdc, 0xb5);

#endif
