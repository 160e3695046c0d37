// The variables by which drivers name object types. A driver sees the variable's address.

#include "../ntos.h"

extern POBJECT_TYPE PspThreadTypePointer, PspProcessTypePointer, IopFileTypePointer;

POBJECT_TYPE PspThreadTypePointer = &ObpThreadType;
POBJECT_TYPE PspProcessTypePointer = &ObpProcessType;
POBJECT_TYPE IopFileTypePointer = &IopFileType;
