// The port type.
#include "lpcp.h"

POBJECT_TYPE AlpcPortObjectType;

static const OBJECT_TYPE_INITIALIZER LpcpPortTypeInfo = {
    .Name = L"ALPC Port",
    .BodySize = sizeof(LPCP_PORT),
    .GenericMapping = {STANDARD_RIGHTS_READ | PORT_CONNECT, STANDARD_RIGHTS_WRITE | DELETE,
                       STANDARD_RIGHTS_EXECUTE, PORT_ALL_ACCESS},
    .ValidAccess = PORT_ALL_ACCESS,
    .InvalidAttributes = OBJ_OPENLINK | OBJ_PERMANENT,
    .Waitable = TRUE,
    .WaitObject = LpcpPortWaitObject,
    .Close = LpcpClosePort,
    .Delete = LpcpDeletePort,
};

NTSTATUS LpcInitSystem(void)
{
    return ObCreateObjectType(&LpcpPortTypeInfo, &AlpcPortObjectType);
}
