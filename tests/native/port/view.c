// Port sections and views of them.

#include "suite.h"

typedef struct _VIEW_ATTRIBUTES {
    ALPC_MESSAGE_ATTRIBUTES Header;
    ALPC_DATA_VIEW_ATTR View;
} VIEW_ATTRIBUTES;

#define WITH_VIEW {ALPC_MESSAGE_VIEW_ATTRIBUTE, ALPC_MESSAGE_VIEW_ATTRIBUTE}

static BOOLEAN IsMapped(PVOID Base)
{
    MEMORY_BASIC_INFORMATION Information;
    return NT_SUCCESS(NtQueryVirtualMemory(NtCurrentProcess(), Base, MemoryBasicInformation,
                                           &Information, sizeof(Information), nullptr)) &&
           Information.State == MEM_COMMIT;
}

VOID TestPortSection(void)
{
    PEERS Peers;
    ALPC_HANDLE Section;
    SIZE_T Size = 0;
    ALPC_DATA_VIEW_ATTR First = {.ViewSize = 100}, Second = {.ViewSize = 0x10000}, Third;
    REQUIRE(ConnectAlpc(&Peers));
    REQUIRE_STATUS(NtAlpcCreatePortSection(Peers.Client, 0, nullptr, 0x18000, &Section, &Size),
                   STATUS_SUCCESS);
    CHECK_EQUAL(Size, 0x18000);
    First.SectionHandle = Second.SectionHandle = Section;
    CHECK_STATUS(NtAlpcCreateSectionView(Peers.Client, 0, &First), STATUS_SUCCESS);
    CHECK_EQUAL(First.ViewSize, PAGE_SIZE);
    CHECK(First.ViewBase && IsMapped(First.ViewBase));
    CHECK_STATUS(NtAlpcCreateSectionView(Peers.Client, 0, &Second), STATUS_NO_MEMORY); // no gap
    Third = (ALPC_DATA_VIEW_ATTR){.SectionHandle = Section, .ViewSize = 0x8000};
    CHECK_STATUS(NtAlpcCreateSectionView(Peers.Client, 0, &Third), STATUS_SUCCESS);
    CHECK_STATUS(NtAlpcDeleteSectionView(Peers.Client, 0, First.ViewBase), STATUS_SUCCESS);
    CHECK(!IsMapped(First.ViewBase));
    CHECK_STATUS(NtAlpcDeleteSectionView(Peers.Client, 0, First.ViewBase),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(NtAlpcCreateSectionView(Peers.Client, 0, &Second), STATUS_SUCCESS);
    // A view outlives its section, but not its port.
    CHECK_STATUS(NtAlpcDeletePortSection(Peers.Client, 0, Section), STATUS_SUCCESS);
    CHECK_STATUS(NtAlpcDeletePortSection(Peers.Client, 0, Section), STATUS_INVALID_HANDLE);
    CHECK(IsMapped(Second.ViewBase));
    Disconnect(&Peers);
    CHECK(!IsMapped(Second.ViewBase) && !IsMapped(Third.ViewBase));
}

VOID TestSendView(void)
{
    PEERS Peers;
    ALPC_HANDLE Section;
    SIZE_T Size;
    VIEW_ATTRIBUTES Sent = {.Header = WITH_VIEW};
    VIEW_ATTRIBUTES Got = {.Header.AllocatedAttributes = ALPC_MESSAGE_VIEW_ATTRIBUTE};
    MESSAGE Request = MakeMessage(1), Received;
    REQUIRE(ConnectAlpc(&Peers));
    REQUIRE_STATUS(NtAlpcCreatePortSection(Peers.Client, 0, nullptr, 0x10000, &Section, &Size),
                   STATUS_SUCCESS);
    Sent.View = (ALPC_DATA_VIEW_ATTR){.SectionHandle = Section, .ViewSize = 0x2000};
    REQUIRE_STATUS(NtAlpcCreateSectionView(Peers.Client, 0, &Sent.View), STATUS_SUCCESS);
    volatile ULONG *Own = Sent.View.ViewBase;
    Own[100] = 4711;
    HANDLE Thread = StartRequest(Peers.Client, &Request, &Sent.Header);
    REQUIRE_STATUS(Receive(Peers.ConnectionPort, &Received, &Got.Header), STATUS_SUCCESS);
    REQUIRE(Got.Header.ValidAttributes == ALPC_MESSAGE_VIEW_ATTRIBUTE);
    volatile ULONG *Theirs = Got.View.ViewBase;
    CHECK(Theirs != Own && Got.View.ViewSize == 0x2000);
    CHECK_EQUAL(Theirs[100], 4711);
    Theirs[101] = 4712;
    CHECK_STATUS(Send(Peers.Server, 0, &Received, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(TestJoin(Thread), STATUS_SUCCESS);
    CHECK_EQUAL(Own[101], 4712);
    CHECK(IsMapped((PVOID)Theirs));
    // The server lets go of it by any of its ports; a client that goes takes its views along.
    CHECK_STATUS(NtAlpcDeleteSectionView(Peers.ConnectionPort, 0, (PVOID)Theirs), STATUS_SUCCESS);
    CHECK(!IsMapped((PVOID)Theirs));
    Request = MakeMessage(2);
    CHECK_STATUS(Send(Peers.Client, ALPC_MSGFLG_RELEASE_MESSAGE, &Request, &Sent.Header),
                 STATUS_SUCCESS);
    CHECK_STATUS(NtAlpcDeleteSectionView(Peers.Client, 0, Sent.View.ViewBase), STATUS_SUCCESS);
    REQUIRE_STATUS(Receive(Peers.ConnectionPort, &Received, &Got.Header), STATUS_SUCCESS);
    CHECK_EQUAL(((volatile ULONG *)Got.View.ViewBase)[101], 4712); // the message kept it
    Disconnect(&Peers);
    CHECK(!IsMapped(Got.View.ViewBase));
}

VOID TestViewFlags(void)
{
    PEERS Peers;
    ALPC_HANDLE Section;
    SIZE_T Size;
    VIEW_ATTRIBUTES Sent = {.Header = WITH_VIEW};
    VIEW_ATTRIBUTES Got = {.Header.AllocatedAttributes = ALPC_MESSAGE_VIEW_ATTRIBUTE};
    MESSAGE Request = MakeMessage(1), Received;
    REQUIRE(ConnectAlpc(&Peers));
    REQUIRE_STATUS(NtAlpcCreatePortSection(Peers.Client, 0, nullptr, 0x10000, &Section, &Size),
                   STATUS_SUCCESS);
    Sent.View = (ALPC_DATA_VIEW_ATTR){.SectionHandle = Section, .ViewSize = 0x1000};
    REQUIRE_STATUS(NtAlpcCreateSectionView(Peers.Client, 0, &Sent.View), STATUS_SUCCESS);
    Sent.View.Flags = ALPC_VIEWFLG_AUTO_RELEASE;
    HANDLE Thread = StartRequest(Peers.Client, &Request, &Sent.Header);
    REQUIRE_STATUS(Receive(Peers.ConnectionPort, &Received, &Got.Header), STATUS_SUCCESS);
    PVOID First = Got.View.ViewBase;
    CHECK(IsMapped(First));
    CHECK_STATUS(Send(Peers.Server, 0, &Received, nullptr), STATUS_SUCCESS);
    CHECK_STATUS(TestJoin(Thread), STATUS_SUCCESS);
    CHECK(!IsMapped(First));
    // Without the flag each message brings a view of its own; with it, one at a time.
    PVOID Bases[3];
    for (ULONG i = 0; i < 3; i++) {
        Request = MakeMessage(i);
        Sent.View.Flags = i == 2 ? ALPC_VIEWFLG_UNMAP_EXISTING : 0;
        CHECK_STATUS(Send(Peers.Client, ALPC_MSGFLG_RELEASE_MESSAGE, &Request, &Sent.Header),
                     STATUS_SUCCESS);
        REQUIRE_STATUS(Receive(Peers.ConnectionPort, &Received, &Got.Header), STATUS_SUCCESS);
        Bases[i] = Got.View.ViewBase;
        CHECK(IsMapped(Bases[i]));
        if (i == 1)
            CHECK(Bases[0] != Bases[1] && IsMapped(Bases[0]));
    }
    CHECK_STATUS(NtAlpcDeleteSectionView(Peers.Server, 0, Bases[2]), STATUS_SUCCESS);
    CHECK(!IsMapped(Bases[0]) && !IsMapped(Bases[1]) && !IsMapped(Bases[2]));
    Disconnect(&Peers);
}

VOID TestViewErrors(void)
{
    PEERS Peers;
    ALPC_HANDLE Section = nullptr;
    SIZE_T Size;
    VIEW_ATTRIBUTES Sent = {.Header = WITH_VIEW};
    MESSAGE Message = MakeMessage(1);
    REQUIRE(ConnectAlpc(&Peers));
    HANDLE Client = Peers.Client;
    CHECK_STATUS(NtAlpcCreatePortSection(Client, 0, nullptr, 0, &Section, &Size),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(NtAlpcCreatePortSection(Client, 1, nullptr, 0x1000, &Section, &Size),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(NtAlpcCreatePortSection(Client, 0, Client, 0x1000, &Section, &Size),
                 STATUS_OBJECT_TYPE_MISMATCH);
    NTSTATUS Status = NtAlpcCreatePortSection(Client, 0, nullptr, (SIZE_T)1 << 50, &Section, &Size);
    CHECK(!NT_SUCCESS(Status));
    CHECK_BAD_OUTPUT(NtAlpcCreatePortSection(Client, 0, nullptr, 0x1000, Bad, &Size));
    CHECK_BAD_OUTPUT(NtAlpcCreatePortSection(Client, 0, nullptr, 0x1000, &Section, Bad));
    REQUIRE_STATUS(NtAlpcCreatePortSection(Client, 0, nullptr, 0x1000, &Section, &Size),
                   STATUS_SUCCESS);
    ALPC_DATA_VIEW_ATTR View = {.SectionHandle = Section, .ViewSize = 0x2000};
    CHECK_STATUS(NtAlpcCreateSectionView(Client, 0, &View), STATUS_INVALID_PARAMETER);
    View.ViewSize = 0;
    CHECK_STATUS(NtAlpcCreateSectionView(Client, 0, &View), STATUS_INVALID_PARAMETER);
    View.ViewSize = 0x1000;
    CHECK_STATUS(NtAlpcCreateSectionView(Client, 1, &View), STATUS_INVALID_PARAMETER);
    View.SectionHandle = (ALPC_HANDLE)0x777;
    CHECK_STATUS(NtAlpcCreateSectionView(Client, 0, &View), STATUS_INVALID_HANDLE);
    CHECK_BAD_OUTPUT(NtAlpcCreateSectionView(Client, 0, Bad));
    View.SectionHandle = Section;
    REQUIRE_STATUS(NtAlpcCreateSectionView(Client, 0, &View), STATUS_SUCCESS);
    Sent.View = View;
    Sent.View.ViewSize = 0x1001;
    CHECK_STATUS(Send(Client, 0, &Message, &Sent.Header), STATUS_INVALID_PARAMETER);
    Sent.View.ViewSize = 0x1000;
    Sent.View.ViewBase = nullptr;
    CHECK_STATUS(Send(Client, 0, &Message, &Sent.Header), STATUS_INVALID_PARAMETER);
    Sent.View.ViewBase = View.ViewBase;
    Sent.View.Flags = 1;
    CHECK_STATUS(Send(Client, 0, &Message, &Sent.Header), STATUS_INVALID_PARAMETER);
    Sent.Header.AllocatedAttributes = 0; // valid, but without room
    CHECK_STATUS(Send(Client, 0, &Message, &Sent.Header), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(NtAlpcDeleteSectionView(Client, 1, View.ViewBase), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(NtAlpcDeletePortSection(Client, 1, Section), STATUS_INVALID_PARAMETER);
    Disconnect(&Peers);
}
