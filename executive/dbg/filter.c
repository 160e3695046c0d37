// Which messages are wanted: a mask of levels for each component, as on Windows. A level below 32 is the bit of that
// number, a greater one is bits itself. What WIN2000 has is wanted of every component.
#include "ntos.h"

#define DBG_FILTERS_KEY \
    L"\\Registry\\Machine\\SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Debug Print Filter"

enum {
    DBG_ERROR = 1u << DPFLTR_ERROR_LEVEL,
    DBG_WARNING = (2u << DPFLTR_WARNING_LEVEL) - 1, // and all that is more important
    DBG_INFO = (2u << DPFLTR_INFO_LEVEL) - 1,
    DBG_LEVEL_BITS = 32,
};

typedef struct _DBG_FILTER {
    PCWSTR Name;
    ULONG Mask;
} DBG_FILTER, *PDBG_FILTER;

#define FILTER(Name, Level) {L"" #Name, DBG_##Level},
static DBG_FILTER DbgpFilters[] = {
#include <nt/dbgfilter.inc>
};
#undef FILTER
static_assert(RTL_NUMBER_OF(DbgpFilters) == DPFLTR_ENDOFTABLE_ID);

static DBG_FILTER DbgpEvery = {L"WIN2000", DBG_ERROR};

static ULONG DbgpBits(ULONG Level)
{
    return Level < DBG_LEVEL_BITS ? 1u << Level : Level;
}

// Null: there is no such component.
static PDBG_FILTER DbgpFind(ULONG ComponentId)
{
    if (ComponentId < RTL_NUMBER_OF(DbgpFilters))
        return &DbgpFilters[ComponentId];
    return ComponentId == MAXULONG ? &DbgpEvery : nullptr;
}

BOOLEAN DbgIsWanted(ULONG ComponentId, ULONG Level)
{
    PDBG_FILTER Filter = DbgpFind(ComponentId);
    ULONG Mask = DbgpEvery.Mask | (Filter ? Filter->Mask : 0);
    return (Mask & DbgpBits(Level)) != 0;
}

static VOID DbgpReadFilter(PDBG_FILTER Filter)
{
    (VOID) CmQueryNumber(DBG_FILTERS_KEY, Filter->Name, &Filter->Mask);
}

NTSTATUS DbgReadFilters(VOID)
{
    for (ULONG i = 0; i < RTL_NUMBER_OF(DbgpFilters); i++)
        DbgpReadFilter(&DbgpFilters[i]);
    DbgpReadFilter(&DbgpEvery);
    return STATUS_SUCCESS;
}

// The status is a BOOLEAN, or that there is no such component.
NTSTATUS NtQueryDebugFilterState(ULONG ComponentId, ULONG Level)
{
    if (!DbgpFind(ComponentId))
        return STATUS_INVALID_PARAMETER_1;
    return DbgIsWanted(ComponentId, Level);
}

NTSTATUS NtSetDebugFilterState(ULONG ComponentId, ULONG Level, BOOLEAN State)
{
    if (!SeSinglePrivilegeCheck(RtlConvertUlongToLuid(SE_DEBUG_PRIVILEGE), UserMode))
        return STATUS_ACCESS_DENIED;
    PDBG_FILTER Filter = DbgpFind(ComponentId);
    if (!Filter)
        return STATUS_INVALID_PARAMETER_1;
    if (State)
        Filter->Mask |= DbgpBits(Level);
    else
        Filter->Mask &= ~DbgpBits(Level);
    return STATUS_SUCCESS;
}
