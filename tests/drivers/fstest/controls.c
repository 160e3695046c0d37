// calls DRIVE:, the requests that Windows' file systems answer by FSCTL codes.
#include "calls.h"

#define FsCode(Number, Method, Access) CTL_CODE(FILE_DEVICE_FILE_SYSTEM, Number, Method, Access)

enum {
    FsAllowExtended = FsCode(32, METHOD_NEITHER, FILE_ANY_ACCESS),
    FsGetBitmap = FsCode(27, METHOD_NEITHER, FILE_ANY_ACCESS),
    FsGetPointers = FsCode(28, METHOD_NEITHER, FILE_ANY_ACCESS),
    FsIsDirty = FsCode(30, METHOD_BUFFERED, FILE_ANY_ACCESS),
    FsMarkDirty = FsCode(12, METHOD_BUFFERED, FILE_ANY_ACCESS),
    FsMoveFile = FsCode(29, METHOD_BUFFERED, FILE_ANY_ACCESS),
    FsQueryBpb = FsCode(22, METHOD_BUFFERED, FILE_ANY_ACCESS),
    FsQueryPointers = FsCode(14, METHOD_NEITHER, FILE_ANY_ACCESS),
    FsOplock = FsCode(0, METHOD_BUFFERED, FILE_ANY_ACCESS),
    FsOplockAcknowledge = FsCode(3, METHOD_BUFFERED, FILE_ANY_ACCESS),
    FsOplockNotify = FsCode(5, METHOD_BUFFERED, FILE_ANY_ACCESS),
    FsInvalidate = FsCode(21, METHOD_BUFFERED, FILE_ANY_ACCESS),
    FsBootArea = FsCode(140, METHOD_BUFFERED, FILE_ANY_ACCESS),
    FsPointerBase = FsCode(141, METHOD_BUFFERED, FILE_ANY_ACCESS),
    FsBytes = 50000,
    FsMany = 600, // files in a directory
};

typedef struct _FS_POINTERS {
    ULONG Count;
    LONGLONG Start;
    struct {
        LONGLONG Next, Place;
    } Runs[200];
} FS_POINTERS;

typedef struct _FS_BITMAP {
    LONGLONG Start, Bits;
    UCHAR Data[65536];
} FS_BITMAP;

typedef struct _FS_MOVE {
    HANDLE File;
    LONGLONG First, Place;
    ULONG Count;
} FS_MOVE;

static FS_POINTERS FsPointers;
static FS_BITMAP FsBitmap;

static NTSTATUS FsControl(HANDLE File, ULONG Code, const VOID *Input, ULONG InputLength,
                          PVOID Output, ULONG OutputLength)
{
    IO_STATUS_BLOCK IoStatus;
    return NtFsControlFile(File, NULL, NULL, NULL, &IoStatus, Code, (PVOID)(ULONG_PTR)Input,
                           InputLength, Output, OutputLength);
}

static NTSTATUS FsTell(HANDLE File, ULONG Code)
{
    return FsControl(File, Code, NULL, 0, NULL, 0);
}

static HANDLE FsOpenVolume(PCWSTR Drive, ULONG Share)
{
    WCHAR Path[32];
    HANDLE Volume = NULL;
    swprintf_s(Path, RTL_NUMBER_OF(Path), L"\\\\.\\%ws", Drive);
    FsCheck(L"open the volume", STATUS_SUCCESS,
            FsOpenPath(Path, FILE_READ_DATA | FILE_WRITE_DATA, Share, FILE_OPEN, 0, &Volume));
    return Volume;
}

// ---- Where a file is

static NTSTATUS FsAskPointers(HANDLE File, ULONG Room)
{
    LONGLONG Start = 0;
    return FsControl(File, FsGetPointers, &Start, sizeof(Start), &FsPointers, Room);
}

static BOOLEAN FsIsInUse(HANDLE Volume, LONGLONG Cluster)
{
    LONGLONG Start = Cluster;
    NTSTATUS Status =
        FsControl(Volume, FsGetBitmap, &Start, sizeof(Start), &FsBitmap, sizeof(FsBitmap));
    if (Status != STATUS_BUFFER_OVERFLOW)
        FsCheck(L"bitmap", STATUS_SUCCESS, Status);
    Cluster -= FsBitmap.Start;
    return FsBitmap.Data[Cluster / 8] >> (Cluster % 8) & 1;
}

// Where Count clusters are free, together; -1: nowhere.
static LONGLONG FsFindRoom(HANDLE Volume, LONGLONG Count)
{
    LONGLONG Free = 0;
    (VOID) FsIsInUse(Volume, 0);
    for (LONGLONG i = FsBitmap.Bits - 1; i >= 0; i--) {
        Free = i / 8 < (LONGLONG)sizeof(FsBitmap.Data) && !(FsBitmap.Data[i / 8] >> (i % 8) & 1)
                   ? Free + 1
                   : 0;
        if (Free == Count)
            return i;
    }
    return -1;
}

static VOID FsCheckPlaces(HANDLE Volume, HANDLE File)
{
    FsCheck(L"clusters of a file", STATUS_SUCCESS, FsAskPointers(File, sizeof(FsPointers)));
    FsCheckThat(L"they begin at the first", FsPointers.Start == 0 && FsPointers.Count > 0);
    LONGLONG At = 0;
    for (ULONG i = 0; i < FsPointers.Count; i++) {
        FsCheckThat(L"they follow one another", FsPointers.Runs[i].Next > At);
        FsCheckThat(L"they are in use", FsIsInUse(Volume, FsPointers.Runs[i].Place));
        At = FsPointers.Runs[i].Next;
    }
    FsCheck(L"clusters without a buffer", STATUS_BUFFER_TOO_SMALL, FsAskPointers(File, 8));
    FsCheck(L"clusters of a volume", STATUS_INVALID_PARAMETER,
            FsAskPointers(Volume, sizeof(FsPointers)));
    FsCheck(L"only for the system", STATUS_INVALID_PARAMETER, FsTell(File, FsQueryPointers));
}

static BOOLEAN FsHasBytes(HANDLE File, const UCHAR *Wanted)
{
    PUCHAR Buffer = FsAllocate(FsBytes);
    ULONG Done;
    BOOLEAN Same = NT_SUCCESS(FsRead(File, 0, Buffer, FsBytes, &Done)) && Done == FsBytes &&
                   RtlCompareMemory(Buffer, Wanted, FsBytes) == FsBytes;
    FsFree(Buffer);
    return Same;
}

static NTSTATUS FsMoveTo(HANDLE Volume, HANDLE File, LONGLONG First, LONGLONG Place, ULONG Count)
{
    FS_MOVE Move = {File, First, Place, Count};
    return FsControl(Volume, FsMoveFile, &Move, sizeof(Move), NULL, 0);
}

// The whole file, then two clusters of its middle.
static VOID FsCheckMoves(HANDLE Volume, HANDLE File, const UCHAR *Bytes)
{
    FsCheck(L"clusters of a file", STATUS_SUCCESS, FsAskPointers(File, sizeof(FsPointers)));
    LONGLONG Old = FsPointers.Runs[0].Place;
    LONGLONG Clusters = FsPointers.Runs[FsPointers.Count - 1].Next;
    LONGLONG Place = FsFindRoom(Volume, Clusters);
    FsCheck(L"move to where it is", STATUS_ALREADY_COMMITTED,
            FsMoveTo(Volume, File, 0, Old, (ULONG)Clusters));
    FsCheck(L"move what is not there", STATUS_END_OF_FILE,
            FsMoveTo(Volume, File, Clusters, Place, 1));
    FsCheck(L"move behind the volume", STATUS_INVALID_PARAMETER,
            FsMoveTo(Volume, File, 0, 1LL << 33, 1));
    FsCheck(L"move by a file's handle", STATUS_INVALID_PARAMETER,
            FsMoveTo(File, File, 0, Place, 1));
    FsCheck(L"move", STATUS_SUCCESS, FsMoveTo(Volume, File, 0, Place, (ULONG)Clusters));
    FsCheck(L"clusters of a file", STATUS_SUCCESS, FsAskPointers(File, sizeof(FsPointers)));
    FsCheckThat(L"it has moved", FsPointers.Count == 1 && FsPointers.Runs[0].Place == Place);
    FsCheckThat(L"where it was is free", !FsIsInUse(Volume, Old));
    FsCheckThat(L"its bytes have moved", FsHasBytes(File, Bytes));
    FsCheck(L"move a part", STATUS_SUCCESS, FsMoveTo(Volume, File, 3, Old, 2));
    FsCheck(L"clusters of a file", STATUS_SUCCESS, FsAskPointers(File, sizeof(FsPointers)));
    FsCheckThat(L"the part has moved", FsPointers.Count == 3 && FsPointers.Runs[0].Next == 3 &&
                                           FsPointers.Runs[1].Place == Old &&
                                           FsPointers.Runs[2].Place == Place + 5);
    FsCheckThat(L"its bytes are there", FsHasBytes(File, Bytes));
}

static VOID FsCallPlaces(PCWSTR Drive)
{
    HANDLE Volume = FsOpenVolume(Drive, FILE_SHARE_READ | FILE_SHARE_WRITE);
    HANDLE File = FsMake(Drive, L"places.bin", 0);
    PUCHAR Bytes = FsAllocate(FsBytes);
    FS_RANDOM Random = {.State = 12345};
    ULONG Done;
    for (ULONG i = 0; i < FsBytes; i++)
        Bytes[i] = (UCHAR)FsRandom(&Random, 256);
    FsCheck(L"write", STATUS_SUCCESS, FsWrite(File, 0, Bytes, FsBytes, &Done));
    FsCheckPlaces(Volume, File);
    FsCheckMoves(Volume, File, Bytes);
    FsFree(Bytes);
    NtClose(File);
    NtClose(Volume);
}

static VOID FsMakeMany(PCWSTR Drive)
{
    WCHAR Name[64];
    for (ULONG i = 0; i < FsMany; i++) {
        swprintf_s(Name, RTL_NUMBER_OF(Name), L"moved\\a file in the directory %u", i);
        NtClose(FsMake(Drive, Name, 0));
    }
}

// All of a directory but its first cluster.
static VOID FsCallFolder(PCWSTR Drive)
{
    HANDLE Volume = FsOpenVolume(Drive, FILE_SHARE_READ | FILE_SHARE_WRITE);
    HANDLE Folder = FsMake(Drive, L"moved", FILE_DIRECTORY_FILE);
    FsMakeMany(Drive);
    FsCheck(L"clusters of a directory", STATUS_SUCCESS, FsAskPointers(Folder, sizeof(FsPointers)));
    LONGLONG Clusters = FsPointers.Runs[FsPointers.Count - 1].Next;
    LONGLONG Place = FsFindRoom(Volume, Clusters);
    FsCheckThat(L"there are some", Clusters > 1);
    FsCheck(L"move the first one", STATUS_INVALID_PARAMETER, FsMoveTo(Volume, Folder, 0, Place, 1));
    FsCheck(L"move a directory", STATUS_SUCCESS,
            FsMoveTo(Volume, Folder, 1, Place, (ULONG)Clusters - 1));
    FsCheck(L"clusters of a directory", STATUS_SUCCESS, FsAskPointers(Folder, sizeof(FsPointers)));
    FsCheckThat(L"it has moved", FsPointers.Runs[FsPointers.Count - 1].Place == Place &&
                                     FsPointers.Runs[FsPointers.Count - 1].Next == Clusters);
    FsMakeMany(Drive); // each is there
    FsCheck(L"clusters of a directory", STATUS_SUCCESS, FsAskPointers(Folder, sizeof(FsPointers)));
    FsCheckThat(L"none was added", FsPointers.Runs[FsPointers.Count - 1].Next == Clusters);
    NtClose(Folder);
    NtClose(Volume);
}

// ---- The volume

static VOID FsCallState(PCWSTR Drive)
{
    alignas(4096) static UCHAR Boot[4096], Bpb[0x24];
    HANDLE Volume = FsOpenVolume(Drive, FILE_SHARE_READ | FILE_SHARE_WRITE);
    HANDLE File = FsMake(Drive, L"places.bin", 0);
    ULONG Dirty = 99, Done;
    FsCheck(L"is it mounted", STATUS_SUCCESS, FsTell(Volume, FSCTL_IS_VOLUME_MOUNTED));
    FsCheck(L"is it dirty", STATUS_SUCCESS,
            FsControl(Volume, FsIsDirty, NULL, 0, &Dirty, sizeof(Dirty)));
    FsCheckThat(L"it is not", Dirty == 0);
    FsCheck(L"is a file dirty", STATUS_INVALID_PARAMETER,
            FsControl(File, FsIsDirty, NULL, 0, &Dirty, sizeof(Dirty)));
    FsCheck(L"parameters", STATUS_SUCCESS,
            FsControl(Volume, FsQueryBpb, NULL, 0, Bpb, sizeof(Bpb)));
    FsCheck(L"boot sector", STATUS_SUCCESS, FsRead(Volume, 0, Boot, sizeof(Boot), &Done));
    FsCheckThat(L"they are the boot sector's",
                Bpb[0] && RtlCompareMemory(Boot, Bpb, sizeof(Bpb)) == sizeof(Bpb));
    FsCheck(L"more than the volume", STATUS_SUCCESS, FsTell(Volume, FsAllowExtended));
    FsCheck(L"more than a file", STATUS_INVALID_PARAMETER, FsTell(File, FsAllowExtended));
    FsCheck(L"an oplock", STATUS_OPLOCK_NOT_GRANTED, FsTell(File, FsOplock));
    FsCheck(L"nobody breaks one", STATUS_SUCCESS, FsTell(File, FsOplockNotify));
    FsCheck(L"what nobody has", STATUS_INVALID_OPLOCK_PROTOCOL, FsTell(File, FsOplockAcknowledge));
    FsCheck(L"what is no code", STATUS_INVALID_DEVICE_REQUEST,
            FsTell(File, FsCode(2000, METHOD_BUFFERED, FILE_ANY_ACCESS)));
    NtClose(File);
    NtClose(Volume);
}

static USHORT FsWord(const UCHAR *Bytes)
{
    return (USHORT)(Bytes[0] | Bytes[1] << 8);
}

// Where what is on the volume begins, in sectors: what the boot sector says, without a look at the driver.
static VOID FsCallAreas(PCWSTR Drive)
{
    alignas(4096) static UCHAR Boot[4096];
    HANDLE Volume = FsOpenVolume(Drive, FILE_SHARE_READ | FILE_SHARE_WRITE);
    ULONG Done;
    LONGLONG Base = 0;
    struct {
        ULONG Count;
        LONGLONG Sectors[2];
    } Areas = {};
    FILE_FS_SECTOR_SIZE_INFORMATION Size = {};
    IO_STATUS_BLOCK IoStatus;
    FsCheck(L"boot sector", STATUS_SUCCESS, FsRead(Volume, 0, Boot, sizeof(Boot), &Done));
    ULONG FatSectors = FsWord(Boot + 22) ? FsWord(Boot + 22) : *(const ULONG *)(Boot + 36);
    ULONG Sector = FsWord(Boot + 11);
    LONGLONG Data = FsWord(Boot + 14) + (LONGLONG)Boot[16] * FatSectors +
                    (FsWord(Boot + 17) * 32 + Sector - 1) / Sector;
    FsCheck(L"base of clusters", STATUS_SUCCESS,
            FsControl(Volume, FsPointerBase, NULL, 0, &Base, sizeof(Base)));
    FsCheckThat(L"it is the data area's", Base == Data);
    FsCheck(L"boot area", STATUS_SUCCESS,
            FsControl(Volume, FsBootArea, NULL, 0, &Areas, sizeof(Areas)));
    FsCheckThat(L"with the backup",
                FsWord(Boot + 22) ? Areas.Count == 1
                                  : Areas.Count == 2 && Areas.Sectors[1] == FsWord(Boot + 50));
    FsCheck(L"sector sizes", STATUS_SUCCESS,
            NtQueryVolumeInformationFile(Volume, &IoStatus, &Size, sizeof(Size),
                                         FileFsSectorSizeInformation));
    FsCheckThat(L"as in the boot sector", Size.LogicalBytesPerSector == Sector &&
                                              Size.PhysicalBytesPerSectorForAtomicity >= Sector);
    NtClose(Volume);
}

// As if the device were pulled out: files are dead, and the next open finds it again.
static VOID FsCallInvalidate(PCWSTR Drive)
{
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\Fat");
    HANDLE Volume = FsOpenVolume(Drive, FILE_SHARE_READ | FILE_SHARE_WRITE), FileSystem;
    HANDLE File = FsMake(Drive, L"open.bin", 0);
    BOOLEAN Was;
    ULONG Done;
    FsCheck(L"write", STATUS_SUCCESS, FsWrite(File, 0, "x", 1, &Done));
    IO_STATUS_BLOCK IoStatus;
    FsCheck(L"flush", STATUS_SUCCESS, NtFlushBuffersFile(File, &IoStatus));
    FsCheck(L"open the file system", STATUS_SUCCESS,
            FsOpen(NULL, &Name, FILE_READ_ATTRIBUTES, 7, FILE_OPEN, 0, 0, &FileSystem));
    FsCheck(L"no privilege", STATUS_SUCCESS,
            RtlAdjustPrivilege(SE_TCB_PRIVILEGE, FALSE, FALSE, &Was));
    FsCheck(L"invalidate without the privilege", STATUS_PRIVILEGE_NOT_HELD,
            FsControl(FileSystem, FsInvalidate, &Volume, sizeof(Volume), NULL, 0));
    (VOID) RtlAdjustPrivilege(SE_TCB_PRIVILEGE, TRUE, FALSE, &Was);
    FsCheck(L"invalidate", STATUS_SUCCESS,
            FsControl(FileSystem, FsInvalidate, &Volume, sizeof(Volume), NULL, 0));
    FsCheckThat(L"its files are dead", !NT_SUCCESS(FsRead(File, 0, &Was, 1, &Done)));
    NtClose(File);
    NtClose(Volume);
    NtClose(FileSystem);
    NtClose(FsMake(Drive, L"open.bin", 0));
}

static VOID FsCallLocking(PCWSTR Drive)
{
    HANDLE Volume = FsOpenVolume(Drive, FILE_SHARE_READ | FILE_SHARE_WRITE);
    HANDLE File = FsMake(Drive, L"open.bin", 0), Other;
    WCHAR Path[32];
    swprintf_s(Path, RTL_NUMBER_OF(Path), L"%ws\\open.bin", Drive);
    FsCheck(L"lock while a file is open", STATUS_ACCESS_DENIED, FsTell(Volume, FSCTL_LOCK_VOLUME));
    FsCheck(L"unlock what is not locked", STATUS_NOT_LOCKED, FsTell(Volume, FSCTL_UNLOCK_VOLUME));
    FsCheck(L"lock by a file", STATUS_INVALID_PARAMETER, FsTell(File, FSCTL_LOCK_VOLUME));
    NtClose(File);
    FsCheck(L"lock", STATUS_SUCCESS, FsTell(Volume, FSCTL_LOCK_VOLUME));
    FsCheck(L"open when it is locked", STATUS_ACCESS_DENIED,
            FsOpenPath(Path, FILE_READ_DATA, 7, FILE_OPEN, 0, &Other));
    FsCheck(L"unlock", STATUS_SUCCESS, FsTell(Volume, FSCTL_UNLOCK_VOLUME));
    FsCheck(L"open again", STATUS_SUCCESS,
            FsOpenPath(Path, FILE_READ_DATA, 7, FILE_OPEN, 0, &Other));
    ULONG Done;
    UCHAR Byte;
    FsCheck(L"dismount", STATUS_SUCCESS, FsTell(Volume, FSCTL_DISMOUNT_VOLUME));
    FsCheck(L"is it mounted", STATUS_VOLUME_DISMOUNTED, FsTell(Volume, FSCTL_IS_VOLUME_MOUNTED));
    FsCheck(L"a file of what is dismounted", STATUS_VOLUME_DISMOUNTED,
            FsRead(Other, 0, &Byte, 1, &Done));
    NtClose(Other);
    NtClose(Volume);
    FsCheck(L"mounted anew", STATUS_SUCCESS,
            FsOpenPath(Path, FILE_READ_DATA, 7, FILE_OPEN, 0, &Other));
    NtClose(Other);
}

// Last: it stays dirty.
static VOID FsCallDirty(PCWSTR Drive)
{
    HANDLE Volume = FsOpenVolume(Drive, FILE_SHARE_READ | FILE_SHARE_WRITE);
    ULONG Dirty = 0;
    FsCheck(L"mark it dirty", STATUS_SUCCESS, FsTell(Volume, FsMarkDirty));
    FsCheck(L"is it dirty", STATUS_SUCCESS,
            FsControl(Volume, FsIsDirty, NULL, 0, &Dirty, sizeof(Dirty)));
    FsCheckThat(L"it is", Dirty == 1);
    NtClose(Volume);
}

VOID FsCallControls(PCWSTR Drive)
{
    FsCallPlaces(Drive);
    FsCallFolder(Drive);
    FsCallState(Drive);
    FsCallAreas(Drive);
    FsCallLocking(Drive);
    FsCallInvalidate(Drive);
    FsCallDirty(Drive);
}
