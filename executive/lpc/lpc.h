// Lpc: ports between processes, by the ALPC services and by the older LPC ones. Both use the same ports
// and messages.
#pragma once

extern POBJECT_TYPE AlpcPortObjectType;

NTSTATUS LpcInitSystem(void);
// A port to which the death of a thread is told (NtRegisterThreadTerminatePort).
NTSTATUS LpcReferencePort(HANDLE Handle, PVOID *Port);
VOID LpcSendClientDied(PVOID Port, const CLIENT_ID *Thread, LARGE_INTEGER CreateTime);
