// What the Executive asks, by kind. A kind that nobody handles is answered so.

#include "../ntos.h"

static VOID IopRefuseRequest(const HOST_REQUEST *Request)
{
    DbgPrintEx(DPFLTR_SYSTEM_ID, DPFLTR_ERROR_LEVEL,
               "driver host %lu: request kind %u is not handled\n", KiConnection.HostId,
               Request->Kind);
    IopReply(Request->RequestId, STATUS_NOT_SUPPORTED, 0);
}

static VOID (*const IopRequestHandlers[])(const HOST_REQUEST *Request) = {
    [HostRequestIrp] = IopDispatchIrp,
    [HostRequestCancel] = IopCancelRequest,
    [HostRequestLoadDriver] = IopLoadDriver,
    [HostRequestUnloadDriver] = IopUnloadDriver,
    [HostRequestAddDevice] = IopAddDevice,
    [HostRequestReleaseDevice] = IopReleaseDevice,
    [HostRequestForwardDone] = IopFinishForward,
    [HostRequestNotify] = IopNotify,
    [HostRequestVerifyVolume] = IopSetVerifyVolume,
};

VOID IopDispatchRequest(const HOST_REQUEST *Request)
{
    if (Request->Kind < RTL_NUMBER_OF(IopRequestHandlers) && IopRequestHandlers[Request->Kind])
        IopRequestHandlers[Request->Kind](Request);
    else
        IopRefuseRequest(Request);
}
