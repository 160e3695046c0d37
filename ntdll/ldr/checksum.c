// The checksum that an image's header has of the file. Source: IMAGEHLP's CheckSumMappedFile as
// documented: the 16-bit words added with carry, without the field itself, plus the size.

#include "ldrp.h"

static BOOLEAN LdrpIsChecksumRight(PVOID File, SIZE_T Size)
{
    PIMAGE_NT_HEADERS Headers;
    if (!NT_SUCCESS(RtlImageNtHeaderEx(0, File, Size, &Headers)))
        return FALSE;
    ULONG Stored = Headers->OptionalHeader.CheckSum;
    if (!Stored)
        return TRUE; // the image has none
    SIZE_T Field = (SIZE_T)((PUCHAR)&Headers->OptionalHeader.CheckSum - (PUCHAR)File);
    ULONG Sum = 0;
    for (SIZE_T i = 0; i < Size; i += sizeof(USHORT)) {
        if (i >= Field && i < Field + sizeof(ULONG))
            continue;
        ULONG Word = ((PUCHAR)File)[i];
        if (i + 1 < Size)
            Word |= (ULONG)((PUCHAR)File)[i + 1] << 8;
        Sum += Word;
        Sum = (Sum & MAXUSHORT) + (Sum >> 16);
    }
    return Sum + (ULONG)Size == Stored;
}

typedef VOID(NTAPI *LDRP_IMPORT_CALLBACK)(PVOID Parameter, PCSTR ModuleName);

static VOID LdrpReportImports(PVOID File, LDRP_IMPORT_CALLBACK Callback, PVOID Parameter)
{
    PIMAGE_NT_HEADERS Headers = RtlImageNtHeader(File);
    ULONG Size;
    PIMAGE_IMPORT_DESCRIPTOR Descriptor =
        RtlImageDirectoryEntryToData(File, FALSE, IMAGE_DIRECTORY_ENTRY_IMPORT, &Size);
    for (; Descriptor && Descriptor->Name && Descriptor->FirstThunk; Descriptor++) {
        PCSTR Name = RtlImageRvaToVa(Headers, File, Descriptor->Name, nullptr);
        if (Name)
            Callback(Parameter, Name);
    }
}

// STATUS_IMAGE_CHECKSUM_MISMATCH. The callback, if any, is called with each DLL that is imported.
NTSTATUS NTAPI LdrVerifyImageMatchesChecksum(HANDLE ImageFileHandle, PVOID ImportCallbackRoutine,
                                             PVOID ImportCallbackParameter,
                                             PUSHORT ImageCharacteristics)
{
    HANDLE Section;
    NTSTATUS Status = NtCreateSection(&Section, SECTION_MAP_READ, nullptr, nullptr, PAGE_READONLY,
                                      SEC_COMMIT, ImageFileHandle);
    if (!NT_SUCCESS(Status))
        return Status;
    FILE_STANDARD_INFORMATION Information;
    IO_STATUS_BLOCK IoStatus;
    Status = NtQueryInformationFile(ImageFileHandle, &IoStatus, &Information, sizeof(Information),
                                    FileStandardInformation);
    PVOID File = nullptr;
    SIZE_T ViewSize = 0;
    if (NT_SUCCESS(Status))
        Status = NtMapViewOfSection(Section, NtCurrentProcess(), &File, 0, 0, nullptr, &ViewSize,
                                    ViewShare, 0, PAGE_READONLY);
    NtClose(Section);
    if (!NT_SUCCESS(Status))
        return Status;

    if (!LdrpIsChecksumRight(File, (SIZE_T)Information.EndOfFile.QuadPart)) {
        Status = STATUS_IMAGE_CHECKSUM_MISMATCH;
    } else {
        if (ImportCallbackRoutine)
            LdrpReportImports(File, (LDRP_IMPORT_CALLBACK)ImportCallbackRoutine,
                              ImportCallbackParameter);
        if (ImageCharacteristics)
            *ImageCharacteristics = RtlImageNtHeader(File)->FileHeader.Characteristics;
    }
    NtUnmapViewOfSection(NtCurrentProcess(), File);
    return Status;
}
