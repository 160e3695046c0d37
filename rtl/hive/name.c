// Names of keys and values in their stored forms.
#include "hivep.h"

static WCHAR At(STORED_NAME Name, ULONG Index)
{
    if (Name.Latin1)
        return ((const UCHAR *)Name.Text)[Index];
    WCHAR Character; // UTF-16 in a cell is aligned by luck only
    memcpy(&Character, (const UCHAR *)Name.Text + Index * sizeof(WCHAR), sizeof(WCHAR));
    return Character;
}

static ULONG Characters(STORED_NAME Name)
{
    return Name.Latin1 ? Name.Length : Name.Length / (ULONG)sizeof(WCHAR);
}

STORED_NAME HvpKeyStoredName(const KEY_CELL *Key)
{
    return (STORED_NAME){Key->Name, Key->NameLength, (Key->Flags & KEY_FLAG_LATIN1_NAME) != 0};
}

STORED_NAME HvpValueStoredName(const VALUE_CELL *Value)
{
    return (STORED_NAME){Value->Name, Value->NameLength,
                         (Value->Flags & VALUE_FLAG_LATIN1_NAME) != 0};
}

STORED_NAME HvpUnicodeName(PCUNICODE_STRING Name)
{
    return (STORED_NAME){Name->Buffer, Name->Length, FALSE};
}

ULONG HvpNameLength(STORED_NAME Name)
{
    return Characters(Name) * sizeof(WCHAR);
}

ULONG HvpCopyName(STORED_NAME Name, PWCH Buffer, ULONG Length)
{
    ULONG Count = RtlpMin(Characters(Name), Length / (ULONG)sizeof(WCHAR));
    for (ULONG Index = 0; Index < Count; Index++)
        Buffer[Index] = At(Name, Index);
    return HvpNameLength(Name);
}

LONG HvpCompareNames(STORED_NAME First, STORED_NAME Second)
{
    ULONG Common = RtlpMin(Characters(First), Characters(Second));
    for (ULONG Index = 0; Index < Common; Index++) {
        LONG A = At(First, Index), B = At(Second, Index);
        if (A == B)
            continue;
        A = RtlUpcaseUnicodeChar((WCHAR)A);
        B = RtlUpcaseUnicodeChar((WCHAR)B);
        if (A != B)
            return A - B;
    }
    return (LONG)Characters(First) - (LONG)Characters(Second);
}

// The hash of "lh" lists.
ULONG HvpHashName(STORED_NAME Name)
{
    ULONG Hash = 0;
    for (ULONG Index = 0; Index < Characters(Name); Index++)
        Hash = Hash * 37 + RtlUpcaseUnicodeChar(At(Name, Index));
    return Hash;
}

ULONG HvpLengthToStore(PCUNICODE_STRING Name, PBOOLEAN Latin1)
{
    ULONG Count = Name->Length / sizeof(WCHAR);
    *Latin1 = TRUE;
    for (ULONG Index = 0; Index < Count; Index++)
        *Latin1 &= Name->Buffer[Index] < 0x100;
    return *Latin1 ? Count : Count * (ULONG)sizeof(WCHAR);
}

VOID HvpStoreName(PUCHAR Target, PCUNICODE_STRING Name, BOOLEAN Latin1)
{
    if (!Latin1) {
        memcpy(Target, Name->Buffer, Name->Length);
        return;
    }
    for (ULONG Index = 0; Index < Name->Length / sizeof(WCHAR); Index++)
        Target[Index] = (UCHAR)Name->Buffer[Index];
}
