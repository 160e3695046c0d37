// Resources: a directory of three levels (type, name, language), each sorted, names before numbers.
// Source: PE format, "The .rsrc Section".

#include "ldrp.h"

typedef struct _LDRP_RESOURCES {
    PUCHAR Start;
    ULONG Size;
} LDRP_RESOURCES;

// The low bits of a module handle say "mapped as data file".
static PVOID LdrpImageOf(PVOID DllHandle)
{
    return (PVOID)((ULONG_PTR)DllHandle & ~(ULONG_PTR)3);
}

static BOOLEAN LdrpMatchesName(const LDRP_RESOURCES *Resources, ULONG Offset, PCWSTR Name)
{
    if (Offset > Resources->Size - sizeof(USHORT))
        return FALSE;
    const IMAGE_RESOURCE_DIR_STRING_U *Text = (PVOID)(Resources->Start + Offset);
    if (Text->Length * sizeof(WCHAR) > Resources->Size - Offset - sizeof(USHORT))
        return FALSE;
    return wcslen(Name) == Text->Length && !_wcsnicmp(Name, Text->NameString, Text->Length);
}

// The entry of Key: a number below 65536, or a string. MAXULONG as a language: any.
static const IMAGE_RESOURCE_DIRECTORY_ENTRY *
LdrpFindResourceEntry(const LDRP_RESOURCES *Resources, const IMAGE_RESOURCE_DIRECTORY *Directory,
                      ULONG_PTR Key, BOOLEAN Any)
{
    const IMAGE_RESOURCE_DIRECTORY_ENTRY *Entries = (PVOID)(Directory + 1);
    ULONG Named = Directory->NumberOfNamedEntries;
    ULONG Count = Named + Directory->NumberOfIdEntries;
    if ((PUCHAR)(Entries + Count) > Resources->Start + Resources->Size)
        return nullptr;
    if (Any)
        return Count ? Entries : nullptr;
    for (ULONG i = 0; i < Count; i++) {
        BOOLEAN Match =
            Key > MAXUSHORT
                ? i < Named && LdrpMatchesName(Resources, Entries[i].NameOffset, (PCWSTR)Key)
                : i >= Named && Entries[i].Name == Key;
        if (Match)
            return &Entries[i];
    }
    return nullptr;
}

// Walk Level levels down. WantDirectory says what has to be there.
static NTSTATUS LdrpFindResource(PVOID DllHandle, PLDR_RESOURCE_INFO Info, ULONG Level,
                                 BOOLEAN WantDirectory, PVOID *Found)
{
    static const NTSTATUS NotFound[] = {STATUS_RESOURCE_TYPE_NOT_FOUND,
                                        STATUS_RESOURCE_NAME_NOT_FOUND,
                                        STATUS_RESOURCE_LANG_NOT_FOUND};
    LDRP_RESOURCES Resources;
    BOOLEAN AsImage = !((ULONG_PTR)DllHandle & 1);
    Resources.Start = RtlImageDirectoryEntryToData(LdrpImageOf(DllHandle), AsImage,
                                                   IMAGE_DIRECTORY_ENTRY_RESOURCE, &Resources.Size);
    if (!Resources.Start || Resources.Size < sizeof(IMAGE_RESOURCE_DIRECTORY))
        return STATUS_RESOURCE_DATA_NOT_FOUND;
    if (Level > RTL_NUMBER_OF(NotFound) || (Level && !Info))
        return STATUS_INVALID_PARAMETER;

    const ULONG_PTR Keys[] = {Level > 0 ? Info->Type : 0, Level > 1 ? Info->Name : 0,
                              Level > 2 ? Info->Language : 0};
    PIMAGE_RESOURCE_DIRECTORY Directory = (PVOID)Resources.Start;
    for (ULONG i = 0; i < Level; i++) {
        const IMAGE_RESOURCE_DIRECTORY_ENTRY *Entry =
            LdrpFindResourceEntry(&Resources, Directory, Keys[i], FALSE);
        if (!Entry && i == 2 && !Info->Language) // a neutral language takes what there is
            Entry = LdrpFindResourceEntry(&Resources, Directory, 0, TRUE);
        if (!Entry)
            return NotFound[i];
        ULONG Offset = Entry->OffsetToDirectory;
        if (Offset > Resources.Size - sizeof(IMAGE_RESOURCE_DIRECTORY))
            return STATUS_INVALID_IMAGE_FORMAT;
        BOOLEAN IsLast = i + 1 == Level;
        if ((!IsLast || WantDirectory) != (BOOLEAN)Entry->DataIsDirectory)
            return NotFound[i];
        Directory = (PVOID)(Resources.Start + Offset);
    }
    *Found = Directory;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI LdrFindResource_U(PVOID DllHandle, PLDR_RESOURCE_INFO ResourceInfo, ULONG Level,
                                 PIMAGE_RESOURCE_DATA_ENTRY *ResourceDataEntry)
{
    return LdrpFindResource(DllHandle, ResourceInfo, Level, FALSE, (PVOID *)ResourceDataEntry);
}

NTSTATUS NTAPI LdrFindResourceDirectory_U(PVOID DllHandle, PLDR_RESOURCE_INFO ResourceInfo,
                                          ULONG Level, PIMAGE_RESOURCE_DIRECTORY *Directory)
{
    return LdrpFindResource(DllHandle, ResourceInfo, Level, TRUE, (PVOID *)Directory);
}

NTSTATUS NTAPI LdrAccessResource(PVOID DllHandle, PIMAGE_RESOURCE_DATA_ENTRY ResourceDataEntry,
                                 PVOID *ResourceBuffer, PULONG ResourceLength)
{
    PVOID Base = LdrpImageOf(DllHandle);
    PIMAGE_NT_HEADERS Headers = RtlImageNtHeader(Base);
    if (!Headers)
        return STATUS_INVALID_IMAGE_FORMAT;
    ULONG Rva = ResourceDataEntry->OffsetToData;
    ULONG ImageSize = Headers->OptionalHeader.SizeOfImage;
    if (Rva > ImageSize || ResourceDataEntry->Size > ImageSize - Rva)
        return STATUS_RESOURCE_DATA_NOT_FOUND;
    if (ResourceBuffer)
        *ResourceBuffer = (ULONG_PTR)DllHandle & 1 ? RtlImageRvaToVa(Headers, Base, Rva, nullptr)
                                                   : (PUCHAR)Base + Rva;
    if (ResourceLength)
        *ResourceLength = ResourceDataEntry->Size;
    return STATUS_SUCCESS;
}
