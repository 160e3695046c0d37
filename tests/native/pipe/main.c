// Named pipes and mailslots: data, states, waiting and not waiting.

#include "suite.h"

static const TEST Tests[] = {
    {"bytes go both ways", TestBytes},
    {"messages keep their bounds", TestMessages},
    {"messages can be read as bytes", TestMessagesAsBytes},
    {"an empty message is read as one", TestEmptyMessage},
    {"a write beyond the quota waits", TestQuota},
    {"an end that does not wait", TestNonblocking},
    {"peeking takes nothing", TestPeek},
    {"transceive writes and reads", TestTransceive},
    {"a transfer larger than any quota", TestBigTransfer},
    {"what cannot be created or opened", TestCreateErrors},
    {"instances and their limit", TestInstances},
    {"inbound and outbound pipes", TestDirections},
    {"listening", TestListen},
    {"disconnecting", TestDisconnect},
    {"the server closes first", TestServerCloses},
    {"the client closes first", TestClientCloses},
    {"waiting for an instance", TestWait},
    {"an unnamed pipe", TestUnnamed},
    {"what a pipe tells about itself", TestInformation},
    {"who is at the ends", TestEnds},
    {"an event for several ends", TestEvents},
    {"events and the other end", TestEventStates},
    {"what is no event for a pipe", TestEventErrors},
    {"the directory of pipes", TestDirectory},
    {"the server acts as its client", TestImpersonate},
    {"a read that is pending", TestPendingRead},
    {"a write that is pending", TestPendingWrite},
    {"completion by APC", TestApc},
    {"completion ports", TestCompletionPort},
    {"modes that skip notices", TestSkipModes},
    {"cancelling requests", TestCancel},
    {"cancelling another thread's wait", TestCancelSynchronous},
    {"an alert ends an alertable read", TestAlertableRead},
    {"a thread ends with requests pending", TestThreadExit},
    {"the last handle ends requests", TestCloseCancels},
    {"flushing waits for the reader", TestFlush},
    {"two processes", TestTwoProcesses},
    {"the other process dies", TestDeadProcess},
    {"mailslots", TestMailslot},
    {"waiting for a message", TestMailslotWait},
};

static const TEST_CHILD Children[] = {{L"echo", ChildEcho}, {L"hang", ChildHang}};

const TEST_SUITE TestSuite = TEST_SUITE_WITH_CHILDREN(Tests, Children);
