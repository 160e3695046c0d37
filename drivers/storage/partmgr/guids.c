// The device interfaces' classes are defined here.
#include <ntddk.h>

#include <initguid.h>

#include <ntddstor.h>
