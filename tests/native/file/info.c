// What files and volumes tell about themselves, and what can be changed.

#include "suite.h"

VOID TestInformation(void)
{
    static const struct {
        ULONG Class, Size;
        NTSTATUS Status;
    } Cases[] = {
        {FileBasicInformation, sizeof(FILE_BASIC_INFORMATION), STATUS_SUCCESS},
        {FileStandardInformation, sizeof(FILE_STANDARD_INFORMATION), STATUS_SUCCESS},
        {FileInternalInformation, sizeof(FILE_INTERNAL_INFORMATION), STATUS_SUCCESS},
        {FileEaInformation, sizeof(FILE_EA_INFORMATION), STATUS_SUCCESS},
        {FileAccessInformation, sizeof(FILE_ACCESS_INFORMATION), STATUS_SUCCESS},
        {FilePositionInformation, sizeof(FILE_POSITION_INFORMATION), STATUS_SUCCESS},
        {FileModeInformation, sizeof(FILE_MODE_INFORMATION), STATUS_SUCCESS},
        {FileAlignmentInformation, sizeof(FILE_ALIGNMENT_INFORMATION), STATUS_SUCCESS},
        {FileNetworkOpenInformation, sizeof(FILE_NETWORK_OPEN_INFORMATION), STATUS_SUCCESS},
        {FileAttributeTagInformation, sizeof(FILE_ATTRIBUTE_TAG_INFORMATION), STATUS_SUCCESS},
        {FileIoCompletionNotificationInformation,
         sizeof(FILE_IO_COMPLETION_NOTIFICATION_INFORMATION), STATUS_SUCCESS},
        {FilePipeInformation, sizeof(FILE_PIPE_INFORMATION), STATUS_INVALID_PARAMETER},
    };
    UCHAR Buffer[128];
    IO_STATUS_BLOCK Block;
    HANDLE File = MustOpen(FILE_NAME, 0);
    REQUIRE(File);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Cases); i++) {
        NTSTATUS Status =
            NtQueryInformationFile(File, &Block, Buffer, Cases[i].Size, Cases[i].Class);
        if (Status != Cases[i].Status || (NT_SUCCESS(Status) && Block.Information != Cases[i].Size))
            TestFail(__FILE__, __LINE__, "class %lu gave %08lx, %llu bytes", Cases[i].Class, Status,
                     (ULONGLONG)Block.Information);
        Status = NtQueryInformationFile(File, &Block, Buffer, Cases[i].Size - 1, Cases[i].Class);
        if (Status != STATUS_INFO_LENGTH_MISMATCH)
            TestFail(__FILE__, __LINE__, "short class %lu gave %08lx", Cases[i].Class, Status);
    }
    CHECK_STATUS(NtQueryInformationFile(File, &Block, Buffer, sizeof(Buffer), 0),
                 STATUS_INVALID_INFO_CLASS);
    CHECK_STATUS(
        NtQueryInformationFile(File, &Block, Buffer, sizeof(Buffer), FileMaximumInformation),
        STATUS_INVALID_INFO_CLASS);
    NtClose(File);
}

VOID TestAllInformation(void)
{
    union {
        FILE_ALL_INFORMATION All;
        FILE_NAME_INFORMATION Name;
        UCHAR Space[256];
    } Buffer = {};
    static const WCHAR Path[] = L"\\Windows\\System32\\ntdll.dll";
    constexpr ULONG Length = sizeof(Path) - sizeof(WCHAR);
    IO_STATUS_BLOCK Block;
    HANDLE File = MustOpen(FILE_NAME, FILE_SYNCHRONOUS_IO_ALERT);
    REQUIRE(File);
    CHECK_STATUS(NtQueryInformationFile(File, &Block, &Buffer, sizeof(Buffer), FileAllInformation),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Buffer.All.BasicInformation.FileAttributes, FILE_ATTRIBUTE_READONLY);
    CHECK_EQUAL(Buffer.All.AccessInformation.AccessFlags, FILE_GENERIC_READ);
    CHECK_EQUAL(Buffer.All.ModeInformation.Mode, FILE_SYNCHRONOUS_IO_ALERT);
    CHECK_EQUAL(Buffer.All.NameInformation.FileNameLength, Length);
    CHECK(!_wcsnicmp(Buffer.All.NameInformation.FileName, Path, Length / sizeof(WCHAR)));
    CHECK_EQUAL(Block.Information,
                offsetof(FILE_ALL_INFORMATION, NameInformation.FileName) + Length);
    CHECK_STATUS(
        NtQueryInformationFile(File, &Block, &Buffer, sizeof(Buffer.All), FileAllInformation),
        STATUS_BUFFER_OVERFLOW);
    CHECK_STATUS(NtQueryInformationFile(File, &Block, &Buffer, 12, FileNameInformation),
                 STATUS_BUFFER_OVERFLOW);
    CHECK_EQUAL(Buffer.Name.FileNameLength, Length);
    CHECK_EQUAL(Block.Information, 12);
    NtClose(File);
}

VOID TestSetInformation(void)
{
    HANDLE File = MustOpen(FILE_NAME, 0), Synchronous;
    IO_STATUS_BLOCK Block;
    FILE_BASIC_INFORMATION Basic = {};
    FILE_DISPOSITION_INFORMATION Disposition = {TRUE};
    FILE_COMPLETION_INFORMATION Completion = {(HANDLE)0x7FFFFFF0, nullptr};
    FILE_IO_COMPLETION_NOTIFICATION_INFORMATION Modes = {0x80};
    REQUIRE(File);
    CHECK_STATUS(NtSetInformationFile(File, &Block, &Basic, sizeof(Basic), FileBasicInformation),
                 STATUS_ACCESS_DENIED);
    CHECK_STATUS(NtSetInformationFile(File, &Block, &Disposition, sizeof(Disposition),
                                      FileDispositionInformation),
                 STATUS_ACCESS_DENIED);
    CHECK_STATUS(NtSetInformationFile(File, &Block, &Basic, sizeof(Basic), FileAllInformation),
                 STATUS_INVALID_INFO_CLASS);
    CHECK_STATUS(NtSetInformationFile(File, &Block, &Completion, sizeof(Completion),
                                      FileCompletionInformation),
                 STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtSetInformationFile(File, &Block, &Modes, sizeof(Modes),
                                      FileIoCompletionNotificationInformation),
                 STATUS_INVALID_PARAMETER);
    Synchronous = MustOpen(FILE_NAME, FILE_SYNCHRONOUS_IO_NONALERT);
    CHECK_STATUS(NtSetInformationFile(Synchronous, &Block, &Completion, sizeof(Completion),
                                      FileCompletionInformation),
                 STATUS_INVALID_PARAMETER);
    NtClose(Synchronous);
    NtClose(File);
}

VOID TestVolume(void)
{
    static const struct {
        ULONG Class, Size;
        NTSTATUS Status;
    } Cases[] = {
        {FileFsVolumeInformation, 64, STATUS_SUCCESS},
        {FileFsVolumeInformation, sizeof(FILE_FS_VOLUME_INFORMATION), STATUS_BUFFER_OVERFLOW},
        {FileFsSizeInformation, sizeof(FILE_FS_SIZE_INFORMATION), STATUS_SUCCESS},
        {FileFsFullSizeInformation, sizeof(FILE_FS_FULL_SIZE_INFORMATION), STATUS_SUCCESS},
        {FileFsDeviceInformation, sizeof(FILE_FS_DEVICE_INFORMATION), STATUS_SUCCESS},
        {FileFsAttributeInformation, 64, STATUS_SUCCESS},
        {FileFsSectorSizeInformation, sizeof(FILE_FS_SECTOR_SIZE_INFORMATION), STATUS_SUCCESS},
        {FileFsObjectIdInformation, 64, STATUS_INVALID_PARAMETER},
        {FileFsLabelInformation, 64, STATUS_INVALID_INFO_CLASS},
        {FileFsSizeInformation, 4, STATUS_INFO_LENGTH_MISMATCH},
    };
    alignas(8) UCHAR Buffer[64];
    IO_STATUS_BLOCK Block;
    HANDLE File = MustOpen(FILE_NAME, 0);
    REQUIRE(File);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Cases); i++) {
        NTSTATUS Status =
            NtQueryVolumeInformationFile(File, &Block, Buffer, Cases[i].Size, Cases[i].Class);
        if (Status != Cases[i].Status)
            TestFail(__FILE__, __LINE__, "case %lu gave %08lx", i, Status);
    }
    CHECK_STATUS(NtSetVolumeInformationFile(File, &Block, Buffer, sizeof(FILE_FS_LABEL_INFORMATION),
                                            FileFsLabelInformation),
                 STATUS_ACCESS_DENIED);
    NtClose(File);
}

static NTSTATUS SetMode(HANDLE File, ULONG Mode)
{
    FILE_MODE_INFORMATION Information = {Mode};
    IO_STATUS_BLOCK Block;
    return NtSetInformationFile(File, &Block, &Information, sizeof(Information),
                                FileModeInformation);
}

VOID TestMode(void)
{
    HANDLE File = MustOpen(FILE_NAME, FILE_SYNCHRONOUS_IO_NONALERT);
    FILE_MODE_INFORMATION Mode;
    IO_STATUS_BLOCK Block;
    REQUIRE(File);
    CHECK_STATUS(SetMode(File, 0), STATUS_INVALID_PARAMETER); // synchronous stays so
    CHECK_STATUS(SetMode(File, FILE_SYNCHRONOUS_IO_ALERT | FILE_SYNCHRONOUS_IO_NONALERT),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(SetMode(File, FILE_SYNCHRONOUS_IO_ALERT | FILE_DELETE_ON_CLOSE),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(SetMode(File, FILE_SYNCHRONOUS_IO_ALERT | FILE_SEQUENTIAL_ONLY), STATUS_SUCCESS);
    CHECK_STATUS(NtQueryInformationFile(File, &Block, &Mode, sizeof(Mode), FileModeInformation),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Mode.Mode, FILE_SYNCHRONOUS_IO_ALERT | FILE_SEQUENTIAL_ONLY);
    NtClose(File);
}
