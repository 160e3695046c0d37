// Activation contexts describe side-by-side assemblies. There are none here: every process has the empty
// context, in which nothing is found, as on Windows in a program without a manifest.

#include "../ntdllp.h"

NTSTATUS NTAPI RtlFindActivationContextSectionString(ULONG Flags, const GUID *ExtensionGuid,
                                                     ULONG SectionId, PCUNICODE_STRING String,
                                                     PVOID Data)
{
    UNREFERENCED_PARAMETER(Flags);
    UNREFERENCED_PARAMETER(ExtensionGuid);
    UNREFERENCED_PARAMETER(SectionId);
    UNREFERENCED_PARAMETER(Data);
    return String && String->Buffer ? STATUS_SXS_KEY_NOT_FOUND : STATUS_INVALID_PARAMETER;
}

NTSTATUS NTAPI RtlFindActivationContextSectionGuid(ULONG Flags, const GUID *ExtensionGuid,
                                                   ULONG SectionId, const GUID *Guid, PVOID Data)
{
    UNREFERENCED_PARAMETER(Flags);
    UNREFERENCED_PARAMETER(ExtensionGuid);
    UNREFERENCED_PARAMETER(SectionId);
    UNREFERENCED_PARAMETER(Data);
    return Guid ? STATUS_SXS_KEY_NOT_FOUND : STATUS_INVALID_PARAMETER;
}

NTSTATUS NTAPI RtlQueryActivationContextApplicationSettings(ULONG Flags, HANDLE ActivationContext,
                                                            PCWSTR SettingsNamespace,
                                                            PCWSTR SettingName, PWSTR Buffer,
                                                            SIZE_T Characters, PSIZE_T Written)
{
    UNREFERENCED_PARAMETER(ActivationContext);
    UNREFERENCED_PARAMETER(SettingsNamespace);
    UNREFERENCED_PARAMETER(Buffer);
    UNREFERENCED_PARAMETER(Characters);
    if (Flags || !SettingName)
        return STATUS_INVALID_PARAMETER;
    if (Written)
        *Written = 0;
    return STATUS_SXS_KEY_NOT_FOUND;
}

// The active context, of which there is none to hold a reference to.
NTSTATUS NTAPI RtlGetActiveActivationContext(HANDLE *ActivationContext)
{
    *ActivationContext = nullptr;
    return STATUS_SUCCESS;
}

VOID NTAPI RtlAddRefActivationContext(HANDLE ActivationContext)
{
    UNREFERENCED_PARAMETER(ActivationContext);
}

VOID NTAPI RtlReleaseActivationContext(HANDLE ActivationContext)
{
    UNREFERENCED_PARAMETER(ActivationContext);
}
