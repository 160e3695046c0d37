// Attributes of ALPC messages: a header, and behind it the structures of the attributes that there is
// room for, in the order of their bits.

#include "../ntdllp.h"

static const struct {
    ULONG Flag, Size;
} RtlpAlpcAttributes[] = {
    {ALPC_MESSAGE_SECURITY_ATTRIBUTE, sizeof(ALPC_SECURITY_ATTR)},
    {ALPC_MESSAGE_VIEW_ATTRIBUTE, sizeof(ALPC_DATA_VIEW_ATTR)},
    {ALPC_MESSAGE_CONTEXT_ATTRIBUTE, sizeof(ALPC_CONTEXT_ATTR)},
    {ALPC_MESSAGE_HANDLE_ATTRIBUTE, sizeof(ALPC_HANDLE_ATTR)},
    {ALPC_MESSAGE_TOKEN_ATTRIBUTE, sizeof(ALPC_TOKEN_ATTR)},
};

static ULONG RtlpAlpcSizeBefore(ULONG Allocated, ULONG Flag)
{
    ULONG Size = sizeof(ALPC_MESSAGE_ATTRIBUTES);
    for (ULONG i = 0; i < RTL_NUMBER_OF(RtlpAlpcAttributes) && RtlpAlpcAttributes[i].Flag != Flag;
         i++)
        if (Allocated & RtlpAlpcAttributes[i].Flag)
            Size += RtlpAlpcAttributes[i].Size;
    return Size;
}

ULONG NTAPI AlpcGetHeaderSize(ULONG Flags)
{
    return RtlpAlpcSizeBefore(Flags, 0);
}

// Null: there is no room for it, or it is not one attribute.
PVOID NTAPI AlpcGetMessageAttribute(PALPC_MESSAGE_ATTRIBUTES Buffer, ULONG AttributeFlag)
{
    if (!(Buffer->AllocatedAttributes & AttributeFlag) || (AttributeFlag & (AttributeFlag - 1)))
        return nullptr;
    return (PUCHAR)Buffer + RtlpAlpcSizeBefore(Buffer->AllocatedAttributes, AttributeFlag);
}

NTSTATUS NTAPI AlpcInitializeMessageAttribute(ULONG AttributeFlags, PALPC_MESSAGE_ATTRIBUTES Buffer,
                                              SIZE_T BufferSize, PSIZE_T RequiredBufferSize)
{
    *RequiredBufferSize = AlpcGetHeaderSize(AttributeFlags);
    if (BufferSize < *RequiredBufferSize)
        return STATUS_BUFFER_TOO_SMALL;
    if (Buffer) {
        Buffer->AllocatedAttributes = AttributeFlags;
        Buffer->ValidAttributes = 0;
    }
    return STATUS_SUCCESS;
}

SIZE_T NTAPI AlpcMaxAllowedMessageLength(void)
{
    return 0xFFEF;
}
