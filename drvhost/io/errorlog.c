// Error log entries of drivers. They go to the debug log.

#include "../ntos.h"

typedef struct _IOP_ERROR_ENTRY {
    PVOID Owner; // device or driver object, referenced; null: no one
    ULONG Size;  // of the packet
    DECLSPEC_ALIGN(16) IO_ERROR_LOG_PACKET Packet;
} IOP_ERROR_ENTRY, *PIOP_ERROR_ENTRY;

static PIOP_ERROR_ENTRY IopErrorEntry(PVOID ElEntry)
{
    return CONTAINING_RECORD(ElEntry, IOP_ERROR_ENTRY, Packet);
}

PVOID NTAPI IoAllocateErrorLogEntry(PVOID IoObject, UCHAR EntrySize)
{
    if (EntrySize < sizeof(IO_ERROR_LOG_PACKET))
        return nullptr;
    SIZE_T Size = FIELD_OFFSET(IOP_ERROR_ENTRY, Packet) + EntrySize;
    PIOP_ERROR_ENTRY Entry = ExAllocatePoolWithTag(NonPagedPoolNx, Size, 'rEoI');
    if (!Entry)
        return nullptr;
    RtlZeroMemory(Entry, Size);
    Entry->Owner = IoObject;
    Entry->Size = EntrySize;
    if (IoObject)
        ObfReferenceObject(IoObject);
    return &Entry->Packet;
}

PVOID NTAPI IoAllocateGenericErrorLogEntry(UCHAR EntrySize)
{
    return IoAllocateErrorLogEntry(nullptr, EntrySize);
}

VOID NTAPI IoFreeErrorLogEntry(PVOID ElEntry)
{
    PIOP_ERROR_ENTRY Entry = IopErrorEntry(ElEntry);
    if (Entry->Owner)
        ObfDereferenceObject(Entry->Owner);
    ExFreePoolWithTag(Entry, 'rEoI');
}

static PCUNICODE_STRING IopOwnerName(PVOID Owner)
{
    static const UNICODE_STRING Nobody = RTL_CONSTANT_STRING(L"a driver");
    if (!Owner)
        return &Nobody;
    PDRIVER_OBJECT Driver =
        ObpTypeOf(Owner) == &IopDeviceType ? ((PDEVICE_OBJECT)Owner)->DriverObject : Owner;
    return &Driver->DriverName;
}

static VOID IopPrintDumpData(const IOP_ERROR_ENTRY *Entry)
{
    ULONG Room = Entry->Size - FIELD_OFFSET(IO_ERROR_LOG_PACKET, DumpData);
    ULONG Count = min(Room, (ULONG)Entry->Packet.DumpDataSize) / sizeof(ULONG);
    for (ULONG i = 0; i < Count; i++)
        DbgPrintEx(DPFLTR_SYSTEM_ID, DPFLTR_WARNING_LEVEL, " %08lx", Entry->Packet.DumpData[i]);
}

// The strings begin at StringOffset, and each is terminated: one that runs out of the entry is left out.
static VOID IopPrintStrings(const IOP_ERROR_ENTRY *Entry)
{
    ULONG Offset = Entry->Packet.StringOffset;
    for (ULONG i = 0; i < Entry->Packet.NumberOfStrings && Offset < Entry->Size; i++) {
        PCWSTR Text = (PCWSTR)((PUCHAR)&Entry->Packet + Offset);
        ULONG Room = (Entry->Size - Offset) / sizeof(WCHAR);
        SIZE_T Length = wcsnlen(Text, Room);
        if (Length == Room)
            return;
        DbgPrintEx(DPFLTR_SYSTEM_ID, DPFLTR_WARNING_LEVEL, " \"%ws\"", Text);
        Offset += (ULONG)(Length + 1) * sizeof(WCHAR);
    }
}

VOID NTAPI IoWriteErrorLogEntry(PVOID ElEntry)
{
    PIOP_ERROR_ENTRY Entry = IopErrorEntry(ElEntry);
    DbgPrintEx(DPFLTR_SYSTEM_ID, DPFLTR_WARNING_LEVEL,
               "%wZ logs error %08lx (value %lu, status %08lx, function %02x, control %08lx)",
               IopOwnerName(Entry->Owner), Entry->Packet.ErrorCode, Entry->Packet.UniqueErrorValue,
               Entry->Packet.FinalStatus, Entry->Packet.MajorFunctionCode,
               Entry->Packet.IoControlCode);
    IopPrintDumpData(Entry);
    IopPrintStrings(Entry);
    DbgPrintEx(DPFLTR_SYSTEM_ID, DPFLTR_WARNING_LEVEL, "\n");
    IoFreeErrorLogEntry(ElEntry);
}
