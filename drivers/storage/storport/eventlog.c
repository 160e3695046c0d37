// What storport and its miniports write to the system's event log.
#include "storportp.h"

#include <ntiologc.h>

// DumpData begins with words of storport's own: the unit, and what the writer adds.
static PIO_ERROR_LOG_PACKET StorpNewEvent(PSTOR_ADAPTER Adapter, NTSTATUS Code, ULONG Words,
                                          ULONG MoreBytes)
{
    ULONG Bytes = sizeof(IO_ERROR_LOG_PACKET) + Words * sizeof(ULONG) + MoreBytes;
    if (Bytes > ERROR_LOG_MAXIMUM_SIZE)
        return nullptr;
    PIO_ERROR_LOG_PACKET Entry = IoAllocateErrorLogEntry(Adapter->Self, (UCHAR)Bytes);
    if (!Entry)
        return nullptr;
    Entry->ErrorCode = Code;
    Entry->DumpDataSize = (USHORT)(Words * sizeof(ULONG));
    return Entry;
}

static ULONG StorpWordOf(ULONG Path, ULONG Target, ULONG Lun)
{
    return (Path & 0xFF) << 16 | (Target & 0xFF) << 8 | (Lun & 0xFF);
}

// Windows' event 129 (a reset because of a time-out), or 118 (of the bus). The data: which unit, and its step.
VOID StorpLogReset(PSTOR_UNIT Unit, BOOLEAN Bus)
{
    enum { Words = 2 };
    PIO_ERROR_LOG_PACKET Entry =
        StorpNewEvent(Unit->Adapter, Bus ? IO_WARNING_BUS_RESET : IO_WARNING_RESET, Words, 0);
    if (!Entry)
        return;
    Entry->FinalStatus = STATUS_IO_TIMEOUT;
    Entry->DumpData[0] = StorpWordOf(Unit->Path, Unit->Target, Unit->Lun);
    Entry->DumpData[1] = Unit->Step;
    IoWriteErrorLogEntry(Entry);
}

// ---- StorPortLogError. At DIRQL nothing can be allocated: the adapter's clock writes what was noted

static NTSTATUS StorpEventOf(ULONG ErrorCode)
{
    static const NTSTATUS Events[] = {
        [SP_BUS_PARITY_ERROR] = IO_ERR_PARITY,
        [SP_UNEXPECTED_DISCONNECT] = IO_ERR_CONTROLLER_ERROR,
        [SP_INVALID_RESELECTION] = IO_ERR_CONTROLLER_ERROR,
        [SP_BUS_TIME_OUT] = IO_ERR_TIMEOUT,
        [SP_PROTOCOL_ERROR] = IO_ERR_PROTOCOL,
        [SP_INTERNAL_ADAPTER_ERROR] = IO_ERR_CONTROLLER_ERROR,
        [SP_REQUEST_TIMEOUT] = IO_ERR_TIMEOUT,
        [SP_IRQ_NOT_RESPONDING] = IO_ERR_INTERNAL_ERROR,
        [SP_BAD_FW_WARNING] = IO_WRN_BAD_FIRMWARE,
        [SP_BAD_FW_ERROR] = IO_ERR_BAD_FIRMWARE,
    };
    return ErrorCode < RTL_NUMBER_OF(Events) && Events[ErrorCode] ? Events[ErrorCode]
                                                                  : IO_ERR_CONTROLLER_ERROR;
}

static VOID StorpWriteError(PSTOR_ADAPTER Adapter, const STOR_NOTED_ERROR *Noted)
{
    enum { Words = 2 };
    PIO_ERROR_LOG_PACKET Entry = StorpNewEvent(Adapter, StorpEventOf(Noted->ErrorCode), Words, 0);
    if (!Entry)
        return;
    Entry->UniqueErrorValue = Noted->UniqueId;
    Entry->DumpData[0] = Noted->Unit;
    Entry->DumpData[1] = Noted->ErrorCode;
    IoWriteErrorLogEntry(Entry);
}

// An error that comes while one is noted is not told of: it is most likely the same.
VOID StorpWriteNotedError(PSTOR_ADAPTER Adapter)
{
    if (Adapter->ErrorNoted != StorErrorNoted)
        return;
    STOR_NOTED_ERROR Noted = Adapter->NotedError; // which stays until the next line
    InterlockedExchange(&Adapter->ErrorNoted, StorNoError);
    StorpWriteError(Adapter, &Noted);
}

VOID NTAPI StorPortLogError(PVOID HwDeviceExtension, PSCSI_REQUEST_BLOCK Srb, UCHAR PathId,
                            UCHAR TargetId, UCHAR Lun, ULONG ErrorCode, ULONG UniqueId)
{
    PSTOR_ADAPTER Adapter = StorpAdapterOf(HwDeviceExtension);
    STOR_NOTED_ERROR Noted = {StorpWordOf(PathId, TargetId, Lun), ErrorCode, UniqueId};
    UNREFERENCED_PARAMETER(Srb);
    if (KeGetCurrentIrql() <= DISPATCH_LEVEL) {
        StorpWriteError(Adapter, &Noted);
        return;
    }
    if (InterlockedCompareExchange(&Adapter->ErrorNoted, StorErrorBeingNoted, StorNoError))
        return;
    Adapter->NotedError = Noted;
    InterlockedExchange(&Adapter->ErrorNoted, StorErrorNoted);
}

// ---- StorPortLogSystemEvent

static ULONG StorpStringBytes(const STOR_LOG_EVENT_DETAILS *Details)
{
    ULONG Bytes = 0;
    for (ULONG i = 0; i < Details->StringCount && Bytes <= ERROR_LOG_MAXIMUM_SIZE; i++)
        Bytes += (ULONG)(wcsnlen(Details->StringList[i], ERROR_LOG_MAXIMUM_SIZE) + 1) *
                 (ULONG)sizeof(WCHAR);
    return Bytes;
}

static VOID StorpPutStrings(PIO_ERROR_LOG_PACKET Entry, const STOR_LOG_EVENT_DETAILS *Details,
                            ULONG Offset)
{
    Entry->NumberOfStrings = (USHORT)Details->StringCount;
    Entry->StringOffset = (USHORT)Offset;
    for (ULONG i = 0; i < Details->StringCount; i++) {
        PWSTR Text = (PWSTR)((PUCHAR)Entry + Offset);
        wcscpy(Text, Details->StringList[i]);
        Offset += (ULONG)(wcslen(Text) + 1) * (ULONG)sizeof(WCHAR);
    }
}

// What there is no room for is the caller's to shorten: the room is told.
ULONG StorpLogEvent(PSTOR_ADAPTER Adapter, va_list Arguments)
{
    PSTOR_LOG_EVENT_DETAILS Details = va_arg(Arguments, PSTOR_LOG_EVENT_DETAILS);
    PULONG MaximumSize = va_arg(Arguments, PULONG);
    enum { Most = ERROR_LOG_MAXIMUM_SIZE - sizeof(IO_ERROR_LOG_PACKET) - sizeof(ULONG) };
    if (!Details || !MaximumSize || (Details->DumpDataSize && !Details->DumpData) ||
        (Details->StringCount && !Details->StringList))
        return STOR_STATUS_INVALID_PARAMETER;
    if (Details->InterfaceRevision != STOR_CURRENT_LOG_INTERFACE_REVISION ||
        Details->Size < sizeof(*Details))
        return STOR_STATUS_UNSUPPORTED_VERSION;
    if (KeGetCurrentIrql() > DISPATCH_LEVEL)
        return STOR_STATUS_INVALID_IRQL;
    ULONG Words = 1 + (min(Details->DumpDataSize, (ULONG)Most) + 3) / (ULONG)sizeof(ULONG);
    ULONG Strings = StorpStringBytes(Details);
    if (Details->DumpDataSize > Most || Words * sizeof(ULONG) + Strings > Most) {
        *MaximumSize = Most;
        return STOR_STATUS_INVALID_BUFFER_SIZE;
    }
    NTSTATUS Code = Details->StorportSpecificErrorCode ? StorpEventOf(Details->ErrorCode)
                                                       : (NTSTATUS)Details->ErrorCode;
    PIO_ERROR_LOG_PACKET Entry = StorpNewEvent(Adapter, Code, Words, Strings);
    if (!Entry)
        return STOR_STATUS_INSUFFICIENT_RESOURCES;
    Entry->UniqueErrorValue = Details->UniqueId;
    Entry->DumpData[0] = StorpWordOf(Details->PathId, Details->TargetId, Details->LunId);
    if (Details->DumpDataSize)
        RtlCopyMemory(&Entry->DumpData[1], Details->DumpData, Details->DumpDataSize);
    if (Details->StringCount)
        StorpPutStrings(Entry, Details,
                        FIELD_OFFSET(IO_ERROR_LOG_PACKET, DumpData) + Words * sizeof(ULONG));
    IoWriteErrorLogEntry(Entry);
    return STOR_STATUS_SUCCESS;
}
