// What the parts of the program share.
#pragma once

#include <test.h>

#include "pnptest.h"

#define SERVICES L"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\"
#define ENUM     L"\\Registry\\Machine\\System\\CurrentControlSet\\Enum\\"
#define CONTROL  L"\\Registry\\Machine\\System\\CurrentControlSet\\Control\\"
#define BUS_PATH L"ROOT\\TESTBUS\\0000"

enum { TextChars = 256 };

// ---- setup.c

VOID SetNumber(PCWSTR Key, PCWSTR Name, ULONG Value);
VOID SetText(PCWSTR Key, PCWSTR Name, ULONG Type, PCWSTR Value, ULONG Bytes);
#define SET_TEXT(Key, Name, Text)  SetText(Key, Name, REG_SZ, Text, sizeof(Text))
#define SET_TEXTS(Key, Name, Text) SetText(Key, Name, REG_MULTI_SZ, Text, sizeof(Text))
VOID RemoveValue(PCWSTR Key, PCWSTR Name);
// Bytes of the value, which is terminated here; 0: there is none of that type.
ULONG GetValue(PCWSTR Key, PCWSTR Name, ULONG Type, PVOID Buffer, ULONG Size);
VOID CheckText(PCWSTR Key, PCWSTR Name, PCWSTR Expected);
VOID MakeService(PCWSTR Service, PCWSTR Image, PCWSTR Group); // Group may be null
NTSTATUS LoadService(PCWSTR Service, BOOLEAN Load);

NTSTATUS OpenDevice(PCWSTR Name, PHANDLE File);
NTSTATUS OpenChild(PCWSTR Instance,
                   PHANDLE File); // by its interface; the device is PNPTEST\A\Instance
NTSTATUS Control(HANDLE File, ULONG Code, PVOID Input, ULONG InputLength, PVOID Output,
                 ULONG OutputLength, PULONG Length);
NTSTATUS ControlByName(PCWSTR Name, ULONG Code, PVOID Input, ULONG Length);

VOID SetBehaviour(const FUNCTION_BEHAVIOUR *Behaviour);
// Waits until the bus has been enumerated again.
VOID AddChild(PCWSTR Device, PCWSTR Instance, BUS_NEEDS Needs, ULONG Base);
VOID PullChild(PCWSTR Instance);
// Of PNPTEST\A, with one that goes along.
VOID AddChildWith(PCWSTR Instance, PCWSTR With, BUS_RELATION Relation);
VOID CheckReport(PCSTR Expected);
VOID ClearReport(void);

// ---- tree.c

NTSTATUS PnpAct(PLUGPLAY_CONTROL_CLASS Class, PCWSTR Path);
NTSTATUS RemoveDevice(PCWSTR Path);
// It is refused: Type is PNP_VETO_TYPE. Flags: PNP_QUERY_AND_REMOVE_*.
VOID CheckVeto(PCWSTR Path, ULONG Flags, ULONG Type, PCWSTR Refuser);
NTSTATUS GetRelated(PCWSTR Path, ULONG Relation, PWSTR Related); // TextChars
// Bytes, 0: none.
ULONG GetProperty(PCWSTR Path, ULONG Property, PVOID Buffer, ULONG Size);
// Waits some time for the device to have this problem (0: it is started); a check.
VOID CheckProblem(PCWSTR Path, ULONG Problem);
VOID CheckGone(PCWSTR Path);

NTSTATUS GetStatus(PCWSTR Path, PULONG Bits, PULONG Problem);

// ---- resources.c

BOOLEAN HasPorts(PCWSTR Path, ULONG64 Start); // eight, and nothing else
VOID CheckPorts(PCWSTR Path, ULONG64 Start);  // and that it is started

// Tests, by file
VOID TestBus(void), TestRecords(void), TestStack(void), TestInterface(void), TestRoot(void);
VOID TestPorts(void), TestConflict(void), TestAlternative(void), TestSecondList(void),
    TestAllKinds(void), TestMessages(void), TestBootConfiguration(void),
    TestFilteredRequirements(void);
VOID TestArrival(void), TestSurprise(void), TestSurpriseOpen(void), TestBusWaits(void),
    TestVeto(void), TestRemoveStart(void), TestOpenVeto(void), TestStateFailed(void);
VOID TestDisabled(void), TestNoDriver(void), TestFailedAdd(void), TestFailedStart(void),
    TestBadIdentifier(void), TestDuplicate(void), TestRaw(void);
VOID TestControlErrors(void), TestControlPrivilege(void);
VOID TestUnknownService(void), TestDisabledService(void), TestBadImage(void), TestEntryFails(void),
    TestMissingImport(void), TestAlreadyLoaded(void), TestInUse(void), TestSharedHost(void);
VOID TestDevicePolicy(void), TestParentPolicy(void), TestFilterPolicy(void);
VOID TestRebalance(void), TestRebalanceVeto(void), TestRequirementsChanged(void), TestEject(void),
    TestEjectRequest(void), TestRemovalRelations(void), TestHotPlug(void);
VOID TestForwarding(void), TestFunctionFaults(void), TestBusFaults(void),
    TestFunctionRestarts(void), TestBusRestarts(void);
