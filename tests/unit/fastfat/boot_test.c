// Boot sectors of every form.
#include "image.h"

#include <cmocka.h>

typedef struct _FORM {
    uint32_t Megabytes, SectorSize;
    const char *Options;
    uint32_t Bits, ClusterSize;
} FORM;

static const FORM Forms[] = {
    {1, 512, "-F 12 -s 1", 12, 512},         {4, 512, "-F 12 -s 8", 12, 4096},
    {16, 512, "-F 16 -s 1", 16, 512},        {64, 512, "-F 16 -s 16", 16, 8192},
    {300, 512, "-F 16 -s 128", 16, 65536},   {40, 512, "-F 32 -s 1", 32, 512},
    {300, 512, "-F 32 -s 8", 32, 4096},      {8, 4096, "-F 12 -s 1", 12, 4096},
    {128, 4096, "-F 16 -s 1", 16, 4096},     {300, 4096, "-F 32 -s 1", 32, 4096},
    {300, 4096, "-F 16 -s 16", 16, 65536},   {2, 1024, "-F 12 -s 2", 12, 2048},
    {64, 2048, "-F 16 -s 1", 16, 2048},      {40, 512, "-F 32 -s 1 -f 1", 32, 512},
    {16, 512, "-F 16 -s 1 -r 112", 16, 512}, {4, 512, "-F 12 -s 4 -a -R 7", 12, 2048},
};

static void test_forms(void **State)
{
    (void)State;
    for (size_t i = 0; i < sizeof(Forms) / sizeof(Forms[0]); i++) {
        IMAGE Image;
        FAT_GEOMETRY Geometry;
        unsigned int Clusters = 0;
        int Status;
        ImageMake(&Image, (uint64_t)Forms[i].Megabytes << 20, Forms[i].SectorSize,
                  Forms[i].Options);
        assert_done(
            FatParseBoot(Image.Bytes, Image.Store.SectorSize, Image.Store.Bytes, &Geometry));
        assert_int_equal(Geometry.Bits, Forms[i].Bits);
        assert_int_equal(Geometry.ClusterSize, Forms[i].ClusterSize);
        const char *Text = ImageRun(&Image, "fsck.vfat -n -v %s", &Status);
        const char *Line = strstr(Text, "data clusters");
        assert_non_null(Line);
        while (Line > Text && Line[-1] != '\n')
            Line--;
        assert_int_equal(sscanf(Line, "%u data clusters", &Clusters) +
                             (Clusters ? 0
                                       : sscanf(strchr(Line, ',') ? strchr(Line, ',') : "",
                                                ", %u data clusters", &Clusters)),
                         1);
        assert_int_equal(Geometry.Clusters, Clusters);
        FAT_VOLUME *Volume = ImageMount(&Image);
        assert_int_equal(Volume->FreeClusters, Clusters - (Geometry.Bits == 32 ? 1 : 0));
        ImageUnmount(Volume);
        ImageFree(&Image);
    }
}

// One field is wrong, and the volume is not taken.
static void test_refused(void **State)
{
    (void)State;
    static const struct {
        uint32_t Place, Value, Length;
    } Wrong[] = {
        {0, 0x33, 1},        {11, 0, 2}, {11, 513, 2},  {11, 256, 2},       {11, 8192, 2},
        {13, 0, 1},          {13, 3, 1}, {14, 0, 2},    {16, 0, 1},         {21, 0xE0, 1},
        {17, 65535, 2},      {36, 0, 4}, {32, 0, 4},    {44, 0, 4},         {44, 0x0FFFFFF0, 4},
        {32, 0x7FFFFFFF, 4}, {42, 1, 2}, {40, 0x8F, 2}, {36, 0xFFFFFFF, 4},
    };
    IMAGE Image;
    ImageMake(&Image, 40 << 20, 512, "-F 32 -s 1");
    for (size_t i = 0; i < sizeof(Wrong) / sizeof(Wrong[0]); i++) {
        uint8_t Boot[512];
        FAT_GEOMETRY Geometry;
        memcpy(Boot, Image.Bytes, 512);
        memcpy(Boot + Wrong[i].Place, &Wrong[i].Value, Wrong[i].Length);
        if (FatParseBoot(Boot, 512, Image.Store.Bytes, &Geometry) != FatNotFat)
            fail_msg("field %u = %x taken", Wrong[i].Place, Wrong[i].Value);
    }
    FAT_GEOMETRY Geometry;
    assert_int_equal(FatParseBoot(Image.Bytes, 512, Image.Store.Bytes - 512, &Geometry), FatNotFat);
    assert_int_equal(FatParseBoot(Image.Bytes, 4096, Image.Store.Bytes, &Geometry), FatNotFat);
    ImageFree(&Image);
}

static void test_label_and_dirty(void **State)
{
    (void)State;
    IMAGE Image;
    int Status;
    uint16_t Text[20];
    uint32_t Length;
    ImageMake(&Image, 40 << 20, 512, "-F 32 -n 'MY DISK'");
    FAT_VOLUME *Volume = ImageMount(&Image);
    assert_done(FatGetLabel(Volume, Text, &Length));
    assert_string_equal(Utf8(Text, Length), "MY DISK");
    assert_done(FatSetLabel(Volume, Text, Utf16(Text, "Ärger 7")));
    assert_int_equal(FatSetLabel(Volume, Text, Utf16(Text, "a*b")), FatBadName);
    assert_int_equal(FatSetLabel(Volume, Text, Utf16(Text, "twelve chars")), FatBadName);
    assert_done(FatCommit(Volume));
    ImageSave(&Image);
    assert_non_null(strstr(ImageRun(&Image, "fsck.vfat -n %s", &Status), "Dirty bit is set"));
    ImageUnmount(Volume);
    ImageSave(&Image);
    assert_non_null(strstr(ImageRun(&Image, "mlabel -s -i %s ::", &Status), "ÄRGER 7"));
    Volume = ImageMount(&Image);
    assert_done(FatSetLabel(Volume, Text, 0));
    assert_done(FatGetLabel(Volume, Text, &Length));
    assert_int_equal(Length, 0);
    assert_done(FatSetLabel(Volume, Text, Utf16(Text, "NEW")));
    ImageUnmount(Volume);
    ImageSave(&Image);
    assert_non_null(strstr(ImageRun(&Image, "mlabel -s -i %s ::", &Status), "NEW"));
    ImageFree(&Image);
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_label_and_dirty),
    };
    return cmocka_run_group_tests(Tests, nullptr, nullptr);
}
