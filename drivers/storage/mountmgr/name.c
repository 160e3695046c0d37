// Names of mount points, and the links that they are.
#include "mountmgr.h"

#include <ntstrsafe.h>

static const WCHAR DosPrefix[] = L"\\DosDevices\\", NtPrefix[] = L"\\\?\?\\",
                   GlobalPrefix[] = L"\\GLOBAL\?\?\\";

enum { PrefixDos = RTL_NUMBER_OF(DosPrefix) - 1, PrefixNt = RTL_NUMBER_OF(NtPrefix) - 1 };

BOOLEAN MmgrCopyName(PWSTR To, ULONG Chars, PCWCH From, ULONG Bytes)
{
    if (Bytes % sizeof(WCHAR) || Bytes / sizeof(WCHAR) >= Chars)
        return FALSE;
    RtlCopyMemory(To, From, Bytes);
    To[Bytes / sizeof(WCHAR)] = 0;
    return wcslen(To) == Bytes / sizeof(WCHAR);
}

// ---- Forms

BOOLEAN MmgrIsLetter(PCWSTR Name)
{
    return wcslen(Name) == PrefixDos + 2 && _wcsnicmp(Name, DosPrefix, PrefixDos) == 0 &&
           Name[PrefixDos] >= L'A' && Name[PrefixDos] <= L'Z' && Name[PrefixDos + 1] == L':';
}

// Behind "Volume": {8-4-4-4-12 hexadecimal digits}.
static BOOLEAN MmgrIsGuid(PCWSTR Text)
{
    static const CHAR Form[] = "{xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx}";
    for (ULONG i = 0; i < sizeof(Form) - 1; i++) {
        BOOLEAN Digit = (Text[i] >= L'0' && Text[i] <= L'9') ||
                        (Text[i] >= L'a' && Text[i] <= L'f') ||
                        (Text[i] >= L'A' && Text[i] <= L'F');
        if (Form[i] == 'x' ? !Digit : Text[i] != (WCHAR)Form[i])
            return FALSE;
    }
    return Text[sizeof(Form) - 1] == 0;
}

BOOLEAN MmgrIsVolumeName(PCWSTR Name)
{
    return _wcsnicmp(Name, L"\\\?\?\\Volume", PrefixNt + 6) == 0 && MmgrIsGuid(Name + PrefixNt + 6);
}

// Letters are below \DosDevices, volume names below \??, though both lead to the same place.
BOOLEAN MmgrCanonical(PWSTR Name)
{
    PCWSTR Rest = nullptr;
    WCHAR Copy[MM_NAME_CHARS];
    if (_wcsnicmp(Name, DosPrefix, PrefixDos) == 0)
        Rest = Name + PrefixDos;
    else if (_wcsnicmp(Name, NtPrefix, PrefixNt) == 0)
        Rest = Name + PrefixNt;
    if (!Rest)
        return FALSE;
    RtlStringCchCopyW(Copy, MM_NAME_CHARS, Rest);
    BOOLEAN Letter = wcslen(Copy) == 2 && Copy[1] == L':';
    if (Letter)
        Copy[0] = RtlUpcaseUnicodeChar(Copy[0]);
    if (!NT_SUCCESS(RtlStringCchPrintfW(Name, MM_NAME_CHARS, L"%ws%ws",
                                        Letter ? DosPrefix : NtPrefix, Copy)))
        return FALSE;
    return MmgrIsLetter(Name) || MmgrIsVolumeName(Name);
}

VOID MmgrVolumeName(const GUID *Guid, PWSTR Name)
{
    RtlStringCchPrintfW(
        Name, MM_NAME_CHARS, L"\\\?\?\\Volume{%08lx-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x}",
        Guid->Data1, Guid->Data2, Guid->Data3, Guid->Data4[0], Guid->Data4[1], Guid->Data4[2],
        Guid->Data4[3], Guid->Data4[4], Guid->Data4[5], Guid->Data4[6], Guid->Data4[7]);
}

// ---- Links

static PUNICODE_STRING MmgrLinkName(PCWSTR Point, PWSTR Buffer, PUNICODE_STRING Name)
{
    PCWSTR Rest = Point + (_wcsnicmp(Point, DosPrefix, PrefixDos) == 0 ? PrefixDos : PrefixNt);
    RtlStringCchPrintfW(Buffer, MM_NAME_CHARS, L"%ws%ws", GlobalPrefix, Rest);
    RtlInitUnicodeString(Name, Buffer);
    return Name;
}

static BOOLEAN MmgrQueryLink(PUNICODE_STRING Name, PUNICODE_STRING Target)
{
    OBJECT_ATTRIBUTES Attributes;
    HANDLE Link;
    InitializeObjectAttributes(&Attributes, Name, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, nullptr,
                               nullptr);
    if (!NT_SUCCESS(ZwOpenSymbolicLinkObject(&Link, SYMBOLIC_LINK_QUERY, &Attributes)))
        return FALSE;
    if (!NT_SUCCESS(ZwQuerySymbolicLinkObject(Link, Target, nullptr)))
        Target->Length = 0;
    ZwClose(Link);
    return TRUE;
}

BOOLEAN MmgrIsLinkTaken(PCWSTR Point)
{
    WCHAR Buffer[MM_NAME_CHARS], TargetBuffer[MM_NAME_CHARS];
    UNICODE_STRING Name, Target = {0, sizeof(TargetBuffer), TargetBuffer};
    return MmgrQueryLink(MmgrLinkName(Point, Buffer, &Name), &Target);
}

// Links outlive the host that made them. One to a volume of ours, which no volume here has, is such a one.
static BOOLEAN MmgrIsStale(PUNICODE_STRING Name)
{
    UNICODE_STRING Prefix = RTL_CONSTANT_STRING(L"\\Device\\HarddiskVolume");
    WCHAR Buffer[MM_NAME_CHARS];
    UNICODE_STRING Target = {0, sizeof(Buffer), Buffer};
    return MmgrQueryLink(Name, &Target) && RtlPrefixUnicodeString(&Prefix, &Target, TRUE);
}

NTSTATUS MmgrMakeLink(PCWSTR Point, PCWSTR Device)
{
    WCHAR Buffer[MM_NAME_CHARS];
    UNICODE_STRING Name, Target;
    MmgrLinkName(Point, Buffer, &Name);
    RtlInitUnicodeString(&Target, Device);
    NTSTATUS Status = IoCreateSymbolicLink(&Name, &Target);
    if (Status == STATUS_OBJECT_NAME_COLLISION && MmgrIsStale(&Name) &&
        NT_SUCCESS(IoDeleteSymbolicLink(&Name)))
        Status = IoCreateSymbolicLink(&Name, &Target);
    return Status;
}

VOID MmgrRemoveLink(PCWSTR Point)
{
    WCHAR Buffer[MM_NAME_CHARS];
    UNICODE_STRING Name;
    (VOID) IoDeleteSymbolicLink(MmgrLinkName(Point, Buffer, &Name));
}
