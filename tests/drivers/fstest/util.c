#include "fstest.h"

ULONG FsRandom(FS_RANDOM *Random, ULONG Below)
{
    Random->State ^= Random->State << 13;
    Random->State ^= Random->State >> 7;
    Random->State ^= Random->State << 17;
    return (ULONG)(Random->State >> 16) % Below;
}

ULONGLONG FsNumber(PCWSTR Text)
{
    ULONGLONG Number = 0;
    for (; *Text >= L'0' && *Text <= L'9'; Text++)
        Number = 10 * Number + (*Text - L'0');
    return *Text == L'K' ? Number << 10 : *Text == L'M' ? Number << 20 : Number;
}

PVOID FsAllocate(SIZE_T Bytes)
{
    PVOID Block = RtlAllocateHeap(NtCurrentPeb()->ProcessHeap, HEAP_ZERO_MEMORY, Bytes);
    if (!Block) {
        ConPrint(L"fstest: no memory\n");
        RtlExitUserProcess(STATUS_NO_MEMORY);
    }
    return Block;
}

VOID FsFree(PVOID Block)
{
    RtlFreeHeap(NtCurrentPeb()->ProcessHeap, 0, Block);
}

ULONG FsCrc(ULONG Crc, const VOID *Data, SIZE_T Length)
{
    static ULONG Table[256];
    const UCHAR *Bytes = Data;
    for (ULONG i = 0; i < 256 && !Table[255]; i++) {
        ULONG Value = i;
        for (ULONG Bit = 0; Bit < 8; Bit++)
            Value = Value & 1 ? Value >> 1 ^ 0xEDB88320 : Value >> 1;
        Table[i] = Value;
    }
    Crc = ~Crc;
    for (SIZE_T i = 0; i < Length; i++)
        Crc = Crc >> 8 ^ Table[(UCHAR)(Crc ^ Bytes[i])];
    return ~Crc;
}

NTSTATUS FsOpen(HANDLE Root, PCUNICODE_STRING Name, ACCESS_MASK Access, ULONG Share,
                ULONG Disposition, ULONG Options, ULONG Attributes, PHANDLE File)
{
    OBJECT_ATTRIBUTES Object;
    IO_STATUS_BLOCK IoStatus;
    InitializeObjectAttributes(&Object, (PUNICODE_STRING)(ULONG_PTR)Name, OBJ_CASE_INSENSITIVE,
                               Root, NULL);
    return NtCreateFile(File, Access | SYNCHRONIZE, &Object, &IoStatus, NULL, Attributes, Share,
                        Disposition, Options | FILE_SYNCHRONOUS_IO_NONALERT, NULL, 0);
}

NTSTATUS FsOpenPath(PCWSTR DosPath, ACCESS_MASK Access, ULONG Share, ULONG Disposition,
                    ULONG Options, PHANDLE File)
{
    UNICODE_STRING Name;
    NTSTATUS Status = RtlDosPathNameToNtPathName_U_WithStatus(DosPath, &Name, NULL, NULL);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = FsOpen(NULL, &Name, Access, Share, Disposition, Options, 0, File);
    RtlFreeUnicodeString(&Name);
    return Status;
}

NTSTATUS FsRead(HANDLE File, ULONGLONG Offset, PVOID Buffer, ULONG Length, PULONG Done)
{
    IO_STATUS_BLOCK IoStatus = {};
    LARGE_INTEGER Place = {.QuadPart = (LONGLONG)Offset};
    NTSTATUS Status = NtReadFile(File, NULL, NULL, NULL, &IoStatus, Buffer, Length, &Place, NULL);
    *Done = (ULONG)IoStatus.Information;
    return Status;
}

NTSTATUS FsWrite(HANDLE File, ULONGLONG Offset, const VOID *Buffer, ULONG Length, PULONG Done)
{
    IO_STATUS_BLOCK IoStatus = {};
    LARGE_INTEGER Place = {.QuadPart = (LONGLONG)Offset};
    NTSTATUS Status = NtWriteFile(File, NULL, NULL, NULL, &IoStatus, (PVOID)(ULONG_PTR)Buffer,
                                  Length, &Place, NULL);
    *Done = (ULONG)IoStatus.Information;
    return Status;
}

NTSTATUS FsSet(HANDLE File, FILE_INFORMATION_CLASS Class, const VOID *Data, ULONG Length)
{
    IO_STATUS_BLOCK IoStatus;
    return NtSetInformationFile(File, &IoStatus, (PVOID)(ULONG_PTR)Data, Length, Class);
}

VOID FsEscape(PCWSTR Name, ULONG Length, PWSTR Text)
{
    static const WCHAR Digits[] = L"0123456789abcdef";
    for (ULONG i = 0; i < Length; i++) {
        if (Name[i] >= 0x20 && Name[i] < 0x7F) {
            *Text++ = Name[i];
            continue;
        }
        *Text++ = L'\\';
        *Text++ = L'u';
        for (int Shift = 12; Shift >= 0; Shift -= 4)
            *Text++ = Digits[Name[i] >> Shift & 15];
    }
    *Text = 0;
}
