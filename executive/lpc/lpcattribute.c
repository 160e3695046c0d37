// Attributes of ALPC messages: structures behind ALPC_MESSAGE_ATTRIBUTES, in the order of their bits, for
// the attributes that the program made room for.
#include "lpcp.h"

enum { ALPC_MESSAGE_TOKEN_ATTRIBUTE = 0x08000000 };
enum { ALPC_HANDLEFLG_DUPLICATE_SAME_ACCESS = 0x10000 };

typedef struct _ALPC_TOKEN_ATTR {
    LUID TokenId, AuthenticationId, ModifiedId;
} ALPC_TOKEN_ATTR;

static const struct {
    ULONG Bit, Size;
} LpcpAttributeSizes[] = {
    {ALPC_MESSAGE_SECURITY_ATTRIBUTE, sizeof(ALPC_SECURITY_ATTR)},
    {ALPC_MESSAGE_VIEW_ATTRIBUTE, sizeof(ALPC_DATA_VIEW_ATTR)},
    {ALPC_MESSAGE_CONTEXT_ATTRIBUTE, sizeof(ALPC_CONTEXT_ATTR)},
    {ALPC_MESSAGE_HANDLE_ATTRIBUTE, sizeof(ALPC_HANDLE_ATTR)},
    {ALPC_MESSAGE_TOKEN_ATTRIBUTE, sizeof(ALPC_TOKEN_ATTR)},
};

// Where the program has the structure of an allocated attribute.
static ULONG_PTR LpcpAttributeAddress(const ALPC_MESSAGE_ATTRIBUTES USER *User, ULONG Allocated,
                                      ULONG Bit)
{
    ULONG_PTR Address = (ULONG_PTR)User + sizeof(ALPC_MESSAGE_ATTRIBUTES);
    for (ULONG i = 0; LpcpAttributeSizes[i].Bit != Bit; i++)
        if (Allocated & LpcpAttributeSizes[i].Bit)
            Address += LpcpAttributeSizes[i].Size;
    return Address;
}

// ---- Sending

static NTSTATUS LpcpCaptureHandle(const VOID USER *User, PLPCP_ATTRIBUTES Attributes)
{
    ALPC_HANDLE_ATTR Handle;
    NTSTATUS Status = MmCopyFromUser(&Handle, User, sizeof(Handle));
    if (!NT_SUCCESS(Status) || !Handle.Handle)
        return Status;
    ACCESS_MASK Granted;
    PVOID Object;
    Status = ObReferenceObjectByHandle(Handle.Handle, 0, nullptr, UserMode, &Object, &Granted);
    if (!NT_SUCCESS(Status))
        return Status;
    ACCESS_MASK Wanted = Handle.DesiredAccess;
    if (Handle.Flags & ALPC_HANDLEFLG_DUPLICATE_SAME_ACCESS)
        Wanted = Granted;
    RtlMapGenericMask(&Wanted, ObGetGenericMapping(ObGetObjectType(Object)));
    if (Wanted & ~Granted) {
        ObDereferenceObject(Object);
        return STATUS_ACCESS_DENIED; // nobody gives away more than it has
    }
    Attributes->HandleObject = Object;
    Attributes->HandleAccess = Wanted;
    Attributes->HandleFlags = Handle.Flags;
    return STATUS_SUCCESS;
}

NTSTATUS LpcpCaptureAttributes(const ALPC_MESSAGE_ATTRIBUTES USER *User,
                               PLPCP_ATTRIBUTES Attributes)
{
    *Attributes = (LPCP_ATTRIBUTES){};
    if (!User)
        return STATUS_SUCCESS;
    ALPC_MESSAGE_ATTRIBUTES Header;
    NTSTATUS Status = MmCopyFromUser(&Header, User, sizeof(Header));
    if (!NT_SUCCESS(Status))
        return Status;
    ULONG Valid = Header.ValidAttributes & Header.AllocatedAttributes;
    if (Valid & ALPC_MESSAGE_VIEW_ATTRIBUTE)
        return STATUS_NOT_SUPPORTED;
    if (Valid & ALPC_MESSAGE_CONTEXT_ATTRIBUTE) {
        ALPC_CONTEXT_ATTR Context;
        ULONG_PTR Address =
            LpcpAttributeAddress(User, Header.AllocatedAttributes, ALPC_MESSAGE_CONTEXT_ATTRIBUTE);
        Status = MmCopyFromUser(&Context, (const VOID USER *)Address, sizeof(Context));
        Attributes->MessageContext = Context.MessageContext;
    }
    if (NT_SUCCESS(Status) && (Valid & ALPC_MESSAGE_HANDLE_ATTRIBUTE)) {
        ULONG_PTR Address =
            LpcpAttributeAddress(User, Header.AllocatedAttributes, ALPC_MESSAGE_HANDLE_ATTRIBUTE);
        Status = LpcpCaptureHandle((const VOID USER *)Address, Attributes);
    }
    return Status;
}

VOID LpcpReleaseAttributes(PLPCP_ATTRIBUTES Attributes)
{
    if (Attributes->HandleObject)
        ObDereferenceObject(Attributes->HandleObject);
    Attributes->HandleObject = nullptr;
}

VOID LpcpApplyAttributes(PLPCP_ATTRIBUTES Attributes, PLPCP_PAYLOAD Payload)
{
    Payload->HandleObject = Attributes->HandleObject;
    Payload->HandleAccess = Attributes->HandleAccess;
    Payload->HandleFlags = Attributes->HandleFlags;
    Attributes->HandleObject = nullptr;
}

// ---- Receiving. Each routine answers FALSE when the message has no such attribute.

static BOOLEAN LpcpFillContext(PLPCP_MESSAGE Message, PLPCP_PORT Receiver, PVOID Buffer)
{
    ALPC_CONTEXT_ATTR *Context = Buffer;
    BOOLEAN FromClient = Message->Sender->Kind == LpcpClientPort;
    BOOLEAN OwnReply = Message->Sender == Receiver;
    *Context = (ALPC_CONTEXT_ATTR){
        .PortContext =
            FromClient && !OwnReply ? Message->Sender->PortContext : Receiver->PortContext,
        .MessageContext = OwnReply ? Message->MessageContext : nullptr,
        .Sequence = Message->Sequence,
        .MessageId = Message->Id,
    };
    return TRUE;
}

static BOOLEAN LpcpFillToken(PLPCP_MESSAGE Message, PLPCP_PORT Receiver, PVOID Buffer)
{
    (void)Receiver;
    if (!Message->Token)
        return FALSE;
    ALPC_TOKEN_ATTR *Token = Buffer;
    SeQueryTokenIds(Message->Token, &Token->TokenId, &Token->ModifiedId);
    Token->AuthenticationId = SeTokenAuthenticationId(Message->Token);
    return TRUE;
}

// The receiver's own handle to the object that was sent.
static BOOLEAN LpcpFillHandle(PLPCP_MESSAGE Message, PLPCP_PORT Receiver, PVOID Buffer)
{
    PLPCP_PAYLOAD Payload = Message->Payload;
    ALPC_HANDLE_ATTR *Attribute = Buffer;
    (void)Receiver;
    if (!Payload->HandleObject)
        return FALSE;
    HANDLE Handle;
    NTSTATUS Status = ObOpenObjectByPointer(Payload->HandleObject, 0, Payload->HandleAccess,
                                            nullptr, KernelMode, &Handle);
    if (!NT_SUCCESS(Status))
        return FALSE;
    *Attribute = (ALPC_HANDLE_ATTR){
        .Flags = Payload->HandleFlags, .Handle = Handle, .DesiredAccess = Payload->HandleAccess};
    return TRUE;
}

static const struct {
    ULONG Bit, Size;
    BOOLEAN (*Fill)(PLPCP_MESSAGE Message, PLPCP_PORT Receiver, PVOID Buffer);
} LpcpReturned[] = {
    {ALPC_MESSAGE_CONTEXT_ATTRIBUTE, sizeof(ALPC_CONTEXT_ATTR), LpcpFillContext},
    {ALPC_MESSAGE_HANDLE_ATTRIBUTE, sizeof(ALPC_HANDLE_ATTR), LpcpFillHandle},
    {ALPC_MESSAGE_TOKEN_ATTRIBUTE, sizeof(ALPC_TOKEN_ATTR), LpcpFillToken},
};

NTSTATUS LpcpReturnAttributes(PLPCP_MESSAGE Message, PLPCP_PORT Receiver,
                              ALPC_MESSAGE_ATTRIBUTES USER *User)
{
    ULONG Allocated, Valid = 0;
    if (!User)
        return STATUS_SUCCESS;
    NTSTATUS Status = MmCopyFromUser(&Allocated, &User->AllocatedAttributes, sizeof(Allocated));
    for (ULONG i = 0; NT_SUCCESS(Status) && i < RTL_NUMBER_OF(LpcpReturned); i++) {
        alignas(8) UCHAR Buffer[32] = {};
        static_assert(sizeof(ALPC_CONTEXT_ATTR) <= sizeof(Buffer));
        if (!(Allocated & LpcpReturned[i].Bit) || !LpcpReturned[i].Fill(Message, Receiver, Buffer))
            continue;
        Valid |= LpcpReturned[i].Bit;
        ULONG_PTR Address = LpcpAttributeAddress(User, Allocated, LpcpReturned[i].Bit);
        Status = MmCopyToUser((VOID USER *)Address, Buffer, LpcpReturned[i].Size);
    }
    return NT_SUCCESS(Status) ? MmWriteUser(&User->ValidAttributes, Valid) : Status;
}

// ---- Attributes of ports

NTSTATUS LpcpCapturePortAttributes(const ALPC_PORT_ATTRIBUTES USER *User, PLPCP_PORT Port)
{
    if (!User)
        return STATUS_SUCCESS;
    ALPC_PORT_ATTRIBUTES Attributes;
    NTSTATUS Status = MmCopyFromUser(&Attributes, User, sizeof(Attributes));
    if (!NT_SUCCESS(Status))
        return Status;
    if (!VALID_IMPERSONATION_LEVEL(Attributes.SecurityQos.ImpersonationLevel) ||
        Attributes.MaxMessageLength > LPCP_MAX_MESSAGE)
        return STATUS_INVALID_PARAMETER;
    Port->Flags = Attributes.Flags;
    Port->Qos = Attributes.SecurityQos;
    if (Attributes.MaxMessageLength)
        Port->MaxMessageLength = (ULONG)max(Attributes.MaxMessageLength, sizeof(PORT_MESSAGE));
    return STATUS_SUCCESS;
}
