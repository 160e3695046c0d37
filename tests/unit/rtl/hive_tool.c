// A program around the hive library, for the comparison with hivex (hivex_test.py).
//   hive_tool make FILE    write a hive with something of everything
//   hive_tool dump FILE    check a hive and print it, one line a key and a value
//   hive_tool edit FILE    open a hive, change a part of it, write it back
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "hive_file.h"

static HIVE Hive;

static void Fail(const char *What, NTSTATUS Status)
{
    fprintf(stderr, "%s: %08x\n", What, (unsigned)Status);
    exit(1);
}

static void Load(const char *Path)
{
    FILE *Stream = fopen(Path, "rb");
    if (!Stream || fseek(Stream, 0, SEEK_END))
        Fail(Path, errno);
    SIZE_T Size = (SIZE_T)ftell(Stream);
    PUCHAR File = malloc(Size);
    rewind(Stream);
    if (fread(File, 1, Size, Stream) != Size)
        Fail(Path, errno);
    fclose(Stream);
    NTSTATUS Status = HvOpen(&Hive, &HostHiveOperations, nullptr, File, Size);
    if (!NT_SUCCESS(Status))
        Fail(Path, Status);
    free(File);
}

static void Save(const char *Path)
{
    ULONG Size;
    PUCHAR File = HiveToFile(&Hive, &Size);
    FILE *Stream = fopen(Path, "wb");
    if (!Stream || fwrite(File, 1, Size, Stream) != Size || fclose(Stream))
        Fail(Path, errno);
    free(File);
}

static HCELL AddKey(HCELL Parent, PCWSTR Text)
{
    UNICODE_STRING Name, Class = RTL_CONSTANT_STRING(L"A class");
    HCELL Key;
    ULONG Length;
    RtlInitUnicodeString(&Name, Text);
    NTSTATUS Status = HvCreateSubkey(&Hive, Parent, &Name, Text[0] == 'C' ? &Class : nullptr, 0,
                                     Text[0] == 'S' ? TestDescriptor(1, &Length) : nullptr, &Key);
    if (!NT_SUCCESS(Status))
        Fail("create", Status);
    return Key;
}

static void SetValue(HCELL Key, PCWSTR Text, ULONG Type, const VOID *Data, ULONG Length)
{
    UNICODE_STRING Name;
    RtlInitUnicodeString(&Name, Text);
    NTSTATUS Status = HvSetValue(&Hive, Key, &Name, Type, Data, Length);
    if (!NT_SUCCESS(Status))
        Fail("set", Status);
}

static void FillKey(HCELL Key)
{
    static UCHAR Big[50000];
    for (ULONG Index = 0; Index < sizeof(Big); Index++)
        Big[Index] = (UCHAR)(Index * 7 + Index / 256);
    SetValue(Key, L"", REG_SZ, L"the default", 24);
    SetValue(Key, L"String", REG_SZ, L"t\x00E4xt", 10);
    SetValue(Key, L"Expand", REG_EXPAND_SZ, L"%SystemRoot%\\x", 30);
    SetValue(Key, L"Number", REG_DWORD, "\x78\x56\x34\x12", 4);
    SetValue(Key, L"Long number", REG_QWORD, "\1\2\3\4\5\6\7\10", 8);
    SetValue(Key, L"Several", REG_MULTI_SZ, L"one\0two\0", 18);
    SetValue(Key, L"Empty", REG_BINARY, "", 0);
    SetValue(Key, L"Three", REG_BINARY, "abc", 3);
    SetValue(Key, L"One page", REG_BINARY, Big, 4096);
    SetValue(Key, L"Segment", REG_BINARY, Big, 16344);
    SetValue(Key, L"Two segments", REG_BINARY, Big, 16345);
    SetValue(Key, L"Four segments", REG_BINARY, Big, sizeof(Big));
    SetValue(Key, L"Odd type", 0x12345, "odd", 3);
    SetValue(Key, L"\x6F22\x5B57", REG_NONE, "x", 1);
}

static void Make(void)
{
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"ROOT");
    ULONG Length;
    HvCreate(&Hive, &HostHiveOperations, nullptr, &Name, TestDescriptor(0, &Length));
    HCELL Root = HvRootKey(&Hive);
    FillKey(AddKey(Root, L"Values"));
    AddKey(AddKey(AddKey(Root, L"Deep"), L"Deeper"), L"Deepest");
    AddKey(Root, L"Classy");
    AddKey(Root, L"Secured");
    AddKey(Root, L"\xDC"
                 L"ber");
    AddKey(Root, L"\x6F22\x5B57");
    HCELL Many = AddKey(Root, L"Many");
    for (ULONG Index = 0; Index < 1300; Index++) {
        WCHAR Text[16];
        _snwprintf(Text, 16, L"Key %u", Index * 7 % 1300);
        SetValue(AddKey(Many, Text), L"Index", REG_DWORD, &Index, sizeof(Index));
    }
}

static void Edit(void)
{
    HCELL Root = HvRootKey(&Hive), Key;
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"ADDED_BY_HIVEX");
    Key = HvFindSubkey(&Hive, Root, &Name);
    if (Key == HCELL_NIL)
        Fail("find", STATUS_OBJECT_NAME_NOT_FOUND);
    for (ULONG Index = 0; Index < 20; Index++) {
        WCHAR Text[16];
        _snwprintf(Text, 16, L"ours_%u", Index);
        FillKey(AddKey(Key, Text));
    }
    UNICODE_STRING Many = RTL_CONSTANT_STRING(L"many");
    HvDeleteTree(&Hive, HvFindSubkey(&Hive, Root, &Many));
}

// Names as UTF-8, with what is not printable ASCII as \xHH.
static void PrintName(PWCH Name, ULONG Length)
{
    char Utf8[1024];
    ULONG Bytes;
    RtlUnicodeToUTF8N(Utf8, sizeof(Utf8), &Bytes, Name, Length);
    for (ULONG Index = 0; Index < Bytes; Index++)
        printf(Utf8[Index] > ' ' && Utf8[Index] < 0x7F && Utf8[Index] != '%' ? "%c" : "%%%02x",
               (UCHAR)Utf8[Index]);
}

static void DumpValue(HCELL Value)
{
    static UCHAR Data[65536];
    WCHAR Name[300];
    HIVE_VALUE_INFO Info;
    HvQueryValue(&Hive, Value, &Info);
    printf("  ");
    PrintName(Name, HvValueName(&Hive, Value, Name, sizeof(Name)));
    printf(" %u ", Info.Type);
    ULONG Length = HvReadValue(&Hive, Value, 0, Data, sizeof(Data));
    for (ULONG Index = 0; Index < Length; Index++)
        printf("%02x", Data[Index]);
    printf("\n");
}

static void DumpKey(HCELL Key, ULONG Depth)
{
    WCHAR Name[256];
    HIVE_KEY_INFO Info;
    HvQueryKey(&Hive, Key, &Info);
    printf("%u ", Depth);
    PrintName(Name, HvKeyName(&Hive, Key, Name, sizeof(Name)));
    printf("\n");
    for (ULONG Index = 0; Index < Info.Values; Index++)
        DumpValue(HvValue(&Hive, Key, Index));
    for (ULONG Index = 0; Index < Info.Subkeys; Index++)
        DumpKey(HvSubkey(&Hive, Key, Index), Depth + 1);
}

int main(int Count, char **Arguments)
{
    if (Count != 3)
        return 2;
    const char *Command = Arguments[1], *Path = Arguments[2];
    if (Command[0] == 'm') {
        Make();
        Save(Path);
    } else if (Command[0] == 'e') {
        Load(Path);
        Edit();
        Save(Path);
    } else {
        Load(Path);
        DumpKey(HvRootKey(&Hive), 0);
    }
    NTSTATUS Status = HvCheck(&Hive);
    if (!NT_SUCCESS(Status))
        Fail("check", Status);
    HvClose(&Hive);
    return 0;
}
