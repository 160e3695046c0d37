#include "image.h"

#include <iconv.h>
#include <locale.h>
#include <unistd.h>
#include <wctype.h>

#include <cmocka.h>

static bool ImageRead(void *Context, uint64_t Offset, uint32_t Length, void *Buffer)
{
    IMAGE *Image = Context;
    if (Offset % Image->Store.SectorSize || Length % Image->Store.SectorSize ||
        Offset > Image->Store.Bytes || Length > Image->Store.Bytes - Offset)
        abort();
    if (Image->BadOffset >= Offset && Image->BadOffset - Offset < Length)
        return false;
    memcpy(Buffer, Image->Bytes + Offset, Length);
    return true;
}

static bool ImageReadPieces(void *Context, const FAT_PIECE *Pieces, uint32_t Count)
{
    bool Read = true;
    for (uint32_t i = 0; i < Count; i++)
        Read = ImageRead(Context, Pieces[i].Offset, Pieces[i].Length, Pieces[i].Buffer) && Read;
    return Read;
}

static bool ImageWrite(void *Context, uint64_t Offset, uint32_t Length, const void *Buffer)
{
    IMAGE *Image = Context;
    if (Offset % Image->Store.SectorSize || Length % Image->Store.SectorSize ||
        Offset > Image->Store.Bytes || Length > Image->Store.Bytes - Offset)
        abort();
    if (!Image->WritesLeft || (Image->BadWrite >= Offset && Image->BadWrite - Offset < Length))
        return false;
    Image->WritesLeft--;
    // The log has sectors: each may be the last that reaches the medium.
    for (uint32_t Done = 0; Image->Logging && Done < Length; Done += Image->Store.SectorSize) {
        Image->Log = realloc(Image->Log, (Image->LogCount + 1) * sizeof(IMAGE_WRITE));
        IMAGE_WRITE *Write = &Image->Log[Image->LogCount++];
        *Write =
            (IMAGE_WRITE){Offset + Done, Image->Store.SectorSize, Image->Barriers, malloc(4096)};
        memcpy(Write->Data, (const uint8_t *)Buffer + Done, Write->Length);
    }
    memcpy(Image->Bytes + Offset, Buffer, Length);
    return true;
}

static bool ImageBarrier(void *Context)
{
    IMAGE *Image = Context;
    Image->Barriers++;
    return Image->WritesLeft != 0;
}

static void *ImageAllocate(size_t Size)
{
    return malloc(Size);
}

static void ImageRelease(void *Memory)
{
    free(Memory);
}

// ---- Text: code page 850, as mtools has it

static uint16_t ImageFromOem(uint8_t Character)
{
    static uint16_t Table[256];
    if (!Table['A']) {
        iconv_t Converter = iconv_open("UTF-16LE", "CP850");
        for (int i = 0; i < 256; i++) {
            char In = (char)i, *InPointer = &In, *OutPointer = (char *)&Table[i];
            size_t InLeft = 1, OutLeft = 2;
            (void)iconv(Converter, &InPointer, &InLeft, &OutPointer, &OutLeft);
        }
        iconv_close(Converter);
    }
    return Table[Character];
}

static uint8_t ImageToOem(uint16_t Character)
{
    for (int i = 1; i < 256; i++) {
        if (ImageFromOem((uint8_t)i) == Character)
            return (uint8_t)i;
    }
    return 0;
}

static uint16_t ImageUpcase(uint16_t Character)
{
    if (Character < 0x80)
        return (uint16_t)(Character >= 'a' && Character <= 'z' ? Character - 32 : Character);
    return Character >= 0xD800 && Character < 0xE000 ? Character : (uint16_t)towupper(Character);
}

uint32_t Utf16(uint16_t *Out, const char *Text)
{
    iconv_t Converter = iconv_open("UTF-16LE", "UTF-8");
    char *In = (char *)(uintptr_t)Text, *OutPointer = (char *)Out;
    size_t InLeft = strlen(Text), OutLeft = 2 * 300;
    if (iconv(Converter, &In, &InLeft, &OutPointer, &OutLeft) == (size_t)-1)
        fail_msg("not UTF-8: %s", Text);
    iconv_close(Converter);
    return (uint32_t)((uint16_t *)OutPointer - Out);
}

const char *Utf8(const uint16_t *Name, uint32_t Length)
{
    static char Text[4][1100];
    static int Next;
    char *Result = Text[Next++ % 4], *Out = Result, *In = (char *)(uintptr_t)Name;
    size_t InLeft = Length * 2, OutLeft = 1000;
    iconv_t Converter = iconv_open("UTF-8", "UTF-16LE");
    if (iconv(Converter, &In, &InLeft, &Out, &OutLeft) == (size_t)-1)
        strcpy(Out, "<not UTF-16>");
    else
        *Out = 0;
    iconv_close(Converter);
    return Result;
}

// ---- Images

void ImageInit(IMAGE *Image, uint64_t Bytes, uint32_t SectorSize)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    *Image = (IMAGE){
        .Store = {.Read = ImageRead,
                  .ReadPieces = ImageReadPieces,
                  .Write = ImageWrite,
                  .Barrier = ImageBarrier,
                  .Allocate = ImageAllocate,
                  .Free = ImageRelease,
                  .Upcase = ImageUpcase,
                  .ToOem = ImageToOem,
                  .FromOem = ImageFromOem,
                  .Context = Image,
                  .Bytes = Bytes,
                  .SectorSize = SectorSize},
        .Bytes = calloc(1, Bytes),
        .WritesLeft = UINT64_MAX,
        .BadOffset = UINT64_MAX,
        .BadWrite = UINT64_MAX,
    };
    snprintf(Image->Path, sizeof(Image->Path), "fastfat-%d.img", (int)getpid());
}

void ImageMake(IMAGE *Image, uint64_t Bytes, uint32_t SectorSize, const char *Options)
{
    char Command[300];
    int Status;
    ImageInit(Image, Bytes, SectorSize);
    ImageSave(Image);
    snprintf(Command, sizeof(Command), "mkfs.vfat -S %u %s %%s", SectorSize, Options);
    const char *Text = ImageRun(Image, Command, &Status);
    if (Status)
        fail_msg("%s: %s", Command, Text);
    ImageLoad(Image);
}

void ImageFree(IMAGE *Image)
{
    for (uint32_t i = 0; i < Image->LogCount; i++)
        free(Image->Log[i].Data);
    free(Image->Log);
    free(Image->Bytes);
    unlink(Image->Path);
}

void ImageSave(const IMAGE *Image)
{
    FILE *File = fopen(Image->Path, "wb");
    if (!File || fwrite(Image->Bytes, 1, Image->Store.Bytes, File) != Image->Store.Bytes)
        abort();
    fclose(File);
}

void ImageLoad(IMAGE *Image)
{
    FILE *File = fopen(Image->Path, "rb");
    if (!File || fread(Image->Bytes, 1, Image->Store.Bytes, File) != Image->Store.Bytes)
        abort();
    fclose(File);
}

const char *ImageRun(const IMAGE *Image, const char *Command, int *Status)
{
    static char Text[1 << 20];
    char Line[1000], Shell[1200];
    snprintf(Line, sizeof(Line), Command, Image->Path);
    snprintf(Shell, sizeof(Shell),
             "export PATH=$PATH:/usr/sbin:/sbin MTOOLS_SKIP_CHECK=1 LC_ALL=C.UTF-8; %s 2>&1", Line);
    FILE *Pipe = popen(Shell, "r");
    assert_non_null(Pipe);
    size_t Length = fread(Text, 1, sizeof(Text) - 1, Pipe);
    Text[Length] = 0;
    *Status = pclose(Pipe);
    return Text;
}

void ImageCheck(const IMAGE *Image)
{
    int Status;
    ImageSave(Image);
    const char *Text = ImageRun(Image, "fsck.vfat -n %s", &Status);
    if (Status)
        fail_msg("fsck.vfat: %s", Text);
}

FAT_VOLUME *ImageMount(IMAGE *Image)
{
    FAT_VOLUME *Volume;
    assert_int_equal(FatMount(&Image->Store, false, &Volume), FatDone);
    assert_int_equal(FatKnowSpace(Volume), FatDone);
    return Volume;
}

void ImageUnmount(FAT_VOLUME *Volume)
{
    assert_int_equal(FatMarkClean(Volume), FatDone);
    FatUnmount(Volume);
}
