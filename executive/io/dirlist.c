// Entries of directories, as the file systems of the Executive write them.
#include "iop.h"

// The classes share a beginning but for the one of names alone; what lies between it and the name is zero.
static const IOP_DIRECTORY_CLASS IopDirectoryClasses[] = {
    {FileDirectoryInformation, offsetof(FILE_DIRECTORY_INFORMATION, FileNameLength),
     offsetof(FILE_DIRECTORY_INFORMATION, FileName)},
    {FileFullDirectoryInformation, offsetof(FILE_FULL_DIR_INFORMATION, FileNameLength),
     offsetof(FILE_FULL_DIR_INFORMATION, FileName)},
    {FileBothDirectoryInformation, offsetof(FILE_BOTH_DIR_INFORMATION, FileNameLength),
     offsetof(FILE_BOTH_DIR_INFORMATION, FileName)},
    {FileIdBothDirectoryInformation, offsetof(FILE_ID_BOTH_DIR_INFORMATION, FileNameLength),
     offsetof(FILE_ID_BOTH_DIR_INFORMATION, FileName)},
    {FileIdFullDirectoryInformation, offsetof(FILE_ID_FULL_DIR_INFORMATION, FileNameLength),
     offsetof(FILE_ID_FULL_DIR_INFORMATION, FileName)},
    {FileNamesInformation, offsetof(FILE_NAMES_INFORMATION, FileNameLength),
     offsetof(FILE_NAMES_INFORMATION, FileName)},
};

const IOP_DIRECTORY_CLASS *IopFindDirectoryClass(ULONG Class)
{
    for (ULONG i = 0; i < RTL_NUMBER_OF(IopDirectoryClasses); i++) {
        if (IopDirectoryClasses[i].Class == Class)
            return &IopDirectoryClasses[i];
    }
    return nullptr;
}

NTSTATUS IopWriteDirectoryEntry(PIO_REQUEST Request, const IOP_DIRECTORY_CLASS *Class,
                                const IOP_DIRECTORY_ENTRY *Entry, ULONG Offset, ULONG NameRoom)
{
    UCHAR Head[sizeof(FILE_ID_BOTH_DIR_INFORMATION)] = {};
    PFILE_DIRECTORY_INFORMATION Common = (PFILE_DIRECTORY_INFORMATION)Head;
    if (Class->Class != FileNamesInformation) {
        Common->EndOfFile.QuadPart = (LONGLONG)Entry->EndOfFile;
        Common->AllocationSize.QuadPart = (LONGLONG)Entry->AllocationSize;
        Common->FileAttributes = Entry->Attributes;
    }
    ULONG NameLength = Entry->Name.Length;
    memcpy(Head + Class->NameLengthOffset, &NameLength, sizeof(NameLength));
    NTSTATUS Status = IopCopyToRequest(Request, Offset, Head, Class->NameOffset);
    if (NT_SUCCESS(Status))
        Status = IopCopyToRequest(Request, Offset + Class->NameOffset, Entry->Name.Buffer,
                                  min(NameLength, NameRoom));
    return Status;
}
