// Control\hivelist: the path of each hive's root, and its file.
#include "cmp.h"

// A program may rename or delete the keys on the way, so the list is looked for each time.
static WCHAR CmpListParent[64]; // \MACHINE\SYSTEM\ControlSetNNN\Control
static const UNICODE_STRING CmpListName = RTL_CONSTANT_STRING(L"hivelist");

// Made anew at each start, so it is volatile.
VOID CmpCreateHiveList(ULONG ControlSet)
{
    CM_PLACE Place;
    HCELL List;
    _snwprintf(CmpListParent, RTL_NUMBER_OF(CmpListParent),
               L"\\MACHINE\\SYSTEM\\ControlSet%03u\\Control", ControlSet);
    if (!CmpFindPath(CmpListParent, &Place) ||
        !NT_SUCCESS(HvCreateSubkey(&Place.Hive->Hive, Place.Cell, &CmpListName, nullptr,
                                   HIVE_KEY_VOLATILE, nullptr, &List)))
        return;
    for (PCM_HIVE Hive = CmpNextHive(nullptr); Hive; Hive = CmpNextHive(Hive))
        CmpListHive(Hive);
}

static NTSTATUS CmpSetListed(CM_PLACE List, PCM_HIVE Hive, PCUNICODE_STRING Name)
{
    static const WCHAR None[] = L"";
    PCWSTR FileName = Hive->FileName.Buffer ? Hive->FileName.Buffer : None;
    return HvSetValue(&List.Hive->Hive, List.Cell, Name, REG_SZ, FileName,
                      Hive->FileName.Length + (ULONG)sizeof(WCHAR));
}

static NTSTATUS CmpDeleteListed(CM_PLACE List, PCM_HIVE Hive, PCUNICODE_STRING Name)
{
    (void)Hive;
    return HvDeleteValue(&List.Hive->Hive, List.Cell, Name);
}

static VOID CmpChangeList(PCM_HIVE Hive,
                          NTSTATUS (*Change)(CM_PLACE List, PCM_HIVE Hive, PCUNICODE_STRING Name))
{
    UNICODE_STRING Name;
    CM_PLACE Control, List, Root = {Hive, HvRootKey(&Hive->Hive)};
    if (!CmpFindPath(CmpListParent, &Control) || !CmpFindChild(Control, &CmpListName, &List) ||
        !NT_SUCCESS(CmpFullName(Root, &Name)))
        return;
    if (NT_SUCCESS(Change(List, Hive, &Name)))
        CmpReportChange(List, REG_NOTIFY_CHANGE_LAST_SET);
    ExFreePoolWithTag(Name.Buffer, CM_TAG_NAME);
}

VOID CmpListHive(PCM_HIVE Hive)
{
    CmpChangeList(Hive, CmpSetListed);
}

VOID CmpUnlistHive(PCM_HIVE Hive)
{
    CmpChangeList(Hive, CmpDeleteListed);
}
