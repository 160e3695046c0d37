// Objects' full names.
#include "obp.h"

static POBP_NAME ObpNameOf(PVOID Object)
{
    POBP_NAME Name = ObpHeader(Object)->Name;
    return Name && Name->Directory ? Name : nullptr;
}

// Bytes of the name. A directory that lost its name ends the walk: the name is relative to it.
static SIZE_T ObpNameLength(PVOID Object)
{
    SIZE_T Length = 0;
    for (POBP_NAME Name = ObpNameOf(Object); Name; Name = ObpNameOf(Name->Directory))
        Length += sizeof(WCHAR) + Name->Name.Length;
    return Object == ObpRootDirectory ? sizeof(WCHAR) : Length;
}

static VOID ObpWriteName(PVOID Object, PWCH End)
{
    if (Object == ObpRootDirectory) {
        End[-1] = OBJ_NAME_PATH_SEPARATOR;
        return;
    }
    for (POBP_NAME Name = ObpNameOf(Object); Name; Name = ObpNameOf(Name->Directory)) {
        End -= Name->Name.Length / sizeof(WCHAR);
        memcpy(End, Name->Name.Buffer, Name->Name.Length);
        *--End = OBJ_NAME_PATH_SEPARATOR;
    }
}

NTSTATUS ObQueryNameString(PVOID Object, POBJECT_NAME_INFORMATION Information, ULONG Length,
                           PULONG ReturnLength)
{
    POBJECT_TYPE Type = ObGetObjectType(Object);
    if (Type->Info.QueryName)
        return Type->Info.QueryName(Object, ObpNameOf(Object) != nullptr, Information, Length,
                                    ReturnLength);

    SIZE_T NameLength = ObpNameLength(Object);
    if (NameLength > UNICODE_STRING_MAX_BYTES - sizeof(WCHAR))
        return STATUS_NAME_TOO_LONG;
    *ReturnLength = (ULONG)(sizeof(*Information) + (NameLength ? NameLength + sizeof(WCHAR) : 0));
    if (Length < sizeof(*Information))
        return STATUS_INFO_LENGTH_MISMATCH;
    if (Length < *ReturnLength)
        return STATUS_BUFFER_OVERFLOW;

    Information->Name = (UNICODE_STRING){};
    if (!NameLength)
        return STATUS_SUCCESS;
    PWCH Buffer = (PWCH)(Information + 1);
    PWCH End = Buffer + NameLength / sizeof(WCHAR);
    *End = UNICODE_NULL;
    ObpWriteName(Object, End);
    Information->Name.Buffer = Buffer;
    Information->Name.Length = (USHORT)NameLength;
    Information->Name.MaximumLength = (USHORT)(NameLength + sizeof(WCHAR));
    return STATUS_SUCCESS;
}
