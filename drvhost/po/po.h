// What po offers the other folders.
#pragma once

VOID PopForgetDevice(PDEVICE_OBJECT DeviceObject); // it is deleted
