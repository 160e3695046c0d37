// Kinds of DOS paths. Source: "Naming Files, Paths, and Namespaces" (Windows documentation).

#include "pathp.h"

RTL_PATH_TYPE NTAPI RtlDetermineDosPathNameType_U(PCWSTR DosFileName)
{
    if (PathpIsSlash(DosFileName[0])) {
        if (!PathpIsSlash(DosFileName[1]))
            return RtlPathTypeRooted;
        if (DosFileName[2] != L'.' && DosFileName[2] != L'?')
            return RtlPathTypeUncAbsolute;
        if (PathpIsSlash(DosFileName[3]))
            return RtlPathTypeLocalDevice;
        return DosFileName[3] ? RtlPathTypeUncAbsolute : RtlPathTypeRootLocalDevice;
    }
    if (!DosFileName[0] || DosFileName[1] != L':')
        return RtlPathTypeRelative;
    return PathpIsSlash(DosFileName[2]) ? RtlPathTypeDriveAbsolute : RtlPathTypeDriveRelative;
}

// ---- Devices that every directory seems to hold: CON, NUL, COM1 ...

static BOOLEAN PathpIsDeviceWord(PCWSTR Name, ULONG Length)
{
    static const WCHAR Words[][4] = {L"CON", L"PRN", L"AUX", L"NUL"};
    for (ULONG i = 0; i < RTL_NUMBER_OF(Words); i++) {
        if (Length == 3 && !_wcsnicmp(Name, Words[i], 3))
            return TRUE;
    }
    return Length == 4 && Name[3] >= L'1' && Name[3] <= L'9' &&
           (!_wcsnicmp(Name, L"COM", 3) || !_wcsnicmp(Name, L"LPT", 3));
}

// Offset (high word) and length (low word) in bytes of a device name in the path, or 0.
ULONG NTAPI RtlIsDosDeviceName_U(PCWSTR DosFileName)
{
    RTL_PATH_TYPE Type = RtlDetermineDosPathNameType_U(DosFileName);
    if (Type == RtlPathTypeUncAbsolute || Type == RtlPathTypeLocalDevice ||
        Type == RtlPathTypeRootLocalDevice)
        return 0;
    ULONG Start = 0, End = 0;
    for (; DosFileName[End]; End++) {
        if (PathpIsSlash(DosFileName[End]) || (DosFileName[End] == L':' && End == 1))
            Start = End + 1;
    }
    // Everything from the first dot or colon, and spaces before it, does not count.
    ULONG Length = 0;
    while (Start + Length < End && DosFileName[Start + Length] != L'.' &&
           DosFileName[Start + Length] != L':')
        Length++;
    while (Length && DosFileName[Start + Length - 1] == L' ')
        Length--;
    if (!PathpIsDeviceWord(DosFileName + Start, Length))
        return 0;
    return (Start * (ULONG)sizeof(WCHAR)) << 16 | Length * (ULONG)sizeof(WCHAR);
}
