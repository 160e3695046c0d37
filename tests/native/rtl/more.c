// Atom tables, hashes, event tracing without a listener.

#include "suite.h"

#include <nt/ntatom.h>
#include <nt/ntetw.h>
#include <nt/nthash.h>

VOID TestAtoms(void)
{
    PRTL_ATOM_TABLE Table = nullptr;
    RTL_ATOM First = 0, Second = 0, Found = 0;
    REQUIRE_STATUS(RtlCreateAtomTable(0, &Table), STATUS_SUCCESS);
    CHECK_STATUS(RtlAddAtomToAtomTable(Table, L"first", &First), STATUS_SUCCESS);
    CHECK_STATUS(RtlAddAtomToAtomTable(Table, L"second", &Second), STATUS_SUCCESS);
    CHECK(First >= 0xC000 && Second >= 0xC000 && First != Second);
    CHECK_STATUS(RtlAddAtomToAtomTable(Table, L"FIRST", &Found), STATUS_SUCCESS);
    CHECK_EQUAL(Found, First); // case does not matter
    ULONG Uses = 0, Flags = 9, Length = 64;
    WCHAR Name[32];
    CHECK_STATUS(RtlQueryAtomInAtomTable(Table, First, &Uses, &Flags, Name, &Length),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Uses, 2);
    CHECK_EQUAL(Flags, 0);
    CHECK(Length == 10 && !wcscmp(Name, L"first"));
    CHECK_STATUS(RtlDeleteAtomFromAtomTable(Table, First), STATUS_SUCCESS);
    CHECK_STATUS(RtlLookupAtomInAtomTable(Table, L"first", &Found), STATUS_SUCCESS);
    CHECK_STATUS(RtlDeleteAtomFromAtomTable(Table, First), STATUS_SUCCESS);
    CHECK_STATUS(RtlLookupAtomInAtomTable(Table, L"first", &Found), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(RtlDeleteAtomFromAtomTable(Table, First), STATUS_INVALID_HANDLE);
    CHECK_STATUS(RtlPinAtomInAtomTable(Table, Second), STATUS_SUCCESS);
    CHECK_STATUS(RtlDeleteAtomFromAtomTable(Table, Second), STATUS_WAS_LOCKED);
    CHECK_STATUS(RtlDestroyAtomTable(Table), STATUS_SUCCESS);
}

VOID TestIntegerAtoms(void)
{
    PRTL_ATOM_TABLE Table = nullptr;
    RTL_ATOM Atom = 0;
    WCHAR Name[16];
    ULONG Length = sizeof(Name);
    REQUIRE_STATUS(RtlCreateAtomTable(7, &Table), STATUS_SUCCESS);
    CHECK_STATUS(RtlAddAtomToAtomTable(Table, L"#123", &Atom), STATUS_SUCCESS);
    CHECK_EQUAL(Atom, 123);
    CHECK_STATUS(RtlAddAtomToAtomTable(Table, (PWSTR)77, &Atom), STATUS_SUCCESS);
    CHECK_EQUAL(Atom, 77);
    CHECK_STATUS(RtlAddAtomToAtomTable(Table, L"#49152", &Atom), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(RtlAddAtomToAtomTable(Table, L"#12x", &Atom), STATUS_SUCCESS); // is a name
    CHECK(Atom >= 0xC000);
    CHECK_STATUS(RtlQueryAtomInAtomTable(Table, 77, nullptr, nullptr, Name, &Length),
                 STATUS_SUCCESS);
    CHECK(!wcscmp(Name, L"#77"));
    Length = 4;
    CHECK_STATUS(RtlQueryAtomInAtomTable(Table, Atom, nullptr, nullptr, Name, &Length),
                 STATUS_BUFFER_TOO_SMALL);
    CHECK_STATUS(RtlAddAtomToAtomTable(Table, L"", &Atom), STATUS_OBJECT_NAME_INVALID);
    RtlDestroyAtomTable(Table);
}

// The test suites of RFC 1320 and RFC 1321.
VOID TestHashes(void)
{
    static const CHAR Alphabet[] = "abcdefghijklmnopqrstuvwxyz";
    static const UCHAR Md4[] = {0xD7, 0x9E, 0x1C, 0x30, 0x8A, 0xA5, 0xBB, 0xCD,
                                0xEE, 0xA8, 0xED, 0x63, 0xDF, 0x41, 0x2D, 0xA9};
    static const UCHAR Md5[] = {0xC3, 0xFC, 0xD3, 0xD7, 0x61, 0x92, 0xE4, 0x00,
                                0x7D, 0xFB, 0x49, 0x6C, 0xCA, 0x67, 0xE1, 0x3B};
    static const UCHAR Long[] = {0x57, 0xED, 0xF4, 0xA2, 0x2B, 0xE3, 0xC9, 0x55,
                                 0xAC, 0x49, 0xDA, 0x2E, 0x21, 0x07, 0xB6, 0x7A};
    MD4_CTX Four;
    MD5_CTX Five;
    MD4Init(&Four);
    MD4Update(&Four, Alphabet, 26);
    MD4Final(&Four);
    CHECK(!memcmp(Four.Digest, Md4, sizeof(Md4)));
    MD5Init(&Five);
    MD5Update(&Five, Alphabet, 10);
    MD5Update(&Five, Alphabet + 10, 16);
    MD5Final(&Five);
    CHECK(!memcmp(Five.Digest, Md5, sizeof(Md5)));
    MD5Init(&Five);
    for (int i = 0; i < 8; i++)
        MD5Update(&Five, "1234567890", 10);
    MD5Final(&Five);
    CHECK(!memcmp(Five.Digest, Long, sizeof(Long)));
}

VOID TestTracing(void)
{
    static const GUID Provider = {0x12345678, 1, 2, {3}};
    static const UCHAR Descriptor[16];
    enum { GetId = 1, SetId, CreateId, GetSetId, CreateSetId, InvalidParameter = 87 };
    REGHANDLE Handle = 0;
    REQUIRE(EtwEventRegister(&Provider, nullptr, nullptr, &Handle) == 0);
    CHECK(!EtwEventEnabled(Handle, Descriptor));
    CHECK(!EtwEventProviderEnabled(Handle, 1, 0));
    CHECK_EQUAL(EtwEventWrite(Handle, Descriptor, 0, nullptr), 0);
    CHECK_EQUAL(EtwEventWrite(Handle, nullptr, 0, nullptr), InvalidParameter);
    CHECK_EQUAL(EtwEventUnregister(Handle), 0);
    CHECK_EQUAL(EtwEventRegister(nullptr, nullptr, nullptr, &Handle), InvalidParameter);

    GUID First, Second, Seen;
    CHECK_EQUAL(EtwEventActivityIdControl(CreateId, &First), 0);
    CHECK_EQUAL(EtwEventActivityIdControl(CreateId, &Second), 0);
    CHECK(memcmp(&First, &Second, sizeof(First)));
    CHECK_EQUAL(EtwEventActivityIdControl(SetId, &First), 0);
    Seen = Second;
    CHECK_EQUAL(EtwEventActivityIdControl(GetSetId, &Seen), 0);
    CHECK(!memcmp(&Seen, &First, sizeof(Seen)));
    CHECK_EQUAL(EtwEventActivityIdControl(GetId, &Seen), 0);
    CHECK(!memcmp(&Seen, &Second, sizeof(Seen)));
    CHECK_EQUAL(EtwEventActivityIdControl(9, &Seen), InvalidParameter);
}
