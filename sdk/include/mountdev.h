// mingw-w64's <mountdev.h> with its layouts checked.
#ifndef PROTEUS_MOUNTDEV_H
#define PROTEUS_MOUNTDEV_H

#include_next <mountdev.h>

C_ASSERT(FIELD_OFFSET(MOUNTDEV_UNIQUE_ID, UniqueId) == 0x02);
C_ASSERT(sizeof(MOUNTDEV_STABLE_GUID) == 0x10);
C_ASSERT(FIELD_OFFSET(MOUNTDEV_SUGGESTED_LINK_NAME, Name) == 0x04);

#endif
