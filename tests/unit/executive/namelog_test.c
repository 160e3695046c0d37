// The log of names against a model: a file system's host ends at any sector that it writes, with any number of changes done and
// noted; a fresh one makes the changes again, and every name is as it was.
#include "../fastfat/names.h"
#include "doubles.h"

#include "io/away.h"

enum {
    TOP_NAMES = 5,
    PATHS = TOP_NAMES + TOP_NAMES * TOP_NAMES, // each in the root, and each below each of them
    STEPS = 60,
    MOST_SECTORS = 60 * STEPS,
};

// What kind each path is of.
typedef struct _STATE {
    UCHAR Kind[PATHS];
} STATE;

typedef struct _STEP {
    IOP_NAME_KIND Kind;
    int Path, NewPath;
    BOOLEAN Option;
    ULONG Begin, End; // sectors that were written before it, and when it was done
} STEP;

typedef struct _RUN {
    NAMES *Names;
    ULONG Random;
    ULONG Count;
    STEP Steps[STEPS];
    STATE States[STEPS + 1]; // before each, and after the last one
    ULONG Saved[STEPS + 1];  // how many steps are on the disk for sure
    ULONG SavedSectors[STEPS + 1], SavedCount;
} RUN;

static const PCWSTR TopNames[TOP_NAMES] = {L"A", L"name", L"a longer name.txt",
                                           L"one that has three parts or so.dat", L"B.TXT"};

static UNICODE_STRING Paths[PATHS];

static ULONG Dice(RUN *Run, ULONG Below)
{
    Run->Random ^= Run->Random << 13;
    Run->Random ^= Run->Random >> 17;
    Run->Random ^= Run->Random << 5;
    return Run->Random % Below;
}

static int ParentOf(int Path)
{
    return Path < TOP_NAMES ? -1 : (Path - TOP_NAMES) / TOP_NAMES;
}

static int ChildOf(int Path, int Number)
{
    return TOP_NAMES + Path * TOP_NAMES + Number;
}

static void MakePaths(void)
{
    static WCHAR Text[PATHS][100];
    for (int i = 0; i < PATHS; i++) {
        int Parent = ParentOf(i), Own = Parent < 0 ? i : (i - TOP_NAMES) % TOP_NAMES;
        Paths[i] = (UNICODE_STRING){0, sizeof(Text[i]), Text[i]};
        if (Parent >= 0)
            assert_success(RtlAppendUnicodeStringToString(&Paths[i], &Paths[Parent]));
        assert_success(RtlAppendUnicodeToString(&Paths[i], L"\\"));
        assert_success(RtlAppendUnicodeToString(&Paths[i], TopNames[Own]));
    }
}

static NAMES_PATH AsNames(PCUNICODE_STRING Path)
{
    return (NAMES_PATH){(const uint16_t *)(const void *)Path->Buffer, Path->Length / sizeof(WCHAR)};
}

// ---- The model

static BOOLEAN HasPlace(const STATE *State, int Path)
{
    int Parent = ParentOf(Path);
    return Parent < 0 || State->Kind[Parent] == NamesDirectory;
}

static BOOLEAN IsEmpty(const STATE *State, int Path)
{
    for (int i = 0; Path < TOP_NAMES && i < TOP_NAMES; i++) {
        if (State->Kind[ChildOf(Path, i)])
            return FALSE;
    }
    return TRUE;
}

// FALSE: that cannot be done.
static BOOLEAN Change(STATE *State, STEP *Step)
{
    UCHAR *Kind = &State->Kind[Step->Path], *New = &State->Kind[Step->NewPath];
    if (!HasPlace(State, Step->Path))
        return FALSE;
    if (Step->Kind == IopNameMade) {
        if (*Kind)
            return FALSE;
        *Kind = Step->Option ? NamesDirectory : NamesFile;
        return TRUE;
    }
    if (!*Kind || (Step->Kind == IopNameDeleted && !IsEmpty(State, Step->Path)))
        return FALSE;
    if (Step->Kind == IopNameChanged) {
        BOOLEAN Full = !IsEmpty(State, Step->Path);
        if (Step->Path == Step->NewPath || ParentOf(Step->NewPath) == Step->Path ||
            !HasPlace(State, Step->NewPath) || *New == NamesDirectory ||
            (Full && Step->NewPath >= TOP_NAMES))
            return FALSE;
        Step->Option = *New != NamesNothing;
        *New = *Kind;
        for (int i = 0; Full && i < TOP_NAMES; i++) {
            State->Kind[ChildOf(Step->NewPath, i)] = State->Kind[ChildOf(Step->Path, i)];
            State->Kind[ChildOf(Step->Path, i)] = NamesNothing;
        }
    }
    *Kind = NamesNothing;
    return TRUE;
}

static void Choose(RUN *Run, STEP *Step)
{
    ULONG Kind = Dice(Run, 10);
    *Step = (STEP){.Kind = Kind < 4   ? IopNameMade
                           : Kind < 7 ? IopNameDeleted
                                      : IopNameChanged,
                   .Path = (int)Dice(Run, Dice(Run, 2) ? TOP_NAMES : PATHS),
                   .NewPath = (int)Dice(Run, Dice(Run, 2) ? TOP_NAMES : PATHS),
                   .Option = Dice(Run, 2) != 0};
}

static bool Do(NAMES *Names, const STEP *Step)
{
    NAMES_PATH Path = AsNames(&Paths[Step->Path]), New = AsNames(&Paths[Step->NewPath]);
    switch (Step->Kind) {
    case IopNameMade:
        return NamesMake(Names, Path, Step->Option);
    case IopNameDeleted:
        return NamesDelete(Names, Path);
    default:
        return NamesRename(Names, Path, New, Step->Option);
    }
}

static void Save(RUN *Run, ULONG Steps)
{
    Run->Saved[Run->SavedCount] = Steps;
    Run->SavedSectors[Run->SavedCount++] = NamesSectors(Run->Names);
}

static void DoSteps(RUN *Run)
{
    while (Run->Count < STEPS) {
        STEP *Step = &Run->Steps[Run->Count];
        Run->States[Run->Count + 1] = Run->States[Run->Count];
        do
            Choose(Run, Step);
        while (!Change(&Run->States[Run->Count + 1], Step));
        Step->Begin = NamesSectors(Run->Names);
        assert_true(Do(Run->Names, Step));
        Step->End = NamesSectors(Run->Names);
        Run->Count++;
        ULONG Then = Dice(Run, 12);
        if (Then < 2)
            NamesCommit(Run->Names, Then);
        if (Then < 2 || Step->Kind == IopNameChanged)
            Save(Run, Run->Count);
    }
}

// ---- The host ends

const UNICODE_STRING *IopFilePath(const FILE_OBJECT *File)
{
    return &File->FileName;
}

static NTSTATUS MakeAgain(PVOID Context, PCUNICODE_STRING Path, BOOLEAN Directory)
{
    if (NamesMake(Context, AsNames(Path), Directory))
        return STATUS_SUCCESS;
    if (NamesLook(Context, AsNames(Path)) == NamesNothing)
        return STATUS_OBJECT_PATH_NOT_FOUND;
    return Directory ? STATUS_NOT_A_DIRECTORY : STATUS_FILE_IS_A_DIRECTORY;
}

static VOID RenameAgain(PVOID Context, PCUNICODE_STRING Path, PCUNICODE_STRING NewPath,
                        BOOLEAN Replace)
{
    (void)NamesRename(Context, AsNames(Path), AsNames(NewPath), Replace);
}

static VOID DeleteAgain(PVOID Context, PCUNICODE_STRING Path)
{
    (void)NamesDelete(Context, AsNames(Path));
}

static void Note(PDEVICE_OBJECT Device, const STEP *Step)
{
    FILE_OBJECT File = {.Device = Device, .RealDevice = Device, .FileName = Paths[Step->Path]};
    IopNoteName(&File, Step->Kind, Step->Option,
                Step->Kind == IopNameChanged ? &Paths[Step->NewPath] : nullptr);
}

// Those from First on were noted, up to Done, and that a name is to change; older ones have been forgotten.
static void Repeat(RUN *Run, NAMES *Fresh, ULONG First, ULONG Done, BOOLEAN Under)
{
    static DEVICE_OBJECT Device = {.Number = 7, .Failed = TRUE}; // what was noted stays here
    IOP_AWAY Away = {.Device = &Device};
    const IOP_NAME_MAKER Maker = {Fresh, MakeAgain, RenameAgain, DeleteAgain};
    InitializeListHead(&Away.Names);
    for (ULONG i = First; i < Done; i++)
        Note(&Device, &Run->Steps[i]);
    if (Under && Run->Steps[Done].Kind == IopNameChanged)
        Note(&Device, &Run->Steps[Done]);
    IopKeepNewNames(&Away);
    IopRepeatNames(&Away, &Device, &Maker);
    IopForgetNewNames(&Away);
}

static int FindOther(NAMES *Fresh, const STATE *State)
{
    for (int i = 0; i < PATHS; i++) {
        if (NamesLook(Fresh, AsNames(&Paths[i])) != (NAMES_KIND)State->Kind[i])
            return i;
    }
    return -1;
}

static const char *Narrow(int Path)
{
    static char Text[4][100];
    static int Next;
    char *Out = Text[Next++ % 4];
    ULONG Length = Paths[Path].Length / sizeof(WCHAR);
    for (ULONG i = 0; i < Length; i++)
        Out[i] = (char)Paths[Path].Buffer[i];
    Out[Length] = 0;
    return Out;
}

static void Tell(const RUN *Run, ULONG First, ULONG Done)
{
    static const char *const Kinds[] = {"made", "changed", "deleted"};
    for (ULONG i = First; i < Done; i++) {
        const STEP *Step = &Run->Steps[i];
        print_error("%u: %s %s %s %s%s\n", i, Kinds[Step->Kind], Narrow(Step->Path),
                    Step->Kind == IopNameChanged ? Narrow(Step->NewPath) : "",
                    Step->Option ? "+" : "", Step->End > Step->Begin ? " (written)" : "");
    }
}

// In the middle of a rename the disk may have both names, or one that the new name had before.
static BOOLEAN HasAllButBoth(NAMES *Fresh, const RUN *Run, ULONG Step)
{
    STATE State = Run->States[Step];
    const int Both[] = {Run->Steps[Step].Path, Run->Steps[Step].NewPath};
    BOOLEAN Any = FALSE;
    for (int i = 0; i < 2; i++) {
        NAMES_KIND Kind = NamesLook(Fresh, AsNames(&Paths[Both[i]]));
        Any |= Kind != NamesNothing;
        State.Kind[Both[i]] = (UCHAR)Kind;
        for (int Child = 0; Both[i] < TOP_NAMES && Child < TOP_NAMES; Child++) {
            int Path = ChildOf(Both[i], Child);
            State.Kind[Path] = (UCHAR)NamesLook(Fresh, AsNames(&Paths[Path]));
        }
    }
    return Any && FindOther(Fresh, &State) < 0;
}

// Under: the step that was being made, of which nothing was noted; the count of steps if there is none.
static void Check(RUN *Run, ULONG Sectors, ULONG Done, BOOLEAN Under)
{
    ULONG Saved = 0;
    for (ULONG i = 0; i < Run->SavedCount; i++) {
        if (Run->SavedSectors[i] <= Sectors && Run->Saved[i] <= Done)
            Saved = Run->Saved[i];
    }
    ULONG First = Dice(Run, Saved + 1);
    NAMES *Fresh = NamesAfter(Run->Names, Sectors);
    Repeat(Run, Fresh, First, Done, Under);
    int Other = FindOther(Fresh, &Run->States[Done]);
    if (Other < 0 || (Under && FindOther(Fresh, &Run->States[Done + 1]) < 0))
        return;
    if (Under && Run->Steps[Done].Kind == IopNameChanged && HasAllButBoth(Fresh, Run, Done))
        return;
    Tell(Run, First, Done + Under);
    fail_msg("after %u sectors, %u steps%s: %s is %d", Sectors, Done,
             Under ? " and in the middle of another" : "", Narrow(Other),
             NamesLook(Fresh, AsNames(&Paths[Other])));
}

static void CheckAll(RUN *Run)
{
    ULONG Done = 0;
    for (ULONG Sectors = 0; Sectors <= NamesSectors(Run->Names); Sectors++) {
        // What has been done before the last of them was written, and what before the next one.
        while (Done < Run->Count && Run->Steps[Done].End < Sectors)
            Done++;
        BOOLEAN Under = Done < Run->Count && Run->Steps[Done].Begin < Sectors;
        Check(Run, Sectors, Done, Under);
        ULONG Most = Done;
        while (Most < Run->Count && Run->Steps[Most].End <= Sectors)
            Most++;
        if (Most > Done)
            Check(Run, Sectors, Most, FALSE);
    }
}

static void RunSeed(const char *Options, ULONG Kilobytes, ULONG Seed)
{
    static RUN Run;
    Run = (RUN){.Random = Seed, .Names = NamesStart(Options, Kilobytes)};
    DoSteps(&Run);
    CheckAll(&Run);
    NamesEnd(Run.Names);
}

static void test_random(void **State)
{
    (void)State;
    MakePaths();
    for (ULONG Seed = 1; Seed <= 20; Seed++) {
        RunSeed("-F 12 -s 1", 600, Seed);
        RunSeed("-F 16 -s 1", 2300, Seed + 100);
        RunSeed("-F 32 -s 1", 600, Seed + 200);
    }
}

int main(void)
{
    const struct CMUnitTest Tests[] = {cmocka_unit_test(test_random)};
    return cmocka_run_group_tests(Tests, TestStart, TestStop);
}
