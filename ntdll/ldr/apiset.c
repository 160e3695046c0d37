// API sets: DLL names that are contracts ("api-ms-win-core-file-l1-2-1") and stand for the DLL that
// implements them. The map is a structure of version 6 that the PEB points to.

#include "ldrp.h"

static const VOID *LdrpApiSetData(const API_SET_NAMESPACE *Map, ULONG Offset, ULONG Size)
{
    if (Offset > Map->Size || Size > Map->Size - Offset)
        return nullptr;
    return (const UCHAR *)Map + Offset;
}

static ULONG LdrpApiSetHash(const API_SET_NAMESPACE *Map, PCWSTR Name, ULONG Characters)
{
    ULONG Hash = 0;
    for (ULONG i = 0; i < Characters; i++)
        Hash = Hash * Map->HashFactor + RtlDowncaseUnicodeChar(Name[i]);
    return Hash;
}

// The hash table is sorted by hash.
static const API_SET_NAMESPACE_ENTRY *LdrpFindApiSet(const API_SET_NAMESPACE *Map, PCWSTR Name,
                                                     ULONG Characters)
{
    ULONG Hash = LdrpApiSetHash(Map, Name, Characters);
    const API_SET_HASH_ENTRY *Hashes =
        LdrpApiSetData(Map, Map->HashOffset, Map->Count * (ULONG)sizeof(*Hashes));
    const API_SET_NAMESPACE_ENTRY *Entries =
        LdrpApiSetData(Map, Map->EntryOffset, Map->Count * (ULONG)sizeof(*Entries));
    if (!Hashes || !Entries)
        return nullptr;
    ULONG Low = 0, High = Map->Count;
    while (Low < High) {
        ULONG Middle = Low + (High - Low) / 2;
        if (Hashes[Middle].Hash < Hash)
            Low = Middle + 1;
        else
            High = Middle;
    }
    for (; Low < Map->Count && Hashes[Low].Hash == Hash; Low++) {
        if (Hashes[Low].Index >= Map->Count)
            return nullptr;
        const API_SET_NAMESPACE_ENTRY *Entry = &Entries[Hashes[Low].Index];
        PCWSTR EntryName = LdrpApiSetData(Map, Entry->NameOffset, Entry->HashedLength);
        if (EntryName && Entry->HashedLength == Characters * sizeof(WCHAR) &&
            !_wcsnicmp(EntryName, Name, Characters))
            return Entry;
    }
    return nullptr;
}

static BOOLEAN LdrpIsApiSetName(PCUNICODE_STRING Name)
{
    return Name->Length > 7 * sizeof(WCHAR) &&
           (!_wcsnicmp(Name->Buffer, L"api-ms-", 7) || !_wcsnicmp(Name->Buffer, L"ext-ms-", 7));
}

// The part of a name that is hashed: without ".dll" and without the last "-N", the minor version.
static ULONG LdrpHashedCharacters(PCUNICODE_STRING Name)
{
    ULONG Characters = Name->Length / sizeof(WCHAR);
    if (Characters > 4 && !_wcsnicmp(Name->Buffer + Characters - 4, L".dll", 4))
        Characters -= 4;
    ULONG Dash = Characters;
    while (Dash && Name->Buffer[Dash - 1] != L'-')
        Dash--;
    return Dash ? Dash - 1 : Characters;
}

BOOLEAN LdrpResolveApiSet(PCUNICODE_STRING Name, PUNICODE_STRING Host)
{
    const API_SET_NAMESPACE *Map = NtCurrentPeb()->ApiSetMap;
    if (!Map || Map->Version != 6 || !LdrpIsApiSetName(Name))
        return FALSE;
    const API_SET_NAMESPACE_ENTRY *Entry =
        LdrpFindApiSet(Map, Name->Buffer, LdrpHashedCharacters(Name));
    if (!Entry || !Entry->ValueCount)
        return FALSE;
    const API_SET_VALUE_ENTRY *Value =
        LdrpApiSetData(Map, Entry->ValueOffset, (ULONG)sizeof(*Value));
    PCWSTR Text = Value ? LdrpApiSetData(Map, Value->ValueOffset, Value->ValueLength) : nullptr;
    if (!Text || !Value->ValueLength)
        return FALSE;
    *Host = (UNICODE_STRING){
        .Length = (USHORT)Value->ValueLength,
        .MaximumLength = (USHORT)Value->ValueLength,
        .Buffer = (PWCH)Text,
    };
    return TRUE;
}
