// What the test of file systems and its drivers have in common.
#pragma once

#define TESTFS_VOLUME    L"\\Device\\TestVolume0"
#define TESTFS_SIGNATURE 0x31534654 // at the beginning of a volume
enum { TestFsSectors = 128, TestFsSectorSize = 512 };

// Controls of the file system: how often it has mounted a volume since it was loaded.
#define FSCTL_TESTFS_MOUNTS \
    CTL_CODE(FILE_DEVICE_FILE_SYSTEM, 0x900, METHOD_BUFFERED, FILE_ANY_ACCESS)
// Adds one to each byte of the input, as output: METHOD_NEITHER.
#define FSCTL_TESTFS_ADD CTL_CODE(FILE_DEVICE_FILE_SYSTEM, 0x901, METHOD_NEITHER, FILE_ANY_ACCESS)
