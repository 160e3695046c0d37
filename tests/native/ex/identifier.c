// Identifiers and locale.

#include "suite.h"

VOID TestLuids(void)
{
    LUID Last = {}, Luid;
    for (ULONG i = 0; i < 100; i++) {
        CHECK_STATUS(NtAllocateLocallyUniqueId(&Luid), STATUS_SUCCESS);
        CHECK(Luid.HighPart > Last.HighPart ||
              (Luid.HighPart == Last.HighPart && Luid.LowPart > Last.LowPart));
        Last = Luid;
    }
}

VOID TestUuids(void)
{
    ULARGE_INTEGER Time, LastEnd = {};
    ULONG Range, Sequence, FirstSequence = 0;
    UCHAR Seed[6], FirstSeed[6];
    for (ULONG i = 0; i < 20; i++) {
        NTSTATUS Status;
        while ((Status = NtAllocateUuids(&Time, &Range, &Sequence, (PCHAR)Seed)) == STATUS_RETRY)
            continue;
        REQUIRE_STATUS(Status, STATUS_SUCCESS);
        CHECK(Range > 0);
        if (i == 0) {
            memcpy(FirstSeed, Seed, sizeof(Seed));
            FirstSequence = Sequence;
        }
        CHECK(memcmp(FirstSeed, Seed, sizeof(Seed)) == 0);
        CHECK_EQUAL(Sequence, FirstSequence);
        CHECK(Time.QuadPart >= LastEnd.QuadPart); // ranges do not overlap
        LastEnd.QuadPart = Time.QuadPart + Range;
    }
}

static ULONG CookieOf(HANDLE Process)
{
    ULONG Cookie = 0;
    CHECK_STATUS(
        NtQueryInformationProcess(Process, ProcessCookie, &Cookie, sizeof(Cookie), nullptr),
        STATUS_SUCCESS);
    return Cookie;
}

// Random, and the same each time.
VOID TestCookies(void)
{
    ULONG Cookie = CookieOf(NtCurrentProcess());
    CHECK(Cookie != 0);
    CHECK_EQUAL(CookieOf(NtCurrentProcess()), Cookie);
    CHECK(SharedUserData->Cookie != 0);
}

VOID TestLocale(void)
{
    LCID System, User, Read;
    LANGID Language, Install;
    CHECK_STATUS(NtQueryDefaultLocale(FALSE, &System), STATUS_SUCCESS);
    CHECK_STATUS(NtQueryDefaultLocale(TRUE, &User), STATUS_SUCCESS);
    CHECK_STATUS(NtQueryInstallUILanguage(&Install), STATUS_SUCCESS);
    CHECK_EQUAL(Install, 0x409);
    CHECK_STATUS(NtSetDefaultLocale(TRUE, 0x407), STATUS_SUCCESS);
    CHECK_STATUS(NtQueryDefaultLocale(TRUE, &Read), STATUS_SUCCESS);
    CHECK_EQUAL(Read, 0x407);
    CHECK_STATUS(NtQueryDefaultLocale(FALSE, &Read), STATUS_SUCCESS);
    CHECK_EQUAL(Read, System);
    CHECK_STATUS(NtSetDefaultLocale(TRUE, User), STATUS_SUCCESS);
    CHECK_STATUS(NtSetDefaultLocale(TRUE, 0), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(NtSetDefaultLocale(TRUE, 0x80000409), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(NtSetDefaultUILanguage(0x40C), STATUS_SUCCESS);
    CHECK_STATUS(NtQueryDefaultUILanguage(&Language), STATUS_SUCCESS);
    CHECK_EQUAL(Language, 0x40C);
    CHECK_STATUS(NtSetDefaultUILanguage(0), STATUS_SUCCESS);
    CHECK_STATUS(NtQueryDefaultUILanguage(&Language), STATUS_SUCCESS);
    CHECK_EQUAL(Language, Install);
}
