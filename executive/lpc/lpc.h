// Lpc: ports between processes, by the ALPC services and by the older LPC ones. Both use the same ports
// and messages.
#pragma once

extern POBJECT_TYPE AlpcPortObjectType;

NTSTATUS LpcInitSystem(void);
