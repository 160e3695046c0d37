// Drivers that no device asks for.
#include "pnpp.h"

enum { // Services\NAME, Type
    PNP_SERVICE_KERNEL_DRIVER = 1,
    PNP_SERVICE_FILE_SYSTEM_DRIVER = 2,
};

// Those that run where their devices are have to wait for them.
static VOID PnpLoadIfLegacy(PCWSTR Service, ULONG StartType)
{
    WCHAR Path[PNP_MAX_PATH];
    ULONG Start, Type;
    PnpServicePath(Service, Path);
    if (!CmQueryNumber(Path, L"Start", &Start) || Start != StartType)
        return;
    if (!CmQueryNumber(Path, L"Type", &Type) ||
        (Type != PNP_SERVICE_KERNEL_DRIVER && Type != PNP_SERVICE_FILE_SYSTEM_DRIVER))
        return;
    if (!PnpBelongsToDevices(Service))
        (VOID) PnpLoadDriver(Service);
}

// In the order of their groups: ServiceGroupOrder\List, then those without a group.
static VOID PnpLoadGroup(PCWSTR Group, ULONG StartType)
{
    WCHAR Service[PNP_MAX_PATH], Path[PNP_MAX_PATH], Own[PNP_MAX_PATH];
    for (ULONG i = 0;; i++) {
        NTSTATUS Status = CmEnumerateKey(
            L"\\Registry\\Machine\\System\\CurrentControlSet\\Services", i, Service, PNP_MAX_PATH);
        if (Status == STATUS_BUFFER_OVERFLOW)
            continue;
        if (!NT_SUCCESS(Status))
            return;
        PnpServicePath(Service, Path);
        BOOLEAN HasGroup = PnpReadString(Path, L"Group", Own, PNP_MAX_PATH);
        BOOLEAN Wanted = Group ? HasGroup && _wcsicmp(Own, Group) == 0 : !HasGroup;
        if (Wanted)
            PnpLoadIfLegacy(Service, StartType);
    }
}

VOID PnpLoadLegacyDrivers(ULONG StartType)
{
    enum { ListChars = 4096 };
    PWSTR List = ExAllocatePoolZero(PagedPool, ListChars * sizeof(WCHAR), PnpTag);
    if (List &&
        PnpReadString(L"\\Registry\\Machine\\System\\CurrentControlSet\\Control\\ServiceGroupOrder",
                      L"List", List, ListChars)) {
        for (PCWSTR Group = List; *Group; Group += wcslen(Group) + 1)
            PnpLoadGroup(Group, StartType);
    }
    PnpLoadGroup(nullptr, StartType);
    if (List)
        ExFreePool(List);
}
