// What `calls` and `limits` share.
#pragma once

#include "fstest.h"

// FALSE: it is another one, which has been told.
BOOLEAN FsCheck(PCWSTR What, NTSTATUS Expected, NTSTATUS Status);
VOID FsCheckThat(PCWSTR What, BOOLEAN True);
NTSTATUS FsEndChecks(PCWSTR What);                       // tells how many were wrong
HANDLE FsMake(PCWSTR Drive, PCWSTR Name, ULONG Options); // opened for everything, and shared
VOID FsCallControls(PCWSTR Drive);
