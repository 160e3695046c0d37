// Locale and language of the system and of programs: US English until a program sets another.
#include "exp.h"

constexpr LCID EXP_INSTALL_LOCALE = 0x0409;

static LCID ExpSystemLocale = EXP_INSTALL_LOCALE, ExpUserLocale = EXP_INSTALL_LOCALE;
static LANGID ExpUserLanguage = EXP_INSTALL_LOCALE;

NTSTATUS NtQueryDefaultLocale(BOOLEAN UserProfile, LCID USER *DefaultLocaleId)
{
    return MmWriteUser(DefaultLocaleId, UserProfile ? ExpUserLocale : ExpSystemLocale);
}

NTSTATUS NtSetDefaultLocale(BOOLEAN UserProfile, LCID DefaultLocaleId)
{
    constexpr LCID Valid = 0x000FFFFF; // language and sort order
    if (!DefaultLocaleId || (DefaultLocaleId & ~Valid))
        return STATUS_INVALID_PARAMETER;
    if (!UserProfile &&
        !SeSinglePrivilegeCheck(RtlConvertUlongToLuid(SE_SYSTEMTIME_PRIVILEGE), UserMode))
        return STATUS_PRIVILEGE_NOT_HELD;
    *(UserProfile ? &ExpUserLocale : &ExpSystemLocale) = DefaultLocaleId;
    return STATUS_SUCCESS;
}

NTSTATUS NtQueryDefaultUILanguage(LANGID USER *DefaultUILanguageId)
{
    return MmWriteUser(DefaultUILanguageId, ExpUserLanguage);
}

NTSTATUS NtSetDefaultUILanguage(LANGID DefaultUILanguageId)
{
    ExpUserLanguage = DefaultUILanguageId ? DefaultUILanguageId : EXP_INSTALL_LOCALE;
    return STATUS_SUCCESS;
}

NTSTATUS NtQueryInstallUILanguage(LANGID USER *InstallUILanguageId)
{
    return MmWriteUser(InstallUILanguageId, (LANGID)EXP_INSTALL_LOCALE);
}
