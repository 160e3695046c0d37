// Creation attributes (PS_ATTRIBUTE_LIST) of processes and threads.
#include "psp.h"

// The most that a list can sensibly hold: each attribute once.
enum { PSP_MOST_ATTRIBUTES = PsAttributeMax };

static NTSTATUS PspCaptureImageName(const PS_ATTRIBUTE *Attribute, PPSP_ATTRIBUTES Result)
{
    UNICODE_STRING *Name = &Result->ImageName;
    if (Attribute->Size == 0 || Attribute->Size % sizeof(WCHAR) ||
        Attribute->Size > UNICODE_STRING_MAX_BYTES || Name->Buffer)
        return STATUS_INVALID_PARAMETER;
    Name->Buffer = ExAllocatePoolWithTag(PagedPool, Attribute->Size, 'tAsP');
    if (!Name->Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    Name->Length = Name->MaximumLength = (USHORT)Attribute->Size;
    return MmCopyFromUser(Name->Buffer, (const VOID USER *)Attribute->ValuePtr, Attribute->Size);
}

static NTSTATUS PspCaptureHandles(const PS_ATTRIBUTE *Attribute, PHANDLE *Handles, PULONG Count)
{
    constexpr SIZE_T MostBytes = 64 * 1024;
    if (Attribute->Size == 0 || Attribute->Size % sizeof(HANDLE) || Attribute->Size > MostBytes ||
        *Handles)
        return STATUS_INVALID_PARAMETER;
    *Handles = ExAllocatePoolWithTag(PagedPool, Attribute->Size, 'tAsP');
    if (!*Handles)
        return STATUS_INSUFFICIENT_RESOURCES;
    *Count = (ULONG)(Attribute->Size / sizeof(HANDLE));
    return MmCopyFromUser(*Handles, (const VOID USER *)Attribute->ValuePtr, Attribute->Size);
}

static NTSTATUS PspCaptureClass(const PS_ATTRIBUTE *Attribute, PPSP_ATTRIBUTES Result)
{
    if (Attribute->Size != sizeof(UCHAR))
        return STATUS_INVALID_PARAMETER;
    NTSTATUS Status = MmCopyFromUser(&Result->PriorityClass, (const VOID USER *)Attribute->ValuePtr,
                                     sizeof(UCHAR));
    if (NT_SUCCESS(Status) && (Result->PriorityClass == PROCESS_PRIORITY_CLASS_UNKNOWN ||
                               Result->PriorityClass > PROCESS_PRIORITY_CLASS_ABOVE_NORMAL))
        return STATUS_INVALID_PARAMETER;
    return Status;
}

static NTSTATUS PspCaptureOutput(const PS_ATTRIBUTE *Attribute, SIZE_T Size, PSP_OUTPUT *Output)
{
    if (Attribute->Size != Size)
        return STATUS_INFO_LENGTH_MISMATCH;
    Output->Address = (VOID USER *)Attribute->ValuePtr;
    Output->ReturnLength = (SIZE_T USER *)Attribute->ReturnLength;
    return MmProbeForWrite(Output->Address, Size, sizeof(ULONG));
}

static NTSTATUS PspCaptureHandleValue(const PS_ATTRIBUTE *Attribute, PHANDLE Handle)
{
    if (Attribute->Size != sizeof(HANDLE))
        return STATUS_INVALID_PARAMETER;
    *Handle = (HANDLE)Attribute->Value;
    return STATUS_SUCCESS;
}

static NTSTATUS PspCaptureAttribute(const PS_ATTRIBUTE *Attribute, PPSP_ATTRIBUTES Result)
{
    switch (Attribute->Attribute & PS_ATTRIBUTE_NUMBER_MASK) {
    case PsAttributeParentProcess:
        return PspCaptureHandleValue(Attribute, &Result->ParentProcess);
    case PsAttributeToken:
        return PspCaptureHandleValue(Attribute, &Result->Token);
    case PsAttributeClientId:
        return PspCaptureOutput(Attribute, sizeof(CLIENT_ID), &Result->ClientId);
    case PsAttributeTebAddress:
        return PspCaptureOutput(Attribute, sizeof(PVOID), &Result->TebAddress);
    case PsAttributeImageName:
        return PspCaptureImageName(Attribute, Result);
    case PsAttributeImageInfo:
        return PspCaptureOutput(Attribute, sizeof(SECTION_IMAGE_INFORMATION), &Result->ImageInfo);
    case PsAttributePriorityClass:
        return PspCaptureClass(Attribute, Result);
    case PsAttributeHandleList:
        return PspCaptureHandles(Attribute, &Result->Handles, &Result->HandleCount);
    case PsAttributeJobList:
        return PspCaptureHandles(Attribute, &Result->Jobs, &Result->JobCount);
    case PsAttributeDebugObject:
    case PsAttributeSecureProcess:
        return STATUS_NOT_SUPPORTED;
    case PsAttributeMemoryReserve:
    case PsAttributeErrorMode:
    case PsAttributeStdHandleInfo:
    case PsAttributeGroupAffinity:
    case PsAttributePreferredNode:
    case PsAttributeIdealProcessor:
    case PsAttributeMitigationOptions:
    case PsAttributeChildProcessPolicy:
    case PsAttributeMitigationAuditOptions:
        return STATUS_SUCCESS; // advice that one processor and one console have no use for
    default:
        return STATUS_INVALID_PARAMETER;
    }
}

NTSTATUS PspCaptureAttributes(const PS_ATTRIBUTE_LIST USER *List, PPSP_ATTRIBUTES Result)
{
    SIZE_T Length;
    *Result = (PSP_ATTRIBUTES){};
    if (!List)
        return STATUS_SUCCESS;
    NTSTATUS Status = MmCopyFromUser(&Length, List, sizeof(Length));
    if (!NT_SUCCESS(Status))
        return Status;
    SIZE_T Head = offsetof(PS_ATTRIBUTE_LIST, Attributes);
    if (Length < Head || (Length - Head) % sizeof(PS_ATTRIBUTE) ||
        Length > Head + PSP_MOST_ATTRIBUTES * sizeof(PS_ATTRIBUTE))
        return STATUS_INVALID_PARAMETER;
    ULONG_PTR Address = (ULONG_PTR)List + Head;
    for (; Address < (ULONG_PTR)List + Length && NT_SUCCESS(Status);
         Address += sizeof(PS_ATTRIBUTE)) {
        PS_ATTRIBUTE Attribute;
        Status = MmCopyFromUser(&Attribute, (const VOID USER *)Address, sizeof(Attribute));
        if (NT_SUCCESS(Status))
            Status = PspCaptureAttribute(&Attribute, Result);
    }
    if (!NT_SUCCESS(Status))
        PspReleaseAttributes(Result);
    return Status;
}

VOID PspReleaseAttributes(PPSP_ATTRIBUTES Attributes)
{
    if (Attributes->ImageName.Buffer)
        ExFreePool(Attributes->ImageName.Buffer);
    if (Attributes->Handles)
        ExFreePool(Attributes->Handles);
    if (Attributes->Jobs)
        ExFreePool(Attributes->Jobs);
    Attributes->ImageName.Buffer = nullptr;
    Attributes->Handles = Attributes->Jobs = nullptr;
}

static NTSTATUS PspReturnOutput(const PSP_OUTPUT *Output, const VOID *Data, SIZE_T Size)
{
    if (!Output->Address)
        return STATUS_SUCCESS;
    NTSTATUS Status = MmCopyToUser(Output->Address, Data, Size);
    if (NT_SUCCESS(Status) && Output->ReturnLength)
        Status = MmWriteUser(Output->ReturnLength, Size);
    return Status;
}

// The outputs were probed; a program that has unmapped them since does not get them.
VOID PspReturnAttributes(const PSP_ATTRIBUTES *Attributes, PETHREAD Thread)
{
    SECTION_IMAGE_INFORMATION Image;
    (VOID) PspReturnOutput(&Attributes->ClientId, &Thread->Cid, sizeof(Thread->Cid));
    (VOID) PspReturnOutput(&Attributes->TebAddress, &Thread->Teb, sizeof(Thread->Teb));
    if (Attributes->ImageInfo.Address &&
        NT_SUCCESS(MmQuerySectionImageInformation(Thread->Process->SectionObject, &Image)))
        (VOID) PspReturnOutput(&Attributes->ImageInfo, &Image, sizeof(Image));
}
