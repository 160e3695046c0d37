// The service table, made of the one list that ntdll's stubs are made of.
#include "kep.h"

#define SERVICE(Name, Arguments) extern VOID Name(VOID);
#define UNSUPPORTED(Name, Arguments)
#include <nt/services.inc>
#undef SERVICE
#undef UNSUPPORTED

#define SERVICE(Name, Arguments)     {Name, Arguments, #Name},
#define UNSUPPORTED(Name, Arguments) {nullptr, Arguments, #Name},
const KI_SERVICE KiServices[] = {
#include <nt/services.inc>
};
#undef SERVICE
#undef UNSUPPORTED

const ULONG KiServiceCount = RTL_NUMBER_OF(KiServices);

// Services whose time has not come. The log names each of them once.
NTSTATUS KiUnsupportedService(ULONG Number)
{
    static BOOLEAN Reported[RTL_NUMBER_OF(KiServices)];
    if (!Reported[Number])
        DbgPrintEx(DPFLTR_SYSTEM_ID, DPFLTR_WARNING_LEVEL, "%s is not supported yet\n",
                   KiServices[Number].Name);
    Reported[Number] = TRUE;
    return STATUS_NOT_IMPLEMENTED;
}
