// The tests of the suite, and what they share.
#pragma once

#include <test.h>

#define FILE_NAME L"\\SystemRoot\\System32\\ntdll.dll"
#define DIRECTORY L"\\SystemRoot\\System32"
#define SHARE_ALL (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)

// For reading and waiting.
NTSTATUS OpenFile(PCWSTR Name, ULONG Share, ULONG Options, PHANDLE File);
HANDLE MustOpen(PCWSTR Name, ULONG Options); // null: failed, reported

// open.c
VOID TestOpen(void);
VOID TestOptions(void);
VOID TestNames(void);
VOID TestRelative(void);
VOID TestReadOnlyVolume(void);
VOID TestShare(void);
VOID TestEaBuffers(void);
VOID TestByName(void);
VOID TestDevices(void);
VOID TestNamesOfHandles(void);
VOID TestSecurity(void);

// read.c
VOID TestRead(void);
VOID TestPosition(void);
VOID TestAsynchronousRead(void);
VOID TestOffsets(void);
VOID TestScatter(void);
VOID TestWriteRefused(void);
VOID TestSharedPosition(void);

// info.c
VOID TestInformation(void);
VOID TestAllInformation(void);
VOID TestSetInformation(void);
VOID TestVolume(void);
VOID TestMode(void);

// directory.c
VOID TestEnumerate(void);
VOID TestEntriesOneByOne(void);
VOID TestPatterns(void);
VOID TestSmallBuffers(void);
VOID TestNotify(void);

// errors.c
VOID TestArguments(void);
VOID TestControls(void);
