// The tests of the suite, and what they share.
#pragma once

#include <test.h>

#define TEST_ROOT L"\\Registry\\Machine\\SOFTWARE\\Test"

// help.c
NTSTATUS KeyCreate(HANDLE Parent, PCWSTR Name, ULONG Options, PHANDLE Key); // all access
NTSTATUS KeyOpen(HANDLE Parent, PCWSTR Name, ACCESS_MASK Access, PHANDLE Key);
NTSTATUS KeySet(HANDLE Key, PCWSTR Value, ULONG Type, const VOID *Data, ULONG Size);
NTSTATUS KeySetNumber(HANDLE Key, PCWSTR Value, ULONG Number);
// The number, or MAXULONG when there is none.
ULONG KeyGetNumber(HANDLE Key, PCWSTR Value);
// A new key of this name below TEST_ROOT; what was there before is gone.
HANDLE KeyFresh(PCWSTR Name);
VOID KeyDeleteTree(HANDLE Parent, PCWSTR Name);
UNICODE_STRING TestString(PCWSTR Text);

// keys.c
VOID TestCreateAndOpen(void);
VOID TestKeyNames(void);
VOID TestDepth(void);
VOID TestDelete(void);
VOID TestDeletedKey(void);
VOID TestVolatile(void);
VOID TestClass(void);
VOID TestRename(void);
VOID TestWriteTime(void);
VOID TestKeyFlagsAndTags(void);

// values.c
VOID TestValueTypes(void);
VOID TestValueSizes(void);
VOID TestValueNames(void);
VOID TestDeleteValue(void);
VOID TestMultipleValues(void);

// query.c
VOID TestKeyClasses(void);
VOID TestKeyBuffers(void);
VOID TestValueClasses(void);
VOID TestValueBuffers(void);
VOID TestEnumerateKeys(void);
VOID TestEnumerateValues(void);

// links.c
VOID TestLink(void);
VOID TestLinkValue(void);
VOID TestLinkLoop(void);
VOID TestCurrentControlSet(void);
VOID TestCurrentProfile(void);

// notify.c
VOID TestNotifyName(void);
VOID TestNotifyFilter(void);
VOID TestNotifySubtree(void);
VOID TestNotifySynchronous(void);
VOID TestNotifyPending(void);
VOID TestNotifyClosed(void);
VOID TestNotifyDeleted(void);
VOID TestNotifyApc(void);
VOID TestNotifyMultiple(void);

// security.c
VOID TestHandleRights(void);
VOID TestKeySecurity(void);
VOID TestInheritedSecurity(void);

// hives.c
VOID TestLoad(void);
VOID TestLoadRefused(void);
VOID TestUnload(void);
VOID TestHivePrivileges(void);
VOID TestOpenSubKeys(void);
VOID TestRestore(void);
VOID TestCompress(void);
VOID TestSystemHives(void);

// arguments.c
VOID TestBadHandles(void);
VOID TestBadPointers(void);
VOID TestBadNumbers(void);
