// New volumes of every form: fsck.vfat finds them good, and the driver's core takes them as what they should be.
#include "fatutil.h"
#include "image.h"

#include <cmocka.h>

typedef struct _FORM {
    uint64_t Bytes;
    uint32_t SectorSize;
    FMT_WISH Wish;
    uint32_t Bits, ClusterSize; // expected
} FORM;

constexpr uint64_t K = 1 << 10, M = 1 << 20, G = 1 << 30;

static const FORM Forms[] = {
    // Windows' defaults
    {8 * M, 512, {}, 16, 512},
    {4 * M, 512, {}, 16, 512},
    {300 * K, 512, {}, 12, 512},
    {40 * M, 512, {}, 16, 1024},
    {200 * M, 512, {}, 16, 4096},
    {520 * M, 512, {}, 32, 4096},
    {300 * M, 512, {.OnlySmall = true}, 16, 8192},
    {100 * M, 512, {.Bits = 32}, 32, 1024},
    {36 * M, 512, {.Bits = 32}, 32, 512},
    // All clusters
    {3 * M, 512, {.Bits = 12, .ClusterSize = 1024}, 12, 1024},
    {100 * M, 512, {.Bits = 12, .ClusterSize = 32768}, 12, 32768},
    {20 * M, 512, {.Bits = 16, .ClusterSize = 512}, 16, 512},
    {100 * M, 512, {.Bits = 16, .ClusterSize = 2048}, 16, 2048},
    {300 * M, 512, {.Bits = 16, .ClusterSize = 65536}, 16, 65536},
    {100 * M, 512, {.Bits = 32, .ClusterSize = 512}, 32, 512},
    {300 * M, 512, {.Bits = 32, .ClusterSize = 4096}, 32, 4096},
    // Large sectors
    {8 * M, 4096, {}, 12, 4096},
    {64 * M, 4096, {}, 16, 4096},
    {300 * M, 4096, {.Bits = 32}, 32, 4096},
    {300 * M, 4096, {.Bits = 16, .ClusterSize = 65536}, 16, 65536},
    {100 * M, 2048, {.Bits = 16}, 16, 2048},
    {30 * M, 1024, {.Bits = 16}, 16, 1024},
    // Disks of old
    {1440 * K, 512, {}, 12, 512},
    {720 * K, 512, {}, 12, 1024},
    {2880 * K, 512, {.OnlySmall = true}, 12, 1024},
    {160 * K, 512, {.Bits = 12}, 12, 512},
};

static void Make(const FORM *Form, const char *Label, IMAGE *Image, FMT_ORDER *Order)
{
    uint16_t Text[20];
    ImageInit(Image, Form->Bytes, Form->SectorSize);
    memset(Image->Bytes, 0xA5, 1 << 16);
    *Order = (FMT_ORDER){.Store = &Image->Store, .Serial = 0x12345678, .Quick = true};
    Order->Now = (FAT_STAMP){.Date = 0x5A21, .Time = 0x6000};
    assert_int_equal(FmtPlan(&Form->Wish, Form->SectorSize, Form->Bytes, &Order->Layout), FmtGood);
    assert_true(FmtLabel(&Image->Store, Text, Utf16(Text, Label), Order->Label));
}

static void CheckMounted(const FORM *Form, IMAGE *Image, const FMT_ORDER *Order)
{
    uint16_t Text[20];
    uint32_t Length;
    FAT_VOLUME *Volume = ImageMount(Image);
    const FAT_GEOMETRY *Geometry = &Volume->Geometry;
    assert_int_equal(Geometry->Bits, Form->Bits);
    assert_int_equal(Geometry->ClusterSize, Form->ClusterSize);
    assert_int_equal(Geometry->Clusters, Order->Layout.Clusters);
    assert_int_equal(Geometry->SerialNumber, 0x12345678);
    assert_false(Volume->WasDirty);
    assert_false(Volume->InfoStale);
    assert_int_equal(Volume->FreeClusters,
                     Geometry->Clusters - (Form->Bits == 32) - Order->BadFound);
    // No more of the medium is given away than the rest of a cluster, and of what alignment takes.
    assert_true(Form->Bytes - Geometry->TotalBytes < Form->SectorSize);
    assert_done(FatGetLabel(Volume, Text, &Length));
    assert_string_equal(Utf8(Text, Length), "NEW VOLUME");
    ImageUnmount(Volume);
}

static void test_forms(void **State)
{
    (void)State;
    for (size_t i = 0; i < sizeof(Forms) / sizeof(Forms[0]); i++) {
        IMAGE Image;
        FMT_ORDER Order;
        int Status;
        Make(&Forms[i], "New Volume", &Image, &Order);
        assert_done(FmtWrite(&Order));
        CheckMounted(&Forms[i], &Image, &Order);
        ImageCheck(&Image);
        const char *Text =
            ImageRun(&Image, "echo hello | mcopy -i %s - ::'A long name.txt'", &Status);
        if (Status)
            fail_msg("form %zu: %s", i, Text);
        assert_non_null(strstr(ImageRun(&Image, "mdir -i %s ::", &Status), "is NEW VOLUME"));
        ImageLoad(&Image);
        ImageCheck(&Image);
        ImageFree(&Image);
    }
}

static void test_refusals(void **State)
{
    (void)State;
    static const struct {
        uint64_t Bytes;
        uint32_t SectorSize;
        FMT_WISH Wish;
        FMT_REFUSAL Refusal;
    } Wrong[] = {
        {8 * M, 512, {.Bits = 32}, FmtTooSmall},
        {100 * M, 512, {.Bits = 32, .ClusterSize = 4096}, FmtTooSmall},
        {100 * M, 512, {.Bits = 16, .ClusterSize = 512}, FmtTooLarge},
        {8 * G, 512, {.OnlySmall = true}, FmtTooLarge},
        {100 * M, 512, {.ClusterSize = 131072}, FmtBadCluster},
        {100 * M, 512, {.ClusterSize = 3000}, FmtBadCluster},
        {100 * M, 4096, {.ClusterSize = 512}, FmtBadCluster},
        {100 * M, 520, {}, FmtBadSector},
        {2 * K, 512, {}, FmtTooSmall},
    };
    for (size_t i = 0; i < sizeof(Wrong) / sizeof(Wrong[0]); i++) {
        FMT_LAYOUT Layout;
        if (FmtPlan(&Wrong[i].Wish, Wrong[i].SectorSize, Wrong[i].Bytes, &Layout) !=
            Wrong[i].Refusal)
            fail_msg("case %zu", i);
    }
}

// Every size: there are entries for all clusters, and the next smaller FAT would not have had them.
static void test_sizes(void **State)
{
    (void)State;
    for (uint64_t Sectors = 100; Sectors < 0xFFFF0000; Sectors += Sectors / 97 + 1) {
        for (uint32_t Bits = 0; Bits <= 32; Bits += Bits ? Bits == 12 ? 4 : 16 : 12) {
            for (uint32_t Size = 512; Size <= 4096; Size *= 8) {
                FMT_LAYOUT Layout;
                FMT_WISH Wish = {.Bits = Bits};
                if (FmtPlan(&Wish, Size, Sectors * Size, &Layout) != FmtGood)
                    continue;
                uint64_t Entries = (uint64_t)Layout.FatSectors * Size * 8 / Layout.Bits;
                uint64_t Root = (Layout.RootSlots * 32 + Size - 1) / Size;
                uint64_t Used = Layout.Reserved + Layout.Fats * (uint64_t)Layout.FatSectors + Root;
                assert_true(Layout.Clusters + 2 <= Entries);
                assert_true(Used + (uint64_t)Layout.Clusters * Layout.ClusterSectors <= Sectors);
                assert_true(Layout.Reserved < 0x10000);
                assert_true(Layout.Bits == 32 || Layout.FatSectors < 0x10000);
                uint64_t Spare = Entries - 2 - Layout.Clusters;
                assert_true(Spare * Layout.Bits < 3 * 8 * Size);
            }
        }
    }
}

static void test_labels(void **State)
{
    (void)State;
    static const char *const Bad[] = {"twelve chars", "a.b", "a*b", "a/b", " a", "\xE4\xB8\xAD"};
    IMAGE Image;
    uint16_t Text[20];
    uint8_t Label[FAT_SHORT_BYTES];
    ImageInit(&Image, 1 << 20, 512);
    for (size_t i = 0; i < sizeof(Bad) / sizeof(Bad[0]); i++)
        assert_false(FmtLabel(&Image.Store, Text, Utf16(Text, Bad[i]), Label));
    assert_true(FmtLabel(&Image.Store, Text, Utf16(Text, "a b  "), Label));
    assert_memory_equal(Label, "A B        ", sizeof(Label));
    ImageFree(&Image);
}

// ---- Sectors that cannot be written

static bool (*ReallyWrite)(void *Context, uint64_t Offset, uint32_t Length, const void *Buffer);
static uint64_t BrokenAt;

static bool WriteButThere(void *Context, uint64_t Offset, uint32_t Length, const void *Buffer)
{
    return !(BrokenAt >= Offset && BrokenAt - Offset < Length) &&
           ReallyWrite(Context, Offset, Length, Buffer);
}

static void test_bad_sectors(void **State)
{
    (void)State;
    static const FORM Broken[] = {{3 * M, 512, {.Bits = 12}, 12, 1024},
                                  {20 * M, 512, {}, 16, 512},
                                  {40 * M, 512, {.Bits = 32}, 32, 512}};
    for (size_t i = 0; i < sizeof(Broken) / sizeof(Broken[0]); i++) {
        for (BrokenAt = 2 * M; BrokenAt < 2 * M + 2048; BrokenAt += 512) {
            IMAGE Image;
            FMT_ORDER Order;
            Make(&Broken[i], "New Volume", &Image, &Order);
            ReallyWrite = Image.Store.Write;
            Image.Store.Write = WriteButThere;
            Order.Quick = false;
            assert_done(FmtWrite(&Order));
            assert_int_equal(Order.BadFound, 1);
            CheckMounted(&Broken[i], &Image, &Order);
            ImageCheck(&Image);
            BrokenAt -= 2 * M;
            assert_int_equal(FmtWrite(&Order), FatIoError); // where there must be none
            BrokenAt += 2 * M;
            ImageFree(&Image);
        }
    }
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test(test_forms),       cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_sizes),       cmocka_unit_test(test_labels),
        cmocka_unit_test(test_bad_sectors),
    };
    return cmocka_run_group_tests(Tests, nullptr, nullptr);
}
