// Commands of programs (SRB_FUNCTION_PROTOCOL_COMMAND): the data of the request is a STORAGE_PROTOCOL_COMMAND with the
// command, its data and the place for its answer, in nonpaged memory.
#include "stornvme.h"

#include <ntddstor.h>

static VOID NvmeRefuseProtocol(PNVME_ADAPTER Adapter, PVOID Srb, ULONG Status)
{
    ((PSTORAGE_PROTOCOL_COMMAND)SrbGetDataBuffer(Srb))->ReturnStatus = Status;
    NvmeCompleteSrb(Adapter, Srb, SRB_STATUS_SUCCESS);
}

BOOLEAN NvmeDescribeMemory(PNVME_ADAPTER Adapter, NVME_COMMAND *Command, PUCHAR Data, ULONG Bytes)
{
    ULONG Length, First = min(Bytes, NvmePageBytes - BYTE_OFFSET(Data));
    if (!Bytes)
        return TRUE;
    Command->Prp1 = (ULONG64)StorPortGetPhysicalAddress(Adapter, NULL, Data, &Length).QuadPart;
    if (!Length || Command->Prp1 % sizeof(ULONG))
        return FALSE;
    if (First == Bytes)
        return TRUE;
    Command->Prp2 =
        (ULONG64)StorPortGetPhysicalAddress(Adapter, NULL, Data + First, &Length).QuadPart;
    return Length != 0;
}

static VOID NvmeProtocolDone(PNVME_ADAPTER Adapter, PVOID Srb, const NVME_COMPLETION *Completion)
{
    PSTORAGE_PROTOCOL_COMMAND Given = SrbGetDataBuffer(Srb);
    PNVME_REQUEST Request = SrbGetMiniportContext(Srb);
    Request->Started = FALSE;
    if (!Completion) {
        NvmeRequestDone(Adapter, Srb, NULL);
        return;
    }
    Given->ErrorCode = Completion->Status >> 1;
    Given->FixedProtocolReturnData = Completion->Result;
    Given->ReturnStatus = (Given->ErrorCode & NVME_STATUS_MASK) == NVME_STATUS_SUCCESS
                              ? STORAGE_PROTOCOL_STATUS_SUCCESS
                              : STORAGE_PROTOCOL_STATUS_ERROR;
    NvmeCompleteSrb(Adapter, Srb, SRB_STATUS_SUCCESS);
}

VOID NvmeStartProtocol(PNVME_ADAPTER Adapter, PVOID Srb, ULONG NamespaceId)
{
    PSTORAGE_PROTOCOL_COMMAND Given = SrbGetDataBuffer(Srb);
    PNVME_REQUEST Request = SrbGetMiniportContext(Srb);
    ULONG In = Given->DataFromDeviceTransferLength, Out = Given->DataToDeviceTransferLength;
    BOOLEAN Admin = Given->CommandSpecific == STORAGE_PROTOCOL_SPECIFIC_NVME_ADMIN_COMMAND;
    const NVME_COMMAND *Command = (PVOID)Given->Command;
    if (Given->ProtocolType != ProtocolTypeNvme) {
        NvmeRefuseProtocol(Adapter, Srb, STORAGE_PROTOCOL_STATUS_NOT_SUPPORTED);
        return;
    }
    if (Given->CommandLength != sizeof(*Command) ||
        (!Admin && Given->CommandSpecific != STORAGE_PROTOCOL_SPECIFIC_NVME_NVM_COMMAND) ||
        !NvmeCheckProtocol(Command, Admin, In, Out)) {
        NvmeRefuseProtocol(Adapter, Srb, STORAGE_PROTOCOL_STATUS_INVALID_REQUEST);
        return;
    }
    if (Given->Flags & STORAGE_PROTOCOL_COMMAND_FLAG_ADAPTER_REQUEST)
        NamespaceId = 0;
    NvmeMakeProtocol(Command, Admin, NamespaceId, &Request->Command);
    if (Admin)
        Request->Queue = &Adapter->Admin;
    PUCHAR Data =
        (PUCHAR)Given + (In ? Given->DataFromDeviceBufferOffset : Given->DataToDeviceBufferOffset);
    if (!NvmeDescribeMemory(Adapter, &Request->Command, Data, In + Out)) {
        NvmeRefuseProtocol(Adapter, Srb, STORAGE_PROTOCOL_STATUS_INVALID_REQUEST);
        return;
    }
    Request->Started = TRUE;
    if (NvmeSubmit(Request->Queue, &Request->Command, NvmeProtocolDone, Srb)) {
        Request->CommandId = Request->Command.CommandId;
        return;
    }
    Request->Started = FALSE;
    NvmeRefuseProtocol(Adapter, Srb, STORAGE_PROTOCOL_STATUS_BUSY);
}
