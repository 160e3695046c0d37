// What mm offers the other folders beside the documented interface.
#pragma once

// Memory whose page-frame numbers are known. Pfns stays the caller's.
NTSTATUS MmpAddRange(PVOID Base, ULONG Pages, const ULONG64 *Pfns);
VOID MmpRemoveRange(PVOID Base);
// The page's frame number, or 0: not known.
ULONG64 MmpPfnOf(PVOID Address);
