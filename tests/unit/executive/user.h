// An ordinary user, as a program that logs one on would make its token.
#pragma once

#include "se/sep.h"

PSID TestUserSid(void);
PSID TestUserGroupSid(void); // its primary group
NTSTATUS TestCreateUserToken(PTOKEN *Token);
