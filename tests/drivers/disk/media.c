// Removable media, and disks that are pulled out.
#include "suite.h"

#include <service.h>

#include "../target/target.h"

static TARGET_CONFIG RemovableDisk(void)
{
    TARGET_CONFIG Config = UsualDisk;
    Config.Removable = TRUE;
    return Config;
}

VOID TestMedia(void)
{
    TARGET_CONFIG Config = RemovableDisk();
    TARGET_FAULT Changed = {.Code = 0x00,
                            .SrbStatus = 4,
                            .ScsiStatus = 2,
                            .Times = 1,
                            .SenseBytes = 18,
                            .Sense = {0x70, 0, 6, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0x28}};
    DISK_GEOMETRY Geometry = {};
    ULONG Before = 0, After = 0;
    HANDLE File;
    if (!AddDisk(&Config, &File))
        return;
    CHECK_STATUS(Control(File, IOCTL_DISK_GET_DRIVE_GEOMETRY, nullptr, 0, &Geometry,
                         sizeof(Geometry), nullptr),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Geometry.MediaType, RemovableMedia);
    CHECK_STATUS(
        Control(File, IOCTL_STORAGE_CHECK_VERIFY, nullptr, 0, &Before, sizeof(Before), nullptr),
        STATUS_SUCCESS);
    Inject(&Changed);
    CHECK_STATUS(Control(File, IOCTL_DISK_CHECK_VERIFY, nullptr, 0, &After, sizeof(After), nullptr),
                 STATUS_SUCCESS);
    CHECK_EQUAL(After, Before + 1);
    SetMedium(FALSE);
    CHECK_STATUS(Control(File, IOCTL_STORAGE_CHECK_VERIFY, nullptr, 0, nullptr, 0, nullptr),
                 STATUS_NO_MEDIA_IN_DEVICE);
    CHECK_STATUS(Transfer(File, FALSE, 0, Buffer(), 512), STATUS_NO_MEDIA_IN_DEVICE);
    CHECK_STATUS(Control(File, IOCTL_DISK_GET_DRIVE_GEOMETRY, nullptr, 0, &Geometry,
                         sizeof(Geometry), nullptr),
                 STATUS_NO_MEDIA_IN_DEVICE);
    SetMedium(TRUE);
    CHECK_STATUS(Control(File, IOCTL_STORAGE_CHECK_VERIFY, nullptr, 0, nullptr, 0, nullptr),
                 STATUS_SUCCESS);
    CHECK_STATUS(Control(File, IOCTL_DISK_GET_DRIVE_GEOMETRY, nullptr, 0, &Geometry,
                         sizeof(Geometry), nullptr),
                 STATUS_SUCCESS);
    CHECK_STATUS(Transfer(File, FALSE, 0, Buffer(), 512), STATUS_SUCCESS);
    RemoveDisk(File);
}

// ---- Who registered for changes of a disk hears of its media. tgtuser.sys knows one device, by name.

static NTSTATUS AskUser(ULONG Code, PVOID Output, ULONG Length)
{
    HANDLE User;
    NTSTATUS Status =
        ServiceOpen(L"\\Device\\TargetUser", GENERIC_READ, FILE_SYNCHRONOUS_IO_NONALERT, &User);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = Control(User, Code, nullptr, 0, Output, Length, nullptr);
    NtClose(User);
    return Status;
}

static BOOLEAN AwaitNotices(ULONG Count)
{
    enum { Tries = 100 };
    LARGE_INTEGER Interval = TestMilliseconds(50);
    USER_STATE State = {};
    for (ULONG i = 0; i < Tries && (!i || State.Custom < Count); i++) {
        if (!NT_SUCCESS(AskUser(USER_QUERY, &State, sizeof(State))))
            return FALSE;
        NtDelayExecution(FALSE, &Interval);
    }
    return State.Custom == Count;
}

static HANDLE LinkToDisk(void)
{
    WCHAR Text[64];
    UNICODE_STRING Link = RTL_CONSTANT_STRING(L"\\Device\\TargetDevice"), Target;
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Link, OBJ_CASE_INSENSITIVE);
    HANDLE Handle = nullptr;
    _snwprintf(Text, RTL_NUMBER_OF(Text), L"\\Device\\Harddisk%lu\\DR%lu", DiskNumber(),
               DiskNumber());
    RtlInitUnicodeString(&Target, Text);
    CHECK_STATUS(
        NtCreateSymbolicLinkObject(&Handle, SYMBOLIC_LINK_ALL_ACCESS, &Attributes, &Target),
        STATUS_SUCCESS);
    return Handle;
}

// Nothing looks for media by itself here: the sense data of a transfer tells, which comes at DISPATCH_LEVEL.
VOID TestMediaNotice(void)
{
    TARGET_CONFIG Config = RemovableDisk();
    PREVENT_MEDIA_REMOVAL Off = {TRUE};
    LARGE_INTEGER Look = TestMilliseconds(2500); // it is looked at once a second
    HANDLE File;
    REQUIRE_STATUS(ServiceLoad(L"tgtuser", L"tgtuser.sys"), STATUS_SUCCESS);
    if (!AddDisk(&Config, &File))
        return;
    HANDLE Link = LinkToDisk();
    CHECK_STATUS(AskUser(USER_OPEN, nullptr, 0), STATUS_SUCCESS);
    NtDelayExecution(FALSE, &Look);
    CHECK_STATUS(Control(File, IOCTL_STORAGE_MCN_CONTROL, &Off, sizeof(Off), nullptr, 0, nullptr),
                 STATUS_SUCCESS);
    CHECK(AwaitNotices(0));
    SetMedium(FALSE);
    CHECK_STATUS(Transfer(File, FALSE, 0, Buffer(), 512), STATUS_NO_MEDIA_IN_DEVICE);
    CHECK(AwaitNotices(1));
    SetMedium(TRUE);
    Off.PreventMediaRemoval = FALSE; // what looks by itself finds it
    CHECK_STATUS(Control(File, IOCTL_STORAGE_MCN_CONTROL, &Off, sizeof(Off), nullptr, 0, nullptr),
                 STATUS_SUCCESS);
    CHECK(AwaitNotices(2));
    NtClose(Link);
    RemoveDisk(File);
}

// ---- Locks

static NTSTATUS Lock(HANDLE File, ULONG Code, BOOLEAN Prevent)
{
    PREVENT_MEDIA_REMOVAL Removal = {Prevent};
    return Control(File, Code, &Removal, sizeof(Removal), nullptr, 0, nullptr);
}

static ULONG CountPrevents(void)
{
    TARGET_COUNTS Counts;
    TakeCounts(&Counts);
    return Counts.Commands[0x1E];
}

VOID TestLocks(void)
{
    TARGET_CONFIG Config = RemovableDisk();
    HANDLE File, Other;
    if (!AddDisk(&Config, &File) || !OpenDisk(FILE_SYNCHRONOUS_IO_NONALERT, &Other))
        return;
    CountPrevents();
    CHECK_STATUS(Lock(File, IOCTL_STORAGE_MEDIA_REMOVAL, TRUE), STATUS_SUCCESS);
    CHECK_STATUS(Lock(File, IOCTL_DISK_MEDIA_REMOVAL, TRUE), STATUS_SUCCESS);
    CHECK_EQUAL(CountPrevents(), 1);
    CHECK_STATUS(Lock(File, IOCTL_STORAGE_MEDIA_REMOVAL, FALSE), STATUS_SUCCESS);
    CHECK_EQUAL(CountPrevents(), 0);
    CHECK_STATUS(Lock(File, IOCTL_STORAGE_MEDIA_REMOVAL, FALSE), STATUS_SUCCESS);
    CHECK_EQUAL(CountPrevents(), 1);
    CHECK_STATUS(Lock(Other, IOCTL_STORAGE_EJECTION_CONTROL, FALSE), STATUS_INVALID_DEVICE_STATE);
    CHECK_STATUS(Lock(Other, IOCTL_STORAGE_EJECTION_CONTROL, TRUE), STATUS_SUCCESS);
    CHECK_STATUS(Control(File, IOCTL_STORAGE_EJECT_MEDIA, nullptr, 0, nullptr, 0, nullptr),
                 STATUS_DEVICE_BUSY);
    NtClose(Other); // and with it the lock
    CHECK_EQUAL(CountPrevents(), 2);
    CHECK_STATUS(Control(File, IOCTL_STORAGE_EJECT_MEDIA, nullptr, 0, nullptr, 0, nullptr),
                 STATUS_SUCCESS);
    CHECK_STATUS(Control(File, IOCTL_STORAGE_LOAD_MEDIA2, nullptr, 0, nullptr, 0, nullptr),
                 STATUS_SUCCESS);
    CHECK_STATUS(Lock(File, IOCTL_STORAGE_MCN_CONTROL, TRUE), STATUS_SUCCESS);
    CHECK_STATUS(Lock(File, IOCTL_STORAGE_MCN_CONTROL, FALSE), STATUS_SUCCESS);
    CHECK_STATUS(Lock(File, IOCTL_STORAGE_MCN_CONTROL, FALSE), STATUS_INVALID_DEVICE_STATE);
    RemoveDisk(File);
}

// ---- Pulled out

VOID TestRemoval(void)
{
    HANDLE File;
    for (ULONG i = 0; i < 5; i++) {
        if (!AddDisk(&UsualDisk, &File))
            return;
        CHECK_STATUS(Transfer(File, FALSE, 0, Buffer(), 4096), STATUS_SUCCESS);
        CHECK_STATUS(PullDisk(), STATUS_SUCCESS);
        CHECK(!NT_SUCCESS(Transfer(File, FALSE, 0, Buffer(), 4096)));
        CHECK(!NT_SUCCESS(Flush(File)));
        NtClose(File);
    }
}

// Requests that are on their way, or wait to be sent again, end.
VOID TestRemovalBusy(void)
{
    enum { Requests = 16 };
    TARGET_CONFIG Config = UsualDisk;
    TARGET_FAULT Fault = {.Code = TargetAnyTransfer, .SrbStatus = 5, .Times = 100000};
    HANDLE File, Overlapped, Events[Requests];
    IO_STATUS_BLOCK Io[Requests] = {};
    Config.Delay = 20;
    if (!AddDisk(&Config, &File) || !OpenDisk(0, &Overlapped))
        return;
    Inject(&Fault);
    for (ULONG i = 0; i < Requests; i++) {
        LARGE_INTEGER Place = {.QuadPart = (LONGLONG)i * 4096};
        NtCreateEvent(&Events[i], EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE);
        CHECK_STATUS(NtReadFile(Overlapped, Events[i], nullptr, nullptr, &Io[i],
                                Buffer() + i * 4096, 4096, &Place, nullptr),
                     STATUS_PENDING);
    }
    CHECK_STATUS(PullDisk(), STATUS_SUCCESS);
    for (ULONG i = 0; i < Requests; i++) {
        LARGE_INTEGER TimeOut = TestMilliseconds(10000);
        CHECK_STATUS(NtWaitForSingleObject(Events[i], FALSE, &TimeOut), STATUS_SUCCESS);
        CHECK(!NT_SUCCESS(Io[i].Status));
        NtClose(Events[i]);
    }
    NtClose(Overlapped);
    NtClose(File);
}

// A number is free when its disk is gone.
VOID TestNumbers(void)
{
    HANDLE File;
    if (!AddDisk(&UsualDisk, &File))
        return;
    ULONG First = DiskNumber();
    RemoveDisk(File);
    if (!AddDisk(&UsualDisk, &File))
        return;
    CHECK_EQUAL(DiskNumber(), First);
    RemoveDisk(File);
}

// The cache is written and the disk stopped before the system sleeps; afterwards the disk is started.
VOID TestSleep(void)
{
    TARGET_COUNTS Counts;
    HANDLE File, Timer;
    LARGE_INTEGER Due = TestMilliseconds(500);
    BOOLEAN WasEnabled;
    RtlAdjustPrivilege(SE_SHUTDOWN_PRIVILEGE, TRUE, FALSE, &WasEnabled);
    if (!AddDisk(&UsualDisk, &File))
        return;
    TakeCounts(&Counts);
    REQUIRE_STATUS(NtCreateTimer(&Timer, TIMER_ALL_ACCESS, nullptr, NotificationTimer),
                   STATUS_SUCCESS);
    CHECK_STATUS(NtSetTimer(Timer, &Due, nullptr, nullptr, TRUE, 0, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(
        NtSetSystemPowerState(PowerActionSleep, PowerSystemSleeping1, POWER_ACTION_LIGHTEST_FIRST),
        STATUS_SUCCESS);
    NtClose(Timer);
    CHECK_STATUS(Transfer(File, FALSE, 0, Buffer(), 4096), STATUS_SUCCESS);
    TakeCounts(&Counts);
    CHECK_EQUAL(Counts.Commands[0x35], 1);
    CHECK_EQUAL(Counts.Commands[0x1B], 2);
    CHECK_EQUAL(Counts.Locks, 1);
    CHECK_EQUAL(Counts.Unlocks, 1);
    RemoveDisk(File);
}
