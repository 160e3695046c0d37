// Private to ldr.
#pragma once

#include "../ntos.h"

#ifndef IMAGE_SUBSYSTEM_NATIVE
#define IMAGE_SUBSYSTEM_NATIVE 1
#endif

// load.c; with the lock held
PLDRH_IMAGE LdrhFindName(PCUNICODE_STRING Name);
// imports.c
NTSTATUS LdrhBindImports(PLDRH_IMAGE Image);
VOID LdrhReleaseImports(PLDRH_IMAGE Image);
// missing.c. Name null: by ordinal. Null: no memory.
PVOID LdrhMakeMissing(PLDRH_IMAGE Importer, PCSTR Module, PCSTR Name, ULONG Ordinal);
// patch.c
NTSTATUS LdrhPatchImage(PLDRH_IMAGE Image);
// emulate.c
LONG NTAPI LdrhHandleException(PKI_EXCEPTION_POINTERS Pointers);

static inline PVOID LdrhRva(PLDRH_IMAGE Image, ULONG Rva)
{
    return (PUCHAR)Image->Base + Rva;
}
