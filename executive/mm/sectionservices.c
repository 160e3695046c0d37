// Services on sections and views.
#include "mmp.h"

static NTSTATUS MmpReferenceSection(HANDLE Handle, ACCESS_MASK Access, PSECTION *Section)
{
    return ObReferenceObjectByHandle(Handle, Access, MmSectionObjectType, UserMode,
                                     (PVOID *)Section, nullptr);
}

// The rights to a file that a section of this protection needs.
static ACCESS_MASK MmpFileAccess(ULONG Protection, ULONG Attributes)
{
    if (Attributes & SEC_IMAGE)
        return FILE_EXECUTE;
    return MmpIsWritable(Protection) ? FILE_READ_DATA | FILE_WRITE_DATA : FILE_READ_DATA;
}

static NTSTATUS MmpCheckSection(ULONG Protect, ULONG Attributes, HANDLE FileHandle,
                                PULONG Protection)
{
    constexpr ULONG Known = SEC_FILE | SEC_IMAGE | SEC_RESERVE | SEC_COMMIT | SEC_NOCACHE |
                            SEC_WRITECOMBINE | SEC_BASED | SEC_NO_CHANGE | SEC_LARGE_PAGES |
                            SEC_IMAGE_NO_EXECUTE;
    constexpr ULONG Kinds = SEC_IMAGE | SEC_RESERVE | SEC_COMMIT;
    ULONG Kind = Attributes & Kinds;
    if ((Attributes & ~Known) || !Kind || (Kind & (Kind - 1)))
        return STATUS_INVALID_PARAMETER_6;
    if (Attributes & SEC_BASED)
        return STATUS_NOT_SUPPORTED;
    if ((Attributes & SEC_LARGE_PAGES) && (Kind != SEC_COMMIT || FileHandle))
        return STATUS_INVALID_PARAMETER_6;
    if (!MmpProtectionFromWin32(Protect, Protection) || MmpIsGuard(*Protection) ||
        *Protection == MM_NOACCESS)
        return STATUS_INVALID_PAGE_PROTECTION;
    return (Attributes & SEC_IMAGE) && !FileHandle ? STATUS_INVALID_FILE_FOR_SECTION
                                                   : STATUS_SUCCESS;
}

// Over a file of a driver host: the pages are the cache's. A section that is larger than the file makes the file
// larger, if it may be written.
static NTSTATUS MmpCreateStreamSegment(HANDLE FileHandle, ULONG64 Size, ULONG Protection,
                                       ULONG Attributes, PMM_SEGMENT *Segment)
{
    IO_FILE_STREAM File;
    NTSTATUS Status =
        IoReferenceFileStream(FileHandle, MmpFileAccess(Protection, Attributes), &File);
    if (!NT_SUCCESS(Status))
        return Status;
    if (!Size && !File.Size)
        Status = STATUS_MAPPED_FILE_SIZE_ZERO;
    else if (Size > File.Size && !MmpIsWritable(Protection))
        Status = STATUS_SECTION_TOO_BIG;
    else if (Size > File.Size)
        Status = IoSetFileSize(File.Object, Size);
    if (NT_SUCCESS(Status))
        Status = MmpCreateSegment(MmSegmentFile, Size ? Size : File.Size, Segment);
    if (NT_SUCCESS(Status)) {
        (*Segment)->Protection = (UCHAR)Protection;
        (*Segment)->Attributes = SEC_FILE;
        Status = MmpSetSegmentFile(*Segment, File.Object, &File.Name);
        if (NT_SUCCESS(Status)) {
            CcOpenSection(File.Stream, File.Object, max(Size, File.Size));
            (*Segment)->Stream = File.Stream;
            CcAddSegment(File.Stream, &(*Segment)->StreamLink);
        } else {
            MmpDereferenceSegment(*Segment);
        }
    }
    IoReleaseFileStream(&File);
    return Status;
}

static NTSTATUS MmpCreateFileSegment(HANDLE FileHandle, ULONG64 Size, ULONG Protection,
                                     ULONG Attributes, PMM_SEGMENT *Segment)
{
    IO_FILE_IMAGE File;
    *Segment = nullptr;
    if (!(Attributes & SEC_IMAGE)) {
        NTSTATUS Found = MmpCreateStreamSegment(FileHandle, Size, Protection, Attributes, Segment);
        if (Found != STATUS_NOT_SUPPORTED)
            return Found;
    }
    NTSTATUS Status =
        IoReferenceFileImage(FileHandle, MmpFileAccess(Protection, Attributes), &File);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Attributes & SEC_IMAGE) {
        Status = MmpReferenceImageSegment(File.Data, File.Size, File.Object, &File.Name, Segment);
    } else {
        Status = MmpCreateDataSegment(File.Data, File.Size, Size, Protection, Segment);
        if (NT_SUCCESS(Status))
            Status = MmpSetSegmentFile(*Segment, File.Object, &File.Name);
        if (!NT_SUCCESS(Status) && *Segment)
            MmpDereferenceSegment(*Segment);
    }
    if (NT_SUCCESS(Status))
        (*Segment)->Attributes |= SEC_FILE;
    IoReleaseFileImage(&File);
    return Status;
}

NTSTATUS NtCreateSection(HANDLE USER *SectionHandle, ACCESS_MASK DesiredAccess,
                         const OBJECT_ATTRIBUTES USER *ObjectAttributes,
                         const LARGE_INTEGER USER *MaximumSize, ULONG SectionPageProtection,
                         ULONG AllocationAttributes, HANDLE FileHandle)
{
    LARGE_INTEGER Size = {};
    ULONG Protection;
    NTSTATUS Status =
        MaximumSize ? MmCopyFromUser(&Size, MaximumSize, sizeof(Size)) : STATUS_SUCCESS;
    if (NT_SUCCESS(Status))
        Status =
            MmpCheckSection(SectionPageProtection, AllocationAttributes, FileHandle, &Protection);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Size.QuadPart < 0 || (!FileHandle && !Size.QuadPart))
        return STATUS_INVALID_PARAMETER_4;
    if (AllocationAttributes & SEC_LARGE_PAGES) {
        if ((ULONG64)Size.QuadPart % (MM_REGION_PAGES * PAGE_SIZE))
            return STATUS_INVALID_PARAMETER_4;
        if (!SeSinglePrivilegeCheck(RtlConvertUlongToLuid(SE_LOCK_MEMORY_PRIVILEGE), UserMode))
            return STATUS_PRIVILEGE_NOT_HELD;
    }

    OB_ATTRIBUTES Attributes;
    PSECTION Section;
    Status = ObBeginCreateService(MmSectionObjectType, SectionHandle, ObjectAttributes, &Attributes,
                                  (PVOID *)&Section);
    if (!NT_SUCCESS(Status))
        return Status;
    PMM_SEGMENT Segment;
    if (FileHandle)
        Status = MmpCreateFileSegment(FileHandle, (ULONG64)Size.QuadPart, Protection,
                                      AllocationAttributes, &Segment);
    else
        Status = MmpCreatePagefileSegment((ULONG64)Size.QuadPart, Protection, AllocationAttributes,
                                          &Segment);
    if (!NT_SUCCESS(Status)) {
        ObReleaseAttributes(&Attributes);
        ObDereferenceObject(Section);
        return Status;
    }
    MmpSetSegment(Section, Segment);
    return ObInsertService(Section, &Attributes, DesiredAccess, SectionHandle);
}

NTSTATUS NtCreateSectionEx(HANDLE USER *SectionHandle, ACCESS_MASK DesiredAccess,
                           const OBJECT_ATTRIBUTES USER *ObjectAttributes,
                           const LARGE_INTEGER USER *MaximumSize, ULONG SectionPageProtection,
                           ULONG AllocationAttributes, HANDLE FileHandle,
                           const MEM_EXTENDED_PARAMETER USER *Parameters, ULONG ParameterCount)
{
    UNREFERENCED_PARAMETER(Parameters);
    if (ParameterCount)
        return STATUS_NOT_SUPPORTED;
    return NtCreateSection(SectionHandle, DesiredAccess, ObjectAttributes, MaximumSize,
                           SectionPageProtection, AllocationAttributes, FileHandle);
}

NTSTATUS NtOpenSection(HANDLE USER *SectionHandle, ACCESS_MASK DesiredAccess,
                       const OBJECT_ATTRIBUTES USER *ObjectAttributes)
{
    return ObOpenService(MmSectionObjectType, SectionHandle, DesiredAccess, ObjectAttributes);
}

// The right to the section that a view with this protection needs.
static ACCESS_MASK MmpViewAccess(ULONG Protection)
{
    switch (Protection & MM_PROTECT_MASK) {
    case MM_READWRITE:
        return SECTION_MAP_WRITE;
    case MM_EXECUTE:
    case MM_EXECUTE_READ:
    case MM_EXECUTE_WRITECOPY:
        return SECTION_MAP_EXECUTE;
    case MM_EXECUTE_READWRITE:
        return SECTION_MAP_WRITE | SECTION_MAP_EXECUTE;
    default:
        return SECTION_MAP_READ;
    }
}

static NTSTATUS MmpCaptureView(PVOID USER *BaseAddress, LARGE_INTEGER USER *SectionOffset,
                               SIZE_T USER *ViewSize, PMM_VIEW_ARGUMENTS View)
{
    NTSTATUS Status = MmpCaptureValue(BaseAddress, &View->Base, sizeof(View->Base));
    if (NT_SUCCESS(Status))
        Status = MmpCaptureValue(ViewSize, &View->Size, sizeof(View->Size));
    if (NT_SUCCESS(Status) && SectionOffset)
        Status = MmpCaptureValue(SectionOffset, &View->Offset, sizeof(View->Offset));
    return Status;
}

static NTSTATUS MmpMapHandles(HANDLE SectionHandle, HANDLE ProcessHandle, PMM_VIEW_ARGUMENTS View)
{
    PSECTION Section;
    PEPROCESS Process;
    NTSTATUS Status = MmpReferenceProcess(ProcessHandle, PROCESS_VM_OPERATION, &Process);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = MmpReferenceSection(SectionHandle, MmpViewAccess(View->Protection), &Section);
    if (NT_SUCCESS(Status)) {
        Status = MmpMapView(Section, Process, View);
        ObDereferenceObject(Section);
    }
    ObDereferenceObject(Process);
    return Status;
}

static NTSTATUS MmpMapViewService(HANDLE SectionHandle, HANDLE ProcessHandle,
                                  PVOID USER *BaseAddress, LARGE_INTEGER USER *SectionOffset,
                                  SIZE_T USER *ViewSize, ULONG Protect, PMM_VIEW_ARGUMENTS View)
{
    if (!MmpProtectionFromWin32(Protect, &View->Protection))
        return STATUS_INVALID_PAGE_PROTECTION;
    NTSTATUS Status = MmpCaptureView(BaseAddress, SectionOffset, ViewSize, View);
    if (NT_SUCCESS(Status))
        Status = MmpMapHandles(SectionHandle, ProcessHandle, View);
    if (!NT_SUCCESS(Status))
        return Status;
    (VOID) MmWriteUser(BaseAddress, View->Base);
    (VOID) MmWriteUser(ViewSize, View->Size);
    if (SectionOffset)
        (VOID) MmWriteUser(SectionOffset, View->Offset);
    return Status;
}

NTSTATUS NtMapViewOfSection(HANDLE SectionHandle, HANDLE ProcessHandle, PVOID USER *BaseAddress,
                            ULONG_PTR ZeroBits, SIZE_T CommitSize,
                            LARGE_INTEGER USER *SectionOffset, SIZE_T USER *ViewSize,
                            SECTION_INHERIT InheritDisposition, ULONG AllocationType,
                            ULONG Win32Protect)
{
    MM_VIEW_ARGUMENTS View = {.CommitSize = CommitSize, .Inherit = InheritDisposition};
    if (InheritDisposition != ViewShare && InheritDisposition != ViewUnmap)
        return STATUS_INVALID_PARAMETER_8;
    if (AllocationType & ~(ULONG)(MEM_TOP_DOWN | MEM_RESERVE | MEM_DIFFERENT_IMAGE_BASE_OK))
        return STATUS_INVALID_PARAMETER_9;
    if (!MmpPlacementOfZeroBits(ZeroBits, &View.Placement))
        return STATUS_INVALID_PARAMETER_4;
    View.Placement.TopDown = (AllocationType & MEM_TOP_DOWN) != 0;
    return MmpMapViewService(SectionHandle, ProcessHandle, BaseAddress, SectionOffset, ViewSize,
                             Win32Protect, &View);
}

NTSTATUS NtMapViewOfSectionEx(HANDLE SectionHandle, HANDLE ProcessHandle, PVOID USER *BaseAddress,
                              LARGE_INTEGER USER *SectionOffset, SIZE_T USER *ViewSize,
                              ULONG AllocationType, ULONG PageProtection,
                              const MEM_EXTENDED_PARAMETER USER *Parameters, ULONG ParameterCount)
{
    constexpr ULONG Known =
        MEM_TOP_DOWN | MEM_RESERVE | MEM_DIFFERENT_IMAGE_BASE_OK | MEM_REPLACE_PLACEHOLDER;
    MM_VIEW_ARGUMENTS View = {.Inherit = ViewUnmap};
    if (AllocationType & ~Known)
        return STATUS_INVALID_PARAMETER_6;
    PVOID Base;
    NTSTATUS Status = MmCopyFromUser(&Base, BaseAddress, sizeof(Base));
    if (NT_SUCCESS(Status))
        Status = MmpCaptureExtended(Parameters, ParameterCount, Base != nullptr, &View.Placement);
    if (!NT_SUCCESS(Status))
        return Status;
    View.Placement.TopDown = (AllocationType & MEM_TOP_DOWN) != 0;
    View.Placement.Replace = (AllocationType & MEM_REPLACE_PLACEHOLDER) != 0;
    if (View.Placement.Replace && !Base)
        return STATUS_INVALID_PARAMETER_3;
    return MmpMapViewService(SectionHandle, ProcessHandle, BaseAddress, SectionOffset, ViewSize,
                             PageProtection, &View);
}

static NTSTATUS MmpUnmapService(HANDLE ProcessHandle, PVOID BaseAddress, BOOLEAN KeepPlaceholder)
{
    PEPROCESS Process;
    NTSTATUS Status = MmpReferenceProcess(ProcessHandle, PROCESS_VM_OPERATION, &Process);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = MmpUnmapView(Process, BaseAddress, KeepPlaceholder);
    ObDereferenceObject(Process);
    return Status;
}

NTSTATUS NtUnmapViewOfSection(HANDLE ProcessHandle, PVOID BaseAddress)
{
    return MmpUnmapService(ProcessHandle, BaseAddress, FALSE);
}

NTSTATUS NtUnmapViewOfSectionEx(HANDLE ProcessHandle, PVOID BaseAddress, ULONG Flags)
{
    if (Flags & ~(ULONG)(MEM_UNMAP_WITH_TRANSIENT_BOOST | MEM_PRESERVE_PLACEHOLDER))
        return STATUS_INVALID_PARAMETER_3;
    return MmpUnmapService(ProcessHandle, BaseAddress, (Flags & MEM_PRESERVE_PLACEHOLDER) != 0);
}

// ---- Queries

static NTSTATUS MmpQueryBasicSection(PMM_SEGMENT Segment, VOID USER *Buffer, SIZE_T Length,
                                     SIZE_T USER *ReturnLength)
{
    SECTION_BASIC_INFORMATION Information = {
        .AllocationAttributes = Segment->Attributes,
        .MaximumSize.QuadPart = (LONGLONG)Segment->Size,
    };
    return MmpReturnInformation(&Information, sizeof(Information), Buffer, Length, ReturnLength);
}

static NTSTATUS MmpQueryImageSection(PMM_SEGMENT Segment, VOID USER *Buffer, SIZE_T Length,
                                     SIZE_T USER *ReturnLength)
{
    if (Segment->Type != MmSegmentImage)
        return STATUS_SECTION_NOT_IMAGE;
    return MmpReturnInformation(&Segment->ImageInformation, sizeof(Segment->ImageInformation),
                                Buffer, Length, ReturnLength);
}

static NTSTATUS MmpQueryOriginalBase(PMM_SEGMENT Segment, VOID USER *Buffer, SIZE_T Length,
                                     SIZE_T USER *ReturnLength)
{
    if (Segment->Type != MmSegmentImage)
        return STATUS_SECTION_NOT_IMAGE;
    return MmpReturnInformation(&Segment->PreferredBase, sizeof(Segment->PreferredBase), Buffer,
                                Length, ReturnLength);
}

NTSTATUS NtQuerySection(HANDLE SectionHandle, SECTION_INFORMATION_CLASS Class, VOID USER *Buffer,
                        SIZE_T Length, SIZE_T USER *ReturnLength)
{
    static const struct {
        NTSTATUS (*Query)(PMM_SEGMENT, VOID USER *, SIZE_T, SIZE_T USER *);
    } Queries[] = {
        [SectionBasicInformation] = {MmpQueryBasicSection},
        [SectionImageInformation] = {MmpQueryImageSection},
        [SectionOriginalBaseInformation] = {MmpQueryOriginalBase},
    };
    PSECTION Section;
    if ((ULONG)Class >= RTL_NUMBER_OF(Queries) || !Queries[Class].Query)
        return STATUS_INVALID_INFO_CLASS;
    NTSTATUS Status = MmpReferenceSection(SectionHandle, SECTION_QUERY, &Section);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = Queries[Class].Query(MmpSegmentOf(Section), Buffer, Length, ReturnLength);
    ObDereferenceObject(Section);
    return Status;
}

// A section over the page file can grow; what it grows by is committed.
NTSTATUS NtExtendSection(HANDLE SectionHandle, LARGE_INTEGER USER *NewSectionSize)
{
    LARGE_INTEGER Size;
    PSECTION Section;
    NTSTATUS Status = MmpCaptureValue(NewSectionSize, &Size, sizeof(Size));
    if (NT_SUCCESS(Status))
        Status = MmpReferenceSection(SectionHandle, SECTION_EXTEND_SIZE, &Section);
    if (!NT_SUCCESS(Status))
        return Status;
    PMM_SEGMENT Segment = MmpSegmentOf(Section);
    if (Segment->Stream && Segment->Type != MmSegmentImage) {
        if ((ULONG64)Size.QuadPart > Segment->Size && Size.QuadPart > 0)
            Status = IoGrowFile(Segment->Owner, (ULONG64)Size.QuadPart);
        if (NT_SUCCESS(Status))
            Status = MmpGrowStreamSegment(Segment, (ULONG64)Size.QuadPart);
    } else {
        Status = MmpExtendSegment(Segment, (ULONG64)Size.QuadPart);
    }
    if (NT_SUCCESS(Status))
        Status = MmWriteUser(&NewSectionSize->QuadPart, (LONGLONG)MmpSegmentOf(Section)->Size);
    ObDereferenceObject(Section);
    return Status;
}

NTSTATUS NtAreMappedFilesTheSame(PVOID File1MappedAsAnImage, PVOID File2MappedAsFile)
{
    PMM_ADDRESS_SPACE Space = PsGetCurrentProcess()->AddressSpace;
    PMM_VAD First = MmpLookupVad(Space, (ULONG_PTR)File1MappedAsAnImage >> PAGE_SHIFT);
    PMM_VAD Second = MmpLookupVad(Space, (ULONG_PTR)File2MappedAsFile >> PAGE_SHIFT);
    if (!First || !Second)
        return STATUS_INVALID_ADDRESS;
    if (First->Segment && Second->Segment && First->Segment->Stream)
        return First->Segment->Stream == Second->Segment->Stream ? STATUS_SUCCESS
                                                                 : STATUS_NOT_SAME_DEVICE;
    if (!First->Segment || !Second->Segment || !First->Segment->Data)
        return STATUS_CONFLICTING_ADDRESSES;
    return First->Segment->Data == Second->Segment->Data ? STATUS_SUCCESS : STATUS_NOT_SAME_DEVICE;
}
