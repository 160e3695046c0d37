// A made-up machine: its tables in memory, ACPICA over them, the nodes that the driver makes of them.
#pragma once

#include "core.h"

typedef struct _MACHINE {
    LIST_ENTRY Nodes;
    BOOLEAN Found;   // its tables: there is something to end
    NTSTATUS Status; // of the last scan
} MACHINE;

// With TABLES/NAME.aml as its DSDT. FALSE: it does not start.
BOOLEAN StartMachine(MACHINE *Machine, PCSTR Name);
// With this as its DSDT's definition block, header included; what the header says of length and sum is corrected.
BOOLEAN StartMachineWith(MACHINE *Machine, const VOID *Table, SIZE_T Size);
VOID EndMachine(MACHINE *Machine);
PVOID ReadTable(PCSTR Name, SIZE_T *Size); // of malloc

// By its path in the namespace, or its device identifier and instance; null: there is none.
PACPI_NODE NodeAt(MACHINE *Machine, PCSTR Path);
PACPI_NODE NodeNamed(MACHINE *Machine, PCSTR Id, PCSTR Instance);

// ---- What the doubles know

extern ULONG DoubleAllocations;                 // of pool that have not been freed
VOID AddMemory(const VOID *Start, SIZE_T Size); // what may be mapped at its own address
VOID ForgetMemory(VOID);
extern acpi_physical_address RootPointer;
// Machines that start from now on have general-purpose events 0 to 15, at 620h.
extern BOOLEAN MachineHasEvents;
VOID RaiseInterrupt(VOID); // the system control interrupt
// A device of the test's: TRUE when the port is its own. Null: there is none.
extern BOOLEAN (*DoublePort)(ULONG Port, BOOLEAN Write, PULONG Value);
