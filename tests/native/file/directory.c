// Directories.

#include "suite.h"

typedef union _ENTRIES {
    FILE_BOTH_DIR_INFORMATION First;
    UCHAR Space[4096];
} ENTRIES;

static NTSTATUS Query(HANDLE Directory, PVOID Buffer, ULONG Length, BOOLEAN Single, PCWSTR Pattern,
                      BOOLEAN Restart, PULONG Used)
{
    UNICODE_STRING Name;
    IO_STATUS_BLOCK Block = {};
    RtlInitUnicodeString(&Name, Pattern);
    NTSTATUS Status = NtQueryDirectoryFile(Directory, nullptr, nullptr, nullptr, &Block, Buffer,
                                           Length, FileBothDirectoryInformation, Single,
                                           Pattern ? &Name : nullptr, Restart);
    if (Used)
        *Used = (ULONG)Block.Information;
    return Status;
}

// Entries in a buffer; *Found: one has this name.
static ULONG CountEntries(const ENTRIES *Entries, PCWSTR Name, PBOOLEAN Found)
{
    ULONG Count = 0, Offset = 0;
    for (;;) {
        const FILE_BOTH_DIR_INFORMATION *Entry = (PVOID)(Entries->Space + Offset);
        SIZE_T Length = wcslen(Name) * sizeof(WCHAR);
        if (Entry->FileNameLength == Length && !_wcsnicmp(Entry->FileName, Name, wcslen(Name)))
            *Found = TRUE;
        Count++;
        if (!Entry->NextEntryOffset)
            return Count;
        Offset += Entry->NextEntryOffset;
    }
}

static HANDLE OpenDirectory(void)
{
    return MustOpen(DIRECTORY, FILE_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT);
}

VOID TestEnumerate(void)
{
    static ENTRIES Entries;
    BOOLEAN Found = FALSE;
    ULONG Used;
    HANDLE Directory = OpenDirectory(), File = MustOpen(FILE_NAME, FILE_SYNCHRONOUS_IO_NONALERT);
    REQUIRE(Directory && File);
    CHECK_STATUS(Query(Directory, &Entries, sizeof(Entries), FALSE, nullptr, FALSE, &Used),
                 STATUS_SUCCESS);
    CHECK(CountEntries(&Entries, L"ntdll.dll", &Found) >= 2);
    CHECK(Found);
    while (Query(Directory, &Entries, sizeof(Entries), FALSE, nullptr, FALSE, &Used) ==
           STATUS_SUCCESS)
        ;
    CHECK_STATUS(Query(Directory, &Entries, sizeof(Entries), FALSE, nullptr, FALSE, &Used),
                 STATUS_NO_MORE_FILES);
    CHECK_STATUS(Query(Directory, &Entries, sizeof(Entries), FALSE, nullptr, TRUE, &Used),
                 STATUS_SUCCESS);
    CHECK_STATUS(Query(File, &Entries, sizeof(Entries), FALSE, nullptr, FALSE, &Used),
                 STATUS_INVALID_PARAMETER);
    NtClose(File);
    NtClose(Directory);
}

VOID TestEntriesOneByOne(void)
{
    static ENTRIES Entries;
    IO_STATUS_BLOCK Block;
    BOOLEAN Found = FALSE;
    ULONG Together, Single = 0, Used;
    HANDLE Directory = OpenDirectory();
    REQUIRE(Directory);
    CHECK_STATUS(Query(Directory, &Entries, sizeof(Entries), FALSE, nullptr, FALSE, &Used),
                 STATUS_SUCCESS);
    Together = CountEntries(&Entries, L"", &Found);
    NTSTATUS Status = Query(Directory, &Entries, sizeof(Entries), TRUE, nullptr, TRUE, &Used);
    while (Status == STATUS_SUCCESS) {
        CHECK_EQUAL(Entries.First.NextEntryOffset, 0);
        Single++;
        Status = Query(Directory, &Entries, sizeof(Entries), TRUE, nullptr, FALSE, &Used);
    }
    CHECK(Single >= Together);
    // Looking without moving on.
    CHECK_STATUS(NtQueryDirectoryFileEx(Directory, nullptr, nullptr, nullptr, &Block, &Entries,
                                        sizeof(Entries), FileBothDirectoryInformation,
                                        FILE_QUERY_RESTART_SCAN | FILE_QUERY_RETURN_SINGLE_ENTRY,
                                        nullptr),
                 STATUS_SUCCESS);
    CHECK_STATUS(NtQueryDirectoryFileEx(Directory, nullptr, nullptr, nullptr, &Block, &Entries,
                                        sizeof(Entries), FileBothDirectoryInformation,
                                        FILE_QUERY_NO_CURSOR_UPDATE, nullptr),
                 STATUS_SUCCESS);
    CHECK_STATUS(NtQueryDirectoryFileEx(Directory, nullptr, nullptr, nullptr, &Block, &Entries,
                                        sizeof(Entries), FileBothDirectoryInformation, 0x80,
                                        nullptr),
                 STATUS_INVALID_PARAMETER);
    NtClose(Directory);
}

VOID TestPatterns(void)
{
    static ENTRIES Entries;
    static const struct {
        PCWSTR Pattern;
        ULONG Count; // 0: no file is like it
    } Cases[] = {
        {L"NTDLL.DLL", 1}, {L"ntdll.*", 1}, {L"nt?ll.d*", 1},
        {L"*ll.dll", 1},   {L"x*y*z", 0},   {L"ntdll", 0},
    };
    for (ULONG i = 0; i < RTL_NUMBER_OF(Cases); i++) {
        HANDLE Directory = OpenDirectory();
        BOOLEAN Found = FALSE;
        ULONG Used;
        REQUIRE(Directory);
        NTSTATUS Status =
            Query(Directory, &Entries, sizeof(Entries), FALSE, Cases[i].Pattern, FALSE, &Used);
        if (Status != (Cases[i].Count ? STATUS_SUCCESS : STATUS_NO_SUCH_FILE) ||
            (Cases[i].Count && !(CountEntries(&Entries, L"ntdll.dll", &Found) && Found)))
            TestFail(__FILE__, __LINE__, "%ls gave %08lx", Cases[i].Pattern, Status);
        NtClose(Directory);
    }
}

VOID TestSmallBuffers(void)
{
    static ENTRIES Entries;
    ULONG Used;
    HANDLE Directory = OpenDirectory();
    REQUIRE(Directory);
    constexpr ULONG Head = offsetof(FILE_BOTH_DIR_INFORMATION, FileName);
    CHECK_STATUS(Query(Directory, &Entries, Head - 1, FALSE, L"ntdll.dll", FALSE, &Used),
                 STATUS_INFO_LENGTH_MISMATCH);
    CHECK_STATUS(Query(Directory, &Entries, Head + 4, FALSE, L"ntdll.dll", FALSE, &Used),
                 STATUS_BUFFER_OVERFLOW);
    CHECK_EQUAL(Entries.First.FileNameLength, 18);
    CHECK_EQUAL(Used, Head + 4);
    NtClose(Directory);
}

static IO_STATUS_BLOCK NotifyBlock;

static NTSTATUS StartNotify(HANDLE Directory, HANDLE Event, PVOID Buffer, ULONG Length)
{
    NotifyBlock.Status = STATUS_PENDING;
    return NtNotifyChangeDirectoryFile(Directory, Event, nullptr, nullptr, &NotifyBlock, Buffer,
                                       Length, FILE_NOTIFY_CHANGE_FILE_NAME, FALSE);
}

VOID TestNotify(void)
{
    static ENTRIES Entries;
    IO_STATUS_BLOCK Block;
    LARGE_INTEGER Now = {};
    HANDLE Directory = MustOpen(DIRECTORY, FILE_DIRECTORY_FILE), Event = nullptr;
    REQUIRE(Directory);
    CHECK_STATUS(NtCreateEvent(&Event, EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE),
                 STATUS_SUCCESS);
    CHECK_STATUS(NtNotifyChangeDirectoryFile(Directory, nullptr, nullptr, nullptr, &Block, &Entries,
                                             sizeof(Entries), 0, FALSE),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(StartNotify(Directory, Event, &Entries, sizeof(Entries)), STATUS_PENDING);
    CHECK_STATUS(NtWaitForSingleObject(Event, FALSE, &Now), STATUS_TIMEOUT);
    CHECK_STATUS(NtCancelIoFile(Directory, &Block), STATUS_SUCCESS);
    CHECK_STATUS(NtWaitForSingleObject(Event, FALSE, &Now), STATUS_WAIT_0);
    CHECK_STATUS(NotifyBlock.Status, STATUS_CANCELLED);
    CHECK_STATUS(StartNotify(Directory, Event, &Entries, sizeof(Entries)), STATUS_PENDING);
    NtClose(Directory);
    CHECK_STATUS(NtWaitForSingleObject(Event, FALSE, &Now), STATUS_WAIT_0);
    CHECK_STATUS(NotifyBlock.Status, STATUS_NOTIFY_CLEANUP);
    NtClose(Event);
}
