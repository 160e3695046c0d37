// Ldr: the boot archive, and images for the Executive's own needs.
#pragma once

// Check the archive that the boot image carries. Without one there are no files.
VOID LdrInitBootArchive(void);
// A file of the archive by its relative name, System32\ntdll.dll. Its bytes stay where they are.
NTSTATUS LdrFindBootFile(PCUNICODE_STRING Name, const VOID **Data, PSIZE_T Size);
ULONG LdrBootFileCount(void);
NTSTATUS LdrQueryBootFile(ULONG Index, PUNICODE_STRING Name, const VOID **Data, PSIZE_T Size);
