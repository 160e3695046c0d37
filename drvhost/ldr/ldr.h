// Driver images.
#pragma once

typedef struct _LDRH_IMAGE {
    LIST_ENTRY Link;
    PVOID Base;
    ULONG Size;
    ULONG References;    // of driver objects, and of images that import from it
    UNICODE_STRING Name; // without path
    PDRIVER_INITIALIZE Entry;
    BOOLEAN Initialized; // as an exporter: DllUnload is called at the end
} LDRH_IMAGE, *PLDRH_IMAGE;

VOID LdrhInitialize(void); // the handler of what drivers do inline
// Path: an NT path, or a name in System32\drivers. What it imports is loaded too. AsExporter: another
// driver imports from it.
NTSTATUS LdrhLoadImage(PCUNICODE_STRING Path, BOOLEAN AsExporter, PLDRH_IMAGE *Image);
VOID LdrhUnloadImage(PLDRH_IMAGE Image);
// The image that an address is in, or null; for the log.
PLDRH_IMAGE LdrhFindImage(PVOID Address);
