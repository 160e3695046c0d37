// The driver interface's header, without the arithmetic on null pointers that the sanitizer stops at.
#pragma once

#include_next <ntddk.h>

#undef CONTAINING_RECORD
#define CONTAINING_RECORD(Address, Type, Field) ((Type *)((PCHAR)(Address) - offsetof(Type, Field)))
#undef FIELD_OFFSET
#define FIELD_OFFSET(Type, Field) ((LONG)offsetof(Type, Field))
