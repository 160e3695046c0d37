// What opening, changing and closing files does to what is known of their names. A file system takes part when its driver's
// service says so (CacheAttributes): files and directories on its volumes change only by requests on files that were opened for
// it, and are the same for everybody.
#include "iop.h"

enum {
    IOP_MOST_NAMES = 16384,
    IOP_PAGES_A_NAME = 8, // of memory
};

NTSTATUS IopInitAttributes(VOID)
{
    MM_STATISTICS Memory;
    MmQueryStatistics(&Memory);
    IopInitNameTable();
    IopLimitNames((ULONG)min(Memory.TotalPages / IOP_PAGES_A_NAME, (SIZE_T)IOP_MOST_NAMES));
    return STATUS_SUCCESS;
}

static BOOLEAN IopKeepsNames(const DEVICE_OBJECT *Volume)
{
    return Volume->Driver && Volume->Driver->CachesAttributes;
}

static BOOLEAN IopHasKnownName(const FILE_OBJECT *File)
{
    return File->RealDevice && IopKeepsNames(File->Device);
}

// ---- Files that may change something

static BOOLEAN IopMayChange(const IOP_OPEN *Open)
{
    constexpr ACCESS_MASK Harmless = FILE_READ_DATA | FILE_READ_EA | FILE_EXECUTE |
                                     FILE_READ_ATTRIBUTES | READ_CONTROL | SYNCHRONIZE |
                                     GENERIC_READ | GENERIC_EXECUTE;
    return (Open->DesiredAccess & ~Harmless) || Open->Disposition != FILE_OPEN ||
           (Open->Options & FILE_DELETE_ON_CLOSE);
}

static VOID IopChangeAnything(PFILE_OBJECT File)
{
    if (File->Name)
        IopEndChange(&File->Device->Names, File->Name, nullptr, 0);
    File->Name = nullptr;
    File->Changes = TRUE;
    IopBeginAnyChange(&File->Device->Names);
}

BOOLEAN IopFileMayChange(PFILE_OBJECT File, const IOP_OPEN *Open)
{
    PFILE_OBJECT Related = File->RelatedFile;
    BOOLEAN Whole = ((File->Flags | (Related ? Related->Flags : 0)) & FO_VOLUME_OPEN) != 0;
    if (!IopHasKnownName(File) || (!Whole && !IopMayChange(Open)))
        return FALSE;
    BOOLEAN Named = !Whole && !Related && !(Open->Options & FILE_OPEN_BY_FILE_ID);
    File->Changes = TRUE;
    if (Named)
        File->Name = IopBeginChange(&File->Device->Names, &File->FileName);
    if (!File->Name)
        IopChangeAnything(File);
    return TRUE;
}

VOID IopFileOpened(PFILE_OBJECT File, BOOLEAN OwnName, BOOLEAN Created)
{
    if (!IopHasKnownName(File))
        return;
    // Another name of something that has its own; or the whole volume after all.
    if ((File->Name && !OwnName) || (!File->Changes && (File->Flags & FO_VOLUME_OPEN)))
        IopChangeAnything(File);
    if (Created)
        IopNoteNewName(&File->Device->Names);
}

static VOID IopEndChanges(PFILE_OBJECT File, const FILE_NETWORK_OPEN_INFORMATION *Information)
{
    PIOP_NAMES Names = &File->Device->Names;
    if (!File->Changes)
        return;
    if (File->Name)
        IopEndChange(Names, File->Name, Information, File->Asked);
    else
        IopEndAnyChange(Names);
    if (!Information) // it may be deleted
        IopNoteNewName(Names);
    File->Changes = FALSE;
    File->Name = nullptr;
}

VOID IopFileChangesNoMore(PFILE_OBJECT File)
{
    IopEndChanges(File, nullptr);
}

// ---- Cleanup: what the file is like then is told with it

// One that is to be deleted goes with its last handle, which may be one for reading: what is not in it is then not there in another
// way.
static VOID IopDirectoryMayGo(PFILE_OBJECT File)
{
    if (IopHasKnownName(File) && !File->SectionKey)
        IopNoteNewName(&File->Device->Names);
}

// Requests that are under way go on changing it.
BOOLEAN IopAsksWithCleanup(PFILE_OBJECT File)
{
    IopDirectoryMayGo(File);
    File->Asked = IopNameClock();
    return File->Name && IopIsLastChanger(File->Name) && !File->Device->Names.Unknown &&
           !(File->Flags & FO_DELETE_ON_CLOSE) && IsListEmpty(&File->RequestListHead);
}

VOID IopFileCleanedUp(PFILE_OBJECT File, const FILE_NETWORK_OPEN_INFORMATION *Information)
{
    IopDirectoryMayGo(File);
    if (IsListEmpty(&File->RequestListHead))
        IopEndChanges(File, Information);
}

// ---- Names that become others

// Those that are open to be changed have a name that is not theirs any more, or may have.
static VOID IopLoseNames(PDEVICE_OBJECT Volume)
{
    ULONG Index = 0;
    PFILE_OBJECT File;
    while ((File = IopNextFile(&Index)) != nullptr) {
        if (File->Device == Volume && File->Name)
            IopChangeAnything(File);
    }
}

// A file that is open to be changed is not known meanwhile; what concerns more than that changes others.
static BOOLEAN IopConcernsFileOnly(FILE_INFORMATION_CLASS Class)
{
    switch (Class) {
    case FileBasicInformation:
    case FileDispositionInformation:
    case FileDispositionInformationEx:
    case FilePositionInformation:
    case FileAllocationInformation:
    case FileEndOfFileInformation:
    case FileValidDataLengthInformation:
        return TRUE;
    default:
        return FALSE;
    }
}

VOID IopInformationSet(PFILE_OBJECT File, FILE_INFORMATION_CLASS Class)
{
    if (!IopHasKnownName(File))
        return;
    if (!IopConcernsFileOnly(Class)) {
        IopLoseNames(File->Device);
        IopForgetNames(&File->Device->Names);
    } else if (!File->Changes) {
        IopForgetNames(&File->Device->Names);
    }
}

// ---- Who only wants to know

BOOLEAN IopAsksWithOpen(const FILE_OBJECT *File, const IOP_OPEN *Open)
{
    return Open->Attributes && IopHasKnownName(File);
}

static BOOLEAN IopIsByName(const IOP_OPEN *Open, ULONG Attributes)
{
    return Open->Attributes && !Open->RelatedFile && (Attributes & OBJ_CASE_INSENSITIVE);
}

// A medium that can be exchanged is asked each time, and so is a filter above the file system.
BOOLEAN IopKnowsVolume(const DEVICE_OBJECT *Device, const DEVICE_OBJECT *Volume)
{
    return Device != Volume && IopKeepsNames(Volume) && Volume->MountedOn && !Volume->Failed &&
           !Volume->AttachedDevice && !(Device->Characteristics & FILE_REMOVABLE_MEDIA) &&
           !(Device->Flags & DO_VERIFY_VOLUME);
}

BOOLEAN IopKnowsAttributes(PDEVICE_OBJECT Device, PDEVICE_OBJECT Volume, PCUNICODE_STRING FileName,
                           PIOP_OPEN Open, ULONG Attributes, NTSTATUS *Status)
{
    if (!IopIsByName(Open, Attributes) || !IopKnowsVolume(Device, Volume) ||
        !IopFindKnown(&Volume->Names, FileName, Status, Open->Attributes))
        return FALSE;
    Open->Answered = *Status == STATUS_SUCCESS;
    return TRUE;
}

VOID IopLearnAttributes(PFILE_OBJECT File, const IOP_OPEN *Open, ULONG Attributes, NTSTATUS Status)
{
    if (IopIsByName(Open, Attributes) && IopHasKnownName(File) && File->Device->MountedOn &&
        (Open->Answered || IopIsAbsence(Status)))
        IopLearnName(&File->Device->Names, &File->FileName, Status,
                     Open->Answered ? Open->Attributes : nullptr, File->Asked);
}
