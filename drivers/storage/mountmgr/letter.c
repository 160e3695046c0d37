// Drive letters.
#include "mountmgr.h"

#include <ntstrsafe.h>

// Letters that the database has for volumes which are not there: they are given to others when all else are used.
static BOOLEAN MmgrCollectLetter(PCWSTR Name, const MM_ID *Id, PVOID Context)
{
    PULONG Letters = Context;
    UNREFERENCED_PARAMETER(Id);
    if (MmgrIsLetter(Name))
        *Letters |= 1u << (Name[wcslen(Name) - 2] - L'A');
    return TRUE;
}

// A link of that name may be another's: the boot archive has one.
static NTSTATUS MmgrTryLetter(PMM_VOLUME Volume, ULONG Letter)
{
    WCHAR Name[MM_NAME_CHARS];
    RtlStringCchPrintfW(Name, MM_NAME_CHARS, L"\\DosDevices\\%wc:", (WCHAR)(L'A' + Letter));
    return MmgrIsLinkTaken(Name) ? STATUS_OBJECT_NAME_COLLISION : MmgrAddPoint(Volume, Name, TRUE);
}

NTSTATUS MmgrAssignLetter(PMM_VOLUME Volume)
{
    enum { First = 'C' - 'A', Letters = 26 };
    ULONG Recorded = 0;
    NTSTATUS Status = STATUS_OBJECT_NAME_COLLISION;
    MmgrEnumerate(MmgrCollectLetter, &Recorded);
    for (ULONG Pass = 0; Pass < 2; Pass++) {
        for (ULONG i = First; i < Letters; i++) {
            BOOLEAN WasGiven = (Recorded >> i & 1) != 0;
            if (WasGiven != (Pass == 1))
                continue;
            Status = MmgrTryLetter(Volume, i);
            if (Status != STATUS_OBJECT_NAME_COLLISION)
                return Status;
        }
    }
    return Status;
}

VOID MmgrAssignAll(VOID)
{
    for (PLIST_ENTRY Link = MmgrData.Volumes.Flink; Link != &MmgrData.Volumes; Link = Link->Flink) {
        PMM_VOLUME Volume = CONTAINING_RECORD(Link, MM_VOLUME, Link);
        if (Volume->Device.WantsLetter && !Volume->NoLetter && !MmgrLetterOf(Volume) &&
            NT_SUCCESS(MmgrAssignLetter(Volume)))
            MmgrChanged();
    }
}
