#include "cut.h"

#include <fcntl.h>
#include <unistd.h>

#include <cmocka.h>

void CheckText(const char *Text, bool Moving, bool Renamed, uint32_t Write)
{
    static const char *const Bad[] = {"share", "loop",     "Bad",     "invalid",  "Two",
                                      "cross", "dropping", "Corrupt", "Expected", "Contains"};
    for (size_t i = 0; i < sizeof(Bad) / sizeof(Bad[0]); i++) {
        if (Moving && (i == 0 || strstr(Text, "share")))
            continue; // both names of a directory are there for a moment
        if (strstr(Text, Bad[i]))
            fail_msg("after %u sectors: %s", Write, Text);
    }
    if (strstr(Text, "Duplicate"))
        fail_msg("after %u sectors: %s", Write, Text);
    const char *Short = strstr(Text, "cluster chain length is ");
    for (; Short && !Renamed; Short = strstr(Short, "cluster chain length is ")) {
        Short += strlen("cluster chain length is ");
        if (*Short != '>') // clusters behind the end are in reserve
            fail_msg("after %u sectors: %s", Write, Text);
    }
}

void Apply(IMAGE *Old, int File, const IMAGE_WRITE *Write)
{
    memcpy(Old->Bytes + Write->Offset, Write->Data, Write->Length);
    assert_int_equal(pwrite(File, Write->Data, Write->Length, (off_t)Write->Offset), Write->Length);
}

void StartLog(IMAGE *Image, IMAGE *Old)
{
    ImageInit(Old, Image->Store.Bytes, 512);
    strcat(Old->Path, ".old");
    memcpy(Old->Bytes, Image->Bytes, Image->Store.Bytes);
    ImageSave(Old);
    Image->Logging = true;
}

// ---- Files

FAT_ENTRY MakeFile(IMAGE *Image, FAT_VOLUME *Volume, const char *Name, uint32_t Size, uint8_t Byte)
{
    FAT_ENTRY Entry = {.Modified = {.Date = 0x21}, .Size = Size};
    FAT_CHAIN Chain = {};
    FAT_RUN Run;
    uint32_t Cluster = Volume->Geometry.ClusterSize;
    Entry.NameLength = Utf16(Entry.Name, Name);
    assert_done(FatExtend(Volume, &Chain, (Size + Cluster - 1) / Cluster));
    for (uint32_t i = 0; i < Chain.Known; i++) {
        assert_done(FatLookup(Volume, &Chain, i, &Run));
        memset(Image->Bytes + FatClusterOffset(&Volume->Geometry, Run.Cluster), Byte, Cluster);
    }
    Entry.FirstCluster = Chain.FirstCluster;
    FatForgetChain(Volume, &Chain);
    assert_done(FatAdd(Volume->Root, &Entry));
    return Entry;
}

void Remove(FAT_VOLUME *Volume, const char *Name)
{
    FAT_ENTRY Entry;
    uint16_t Wanted[FAT_MAX_NAME];
    assert_done(FatFind(Volume->Root, Wanted, Utf16(Wanted, Name), &Entry));
    FAT_CHAIN Chain = {.FirstCluster = Entry.FirstCluster};
    assert_done(FatRemove(Volume->Root, &Entry));
    assert_done(FatTruncate(Volume, &Chain, 0));
    FatForgetChain(Volume, &Chain);
}
