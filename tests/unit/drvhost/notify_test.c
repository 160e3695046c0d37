// Changes of directories: who sees which, what is kept for whom, and what does not fit.
#include "test.h"

#include "ntos.h"

enum { OUTPUT = 512 };

typedef struct _WATCHER {
    IRP Irp;
    FILE_OBJECT File;
    STRING Path;
    UCHAR Output[OUTPUT];
} WATCHER;

static PNOTIFY_SYNC Sync;
static LIST_ENTRY List;

#define PATH(Literal) \
    ((STRING){sizeof(Literal) - sizeof(WCHAR), sizeof(Literal), (PCHAR)(ULONG_PTR)(Literal)})

static int SetUp(void **State)
{
    (void)State;
    InitializeListHead(&List);
    FsRtlNotifyInitializeSync(&Sync);
    return 0;
}

static int TearDown(void **State)
{
    (void)State;
    FsRtlNotifyUninitializeSync(&Sync);
    return TestBlocks || !IsListEmpty(&List) ? -1 : 0;
}

static void Watch(WATCHER *Watcher, ULONG Room, BOOLEAN Tree)
{
    Watcher->Irp = (IRP){.UserBuffer = Watcher->Output};
    Watcher->Irp.Stack.FileObject = &Watcher->File;
    Watcher->Irp.Stack.Parameters.NotifyDirectory.Length = Room;
    FsRtlNotifyFullChangeDirectory(Sync, &List, Watcher, &Watcher->Path, Tree, FALSE,
                                   FILE_NOTIFY_CHANGE_FILE_NAME, &Watcher->Irp, nullptr, nullptr);
}

static void Change(STRING Path, ULONG Filter, ULONG Action)
{
    USHORT Last = Path.Length;
    while (((const WCHAR *)(PVOID)Path.Buffer)[Last / sizeof(WCHAR) - 1] != L'\\')
        Last -= sizeof(WCHAR);
    FsRtlNotifyFullReportChange(Sync, &List, &Path, Last, nullptr, nullptr, Filter, Action,
                                nullptr);
}

// The entries that were told, as letters of the actions and names: "1new 2old".
static void CheckTold(WATCHER *Watcher, const char *Wanted)
{
    char Text[OUTPUT] = "";
    const UCHAR *At = Watcher->Output;
    assert_int_equal(Watcher->Irp.Complete, 1);
    assert_status(Watcher->Irp.IoStatus.Status, STATUS_SUCCESS);
    for (;;) {
        const FILE_NOTIFY_INFORMATION *Entry = (const void *)At;
        size_t Used = strlen(Text);
        Text[Used++] = (char)('0' + Entry->Action);
        for (ULONG i = 0; i < Entry->FileNameLength / sizeof(WCHAR); i++)
            Text[Used++] = (char)Entry->FileName[i];
        Text[Used] = 0;
        if (!Entry->NextEntryOffset)
            break;
        assert_int_equal(Entry->NextEntryOffset % sizeof(ULONG), 0);
        Text[Used] = ' ';
        At += Entry->NextEntryOffset;
    }
    assert_string_equal(Text, Wanted);
}

static void TestWhoSees(void **State)
{
    (void)State;
    static WATCHER Root = {.Path = PATH(L"\\")}, One = {.Path = PATH(L"\\one")},
                   Tree = {.Path = PATH(L"\\one")};
    Watch(&Root, OUTPUT, FALSE);
    Watch(&One, OUTPUT, FALSE);
    Watch(&Tree, OUTPUT, TRUE);
    Change(PATH(L"\\oneself\\x"), FILE_NOTIFY_CHANGE_FILE_NAME, FILE_ACTION_ADDED);
    Change(PATH(L"\\one\\x"), FILE_NOTIFY_CHANGE_SIZE, FILE_ACTION_MODIFIED);
    assert_int_equal(Root.Irp.Complete + One.Irp.Complete + Tree.Irp.Complete, 0);
    Change(PATH(L"\\one\\two\\deep"), FILE_NOTIFY_CHANGE_FILE_NAME, FILE_ACTION_REMOVED);
    assert_int_equal(One.Irp.Complete, 0);
    CheckTold(&Tree, "2two\\deep");
    Change(PATH(L"\\one\\x"), FILE_NOTIFY_CHANGE_FILE_NAME, FILE_ACTION_ADDED);
    CheckTold(&One, "1x");
    assert_int_equal(Root.Irp.Complete, 0);
    Change(PATH(L"\\one"), FILE_NOTIFY_CHANGE_FILE_NAME, FILE_ACTION_MODIFIED);
    CheckTold(&Root, "3one");
    FsRtlNotifyCleanup(Sync, &List, &Root);
    FsRtlNotifyCleanup(Sync, &List, &One);
    FsRtlNotifyCleanup(Sync, &List, &Tree);
}

// What changes while nobody waits is told with the next request.
static void TestKept(void **State)
{
    (void)State;
    static WATCHER One = {.Path = PATH(L"\\one")};
    Watch(&One, OUTPUT, FALSE);
    Change(PATH(L"\\one\\a"), FILE_NOTIFY_CHANGE_FILE_NAME, FILE_ACTION_ADDED);
    CheckTold(&One, "1a");
    Change(PATH(L"\\one\\bc"), FILE_NOTIFY_CHANGE_FILE_NAME, FILE_ACTION_ADDED);
    Change(PATH(L"\\one\\a"), FILE_NOTIFY_CHANGE_FILE_NAME, FILE_ACTION_REMOVED);
    Watch(&One, OUTPUT, FALSE);
    CheckTold(&One, "1bc 2a");
    Watch(&One, OUTPUT, FALSE);
    Change(PATH(L"\\one\\a"), FILE_NOTIFY_CHANGE_FILE_NAME, FILE_ACTION_RENAMED_OLD_NAME);
    assert_int_equal(One.Irp.Complete, 0); // its second half follows
    Change(PATH(L"\\one\\b"), FILE_NOTIFY_CHANGE_FILE_NAME, FILE_ACTION_RENAMED_NEW_NAME);
    CheckTold(&One, "4a 5b");
    FsRtlNotifyCleanup(Sync, &List, &One);
}

static void TestTooMuch(void **State)
{
    (void)State;
    static WATCHER One = {.Path = PATH(L"\\one")};
    Watch(&One, 16, FALSE); // room for a name of two characters
    Change(PATH(L"\\one\\longer"), FILE_NOTIFY_CHANGE_FILE_NAME, FILE_ACTION_ADDED);
    assert_status(One.Irp.IoStatus.Status, STATUS_NOTIFY_ENUM_DIR);
    assert_int_equal(One.Irp.IoStatus.Information, 0);
    Watch(&One, 16, FALSE);
    Change(PATH(L"\\one\\b"), FILE_NOTIFY_CHANGE_FILE_NAME, FILE_ACTION_ADDED);
    CheckTold(&One, "1b");
    Change(PATH(L"\\one\\b"), FILE_NOTIFY_CHANGE_FILE_NAME, FILE_ACTION_ADDED);
    Change(PATH(L"\\one\\c"), FILE_NOTIFY_CHANGE_FILE_NAME, FILE_ACTION_ADDED);
    Watch(&One, OUTPUT, FALSE);
    assert_status(One.Irp.IoStatus.Status, STATUS_NOTIFY_ENUM_DIR);
    Watch(&One, 8, FALSE); // less than what is kept by then
    assert_int_equal(One.Irp.Complete, 0);
    TestCancel(&One.Irp);
    Change(PATH(L"\\one\\d"), FILE_NOTIFY_CHANGE_FILE_NAME, FILE_ACTION_ADDED);
    Watch(&One, 8, FALSE);
    assert_status(One.Irp.IoStatus.Status, STATUS_NOTIFY_ENUM_DIR);
    FsRtlNotifyCleanup(Sync, &List, &One);
}

static void TestEnds(void **State)
{
    (void)State;
    static WATCHER One = {.Path = PATH(L"\\one")};
    Watch(&One, OUTPUT, FALSE);
    TestCancel(&One.Irp);
    assert_status(One.Irp.IoStatus.Status, STATUS_CANCELLED);
    Watch(&One, OUTPUT, FALSE);
    FsRtlNotifyFullChangeDirectory(Sync, &List, &One, &One.Path, FALSE, FALSE, 0, nullptr, nullptr,
                                   nullptr); // the directory is deleted
    assert_status(One.Irp.IoStatus.Status, STATUS_DELETE_PENDING);
    Watch(&One, OUTPUT, FALSE);
    FsRtlNotifyCleanup(Sync, &List, &One);
    assert_status(One.Irp.IoStatus.Status, STATUS_NOTIFY_CLEANUP);
    One.File.Flags = FO_CLEANUP_COMPLETE;
    Watch(&One, OUTPUT, FALSE);
    assert_status(One.Irp.IoStatus.Status, STATUS_NOTIFY_CLEANUP);
}

int main(void)
{
    const struct CMUnitTest Tests[] = {
        cmocka_unit_test_setup_teardown(TestWhoSees, SetUp, TearDown),
        cmocka_unit_test_setup_teardown(TestKept, SetUp, TearDown),
        cmocka_unit_test_setup_teardown(TestTooMuch, SetUp, TearDown),
        cmocka_unit_test_setup_teardown(TestEnds, SetUp, TearDown),
    };
    return cmocka_run_group_tests(Tests, nullptr, nullptr);
}
