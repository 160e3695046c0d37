// Files that stay open when programs close them, for who opens them in the same way next: the file system is not entered for
// that, and what the cache has of them is at hand. Its cleanup is only put off, for files that could not be changed by who had
// them open, and that nobody else has open. It is sent before anything else is asked of the file system that could tell the
// difference: who opens the file in another way, or has the volume, or renames something.
#include "iop.h"

enum {
    IOP_KEPT_BUCKETS = 512,
    IOP_MOST_KEPT = 1024,       // the host has room for their cleanups and closes at once
    IOP_PAGES_A_KEPT_FILE = 64, // of memory
    IOP_HASHED_CHARACTERS = 12,
};

static LIST_ENTRY IopKeptBuckets[IOP_KEPT_BUCKETS];
// The one that was closed first is first.
static LIST_ENTRY IopKeptByAge = {&IopKeptByAge, &IopKeptByAge};
static ULONG IopKeptCount, IopMostKept;

VOID IopInitKeptFiles(VOID)
{
    MM_STATISTICS Memory;
    MmQueryStatistics(&Memory);
    IopMostKept = (ULONG)min(Memory.TotalPages / IOP_PAGES_A_KEPT_FILE, (SIZE_T)IOP_MOST_KEPT);
    for (ULONG i = 0; i < IOP_KEPT_BUCKETS; i++)
        InitializeListHead(&IopKeptBuckets[i]);
}

// ---- By path

static ULONG IopHashPath(PCUNICODE_STRING Path)
{
    ULONG Count = Path->Length / sizeof(WCHAR), Hash = Count;
    for (ULONG i = Count - min(Count, (ULONG)IOP_HASHED_CHARACTERS); i < Count; i++)
        Hash = (Hash ^ RtlUpcaseUnicodeChar(Path->Buffer[i])) * 0x01000193;
    return Hash ^ Hash >> 16;
}

static PFILE_OBJECT IopFindKept(PDEVICE_OBJECT Volume, PCUNICODE_STRING Path)
{
    ULONG Hash = IopHashPath(Path);
    PLIST_ENTRY Bucket = &IopKeptBuckets[Hash % IOP_KEPT_BUCKETS];
    for (PLIST_ENTRY Link = Bucket->Flink; Link != Bucket; Link = Link->Flink) {
        PFILE_OBJECT File = CONTAINING_RECORD(Link, FILE_OBJECT, KeptLink);
        if (File->KeptHash == Hash && File->Device == Volume &&
            RtlEqualUnicodeString(IopFilePath(File), Path, TRUE))
            return File;
    }
    return nullptr;
}

// The reference is the caller's then.
static VOID IopForgetKept(PFILE_OBJECT File)
{
    File->Device->KeptCount--;
    RemoveEntryList(&File->KeptLink);
    RemoveEntryList(&File->KeptAgeLink);
    File->Kept = FALSE;
    IopKeptCount--;
}

static VOID IopLetGo(PFILE_OBJECT File, BOOLEAN MayWait)
{
    IopForgetKept(File);
    IopCleanupFile(File, MayWait);
    ObDereferenceObject(File);
}

static PFILE_OBJECT IopFirstKept(const DEVICE_OBJECT *Device)
{
    for (PLIST_ENTRY Link = IopKeptByAge.Flink; Link != &IopKeptByAge; Link = Link->Flink) {
        PFILE_OBJECT File = CONTAINING_RECORD(Link, FILE_OBJECT, KeptAgeLink);
        if (!Device || File->Device == Device || File->RealDevice == Device)
            return File;
    }
    return nullptr;
}

// A cleanup may have to be waited for, and the list be another one then. Until its turn comes, each can be found.
BOOLEAN IopReleaseKept(PDEVICE_OBJECT Device, BOOLEAN MayWait)
{
    BOOLEAN Any = FALSE;
    PFILE_OBJECT File;
    while (IopKeptCount && (File = IopFirstKept(Device)) != nullptr) {
        IopLetGo(File, MayWait);
        Any = TRUE;
    }
    return Any;
}

// ---- Opening

// What is the same whoever does it, and leaves nothing but an open file.
BOOLEAN IopIsPlainOpen(const IOP_OPEN *Open, ULONG Attributes, KPROCESSOR_MODE Mode)
{
    constexpr ULONG Plain = FILE_SYNCHRONOUS_IO_ALERT | FILE_SYNCHRONOUS_IO_NONALERT |
                            FILE_NON_DIRECTORY_FILE | FILE_SEQUENTIAL_ONLY | FILE_RANDOM_ACCESS;
    return Mode == UserMode && Open->MajorFunction == IRP_MJ_CREATE && !Open->StackFlags &&
           Open->Disposition == FILE_OPEN && !(Open->Options & ~Plain) && !Open->EaLength &&
           !Open->Attributes && (Attributes & OBJ_CASE_INSENSITIVE);
}

static VOID IopRenew(PFILE_OBJECT File)
{
    KeResetEvent(&File->Event);
    File->CurrentByteOffset.QuadPart = 0;
    File->PositionAtEnd = FALSE;
    File->ReadAhead = (CC_READ_AHEAD){};
}

PFILE_OBJECT IopTakeKept(PDEVICE_OBJECT Device, PDEVICE_OBJECT Volume, PCUNICODE_STRING Path,
                         const IOP_OPEN *Open, ULONG FileFlags)
{
    PFILE_OBJECT File = IopKeptCount ? IopFindKept(Volume, Path) : nullptr;
    if (!File || File->RealDevice != Device || !IopKnowsVolume(Device, Volume) ||
        File->GrantedAccess != Open->DesiredAccess || File->ShareAccess != Open->ShareAccess ||
        (File->Flags & IopOptionFlags) != (FileFlags & IopOptionFlags) || IopIsFileLost(File))
        return nullptr;
    IopForgetKept(File);
    IopRenew(File);
    return File;
}

// Who only looks at it does not meet those who have it open.
static BOOLEAN IopMeetsOthers(const FILE_OBJECT *File, const IOP_OPEN *Open)
{
    constexpr ACCESS_MASK Shared = FILE_READ_DATA | FILE_EXECUTE;
    return File->Changes || (Open->DesiredAccess & Shared);
}

VOID IopReleaseForOpen(PFILE_OBJECT File, const IOP_OPEN *Open)
{
    if (!IopKeptCount || !File->RealDevice)
        return;
    if ((File->Flags & (FO_VOLUME_OPEN | FO_OPENED_CASE_SENSITIVE)) ||
        (Open->Options & FILE_OPEN_BY_FILE_ID)) {
        (VOID) IopReleaseKept(File->Device, TRUE);
        return;
    }
    PFILE_OBJECT Kept =
        IopMeetsOthers(File, Open) ? IopFindKept(File->Device, IopFilePath(File)) : nullptr;
    if (Kept)
        IopLetGo(Kept, TRUE);
}

// By another name, perhaps.
VOID IopReleaseSame(PFILE_OBJECT File, const IOP_OPEN *Open)
{
    PFILE_OBJECT Other = nullptr;
    if (!IopKeptCount || !IopMeetsOthers(File, Open))
        return;
    while ((Other = IopNextSameFile(File, Other)) != nullptr && !Other->Kept)
        continue;
    if (Other) // there is never another one
        IopLetGo(Other, TRUE);
}

// ---- Closing

static BOOLEAN IopIsUntouched(const FILE_OBJECT *File)
{
    return !(File->Flags & FO_WRITE_THROUGH) && !File->Changes && !File->Locked &&
           !File->DeletePending && !File->Written && !File->CompletionPort &&
           !File->CompletionModes && !File->PriorityHint && !File->Busy && !File->Waiters &&
           IsListEmpty(&File->RequestListHead);
}

BOOLEAN IopKeepFile(PFILE_OBJECT File, BOOLEAN MayWait)
{
    if (!File->Plain || !(File->Flags & FO_FILE_OPEN) || (File->Flags & FO_CLEANUP_COMPLETE) ||
        !IopMostKept || !File->SectionKey ||
        !(File->GrantedAccess & (FILE_READ_DATA | FILE_EXECUTE)) || !IopIsUntouched(File) ||
        !File->RealDevice || IopIsFileLost(File) ||
        !IopKnowsVolume(File->RealDevice, File->Device) || File->Device->Names.Unknown ||
        File->Device->Driver->Unloading || IopNextSameFile(File, nullptr))
        return FALSE;
    ObReferenceObject(File);
    InsertTailList(&IopKeptByAge, &File->KeptAgeLink);
    File->KeptHash = IopHashPath(IopFilePath(File));
    InsertHeadList(&IopKeptBuckets[File->KeptHash % IOP_KEPT_BUCKETS], &File->KeptLink);
    File->Kept = TRUE;
    File->Device->KeptCount++;
    if (++IopKeptCount > IopMostKept)
        IopLetGo(CONTAINING_RECORD(IopKeptByAge.Flink, FILE_OBJECT, KeptAgeLink), MayWait);
    return TRUE;
}
