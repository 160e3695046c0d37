// Sections that a port shares: mapped in the process of its owner and in that of the other end.
#include "lpcp.h"

NTSTATUS LpcpCaptureView(const PORT_VIEW USER *User, LPCP_VIEW *View)
{
    PORT_VIEW Captured;
    *View = (LPCP_VIEW){};
    NTSTATUS Status = MmCopyFromUser(&Captured, User, sizeof(Captured));
    if (!NT_SUCCESS(Status))
        return Status;
    if (Captured.Length != sizeof(Captured))
        return STATUS_INVALID_PARAMETER;
    Status =
        ObReferenceObjectByHandle(Captured.SectionHandle, SECTION_MAP_READ | SECTION_MAP_WRITE,
                                  MmSectionObjectType, UserMode, (PVOID *)&View->Section, nullptr);
    View->Offset.QuadPart = Captured.SectionOffset;
    View->Size = Captured.ViewSize;
    return Status;
}

VOID LpcpReleaseView(LPCP_VIEW *View)
{
    if (View->Section)
        ObDereferenceObject(View->Section);
    *View = (LPCP_VIEW){};
}

static NTSTATUS LpcpMapOne(LPCP_VIEW *View, PEPROCESS Process, PVOID *Base)
{
    *Base = nullptr;
    return MmMapViewOfSection(View->Section, Process, Base, 0, 0, &View->Offset, &View->Size,
                              ViewUnmap, 0, PAGE_READWRITE);
}

NTSTATUS LpcpMapView(LPCP_VIEW *View, PEPROCESS Owner, PEPROCESS Remote)
{
    if (!View->Section)
        return STATUS_SUCCESS;
    NTSTATUS Status = LpcpMapOne(View, Owner, &View->OwnBase);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = LpcpMapOne(View, Remote, &View->RemoteBase);
    if (!NT_SUCCESS(Status)) {
        MmUnmapViewOfSection(Owner, View->OwnBase);
        View->OwnBase = nullptr;
    }
    return Status;
}

// A process that has ended unmapped its views itself.
static VOID LpcpUnmapOne(PEPROCESS Process, PVOID *Base)
{
    if (*Base && !Process->Exiting)
        MmUnmapViewOfSection(Process, *Base);
    *Base = nullptr;
}

VOID LpcpUnmapView(LPCP_VIEW *View, PEPROCESS Owner, PEPROCESS Remote)
{
    LpcpUnmapOne(Owner, &View->OwnBase);
    LpcpUnmapOne(Remote, &View->RemoteBase);
}

NTSTATUS LpcpReturnView(const LPCP_VIEW *View, PORT_VIEW USER *User)
{
    NTSTATUS Status = MmWriteUser(&User->ViewSize, View->Size);
    if (NT_SUCCESS(Status))
        Status = MmWriteUser(&User->ViewBase, View->OwnBase);
    if (NT_SUCCESS(Status))
        Status = MmWriteUser(&User->ViewRemoteBase, View->RemoteBase);
    return Status;
}

NTSTATUS LpcpReturnRemoteView(const LPCP_VIEW *View, REMOTE_PORT_VIEW USER *User)
{
    NTSTATUS Status = MmWriteUser(&User->ViewSize, View->Section ? View->Size : 0);
    return NT_SUCCESS(Status) ? MmWriteUser(&User->ViewBase, View->RemoteBase) : Status;
}
