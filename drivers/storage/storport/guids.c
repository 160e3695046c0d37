// The identifiers of the bus's interfaces are defined here.
#include <initguid.h>

#include <ntddk.h>
