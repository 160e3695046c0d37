// Attributes of ALPC messages: structures behind ALPC_MESSAGE_ATTRIBUTES, in the order of their bits, for
// the attributes that the program made room for.
#include "lpcp.h"

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

static NTSTATUS LpcpCaptureContext(PLPCP_PORT Port, VOID USER *User, PLPCP_ATTRIBUTES Attributes)
{
    (void)Port;
    ALPC_CONTEXT_ATTR Context;
    NTSTATUS Status = MmCopyFromUser(&Context, User, sizeof(Context));
    if (NT_SUCCESS(Status))
        Attributes->MessageContext = Context.MessageContext;
    return Status;
}

// The receiver gets a handle of its own. Nobody gives away more than it has.
static NTSTATUS LpcpCaptureHandle(PLPCP_PORT Port, VOID USER *User, PLPCP_ATTRIBUTES Attributes)
{
    (void)Port;
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
        return STATUS_ACCESS_DENIED;
    }
    Attributes->HandleObject = Object;
    Attributes->HandleAccess = Wanted;
    Attributes->HandleFlags = Handle.Flags;
    return STATUS_SUCCESS;
}

static NTSTATUS LpcpCaptureDataView(PLPCP_PORT Port, VOID USER *User, PLPCP_ATTRIBUTES Attributes)
{
    ALPC_DATA_VIEW_ATTR View;
    constexpr ULONG Known =
        ALPC_VIEWFLG_UNMAP_EXISTING | ALPC_VIEWFLG_AUTO_RELEASE | ALPC_VIEWFLG_NOT_SECURE;
    NTSTATUS Status = MmCopyFromUser(&View, User, sizeof(View));
    if (!NT_SUCCESS(Status))
        return Status;
    PLPCP_REGION Region = LpcpFindRegion(Port, View.ViewBase);
    if (!Region || (View.Flags & ~Known) || View.ViewSize > Region->Size)
        return STATUS_INVALID_PARAMETER;
    LpcpReferenceRegion(Region);
    Attributes->Region = Region;
    Attributes->ViewSize = View.ViewSize ? View.ViewSize : Region->Size;
    Attributes->ViewFlags = View.Flags;
    return STATUS_SUCCESS;
}

// A context that was made before, or (ALPC_SECFLG_CREATE_HANDLE) one that is made now.
static NTSTATUS LpcpCaptureSecurity(PLPCP_PORT Port, VOID USER *User, PLPCP_ATTRIBUTES Attributes)
{
    ALPC_SECURITY_ATTR Security;
    NTSTATUS Status = MmCopyFromUser(&Security, User, sizeof(Security));
    if (!NT_SUCCESS(Status))
        return Status;
    if (Security.Flags & ~(ULONG)ALPC_SECFLG_CREATE_HANDLE)
        return STATUS_INVALID_PARAMETER;
    ULONG Number = (ULONG)(ULONG_PTR)Security.ContextHandle;
    if (Security.Flags & ALPC_SECFLG_CREATE_HANDLE) {
        Status = LpcpCreateContext(Port, (const VOID USER *)(ULONG_PTR)Security.QoS, &Number);
        Security.ContextHandle = (ALPC_HANDLE)(ULONG_PTR)Number;
        if (NT_SUCCESS(Status))
            Status = MmCopyToUser(User, &Security, sizeof(Security));
    }
    if (!NT_SUCCESS(Status))
        return Status;
    PLPCP_CONTEXT Context = LpcpFindContext(Port, Number);
    if (!Context)
        return STATUS_INVALID_HANDLE;
    Attributes->SecurityContext = Number;
    Attributes->Qos = Context->Qos;
    Attributes->Token = Context->Token ? Context->Token : PsEffectiveToken();
    ObReferenceObject(Attributes->Token);
    return STATUS_SUCCESS;
}

static const struct {
    ULONG Bit;
    NTSTATUS (*Capture)(PLPCP_PORT Port, VOID USER *User, PLPCP_ATTRIBUTES Attributes);
} LpcpCaptured[] = {
    {ALPC_MESSAGE_CONTEXT_ATTRIBUTE, LpcpCaptureContext},
    {ALPC_MESSAGE_SECURITY_ATTRIBUTE, LpcpCaptureSecurity},
    {ALPC_MESSAGE_VIEW_ATTRIBUTE, LpcpCaptureDataView},
    {ALPC_MESSAGE_HANDLE_ATTRIBUTE, LpcpCaptureHandle},
};

NTSTATUS LpcpCaptureAttributes(PLPCP_PORT Port, ALPC_MESSAGE_ATTRIBUTES USER *User,
                               PLPCP_ATTRIBUTES Attributes)
{
    *Attributes = (LPCP_ATTRIBUTES){};
    if (!User)
        return STATUS_SUCCESS;
    ALPC_MESSAGE_ATTRIBUTES Header;
    NTSTATUS Status = MmCopyFromUser(&Header, User, sizeof(Header));
    constexpr ULONG OfPort = ALPC_MESSAGE_SECURITY_ATTRIBUTE | ALPC_MESSAGE_VIEW_ATTRIBUTE;
    if (NT_SUCCESS(Status) && ((Header.ValidAttributes & ~Header.AllocatedAttributes) ||
                               (!Port && (Header.ValidAttributes & OfPort))))
        return STATUS_INVALID_PARAMETER;
    for (ULONG i = 0; i < RTL_NUMBER_OF(LpcpCaptured) && NT_SUCCESS(Status); i++) {
        if (!(Header.ValidAttributes & LpcpCaptured[i].Bit))
            continue;
        ULONG_PTR Address =
            LpcpAttributeAddress(User, Header.AllocatedAttributes, LpcpCaptured[i].Bit);
        Status = LpcpCaptured[i].Capture(Port, (VOID USER *)Address, Attributes);
    }
    if (!NT_SUCCESS(Status))
        LpcpReleaseAttributes(Attributes);
    return Status;
}

VOID LpcpReleaseAttributes(PLPCP_ATTRIBUTES Attributes)
{
    if (Attributes->HandleObject)
        ObDereferenceObject(Attributes->HandleObject);
    if (Attributes->Region)
        LpcpDereferenceRegion(Attributes->Region);
    if (Attributes->Token)
        ObDereferenceObject(Attributes->Token);
    *Attributes = (LPCP_ATTRIBUTES){};
}

VOID LpcpApplyAttributes(PLPCP_ATTRIBUTES Attributes, PLPCP_PAYLOAD Payload)
{
    Payload->HandleObject = Attributes->HandleObject;
    Payload->HandleAccess = Attributes->HandleAccess;
    Payload->HandleFlags = Attributes->HandleFlags;
    Payload->Region = Attributes->Region;
    Payload->ViewSize = Attributes->ViewSize;
    Payload->ViewFlags = Attributes->ViewFlags;
    Attributes->HandleObject = nullptr;
    Attributes->Region = nullptr;
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
    NTSTATUS Status = ObOpenObjectByPointer(
        Payload->HandleObject,
        Payload->HandleFlags & ALPC_HANDLEFLG_DUPLICATE_INHERIT ? OBJ_INHERIT : 0,
        Payload->HandleAccess, nullptr, KernelMode, &Handle);
    if (!NT_SUCCESS(Status))
        return FALSE;
    *Attribute = (ALPC_HANDLE_ATTR){
        .Flags = Payload->HandleFlags, .Handle = Handle, .DesiredAccess = Payload->HandleAccess};
    return TRUE;
}

static BOOLEAN LpcpFillDataView(PLPCP_MESSAGE Message, PLPCP_PORT Receiver, PVOID Buffer)
{
    PLPCP_PAYLOAD Payload = Message->Payload;
    ALPC_DATA_VIEW_ATTR *View = Buffer;
    if (!Payload->Region)
        return FALSE;
    *View = (ALPC_DATA_VIEW_ATTR){.Flags = Payload->ViewFlags, .ViewSize = Payload->ViewSize};
    return NT_SUCCESS(LpcpMapRegion(Receiver, Message, &View->ViewBase));
}

static BOOLEAN LpcpFillSecurity(PLPCP_MESSAGE Message, PLPCP_PORT Receiver, PVOID Buffer)
{
    ALPC_SECURITY_ATTR *Security = Buffer;
    (void)Receiver;
    Security->ContextHandle = (ALPC_HANDLE)(ULONG_PTR)Message->SecurityContext;
    return Message->SecurityContext != 0;
}

static const struct {
    ULONG Bit, Size;
    BOOLEAN (*Fill)(PLPCP_MESSAGE Message, PLPCP_PORT Receiver, PVOID Buffer);
} LpcpReturned[] = {
    {ALPC_MESSAGE_SECURITY_ATTRIBUTE, sizeof(ALPC_SECURITY_ATTR), LpcpFillSecurity},
    {ALPC_MESSAGE_VIEW_ATTRIBUTE, sizeof(ALPC_DATA_VIEW_ATTR), LpcpFillDataView},
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
        static_assert(sizeof(ALPC_CONTEXT_ATTR) <= sizeof(Buffer) &&
                      sizeof(ALPC_DATA_VIEW_ATTR) <= sizeof(Buffer));
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
