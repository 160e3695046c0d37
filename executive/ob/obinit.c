// The types of Ob itself and the directories that exist from the start.
#include "obp.h"

static const OBJECT_TYPE_INITIALIZER ObpTypeTypeInfo = {
    .Name = L"Type",
    .BodySize = sizeof(OBJECT_TYPE),
    .GenericMapping = {STANDARD_RIGHTS_READ, STANDARD_RIGHTS_WRITE, STANDARD_RIGHTS_EXECUTE,
                       OBJECT_TYPE_ALL_ACCESS},
    .ValidAccess = OBJECT_TYPE_ALL_ACCESS,
    .InvalidAttributes = OBJ_OPENLINK,
};

static const OBJECT_TYPE_INITIALIZER ObpDirectoryTypeInfo = {
    .Name = L"Directory",
    .BodySize = sizeof(OBJECT_DIRECTORY),
    .GenericMapping = {STANDARD_RIGHTS_READ | DIRECTORY_QUERY | DIRECTORY_TRAVERSE,
                       STANDARD_RIGHTS_WRITE | DIRECTORY_CREATE_OBJECT |
                           DIRECTORY_CREATE_SUBDIRECTORY,
                       STANDARD_RIGHTS_EXECUTE | DIRECTORY_QUERY | DIRECTORY_TRAVERSE,
                       DIRECTORY_ALL_ACCESS},
    .ValidAccess = DIRECTORY_ALL_ACCESS,
    .InvalidAttributes = OBJ_OPENLINK,
    .SecurityRequired = TRUE,
    .Delete = ObpDeleteDirectory,
};

static const OBJECT_TYPE_INITIALIZER ObpSymbolicLinkTypeInfo = {
    .Name = L"SymbolicLink",
    .BodySize = sizeof(OBJECT_SYMBOLIC_LINK),
    .GenericMapping = {STANDARD_RIGHTS_READ | SYMBOLIC_LINK_QUERY, STANDARD_RIGHTS_WRITE,
                       STANDARD_RIGHTS_EXECUTE | SYMBOLIC_LINK_QUERY, SYMBOLIC_LINK_ALL_ACCESS},
    .ValidAccess = SYMBOLIC_LINK_ALL_ACCESS_EX,
    .Delete = ObpDeleteSymbolicLink,
    .Parse = ObpParseSymbolicLink,
};

// Directories with the security of their creation. Order: parents first.
static const struct {
    PCWSTR Path;
    SE_WELL_KNOWN_DESCRIPTOR Security;
    POBJECT_DIRECTORY *Variable;
} ObpInitialDirectories[] = {
    {L"\\ObjectTypes", SeSystemOnlyDescriptor, &ObpTypeDirectory},
    {L"\\KernelObjects", SeSystemOnlyDescriptor, nullptr},
    {L"\\BaseNamedObjects", SePublicDescriptor, nullptr},
    {L"\\BaseNamedObjects\\Restricted", SePublicDescriptor, nullptr},
    {L"\\Sessions", SeSystemOnlyDescriptor, nullptr},
    {L"\\Sessions\\0", SeSystemOnlyDescriptor, nullptr},
    {L"\\Sessions\\0\\DosDevices", SeSystemOnlyDescriptor, &ObpSessionDosDevices},
    {L"\\Sessions\\BNOLINKS", SeSystemOnlyDescriptor, nullptr},
    {L"\\GLOBAL\?\?", SeSystemOnlyDescriptor, &ObpGlobalDosDevices},
    {L"\\Device", SeSystemOnlyDescriptor, nullptr},
    {L"\\Driver", SeSystemOnlyDescriptor, nullptr},
    {L"\\FileSystem", SeSystemOnlyDescriptor, nullptr},
    {L"\\Security", SeSystemOnlyDescriptor, nullptr},
    {L"\\Callback", SeSystemOnlyDescriptor, nullptr},
    {L"\\RPC Control", SePublicDescriptor, nullptr},
    {L"\\KnownDlls", SeSystemOnlyDescriptor, nullptr},
    {L"\\NLS", SeSystemOnlyDescriptor, nullptr},
};

static const struct {
    PCWSTR Path, Target;
} ObpInitialLinks[] = {
    {L"\\DosDevices", L"\\\?\?"},
    {L"\\GLOBAL\?\?\\Global", L"\\GLOBAL\?\?"},
    {L"\\GLOBAL\?\?\\GLOBALROOT", L""},
    {L"\\BaseNamedObjects\\Global", L"\\BaseNamedObjects"},
    {L"\\BaseNamedObjects\\Local", L"\\BaseNamedObjects"},
    {L"\\BaseNamedObjects\\Session", L"\\Sessions\\BNOLINKS"},
    {L"\\Sessions\\BNOLINKS\\0", L"\\BaseNamedObjects"},
};

// Enter a permanent object. Consumes nothing: the reference of creation stays with the caller.
static NTSTATUS ObpEnterInitial(PVOID Object, PCWSTR Path, SE_WELL_KNOWN_DESCRIPTOR Security)
{
    OB_ATTRIBUTES Attributes = {
        .Attributes = OBJ_PERMANENT,
        .SecurityDescriptor = SeWellKnownDescriptor(Security),
    };
    RtlInitUnicodeString(&Attributes.ObjectName, Path);
    ObReferenceObject(Object);
    return ObInsertObject(Object, &Attributes, 0, KernelMode, nullptr);
}

static NTSTATUS ObpCreateInitialDirectories(void)
{
    for (ULONG i = 0; i < RTL_NUMBER_OF(ObpInitialDirectories); i++) {
        PVOID Directory;
        NTSTATUS Status = ObpCreateDirectory(&Directory);
        if (NT_SUCCESS(Status))
            Status = ObpEnterInitial(Directory, ObpInitialDirectories[i].Path,
                                     ObpInitialDirectories[i].Security);
        if (!NT_SUCCESS(Status))
            return Status;
        if (ObpInitialDirectories[i].Variable)
            *ObpInitialDirectories[i].Variable = Directory;
        else
            ObDereferenceObject(Directory);
    }
    return STATUS_SUCCESS;
}

NTSTATUS ObCreateSystemLink(PCWSTR Path, PCWSTR TargetPath)
{
    UNICODE_STRING Target;
    RtlInitUnicodeString(&Target, TargetPath);
    PVOID Link;
    NTSTATUS Status = ObpCreateSymbolicLink(&Target, &Link);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = ObpEnterInitial(Link, Path, SeSystemOnlyDescriptor);
    ObDereferenceObject(Link);
    return Status;
}

NTSTATUS ObDeleteSystemLink(PCWSTR Path)
{
    UNICODE_STRING Name;
    PVOID Link;
    RtlInitUnicodeString(&Name, Path);
    NTSTATUS Status = ObReferenceObjectByName(
        &Name, OBJ_CASE_INSENSITIVE, 0, ObpSymbolicLinkObjectType, KernelMode, nullptr, &Link);
    if (!NT_SUCCESS(Status))
        return Status;
    ObMakeTemporaryObject(Link);
    ObDereferenceObject(Link);
    return STATUS_SUCCESS;
}

static NTSTATUS ObpCreateInitialLinks(void)
{
    NTSTATUS Status = STATUS_SUCCESS;
    for (ULONG i = 0; i < RTL_NUMBER_OF(ObpInitialLinks) && NT_SUCCESS(Status); i++)
        Status = ObCreateSystemLink(ObpInitialLinks[i].Path, ObpInitialLinks[i].Target);
    return Status;
}

// The types that were created before \ObjectTypes.
static NTSTATUS ObpEnterTypes(void)
{
    for (ULONG i = OBP_FIRST_TYPE_INDEX; i < ObpTypeCount; i++) {
        POBP_NAME Name;
        NTSTATUS Status = ObpCreateName(&ObpTypes[i]->Name, &Name);
        if (!NT_SUCCESS(Status))
            return Status;
        ObpLinkName(ObpTypeDirectory, ObpTypes[i], Name);
    }
    return STATUS_SUCCESS;
}

static NTSTATUS ObpCreateTypes(void)
{
    NTSTATUS Status = ObCreateObjectType(&ObpTypeTypeInfo, &ObpTypeObjectType);
    if (NT_SUCCESS(Status))
        Status = ObCreateObjectType(&ObpDirectoryTypeInfo, &ObpDirectoryObjectType);
    if (NT_SUCCESS(Status))
        Status = ObCreateObjectType(&ObpSymbolicLinkTypeInfo, &ObpSymbolicLinkObjectType);
    return Status;
}

static NTSTATUS ObpCreateRoot(void)
{
    NTSTATUS Status = ObpCreateDirectory((PVOID *)&ObpRootDirectory);
    if (!NT_SUCCESS(Status))
        return Status;
    ObpHeader(ObpRootDirectory)->Flags |= OBP_PERMANENT;
    return ObpAssignSecurity(ObpHeader(ObpRootDirectory), nullptr,
                             SeWellKnownDescriptor(SeSystemOnlyDescriptor),
                             &ObpHeader(ObpRootDirectory)->SecurityDescriptor);
}

// Before Se: no token exists yet, so every descriptor that is assigned here is explicit and complete.
NTSTATUS ObInitSystem(void)
{
    NTSTATUS Status = ObpCreateTypes();
    if (NT_SUCCESS(Status))
        Status = ObpCreateRoot();
    if (NT_SUCCESS(Status))
        Status = ObpCreateInitialDirectories();
    if (NT_SUCCESS(Status))
        Status = ObpCreateInitialLinks();
    if (NT_SUCCESS(Status))
        Status = ObpEnterTypes();
    return Status;
}
