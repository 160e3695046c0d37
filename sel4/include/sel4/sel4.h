// The whole user-level interface.
#pragma once

#include <sel4/bootinfo.h>
#include <sel4/constants.h>
#include <sel4/invocations.h>
#include <sel4/syscalls.h>
#include <sel4/types.h>
