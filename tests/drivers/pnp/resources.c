// What devices require, and what they are started with.
#include "suite.h"

#pragma pack(push, 4)
typedef struct _RESOURCE {
    UCHAR Type, Share;
    USHORT Flags;
    ULONG64 Start; // of ports and memory
    ULONG Length;
    ULONG Rest;
} RESOURCE;
typedef struct _RESOURCES { // CM_RESOURCE_LIST with one full descriptor
    ULONG Lists, InterfaceType, BusNumber;
    USHORT Version, Revision;
    ULONG Count;
    RESOURCE Resources[80];
} RESOURCES;
#pragma pack(pop)
static_assert(sizeof(RESOURCE) == 20);

enum { Port = 1, Interrupt = 2, Memory = 3, ProblemConflict = 12 };

static ULONG GetResources(PCWSTR Path, RESOURCES *Resources)
{
    memset(Resources, 0, sizeof(*Resources));
    GetProperty(Path, PNP_PROPERTY_RESOURCES, Resources, sizeof(*Resources));
    return Resources->Count;
}

BOOLEAN HasPorts(PCWSTR Path, ULONG64 Start)
{
    RESOURCES Resources;
    return GetResources(Path, &Resources) == 1 && Resources.Resources[0].Start == Start;
}

VOID CheckPorts(PCWSTR Path, ULONG64 Start)
{
    RESOURCES Resources;
    CheckProblem(Path, 0);
    CHECK_EQUAL(GetResources(Path, &Resources), 1);
    CHECK_EQUAL(Resources.Resources[0].Type, Port);
    CHECK_EQUAL(Resources.Resources[0].Start, Start);
    CHECK_EQUAL(Resources.Resources[0].Length, 8);
}

// The driver may use them, too.
VOID TestPorts(void)
{
    HANDLE File;
    ULONG Value = 0;
    AddChild(L"A", L"prt", BusNeedsPorts, 0xE00);
    CheckPorts(L"PNPTEST\\A\\prt", 0xE00);
    REQUIRE_STATUS(OpenChild(L"prt", &File), STATUS_SUCCESS);
    CHECK_STATUS(Control(File, FUNCTION_PORT, nullptr, 0, &Value, sizeof(Value), nullptr),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Value, 0xFF); // nothing is there
    NtClose(File);
    PullChild(L"prt");
    CheckGone(L"PNPTEST\\A\\prt");
}

VOID TestConflict(void)
{
    AddChild(L"A", L"cf1", BusNeedsPorts, 0xE00);
    AddChild(L"A", L"cf2", BusNeedsPorts, 0xE00);
    CheckPorts(L"PNPTEST\\A\\cf1", 0xE00);
    CheckProblem(L"PNPTEST\\A\\cf2", ProblemConflict);
    PullChild(L"cf1");
    CHECK_STATUS(PnpAct(PlugPlayControlStartDevice, L"PNPTEST\\A\\cf2"), STATUS_SUCCESS);
    CheckPorts(L"PNPTEST\\A\\cf2", 0xE00);
    PullChild(L"cf2");
}

VOID TestAlternative(void)
{
    AddChild(L"A", L"al1", BusNeedsAlternative, 0xE00);
    AddChild(L"A", L"al2", BusNeedsAlternative, 0xE00);
    AddChild(L"A", L"al3", BusNeedsAlternative, 0xE00);
    CheckPorts(L"PNPTEST\\A\\al1", 0xE00);
    CheckPorts(L"PNPTEST\\A\\al2", 0xE10);
    CheckProblem(L"PNPTEST\\A\\al3", ProblemConflict);
    PullChild(L"al1");
    PullChild(L"al2");
    PullChild(L"al3");
}

// What the first list had taken before it failed is free again.
VOID TestSecondList(void)
{
    AddChild(L"A", L"sl1", BusNeedsSecondList, 0xE00);
    CheckPorts(L"PNPTEST\\A\\sl1", 0xE20);
    AddChild(L"A", L"sl2", BusNeedsPorts, 0xE00);
    CheckPorts(L"PNPTEST\\A\\sl2", 0xE00);
    PullChild(L"sl1");
    PullChild(L"sl2");
}

VOID TestAllKinds(void)
{
    RESOURCES Resources;
    AddChild(L"A", L"all", BusNeedsAll, 0xE00);
    CheckProblem(L"PNPTEST\\A\\all", 0);
    CHECK_EQUAL(GetResources(L"PNPTEST\\A\\all", &Resources), 3);
    CHECK_EQUAL(Resources.Resources[0].Type, Port);
    CHECK_EQUAL(Resources.Resources[1].Type, Memory);
    CHECK_EQUAL(Resources.Resources[1].Start, 0xE000000);
    CHECK_EQUAL(Resources.Resources[1].Length, 0x1000);
    CHECK_EQUAL(Resources.Resources[2].Type, Interrupt);
    AddChild(L"A", L"al4", BusNeedsAll, 0xE80); // the interrupt is taken
    CheckProblem(L"PNPTEST\\A\\al4", ProblemConflict);
    PullChild(L"all");
    PullChild(L"al4");
}

// 64 vectors are there once; the second device is content with a block of 8.
VOID TestMessages(void)
{
    static RESOURCES Resources;
    ULONG Last = 0;
    AddChild(L"A", L"ms1", BusNeedsMessages, 0xE00);
    AddChild(L"A", L"ms2", BusNeedsMessages, 0xE00);
    CheckProblem(L"PNPTEST\\A\\ms1", 0);
    CHECK_EQUAL(GetResources(L"PNPTEST\\A\\ms1", &Resources), 70);
    for (ULONG i = 0; i < 6; i++)
        CHECK_EQUAL(Resources.Resources[i].Start, 0xE000000 + i * 0x1000);
    for (ULONG i = 6; i < 70; i++) {
        ULONG Vector = (ULONG)(Resources.Resources[i].Start >> 32);
        CHECK_EQUAL(Resources.Resources[i].Type, Interrupt);
        CHECK(Vector > Last);
        Last = Vector;
    }
    CheckProblem(L"PNPTEST\\A\\ms2", 0);
    CHECK_EQUAL(GetResources(L"PNPTEST\\A\\ms2", &Resources), 7);
    CHECK_EQUAL((ULONG)(Resources.Resources[6].Start >> 32) % 8, 0);
    PullChild(L"ms1");
    PullChild(L"ms2");
}

VOID TestBootConfiguration(void)
{
    AddChild(L"A", L"bt1", BusNeedsBoot, 0xE00);
    CheckPorts(L"PNPTEST\\A\\bt1", 0xE18);
    AddChild(L"A", L"bt2", BusNeedsBoot, 0xE00); // it is said to be there, too
    CheckPorts(L"PNPTEST\\A\\bt2", 0xE00);
    PullChild(L"bt1");
    PullChild(L"bt2");
}

VOID TestFilteredRequirements(void)
{
    SetBehaviour(&(FUNCTION_BEHAVIOUR){.Filter = TRUE});
    AddChild(L"A", L"flt", BusNeedsFiltered, 0xE00);
    CheckPorts(L"PNPTEST\\A\\flt", 0xE08);
    SetBehaviour(&(FUNCTION_BEHAVIOUR){});
    PullChild(L"flt");
}
