// Private: the four parts of a security descriptor, wherever they are.
#ifndef RTL_SECURITY_DESCRIPTOR_H
#define RTL_SECURITY_DESCRIPTOR_H

#include "securityp.h"

// The SIDs come first: RTL_GROUP is the last of them.
typedef enum _RTL_DESCRIPTOR_PART {
    RTL_OWNER,
    RTL_GROUP,
    RTL_SACL,
    RTL_DACL,
    RTL_PARTS
} RTL_DESCRIPTOR_PART;

// NULL for a part that is absent; a list that is present may be NULL too.
PVOID RtlpPartOf(const SECURITY_DESCRIPTOR_RELATIVE *Descriptor, RTL_DESCRIPTOR_PART Part);
// Rounded up to a ULONG, as parts lie in a self-relative descriptor.
ULONG RtlpPartLength(const SECURITY_DESCRIPTOR_RELATIVE *Descriptor, RTL_DESCRIPTOR_PART Part);

#endif
