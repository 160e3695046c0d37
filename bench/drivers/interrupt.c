// From an interrupt to the driver: QEMU's teaching device raises one at the write of a register.

#include <service.h>

#include "../../tests/drivers/edu/edu.h"
#include "hosts.h"

static VOID OpenEdu(PHANDLE File)
{
    REQUIRE_STATUS(ServiceStartFor(L"PCI\\VEN_1234&DEV_11E8", L"edutest", L"edutest.sys"),
                   STATUS_SUCCESS);
    REQUIRE_STATUS(ServiceOpen(EDU_DEVICE_NAME, GENERIC_READ | GENERIC_WRITE,
                               FILE_SYNCHRONOUS_IO_NONALERT, File),
                   STATUS_SUCCESS);
}

VOID BenchInterrupt(void)
{
    enum { Rounds = 32 };
    HANDLE File = nullptr;
    EDU_LATENCY_DATA Data, Least = {MAXULONG, MAXULONG, MAXULONG};
    IO_STATUS_BLOCK Io;
    OpenEdu(&File);
    for (int i = 0; i < Rounds; i++) {
        REQUIRE_STATUS(NtDeviceIoControlFile(File, nullptr, nullptr, nullptr, &Io,
                                             EDU_CODE(EDU_LATENCY), nullptr, 0, &Data,
                                             sizeof(Data)),
                       STATUS_SUCCESS);
        Least.Service = min(Least.Service, Data.Service);
        Least.Deferred = min(Least.Deferred, Data.Deferred);
        Least.Thread = min(Least.Thread, Data.Thread);
    }
    NtClose(File);
    TestMeasured("interrupt-to-service-routine", Least.Service, "instructions");
    TestMeasured("service-routine-to-dpc", Least.Deferred, "instructions");
    TestMeasured("dpc-to-waiting-thread", Least.Thread, "instructions");
}
