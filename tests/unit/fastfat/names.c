#include "names.h"

#include "image.h"

#include <cmocka.h>

struct _NAMES {
    IMAGE Image;
    FAT_VOLUME *Volume;
    uint8_t *Old;        // the medium as it was,
    uint32_t OldSectors; // after so many
    NAMES *Copy;         // of that, to be mounted
};

enum { FILLERS = 48 };

// Names that others stand between lie in several sectors.
static void NamesFill(NAMES *Names)
{
    FAT_ENTRY Entries[FILLERS];
    for (uint32_t i = 0; i < FILLERS; i++) {
        char Name[32];
        snprintf(Name, sizeof(Name), "something else, %u", i);
        Entries[i] = (FAT_ENTRY){.Modified = {.Date = 0x21}};
        Entries[i].NameLength = Utf16(Entries[i].Name, Name);
        assert_done(FatAdd(Names->Volume->Root, &Entries[i]));
    }
    for (uint32_t i = 0; i < FILLERS; i += 3)
        assert_done(FatRemove(Names->Volume->Root, &Entries[i]));
    assert_done(FatCommit(Names->Volume));
}

NAMES *NamesStart(const char *Options, uint32_t Kilobytes)
{
    NAMES *Names = calloc(1, sizeof(*Names));
    ImageMake(&Names->Image, (uint64_t)Kilobytes << 10, 512, Options);
    Names->Volume = ImageMount(&Names->Image);
    NamesFill(Names);
    Names->Old = malloc(Names->Image.Store.Bytes);
    memcpy(Names->Old, Names->Image.Bytes, Names->Image.Store.Bytes);
    Names->Image.Logging = true;
    return Names;
}

static void NamesEndCopy(NAMES *Names)
{
    if (!Names->Copy)
        return;
    FatUnmount(Names->Copy->Volume);
    ImageFree(&Names->Copy->Image);
    free(Names->Copy);
    Names->Copy = nullptr;
}

void NamesEnd(NAMES *Names)
{
    NamesEndCopy(Names);
    ImageUnmount(Names->Volume);
    ImageCheck(&Names->Image);
    ImageFree(&Names->Image);
    free(Names->Old);
    free(Names);
}

void NamesCommit(NAMES *Names, bool Flush)
{
    assert_done(Flush ? FatFlush(Names->Volume) : FatCommit(Names->Volume));
}

uint32_t NamesSectors(const NAMES *Names)
{
    return Names->Image.LogCount;
}

NAMES *NamesAfter(NAMES *Names, uint32_t Sectors)
{
    NamesEndCopy(Names);
    for (; Names->OldSectors < Sectors; Names->OldSectors++) {
        const IMAGE_WRITE *Write = &Names->Image.Log[Names->OldSectors];
        memcpy(Names->Old + Write->Offset, Write->Data, Write->Length);
    }
    Names->Copy = calloc(1, sizeof(*Names));
    ImageInit(&Names->Copy->Image, Names->Image.Store.Bytes, 512);
    memcpy(Names->Copy->Image.Bytes, Names->Old, Names->Image.Store.Bytes);
    assert_done(FatMount(&Names->Copy->Image.Store, false, &Names->Copy->Volume));
    return Names->Copy;
}

// ---- By path

// The directory that the last part is in, opened. Last: that part.
static FAT_RESULT NamesWalk(NAMES *Names, NAMES_PATH Path, FAT_DIRECTORY **Parent, NAMES_PATH *Last)
{
    FAT_RESULT Result = FatOpenDirectory(Names->Volume, 0, Parent);
    for (;;) {
        FAT_DIRECTORY *Next;
        FAT_ENTRY Entry;
        uint32_t Length = 0;
        Path.Text++;
        Path.Length--;
        while (Length < Path.Length && Path.Text[Length] != '\\')
            Length++;
        *Last = (NAMES_PATH){Path.Text, Length};
        if (Result != FatDone || Length == Path.Length)
            return Result;
        Result = FatFind(*Parent, Path.Text, Length, &Entry);
        if (Result == FatDone && !(Entry.Attributes & FAT_ATTRIBUTE_DIRECTORY))
            Result = FatNotFound;
        if (Result == FatDone)
            Result = FatOpenDirectory(Names->Volume, Entry.FirstCluster, &Next);
        FatCloseDirectory(*Parent);
        if (Result != FatDone)
            return Result;
        *Parent = Next;
        Path.Text += Length;
        Path.Length -= Length;
    }
}

static void NamesTake(FAT_ENTRY *Entry, NAMES_PATH Name)
{
    memcpy(Entry->Name, Name.Text, Name.Length * sizeof(uint16_t));
    Entry->NameLength = Name.Length;
}

static NAMES_KIND NamesKindOf(const FAT_ENTRY *Entry)
{
    return Entry->Attributes & FAT_ATTRIBUTE_DIRECTORY ? NamesDirectory : NamesFile;
}

NAMES_KIND NamesLook(NAMES *Names, NAMES_PATH Path)
{
    FAT_DIRECTORY *Parent;
    FAT_ENTRY Entry;
    NAMES_PATH Last;
    if (NamesWalk(Names, Path, &Parent, &Last) != FatDone)
        return NamesNothing;
    bool Found = FatFind(Parent, Last.Text, Last.Length, &Entry) == FatDone;
    FatCloseDirectory(Parent);
    return Found ? NamesKindOf(&Entry) : NamesNothing;
}

bool NamesMake(NAMES *Names, NAMES_PATH Path, bool Directory)
{
    NAMES_KIND Wanted = Directory ? NamesDirectory : NamesFile;
    FAT_DIRECTORY *Parent;
    FAT_ENTRY Entry = {.Modified = {.Date = 0x21}};
    NAMES_PATH Last;
    if (NamesWalk(Names, Path, &Parent, &Last) != FatDone)
        return false;
    FAT_RESULT Result = FatFind(Parent, Last.Text, Last.Length, &Entry);
    bool Made = Result == FatDone && NamesKindOf(&Entry) == Wanted;
    if (Result == FatNotFound) {
        Entry = (FAT_ENTRY){.Modified = {.Date = 0x21}};
        NamesTake(&Entry, Last);
        Result = Directory ? FatAddDirectory(Parent, &Entry) : FatAdd(Parent, &Entry);
        assert_done(Result);
        Made = true;
    }
    FatCloseDirectory(Parent);
    return Made;
}

bool NamesDelete(NAMES *Names, NAMES_PATH Path)
{
    FAT_DIRECTORY *Parent;
    FAT_ENTRY Entry;
    NAMES_PATH Last;
    if (NamesWalk(Names, Path, &Parent, &Last) != FatDone)
        return false;
    FAT_RESULT Result = FatFind(Parent, Last.Text, Last.Length, &Entry);
    FAT_CHAIN Chain = {.FirstCluster = Entry.FirstCluster};
    if (Result == FatDone && NamesKindOf(&Entry) == NamesDirectory)
        Result = FatRemoveDirectory(Parent, &Entry);
    else if (Result == FatDone)
        Result = FatRemoveFile(Parent, &Entry, &Chain);
    FatForgetChain(Names->Volume, &Chain);
    FatCloseDirectory(Parent);
    return Result == FatDone;
}

static FAT_RESULT NamesMove(NAMES *Names, FAT_DIRECTORY *From, NAMES_PATH Name, FAT_DIRECTORY *To,
                            NAMES_PATH NewName, bool Replace)
{
    FAT_ENTRY Old, There, New = {};
    FAT_RESULT Result = FatFind(From, Name.Text, Name.Length, &Old);
    if (Result != FatDone)
        return Result;
    NamesTake(&New, NewName);
    Result = FatFind(To, NewName.Text, NewName.Length, &There);
    if (Result == FatNotFound)
        return FatRename(From, &Old, To, &New);
    if (Result != FatDone || !Replace || NamesKindOf(&There) == NamesDirectory)
        return FatExists;
    FAT_CHAIN Chain = {.FirstCluster = There.FirstCluster};
    Result = FatReplace(From, &Old, To, &There, &Chain, &New);
    FatForgetChain(Names->Volume, &Chain);
    return Result;
}

bool NamesRename(NAMES *Names, NAMES_PATH Path, NAMES_PATH NewPath, bool Replace)
{
    FAT_DIRECTORY *From, *To;
    NAMES_PATH Last, NewLast;
    if (NamesWalk(Names, Path, &From, &Last) != FatDone)
        return false;
    FAT_RESULT Result = NamesWalk(Names, NewPath, &To, &NewLast);
    if (Result == FatDone) {
        Result = NamesMove(Names, From, Last, To, NewLast, Replace);
        FatCloseDirectory(To);
    }
    FatCloseDirectory(From);
    return Result == FatDone;
}
