// Security cookies: images compiled with stack checks read theirs from a variable that the loader fills.

#include "ldrp.h"
#include "../ntdllp.h"

// The value in images that were not loaded yet; a cookie that still has it is replaced.
static const ULONG_PTR LdrpDefaultCookie = 0x00002B992DDFA232;

VOID LdrpSetSecurityCookie(PVOID Base)
{
    ULONG Size;
    PIMAGE_LOAD_CONFIG_DIRECTORY Config =
        RtlImageDirectoryEntryToData(Base, TRUE, IMAGE_DIRECTORY_ENTRY_LOAD_CONFIG, &Size);
    if (!Config ||
        Config->Size < RTL_SIZEOF_THROUGH_FIELD(IMAGE_LOAD_CONFIG_DIRECTORY, SecurityCookie))
        return;
    PIMAGE_NT_HEADERS Headers = RtlImageNtHeader(Base);
    ULONG_PTR Offset = Config->SecurityCookie - (ULONG_PTR)Base;
    if (!Config->SecurityCookie || Offset > Headers->OptionalHeader.SizeOfImage - sizeof(PVOID))
        return;
    PULONG_PTR Cookie = (PULONG_PTR)Config->SecurityCookie;
    if (*Cookie != LdrpDefaultCookie && *Cookie)
        return;
    // The upper 16 bits are zero, so that no string operation can spell it.
    ULONG_PTR Value = ((ULONG_PTR)RtlpProcessCookie() << 16 ^ (ULONG_PTR)Base) & 0xFFFFFFFFFFFF;
    *Cookie = Value == LdrpDefaultCookie ? Value + 1 : Value;
}
