// The inline routines for power and logging. Included by <storportext.h> alone.
#ifndef PROTEUS_DDK_STORPORTLOG_H
#define PROTEUS_DDK_STORPORTLOG_H

// ---- Power

STORPORT_INLINE ULONG StorPortSetPowerSettingNotificationGuids(PVOID HwDeviceExtension,
                                                               ULONG GuidCount, LPGUID Guid)
{
    return StorPortExtendedFunction(ExtFunctionSetPowerSettingNotificationGuids, HwDeviceExtension,
                                    GuidCount, Guid);
}

STORPORT_INLINE ULONG StorPortInitializePoFxPower(PVOID HwDeviceExtension, PSTOR_ADDRESS Address,
                                                  PSTOR_POFX_DEVICE Device, PBOOLEAN D3ColdEnabled)
{
    return StorPortExtendedFunction(ExtFunctionInitializePoFxPower, HwDeviceExtension, Address,
                                    Device, D3ColdEnabled);
}

STORPORT_INLINE ULONG StorPortPoFxActivateComponent(PVOID HwDeviceExtension, PSTOR_ADDRESS Address,
                                                    PSCSI_REQUEST_BLOCK Srb, ULONG Component,
                                                    ULONG Flags)
{
    return StorPortExtendedFunction(ExtFunctionPoFxActivateComponent, HwDeviceExtension, Address,
                                    Srb, Component, Flags);
}

STORPORT_INLINE ULONG StorPortPoFxIdleComponent(PVOID HwDeviceExtension, PSTOR_ADDRESS Address,
                                                PSCSI_REQUEST_BLOCK Srb, ULONG Component,
                                                ULONG Flags)
{
    return StorPortExtendedFunction(ExtFunctionPoFxIdleComponent, HwDeviceExtension, Address, Srb,
                                    Component, Flags);
}

STORPORT_INLINE ULONG StorPortPoFxSetComponentLatency(PVOID HwDeviceExtension,
                                                      PSTOR_ADDRESS Address, ULONG Component,
                                                      ULONGLONG Latency)
{
    return StorPortExtendedFunction(ExtFunctionPoFxSetComponentLatency, HwDeviceExtension, Address,
                                    Component, Latency);
}

STORPORT_INLINE ULONG StorPortPoFxSetComponentResidency(PVOID HwDeviceExtension,
                                                        PSTOR_ADDRESS Address, ULONG Component,
                                                        ULONGLONG Residency)
{
    return StorPortExtendedFunction(ExtFunctionPoFxSetComponentResidency, HwDeviceExtension,
                                    Address, Component, Residency);
}

STORPORT_INLINE ULONG StorPortPoFxSetIdleTimeout(PVOID HwDeviceExtension, PSTOR_ADDRESS Address,
                                                 ULONG IdleTimeoutInMS)
{
    return StorPortExtendedFunction(ExtFunctionPoFxSetIdleTimeout, HwDeviceExtension, Address,
                                    IdleTimeoutInMS);
}

STORPORT_INLINE ULONG StorPortPoFxPowerControl(PVOID HwDeviceExtension, PSTOR_ADDRESS Address,
                                               LPCGUID PowerControlCode, PVOID InBuffer,
                                               SIZE_T InBufferSize, PVOID OutBuffer,
                                               SIZE_T OutBufferSize, PSIZE_T BytesReturned)
{
    return StorPortExtendedFunction(ExtFunctionPoFxPowerControl, HwDeviceExtension, Address,
                                    PowerControlCode, InBuffer, InBufferSize, OutBuffer,
                                    OutBufferSize, BytesReturned);
}

// ---- Logging

STORPORT_INLINE ULONG StorPortLogSystemEvent(PVOID HwDeviceExtension,
                                             PSTOR_LOG_EVENT_DETAILS LogDetails, PULONG MaximumSize)
{
    return StorPortExtendedFunction(ExtFunctionLogSystemEvent, HwDeviceExtension, LogDetails,
                                    MaximumSize);
}

STORPORT_INLINE ULONG StorPortLogTelemetry(PVOID HwDeviceExtension, PSTOR_ADDRESS StorAddress,
                                           PSTORPORT_TELEMETRY_EVENT Event)
{
    return StorPortExtendedFunction(ExtFunctionMiniportTelemetry, HwDeviceExtension, StorAddress,
                                    Event);
}

STORPORT_INLINE ULONG StorPortEtwEvent2(PVOID HwDeviceExtension, PSTOR_ADDRESS Address,
                                        ULONG EventId, PWSTR EventDescription,
                                        ULONGLONG EventKeywords, STORPORT_ETW_LEVEL EventLevel,
                                        STORPORT_ETW_EVENT_OPCODE EventOpcode,
                                        PSCSI_REQUEST_BLOCK Srb, PWSTR Parameter1Name,
                                        ULONGLONG Parameter1Value, PWSTR Parameter2Name,
                                        ULONGLONG Parameter2Value)
{
    return StorPortExtendedFunction(ExtFunctionMiniportEtwEvent2, HwDeviceExtension, Address,
                                    EventId, EventDescription, EventKeywords, EventLevel,
                                    EventOpcode, Srb, Parameter1Name, Parameter1Value,
                                    Parameter2Name, Parameter2Value);
}

STORPORT_INLINE ULONG StorPortEtwEvent4(
    PVOID HwDeviceExtension, PSTOR_ADDRESS Address, ULONG EventId, PWSTR EventDescription,
    ULONGLONG EventKeywords, STORPORT_ETW_LEVEL EventLevel, STORPORT_ETW_EVENT_OPCODE EventOpcode,
    PSCSI_REQUEST_BLOCK Srb, PWSTR Parameter1Name, ULONGLONG Parameter1Value, PWSTR Parameter2Name,
    ULONGLONG Parameter2Value, PWSTR Parameter3Name, ULONGLONG Parameter3Value,
    PWSTR Parameter4Name, ULONGLONG Parameter4Value)
{
    return StorPortExtendedFunction(ExtFunctionMiniportEtwEvent4, HwDeviceExtension, Address,
                                    EventId, EventDescription, EventKeywords, EventLevel,
                                    EventOpcode, Srb, Parameter1Name, Parameter1Value,
                                    Parameter2Name, Parameter2Value, Parameter3Name,
                                    Parameter3Value, Parameter4Name, Parameter4Value);
}

STORPORT_INLINE ULONG StorPortEtwEvent8(
    PVOID HwDeviceExtension, PSTOR_ADDRESS Address, ULONG EventId, PWSTR EventDescription,
    ULONGLONG EventKeywords, STORPORT_ETW_LEVEL EventLevel, STORPORT_ETW_EVENT_OPCODE EventOpcode,
    PSCSI_REQUEST_BLOCK Srb, PWSTR Parameter1Name, ULONGLONG Parameter1Value, PWSTR Parameter2Name,
    ULONGLONG Parameter2Value, PWSTR Parameter3Name, ULONGLONG Parameter3Value,
    PWSTR Parameter4Name, ULONGLONG Parameter4Value, PWSTR Parameter5Name,
    ULONGLONG Parameter5Value, PWSTR Parameter6Name, ULONGLONG Parameter6Value,
    PWSTR Parameter7Name, ULONGLONG Parameter7Value, PWSTR Parameter8Name,
    ULONGLONG Parameter8Value)
{
    return StorPortExtendedFunction(
        ExtFunctionMiniportEtwEvent8, HwDeviceExtension, Address, EventId, EventDescription,
        EventKeywords, EventLevel, EventOpcode, Srb, Parameter1Name, Parameter1Value,
        Parameter2Name, Parameter2Value, Parameter3Name, Parameter3Value, Parameter4Name,
        Parameter4Value, Parameter5Name, Parameter5Value, Parameter6Name, Parameter6Value,
        Parameter7Name, Parameter7Value, Parameter8Name, Parameter8Value);
}

STORPORT_INLINE ULONG StorPortEtwChannelEvent2(
    PVOID HwDeviceExtension, PSTOR_ADDRESS Address, STORPORT_ETW_EVENT_CHANNEL EventChannel,
    ULONG EventId, PWSTR EventDescription, ULONGLONG EventKeywords, STORPORT_ETW_LEVEL EventLevel,
    STORPORT_ETW_EVENT_OPCODE EventOpcode, PSCSI_REQUEST_BLOCK Srb, PWSTR Parameter1Name,
    ULONGLONG Parameter1Value, PWSTR Parameter2Name, ULONGLONG Parameter2Value)
{
    return StorPortExtendedFunction(ExtFunctionMiniportChannelEtwEvent2, HwDeviceExtension, Address,
                                    EventChannel, EventId, EventDescription, EventKeywords,
                                    EventLevel, EventOpcode, Srb, Parameter1Name, Parameter1Value,
                                    Parameter2Name, Parameter2Value);
}

STORPORT_INLINE ULONG StorPortEtwChannelEvent4(
    PVOID HwDeviceExtension, PSTOR_ADDRESS Address, STORPORT_ETW_EVENT_CHANNEL EventChannel,
    ULONG EventId, PWSTR EventDescription, ULONGLONG EventKeywords, STORPORT_ETW_LEVEL EventLevel,
    STORPORT_ETW_EVENT_OPCODE EventOpcode, PSCSI_REQUEST_BLOCK Srb, PWSTR Parameter1Name,
    ULONGLONG Parameter1Value, PWSTR Parameter2Name, ULONGLONG Parameter2Value,
    PWSTR Parameter3Name, ULONGLONG Parameter3Value, PWSTR Parameter4Name,
    ULONGLONG Parameter4Value)
{
    return StorPortExtendedFunction(ExtFunctionMiniportChannelEtwEvent4, HwDeviceExtension, Address,
                                    EventChannel, EventId, EventDescription, EventKeywords,
                                    EventLevel, EventOpcode, Srb, Parameter1Name, Parameter1Value,
                                    Parameter2Name, Parameter2Value, Parameter3Name,
                                    Parameter3Value, Parameter4Name, Parameter4Value);
}

STORPORT_INLINE ULONG StorPortEtwChannelEvent8(
    PVOID HwDeviceExtension, PSTOR_ADDRESS Address, STORPORT_ETW_EVENT_CHANNEL EventChannel,
    ULONG EventId, PWSTR EventDescription, ULONGLONG EventKeywords, STORPORT_ETW_LEVEL EventLevel,
    STORPORT_ETW_EVENT_OPCODE EventOpcode, PSCSI_REQUEST_BLOCK Srb, PWSTR Parameter1Name,
    ULONGLONG Parameter1Value, PWSTR Parameter2Name, ULONGLONG Parameter2Value,
    PWSTR Parameter3Name, ULONGLONG Parameter3Value, PWSTR Parameter4Name,
    ULONGLONG Parameter4Value, PWSTR Parameter5Name, ULONGLONG Parameter5Value,
    PWSTR Parameter6Name, ULONGLONG Parameter6Value, PWSTR Parameter7Name,
    ULONGLONG Parameter7Value, PWSTR Parameter8Name, ULONGLONG Parameter8Value)
{
    return StorPortExtendedFunction(
        ExtFunctionMiniportChannelEtwEvent8, HwDeviceExtension, Address, EventChannel, EventId,
        EventDescription, EventKeywords, EventLevel, EventOpcode, Srb, Parameter1Name,
        Parameter1Value, Parameter2Name, Parameter2Value, Parameter3Name, Parameter3Value,
        Parameter4Name, Parameter4Value, Parameter5Name, Parameter5Value, Parameter6Name,
        Parameter6Value, Parameter7Name, Parameter7Value, Parameter8Name, Parameter8Value);
}

STORPORT_INLINE ULONG StorPortEtwLogByteStream(
    PVOID HwDeviceExtension, PSTOR_ADDRESS Address, STORPORT_ETW_EVENT_CHANNEL EventChannel,
    ULONG EventId, PWSTR EventDescription, ULONGLONG EventKeywords, STORPORT_ETW_LEVEL EventLevel,
    STORPORT_ETW_EVENT_OPCODE EventOpcode, ULONG DataLength, PUCHAR Data)
{
    return StorPortExtendedFunction(ExtFunctionMiniportLogByteStream, HwDeviceExtension, Address,
                                    EventChannel, EventId, EventDescription, EventKeywords,
                                    EventLevel, EventOpcode, DataLength, Data);
}

STORPORT_INLINE ULONG StorPortEtwLogError(PVOID HwDeviceExtension, PSTOR_ADDRESS Address, ULONG Id,
                                          PWSTR Description, ULONG DataBufferLength,
                                          PVOID DataBuffer)
{
    return StorPortExtendedFunction(ExtFunctionLogHardwareError, HwDeviceExtension, Address, Id,
                                    Description, DataBufferLength, DataBuffer);
}

#endif
