// National language support: the tables of code pages and letter case, which programs see as read-only
// views of sections over files of the boot archive.
#include "exp.h"

#include "ldr/ldr.h"

enum { EXP_NLS_SECTIONS = 8 };

// One for each file that was asked for; they stay.
typedef struct _EXP_NLS_SECTION {
    ULONG Type;
    ULONG Data; // the code page
    SIZE_T Size;
    PSECTION Section;
} EXP_NLS_SECTION, *PEXP_NLS_SECTION;

static EXP_NLS_SECTION ExpNlsSections[EXP_NLS_SECTIONS];
static ULONG ExpNlsSectionCount;

static NTSTATUS ExpNlsFileName(ULONG Type, ULONG Data, PUNICODE_STRING Name)
{
    switch (Type) {
    case NLS_SECTION_CASEMAP:
        return RtlAppendUnicodeToString(Name, L"System32\\l_intl.nls");
    case NLS_SECTION_CODEPAGE: {
        WCHAR Digits[12];
        UNICODE_STRING Number = {.MaximumLength = sizeof(Digits), .Buffer = Digits};
        NTSTATUS Status = RtlIntegerToUnicodeString(Data, 10, &Number);
        if (NT_SUCCESS(Status))
            Status = RtlAppendUnicodeToString(Name, L"System32\\c_");
        if (NT_SUCCESS(Status))
            Status = RtlAppendUnicodeStringToString(Name, &Number);
        return NT_SUCCESS(Status) ? RtlAppendUnicodeToString(Name, L".nls") : Status;
    }
    default:
        return STATUS_INVALID_PARAMETER_1;
    }
}

static PEXP_NLS_SECTION ExpFindNlsSection(ULONG Type, ULONG Data)
{
    for (ULONG i = 0; i < ExpNlsSectionCount; i++) {
        if (ExpNlsSections[i].Type == Type && ExpNlsSections[i].Data == Data)
            return &ExpNlsSections[i];
    }
    return nullptr;
}

static NTSTATUS ExpMakeNlsSection(ULONG Type, ULONG Data, PEXP_NLS_SECTION *Made)
{
    WCHAR Buffer[40];
    UNICODE_STRING Name = {.MaximumLength = sizeof(Buffer), .Buffer = Buffer};
    const VOID *File;
    if (ExpNlsSectionCount == EXP_NLS_SECTIONS)
        return STATUS_INSUFFICIENT_RESOURCES;
    PEXP_NLS_SECTION New = &ExpNlsSections[ExpNlsSectionCount];
    NTSTATUS Status = ExpNlsFileName(Type, Data, &Name);
    if (NT_SUCCESS(Status))
        Status = LdrFindBootFile(&Name, &File, &New->Size);
    if (NT_SUCCESS(Status))
        Status = MmCreateDataSection(File, New->Size, &New->Section);
    if (!NT_SUCCESS(Status))
        return Status;
    New->Type = Type;
    New->Data = Data;
    ExpNlsSectionCount++;
    *Made = New;
    return STATUS_SUCCESS;
}

// SectionData is the code page, or 0. Nothing is known of ContextData.
NTSTATUS NtGetNlsSectionPtr(ULONG SectionType, ULONG SectionData, PVOID ContextData,
                            PVOID USER *SectionPointer, ULONG USER *SectionSize)
{
    (void)ContextData;
    NTSTATUS Status = MmProbeForWrite(SectionPointer, sizeof(PVOID), 1);
    if (NT_SUCCESS(Status))
        Status = ExpProbeOptional(SectionSize);
    if (!NT_SUCCESS(Status))
        return Status;
    if (SectionType == NLS_SECTION_CASEMAP)
        SectionData = 0;
    PEXP_NLS_SECTION Nls = ExpFindNlsSection(SectionType, SectionData);
    if (!Nls)
        Status = ExpMakeNlsSection(SectionType, SectionData, &Nls);
    if (!NT_SUCCESS(Status))
        return Status;

    PVOID Base = nullptr;
    SIZE_T ViewSize = 0;
    Status = MmMapViewOfSection(Nls->Section, PsGetCurrentProcess(), &Base, 0, 0, nullptr,
                                &ViewSize, ViewShare, 0, PAGE_READONLY);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = MmWriteUser(SectionPointer, Base);
    return NT_SUCCESS(Status) ? ExpWriteOptional(SectionSize, (ULONG)Nls->Size) : Status;
}
