// Names that are contracts, with a map of one.

#include "suite.h"

static struct {
    API_SET_NAMESPACE Map;
    API_SET_NAMESPACE_ENTRY Entry;
    API_SET_VALUE_ENTRY Value;
    API_SET_HASH_ENTRY Hash;
    WCHAR Name[24], Host[9];
} Set = {
    .Name = L"api-ms-test-loader-l1-1",
    .Host = {'l', 'o', 'a', 'd', 'b', '.', 'd', 'l', 'l'},
};

static VOID MakeMap(void)
{
    ULONG Hash = 0, Characters = (ULONG)wcslen(Set.Name);
    for (ULONG i = 0; i < Characters; i++)
        Hash = Hash * 31 + Set.Name[i];
    Set.Map = (API_SET_NAMESPACE){
        .Version = 6,
        .Size = sizeof(Set),
        .Count = 1,
        .EntryOffset = offsetof(typeof(Set), Entry),
        .HashOffset = offsetof(typeof(Set), Hash),
        .HashFactor = 31,
    };
    Set.Entry = (API_SET_NAMESPACE_ENTRY){
        .NameOffset = offsetof(typeof(Set), Name),
        .NameLength = Characters * sizeof(WCHAR),
        .HashedLength = Characters * sizeof(WCHAR),
        .ValueOffset = offsetof(typeof(Set), Value),
        .ValueCount = 1,
    };
    Set.Value = (API_SET_VALUE_ENTRY){
        .ValueOffset = offsetof(typeof(Set), Host),
        .ValueLength = sizeof(Set.Host),
    };
    Set.Hash = (API_SET_HASH_ENTRY){.Hash = Hash};
}

VOID TestApiSet(void)
{
    PVOID Handle, B;
    PPEB Peb = NtCurrentPeb();
    PVOID Before = Peb->ApiSetMap;
    MakeMap();
    Peb->ApiSetMap = (PVOID)&Set;
    CHECK_STATUS(Load(L"api-ms-test-loader-l1-1-5.dll", &Handle), STATUS_SUCCESS);
    CHECK_STATUS(GetHandle(L"loadb.dll", &B), STATUS_SUCCESS);
    CHECK_EQUAL(Handle, B);
    CHECK_STATUS(GetHandle(L"API-MS-Test-Loader-L1-1-0.dll", &B), STATUS_SUCCESS);
    CHECK_EQUAL(Handle, B);
    CHECK_STATUS(LdrUnloadDll(Handle), STATUS_SUCCESS);
    CHECK_STATUS(Load(L"api-ms-test-other-l1-1-0.dll", &Handle), STATUS_DLL_NOT_FOUND);
    Peb->ApiSetMap = Before;
    CHECK_STATUS(Load(L"api-ms-test-loader-l1-1-0.dll", &Handle), STATUS_DLL_NOT_FOUND);
    LogClear();
}
