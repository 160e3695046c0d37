// Devices of a class, by the names of their interfaces: links in the global directory as long as they are enabled.

#include "native.h"

// ACPI#PNP0C0A#1#{class}, perhaps with a reference behind.
static BOOLEAN InterfaceIsOf(PCUNICODE_STRING Name, PCUNICODE_STRING Class)
{
    USHORT Chars = Class->Length / sizeof(WCHAR);
    for (USHORT i = 1; i + Chars <= Name->Length / sizeof(WCHAR); i++) {
        UNICODE_STRING Part = {Class->Length, Class->Length, Name->Buffer + i};
        if (Name->Buffer[i - 1] == L'#' &&
            RtlEqualUnicodeString(&Part, (PUNICODE_STRING)Class, TRUE))
            return TRUE;
    }
    return FALSE;
}

ULONG InterfaceList(const GUID *Class, PINTERFACE_NAME Names, ULONG Most)
{
    union {
        OBJECT_DIRECTORY_INFORMATION Entry;
        UCHAR Space[1024];
    } Buffer;
    UNICODE_STRING Path = RTL_CONSTANT_STRING(L"\\GLOBAL\?\?"), ClassName;
    OBJECT_ATTRIBUTES Attributes;
    HANDLE Directory;
    ULONG Context = 0, Length, Count = 0;
    if (!NT_SUCCESS(RtlStringFromGUID(Class, &ClassName)))
        return 0;
    InitializeObjectAttributes(&Attributes, &Path, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    if (NT_SUCCESS(NtOpenDirectoryObject(&Directory, DIRECTORY_QUERY, &Attributes))) {
        while (Count < Most && NT_SUCCESS(NtQueryDirectoryObject(Directory, &Buffer, sizeof(Buffer),
                                                                 TRUE, FALSE, &Context, &Length))) {
            if (InterfaceIsOf(&Buffer.Entry.Name, &ClassName) &&
                Buffer.Entry.Name.Length / sizeof(WCHAR) + 5 <= RTL_NUMBER_OF(Names->Path))
                _snwprintf(Names[Count++].Path, RTL_NUMBER_OF(Names->Path), L"\\\?\?\\%wZ",
                           &Buffer.Entry.Name);
        }
        NtClose(Directory);
    }
    RtlFreeUnicodeString(&ClassName);
    return Count;
}
