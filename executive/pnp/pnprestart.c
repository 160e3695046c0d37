// How often what a host's end has stopped is started again. A driver that ends its host each time must not keep
// the system busy: so many times within ten minutes, and then its device stays failed.
#include "pnpp.h"

enum {
    PNP_DEFAULT_RESTARTS = 3,
    PNP_MAX_RESTARTS = 16,
    PNP_RESTART_MINUTES = 10,
};
constexpr ULONGLONG PnpMinute = 60 * 10'000'000ull; // 100 ns

// The restarts of a device or driver, which it outlives: a child of a bus that ends is another node afterwards.
typedef struct _PNP_HISTORY {
    LIST_ENTRY Link;
    ULONGLONG Times[PNP_MAX_RESTARTS]; // interrupt time; the first Count
    ULONG Count;
    WCHAR Name[PNP_MAX_PATH];
} PNP_HISTORY, *PPNP_HISTORY;

static LIST_ENTRY PnpHistories = {&PnpHistories, &PnpHistories};

static VOID PnpDropOldTimes(PPNP_HISTORY History, ULONGLONG Now)
{
    ULONG Kept = 0;
    for (ULONG i = 0; i < History->Count; i++) {
        if (Now - History->Times[i] < PNP_RESTART_MINUTES * PnpMinute)
            History->Times[Kept++] = History->Times[i];
    }
    History->Count = Kept;
}

// Those without anything to tell go on the way.
static PPNP_HISTORY PnpFindHistory(PCWSTR Name, ULONGLONG Now)
{
    PPNP_HISTORY Found = nullptr;
    PLIST_ENTRY Link = PnpHistories.Flink;
    while (Link != &PnpHistories) {
        PPNP_HISTORY History = CONTAINING_RECORD(Link, PNP_HISTORY, Link);
        Link = Link->Flink;
        PnpDropOldTimes(History, Now);
        if (_wcsicmp(History->Name, Name) == 0) {
            Found = History;
        } else if (!History->Count) {
            RemoveEntryList(&History->Link);
            ExFreePool(History);
        }
    }
    if (Found)
        return Found;
    Found = ExAllocatePoolZero(PagedPool, sizeof(*Found), PnpTag);
    if (!Found)
        return nullptr;
    wcscpy(Found->Name, Name);
    InsertTailList(&PnpHistories, &Found->Link);
    return Found;
}

BOOLEAN PnpMayRestart(PCWSTR Name, PCWSTR Service)
{
    WCHAR Path[PNP_MAX_PATH];
    ULONG Most = PNP_DEFAULT_RESTARTS;
    PnpServicePath(Service, Path);
    (VOID) CmQueryNumber(Path, L"HostRestarts", &Most);
    Most = min(Most, (ULONG)PNP_MAX_RESTARTS);
    ULONGLONG Now = KeQueryInterruptTime();
    PPNP_HISTORY History = PnpFindHistory(Name, Now);
    if (!History || History->Count >= Most) {
        DbgPrintEx(DPFLTR_NTOSPNP_ID, DPFLTR_ERROR_LEVEL, "pnp: %ws is not started again\n", Name);
        return FALSE;
    }
    History->Times[History->Count++] = Now;
    DbgPrintEx(DPFLTR_NTOSPNP_ID, DPFLTR_INFO_LEVEL, "pnp: %ws is started again (%lu of %lu)\n",
               Name, History->Count, Most);
    return TRUE;
}
