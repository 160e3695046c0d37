// The tests. Each is prepared, then done between two marks: no-operations with an address that bench/count looks
// for, where instructions are counted.
#include "filebench.h"

#include <string.h>

enum { FbBlock = 128 << 10, FbPage = 4096, FbSmall = 100, FbPath = 64 };

#define FbDirectory "filebench"
#define FbBig       FbDirectory "/big.dat"
#define FbCopy      FbDirectory "/copy.dat"
#define FbMany      FbDirectory "/many"

static uint8_t *FbBuffer; // FbBlock bytes

typedef struct _FB_RUN {
    const FB_OPTIONS *Options;
    uint64_t Units; // how often the test did what it measures
    uint64_t Start, Nanoseconds;
} FB_RUN;

static void FbBegin(FB_RUN *Run)
{
    Run->Start = FbNow();
    __asm__ volatile(".byte 0x0F, 0x1F, 0x84, 0x00\n.long 0x50444231" ::: "memory");
}

static void FbEnd(FB_RUN *Run)
{
    __asm__ volatile(".byte 0x0F, 0x1F, 0x84, 0x00\n.long 0x50444232" ::: "memory");
    Run->Nanoseconds = FbNow() - Run->Start;
}

static void FbNameFile(char Path[FbPath], uint32_t Number)
{
    (void)FbFormat(Path, FbPath, FbMany "/file%05u.txt", (unsigned)Number);
}

// ---- One big file

static int32_t FbWriteAll(FB_FILE File, uint64_t Bytes)
{
    int32_t Error = 0;
    for (uint64_t Done = 0; Done < Bytes && Error >= 0; Done += FbBlock)
        Error = FbWriteNext(File, FbBuffer, FbBlock);
    return Error;
}

static int32_t FbReadAll(FB_FILE File, uint64_t Bytes)
{
    int32_t Error = 0;
    for (uint64_t Done = 0; Done < Bytes && Error >= 0; Done += FbBlock)
        Error = FbReadNext(File, FbBuffer, FbBlock);
    return Error;
}

static int32_t FbMakeBig(uint64_t Bytes)
{
    FB_FILE File;
    int32_t Error = FbOpen(FbBig, FbCreate, &File);
    if (Error < 0)
        return Error;
    Error = FbWriteAll(File, Bytes);
    if (Error >= 0)
        Error = FbFlush(File);
    (void)FbClose(File);
    return Error;
}

static int32_t FbTestWrite(FB_RUN *Run)
{
    uint64_t Bytes = (uint64_t)Run->Options->Megabytes << 20;
    (void)FbDelete(FbBig);
    FbBegin(Run);
    int32_t Error = FbMakeBig(Bytes);
    FbEnd(Run);
    Run->Units = Bytes / FbPage;
    return Error;
}

static int32_t FbReadPasses(FB_RUN *Run, uint32_t Passes, bool Warm)
{
    uint64_t Bytes = (uint64_t)Run->Options->Megabytes << 20;
    FB_FILE File;
    int32_t Error = FbOpen(FbBig, FbRead, &File);
    if (Error < 0)
        return Error;
    if (Warm)
        Error = FbReadAll(File, Bytes);
    FbBegin(Run);
    for (uint32_t i = 0; i < Passes && Error >= 0; i++) {
        Error = FbRewind(File);
        if (Error >= 0)
            Error = FbReadAll(File, Bytes);
    }
    FbEnd(Run);
    (void)FbClose(File);
    Run->Units = Passes * (Bytes / FbPage);
    return Error;
}

static int32_t FbTestColdRead(FB_RUN *Run)
{
    int32_t Error = FbMakeBig((uint64_t)Run->Options->Megabytes << 20);
    if (Error >= 0)
        Error = FbRemount();
    return Error < 0 ? Error : FbReadPasses(Run, 1, false);
}

static int32_t FbTestCachedRead(FB_RUN *Run)
{
    int32_t Error = FbMakeBig((uint64_t)Run->Options->Megabytes << 20);
    return Error < 0 ? Error : FbReadPasses(Run, Run->Options->Passes, true);
}

static int32_t FbCopyFile(uint64_t Bytes)
{
    FB_FILE From, To;
    int32_t Error = FbOpen(FbBig, FbRead, &From);
    if (Error < 0)
        return Error;
    Error = FbOpen(FbCopy, FbCreate, &To);
    if (Error < 0) {
        (void)FbClose(From);
        return Error;
    }
    for (uint64_t Done = 0; Done < Bytes && Error >= 0; Done += FbBlock) {
        Error = FbReadNext(From, FbBuffer, FbBlock);
        if (Error >= 0)
            Error = FbWriteNext(To, FbBuffer, FbBlock);
    }
    if (Error >= 0)
        Error = FbFlush(To);
    (void)FbClose(From);
    (void)FbClose(To);
    return Error;
}

static int32_t FbTestCopy(FB_RUN *Run)
{
    uint64_t Bytes = (uint64_t)Run->Options->CopyMegabytes << 20;
    int32_t Error = FbMakeBig(Bytes);
    if (Error >= 0)
        Error = FbRemount();
    if (Error < 0)
        return Error;
    FbBegin(Run);
    Error = FbCopyFile(Bytes);
    FbEnd(Run);
    (void)FbDelete(FbCopy);
    Run->Units = Bytes / FbPage;
    return Error;
}

// ---- Many small ones

static int32_t FbCreateSmall(uint32_t Number, bool Flush)
{
    char Path[FbPath];
    FB_FILE File;
    FbNameFile(Path, Number);
    int32_t Error = FbOpen(Path, FbCreate, &File);
    if (Error < 0)
        return Error;
    Error = FbWriteNext(File, FbBuffer, FbSmall);
    if (Error >= 0 && Flush)
        Error = FbFlush(File);
    int32_t Closed = FbClose(File);
    return Error < 0 ? Error : Closed;
}

static int32_t FbStatSmall(uint32_t Number, bool Flush)
{
    char Path[FbPath];
    uint64_t Size;
    (void)Flush;
    FbNameFile(Path, Number);
    return FbStat(Path, &Size);
}

static int32_t FbOpenSmall(uint32_t Number, bool Flush)
{
    char Path[FbPath];
    FB_FILE File;
    (void)Flush;
    FbNameFile(Path, Number);
    int32_t Error = FbOpen(Path, FbRead, &File);
    return Error < 0 ? Error : FbClose(File);
}

static int32_t FbDeleteSmall(uint32_t Number, bool Flush)
{
    char Path[FbPath];
    (void)Flush;
    FbNameFile(Path, Number);
    return FbDelete(Path);
}

static int32_t FbForEach(uint32_t Count, int32_t (*Do)(uint32_t Number, bool Flush), bool Flush)
{
    int32_t Error = 0;
    for (uint32_t i = 0; i < Count && Error >= 0; i++)
        Error = Do(i, Flush);
    return Error;
}

static int32_t FbMeasureEach(FB_RUN *Run, int32_t (*Do)(uint32_t Number, bool Flush), bool Flush)
{
    Run->Units = Run->Options->Files;
    FbBegin(Run);
    int32_t Error = FbForEach(Run->Options->Files, Do, Flush);
    FbEnd(Run);
    return Error;
}

static int32_t FbRemoveMany(uint32_t Count)
{
    int32_t Error = FbForEach(Count, FbDeleteSmall, false);
    return Error < 0 ? Error : FbRemoveDirectory(FbMany);
}

// The directory as it is before the test, and empty again after it.
static int32_t FbWithMany(FB_RUN *Run, bool Full, bool Cold, int32_t (*Measure)(FB_RUN *Run))
{
    uint32_t Count = Run->Options->Files;
    int32_t Error = FbMakeDirectory(FbMany);
    if (Error >= 0 && Full)
        Error = FbForEach(Count, FbCreateSmall, false);
    if (Error >= 0 && Cold)
        Error = FbRemount();
    return Error < 0 ? Error : Measure(Run);
}

static int32_t FbMeasureCreate(FB_RUN *Run)
{
    int32_t Error = FbMeasureEach(Run, FbCreateSmall, false);
    return Error < 0 ? Error : FbRemoveMany(Run->Options->Files);
}

static int32_t FbMeasureCreateFlush(FB_RUN *Run)
{
    int32_t Error = FbMeasureEach(Run, FbCreateSmall, true);
    return Error < 0 ? Error : FbRemoveMany(Run->Options->Files);
}

static int32_t FbMeasureStat(FB_RUN *Run)
{
    int32_t Error = FbMeasureEach(Run, FbStatSmall, false);
    return Error < 0 ? Error : FbRemoveMany(Run->Options->Files);
}

static int32_t FbMeasureOpen(FB_RUN *Run)
{
    int32_t Error = FbMeasureEach(Run, FbOpenSmall, false);
    return Error < 0 ? Error : FbRemoveMany(Run->Options->Files);
}

static int32_t FbMeasureReopen(FB_RUN *Run)
{
    int32_t Error = FbForEach(Run->Options->Files, FbOpenSmall, false);
    return Error < 0 ? Error : FbMeasureOpen(Run);
}

static int32_t FbMeasureDelete(FB_RUN *Run)
{
    int32_t Error = FbMeasureEach(Run, FbDeleteSmall, false);
    return Error < 0 ? Error : FbRemoveDirectory(FbMany);
}

static int32_t FbMeasureList(FB_RUN *Run)
{
    FbBegin(Run);
    int32_t Entries = FbList(FbMany);
    FbEnd(Run);
    Run->Units = Entries > 0 ? (uint64_t)Entries : 1;
    return Entries < 0 ? Entries : FbRemoveMany(Run->Options->Files);
}

static int32_t FbTestCreate(FB_RUN *Run)
{
    return FbWithMany(Run, false, false, FbMeasureCreate);
}

static int32_t FbTestCreateFlush(FB_RUN *Run)
{
    return FbWithMany(Run, false, false, FbMeasureCreateFlush);
}

static int32_t FbTestStat(FB_RUN *Run)
{
    return FbWithMany(Run, true, false, FbMeasureStat);
}

static int32_t FbTestColdStat(FB_RUN *Run)
{
    return FbWithMany(Run, true, true, FbMeasureStat);
}

static int32_t FbTestOpen(FB_RUN *Run)
{
    return FbWithMany(Run, true, false, FbMeasureOpen);
}

static int32_t FbTestReopen(FB_RUN *Run)
{
    return FbWithMany(Run, true, false, FbMeasureReopen);
}

static int32_t FbTestList(FB_RUN *Run)
{
    return FbWithMany(Run, true, false, FbMeasureList);
}

static int32_t FbTestColdList(FB_RUN *Run)
{
    return FbWithMany(Run, true, true, FbMeasureList);
}

static int32_t FbTestDelete(FB_RUN *Run)
{
    return FbWithMany(Run, true, false, FbMeasureDelete);
}

// ---- All of them

static const struct {
    const char *Name, *Unit;
    int32_t (*Test)(FB_RUN *Run);
} FbTests[] = {
    {"cached read", "page", FbTestCachedRead},
    {"cold read", "page", FbTestColdRead},
    {"write and flush", "page", FbTestWrite},
    {"cold copy and flush", "page", FbTestCopy},
    {"create, write 100 bytes, close", "file", FbTestCreate},
    {"create, write, flush, close", "file", FbTestCreateFlush},
    {"stat", "file", FbTestStat},
    {"stat after mounting", "file", FbTestColdStat},
    {"open and close", "file", FbTestOpen},
    {"once more open and close", "file", FbTestReopen},
    {"list", "entry", FbTestList},
    {"list after mounting", "entry", FbTestColdList},
    {"delete", "file", FbTestDelete},
};

static int FbFail(const char *What, int32_t Error)
{
    FbPrint("filebench: %s: %s\n", What, FbErrorText(Error));
    return 2;
}

int FbRunTests(const FB_OPTIONS *Options)
{
    FbBuffer = FbAllocate(FbBlock);
    if (!FbBuffer) {
        FbPrint("filebench: there is not enough memory\n");
        return 2;
    }
    memset(FbBuffer, 0x5A, FbBlock);
    int32_t Error = FbMount(Options->Volume);
    if (Error >= 0 && Options->Pressure) {
        Error = FbPressure(Options->Megabytes);
        return Error < 0 ? FbFail("pressure", Error) : 0;
    }
    if (Error >= 0)
        Error = FbMakeDirectory(FbDirectory);
    if (Error < 0)
        return FbFail(Options->Volume, Error);
    for (size_t i = 0; i < sizeof(FbTests) / sizeof(FbTests[0]); i++) {
        FB_RUN Run = {.Options = Options};
        if (Options->Only && !strstr(FbTests[i].Name, Options->Only))
            continue;
        Error = FbTests[i].Test(&Run);
        if (Error < 0)
            return FbFail(FbTests[i].Name, Error);
        FbPrint("{\"test\": \"%s\", \"unit\": \"%s\", \"units\": %llu, \"nanoseconds\": %llu}\n",
                FbTests[i].Name, FbTests[i].Unit, (unsigned long long)Run.Units,
                (unsigned long long)Run.Nanoseconds);
    }
    (void)FbDelete(FbBig);
    Error = FbRemoveDirectory(FbDirectory);
    return Error < 0 ? FbFail(FbDirectory, Error) : 0;
}
