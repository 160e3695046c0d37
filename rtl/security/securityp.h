// Private to rtl's security functions.
#ifndef RTL_SECURITY_SECURITYP_H
#define RTL_SECURITY_SECURITYP_H

#include "../rtlp.h"

PACE_HEADER RtlpFirstAce(PACL Acl);
PACE_HEADER RtlpNextAce(PACE_HEADER Ace);

// NULL for an entry of a type that has no SID.
PSID RtlpSidOfAce(PACE_HEADER Ace);
BOOLEAN RtlpSidFits(PSID Sid, const UCHAR *End);

#endif
