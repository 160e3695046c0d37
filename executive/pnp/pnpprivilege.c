// Privileges of drivers: what their hosts may do beyond the resources of their devices.
#include "pnpp.h"

static const struct {
    PCWSTR Name;
    ULONG Privilege;
} PnpPrivileges[] = {
    {L"Memory", IopMemoryPrivilege},
    {L"Ports", IopPortPrivilege},
    {L"PciConfiguration", IopPciPrivilege},
    {L"Power", IopPowerPrivilege},
};

static ULONG PnpFindPrivilege(PCWSTR Name)
{
    for (ULONG i = 0; i < RTL_NUMBER_OF(PnpPrivileges); i++) {
        if (_wcsicmp(PnpPrivileges[i].Name, Name) == 0)
            return PnpPrivileges[i].Privilege;
    }
    return 0;
}

ULONG PnpReadPrivileges(PCWSTR ServicePath)
{
    WCHAR Names[PNP_MAX_PATH];
    ULONG Privileges = 0;
    if (!PnpReadString(ServicePath, L"Privileges", Names, PNP_MAX_PATH))
        return 0;
    for (PCWSTR Name = Names; *Name; Name += wcslen(Name) + 1) {
        ULONG Found = PnpFindPrivilege(Name);
        if (!Found)
            DbgPrintEx(DPFLTR_NTOSPNP_ID, DPFLTR_WARNING_LEVEL,
                       "pnp: %ws wants a privilege %ws that there is not\n", ServicePath, Name);
        Privileges |= Found;
    }
    return Privileges;
}
