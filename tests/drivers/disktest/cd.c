// cd TARGET WORD ...: what drives of removable media are asked, each word in turn with the same file.
#include "disktest.h"

enum {
    IOCTL_STORAGE_CHECK_VERIFY = 0x002D4800,
    IOCTL_STORAGE_MEDIA_REMOVAL = 0x002D4804,
    IOCTL_STORAGE_EJECT_MEDIA = 0x002D4808,
    IOCTL_STORAGE_LOAD_MEDIA = 0x002D480C,
    IOCTL_STORAGE_EJECTION_CONTROL = 0x002D0940,
    IOCTL_CDROM_READ_TOC = 0x00024000,
    IOCTL_CDROM_GET_LAST_SESSION = 0x00024038,
    IOCTL_CDROM_DISK_TYPE = 0x00020040,
    IOCTL_CDROM_GET_DRIVE_GEOMETRY = 0x0002404C,
    IOCTL_DISK_GET_LENGTH_INFO = 0x0007405C,
    IOCTL_DISK_IS_WRITABLE = 0x00070024,
    DtMostAnswer = 1024,
    DtShown = 24,
};

static const struct {
    PCWSTR Word;
    ULONG Code, Room; // for the answer
    UCHAR InputLength, Input;
} DtQuestions[] = {
    {L"verify", IOCTL_STORAGE_CHECK_VERIFY, 4, 0, 0},
    {L"size", IOCTL_DISK_GET_LENGTH_INFO, 8, 0, 0},
    {L"geometry", IOCTL_CDROM_GET_DRIVE_GEOMETRY, 24, 0, 0},
    {L"writable", IOCTL_DISK_IS_WRITABLE, 0, 0, 0},
    {L"toc", IOCTL_CDROM_READ_TOC, 804, 0, 0},
    {L"session", IOCTL_CDROM_GET_LAST_SESSION, 12, 0, 0},
    {L"type", IOCTL_CDROM_DISK_TYPE, 4, 0, 0},
    {L"eject", IOCTL_STORAGE_EJECT_MEDIA, 0, 0, 0},
    {L"load", IOCTL_STORAGE_LOAD_MEDIA, 0, 0, 0},
    {L"lock", IOCTL_STORAGE_MEDIA_REMOVAL, 0, 1, TRUE},
    {L"unlock", IOCTL_STORAGE_MEDIA_REMOVAL, 0, 1, FALSE},
    {L"hold", IOCTL_STORAGE_EJECTION_CONTROL, 0, 1, TRUE},
    {L"release", IOCTL_STORAGE_EJECTION_CONTROL, 0, 1, FALSE},
};

static VOID DtAsk(PDT_TARGET Target, ULONG Index)
{
    UCHAR Answer[DtMostAnswer] = {};
    NTSTATUS Status = DtControl(Target, DtQuestions[Index].Code, &DtQuestions[Index].Input,
                                DtQuestions[Index].InputLength, Answer, DtQuestions[Index].Room);
    ConPrint(L"%ws: status %08lx", DtQuestions[Index].Word, Status);
    for (ULONG i = 0; NT_SUCCESS(Status) && i < min(DtQuestions[Index].Room, (ULONG)DtShown); i++)
        ConPrint(L" %02x", Answer[i]);
    ConPrint(L"\n");
}

NTSTATUS DtCd(PDT_TARGET Target, PWSTR *Words, ULONG Count)
{
    for (ULONG Word = 1; Word < Count; Word++) {
        for (ULONG i = 0; i < RTL_NUMBER_OF(DtQuestions); i++) {
            if (!_wcsicmp(Words[Word], DtQuestions[i].Word))
                DtAsk(Target, i);
        }
    }
    return STATUS_SUCCESS;
}
