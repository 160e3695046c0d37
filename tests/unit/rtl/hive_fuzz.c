// A hive file with the input's bytes laid over it at places of the input's choice, and a right
// checksum. What HvOpen accepts must survive being read whole and being changed, and still be sound.
#include <stdint.h>
#include <stdlib.h>

#include "hive_file.h"

static PUCHAR Original;
static ULONG OriginalSize;

static VOID MakeOriginal(VOID)
{
    static const UCHAR Big[20000] = {1, 2, 3};
    HIVE Hive;
    HCELL Key;
    ULONG Length;
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"ROOT"), Class = RTL_CONSTANT_STRING(L"Class");
    HvCreate(&Hive, &HostHiveOperations, nullptr, &Name, TestDescriptor(0, &Length));
    for (ULONG Index = 0; Index < 12; Index++) {
        WCHAR Text[16];
        Name.Buffer = Text;
        Name.Length = (USHORT)(_snwprintf(Text, 16, L"Key%u", Index) * 2);
        HvCreateSubkey(&Hive, Index % 3 ? Key : HvRootKey(&Hive), &Name, &Class, 0,
                       TestDescriptor(Index % 2, &Length), &Key);
        HvSetValue(&Hive, Key, &Name, Index, Big, Index == 5 ? sizeof(Big) : Index);
    }
    Original = HiveToFile(&Hive, &OriginalSize);
    HvClose(&Hive);
}

static VOID ReadKey(PHIVE Hive, HCELL Key)
{
    WCHAR Name[256];
    UCHAR Data[300];
    ULONG Length;
    HIVE_KEY_INFO Info;
    HvQueryKey(Hive, Key, &Info);
    HvKeyName(Hive, Key, Name, sizeof(Name));
    HvKeyClass(Hive, Key, Name, sizeof(Name));
    PSECURITY_DESCRIPTOR Descriptor = HvKeySecurity(Hive, Key, &Length);
    if (Descriptor && !RtlValidRelativeSecurityDescriptor(Descriptor, Length, 0))
        abort();
    for (ULONG Index = 0; Index < Info.Values; Index++) {
        HIVE_VALUE_INFO ValueInfo;
        HCELL Value = HvValue(Hive, Key, Index);
        HvQueryValue(Hive, Value, &ValueInfo);
        HvValueName(Hive, Value, Name, sizeof(Name));
        for (ULONG Offset = 0; Offset < ValueInfo.DataLength; Offset += sizeof(Data))
            HvReadValue(Hive, Value, Offset, Data, sizeof(Data));
    }
    for (ULONG Index = 0; Index < Info.Subkeys; Index++) {
        HCELL Subkey = HvSubkey(Hive, Key, Index);
        USHORT Bytes = (USHORT)HvKeyName(Hive, Subkey, Name, sizeof(Name));
        UNICODE_STRING String = {Bytes, Bytes, Name};
        if (HvFindSubkey(Hive, Key, &String) != Subkey)
            abort();
        ReadKey(Hive, Subkey);
    }
}

static VOID ChangeKeys(PHIVE Hive)
{
    static const UCHAR Data[17000];
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"Key11"), Other = RTL_CONSTANT_STRING(L"Fresh");
    HCELL Root = HvRootKey(Hive), Key;
    ULONG Length;
    HvCreateSubkey(Hive, Root, &Name, &Other, 0, TestDescriptor(3, &Length), &Key);
    HvCreateSubkey(Hive, Root, &Other, nullptr, HIVE_KEY_VOLATILE, nullptr, &Key);
    HvSetValue(Hive, Root, &Name, 1, Data, sizeof(Data));
    HvSetValue(Hive, Root, &Name, 1, Data, 10);
    Key = HvSubkey(Hive, Root, 1);
    if (Key != HCELL_NIL) {
        HvSetKeySecurity(Hive, Key, TestDescriptor(1, &Length));
        HvDeleteTree(Hive, Key);
    }
    HvDeleteValue(Hive, Root, &Name);
}

static VOID FixChecksum(PUCHAR File)
{
    ULONG *Words = (PVOID)File, Sum = 0;
    for (ULONG Index = 0; Index < 127; Index++)
        Sum ^= Words[Index];
    Words[127] = Sum == 0 ? 1 : Sum == MAXULONG ? MAXULONG - 1 : Sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *Data, size_t Size);

int LLVMFuzzerTestOneInput(const uint8_t *Data, size_t Size)
{
    HIVE Hive;
    if (!Original)
        MakeOriginal();
    PUCHAR File = malloc(OriginalSize);
    __builtin_memcpy(File, Original, OriginalSize);
    // Patches of seven bytes: where (2), how wide (1), what (4).
    for (; Size >= 7; Data += 7, Size -= 7) {
        ULONG At = (ULONG)(Data[0] | Data[1] << 8) % (OriginalSize - 4);
        __builtin_memcpy(File + At, Data + 3, 1u + Data[2] % 4);
    }
    FixChecksum(File);
    if (NT_SUCCESS(HvOpen(&Hive, &HostHiveOperations, nullptr, File, OriginalSize))) {
        if (HvCheck(&Hive) != STATUS_SUCCESS)
            abort();
        ReadKey(&Hive, HvRootKey(&Hive));
        ChangeKeys(&Hive);
        if (HvCheck(&Hive) != STATUS_SUCCESS)
            abort();
        HvClose(&Hive);
    }
    if (HiveBlocks)
        abort();
    free(File);
    return 0;
}
