#include "driver.h"

DRIVER_INITIALIZE DriverEntry;

ULONG EduRead(PEDU Edu, ULONG Register)
{
    return READ_REGISTER_ULONG((PULONG)(Edu->Registers + Register));
}

VOID EduWrite(PEDU Edu, ULONG Register, ULONG Value)
{
    WRITE_REGISTER_ULONG((PULONG)(Edu->Registers + Register), Value);
}

BOOLEAN EduAwaitInterrupt(PEDU Edu)
{
    LARGE_INTEGER Timeout = {.QuadPart = -20'000'000};
    return KeWaitForSingleObject(&Edu->Interrupted, Executive, KernelMode, FALSE, &Timeout) ==
           STATUS_SUCCESS;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    LayerSetRoutines(DriverObject, EduAddDevice, EduControl, EduPnp);
    DriverObject->DriverUnload = UnloadNothing;
    return STATUS_SUCCESS;
}
