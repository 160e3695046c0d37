// hold FILE SECONDS: a file is open and mapped meanwhile, and is read and written again and again; the last status is told.
#include "fstest.h"

enum { FsHeld = 65536 };

static NTSTATUS FsTouchHeld(HANDLE File, PUCHAR Buffer)
{
    ULONG Done;
    NTSTATUS Status = FsWrite(File, 4096, Buffer, 8192, &Done);
    if (NT_SUCCESS(Status))
        Status = FsRead(File, 0, Buffer, FsHeld, &Done);
    return Status;
}

NTSTATUS FsHold(PWSTR *Words, ULONG Count)
{
    PUCHAR Buffer = FsAllocate(FsHeld);
    HANDLE File, Section;
    PVOID View = NULL;
    SIZE_T Size = 0;
    ULONG Done;
    UNREFERENCED_PARAMETER(Count);
    NTSTATUS Status =
        FsOpenPath(Words[0], FILE_READ_DATA | FILE_WRITE_DATA, 0, FILE_OVERWRITE_IF, 0, &File);
    if (NT_SUCCESS(Status))
        Status = FsWrite(File, 0, Buffer, FsHeld, &Done);
    if (NT_SUCCESS(Status))
        Status = NtCreateSection(&Section, SECTION_MAP_READ | SECTION_MAP_WRITE, NULL, NULL,
                                 PAGE_READWRITE, SEC_COMMIT, File);
    if (NT_SUCCESS(Status))
        Status = NtMapViewOfSection(Section, NtCurrentProcess(), &View, 0, 0, NULL, &Size,
                                    ViewUnmap, 0, PAGE_READWRITE);
    if (!NT_SUCCESS(Status)) {
        ConPrint(L"hold: cannot begin: %08lx\n", Status);
        return Status;
    }
    *(volatile UCHAR *)View = 1;
    ConPrint(L"it is held\n");
    for (ULONG i = 0; NT_SUCCESS(Status) && i < 10 * (ULONG)FsNumber(Words[1]); i++) {
        LARGE_INTEGER Moment = {.QuadPart = -1000000};
        NtDelayExecution(FALSE, &Moment);
        Status = FsTouchHeld(File, Buffer);
    }
    NtUnmapViewOfSection(NtCurrentProcess(), View);
    NtClose(Section);
    NtClose(File);
    ConPrint(L"hold: %08lx\n", Status);
    return Status;
}
