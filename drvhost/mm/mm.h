// What mm offers the other folders beside the documented interface.
#pragma once

// Memory whose page-frame numbers are known, so that nobody need ask the Executive. Pfns stays the caller's.
NTSTATUS MmpAddRange(PVOID Base, ULONG Pages, const ULONG64 *Pfns);
NTSTATUS MmpAddRun(PVOID Base, ULONG Pages, ULONG64 First); // frames one after another
VOID MmpRemoveRange(PVOID Base);
// The frames of Count pages from Address on, as far as they are known here: how many.
ULONG MmpQueryRange(PVOID Address, ULONG Count, PULONG64 Pfns);
PVOID MmpFindPfn(ULONG64 Pfn); // where a known frame is; null: nowhere
// The frames of any memory of the host; 0 where there is none.
VOID MmpQueryPages(PVOID Address, ULONG Count, PULONG64 Pfns);
