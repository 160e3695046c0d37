// Disks in memory under the partition and volume managers. Each test leaves no disk.
#include "suite.h"

static const TEST Tests[] = {
    {"the bus of the disks", TestSetUp},
    {"a disk without a table", TestEmptyDisk},
    {"a GPT, its partitions and volumes", TestGptLayout},
    {"an MBR with logical partitions", TestMbrLayout},
    {"the older layouts, and partitions' information", TestOldLayout},
    {"layouts that are refused", TestBadLayouts},
    {"created and deleted", TestDelete},
};

const TEST_SUITE TestSuite = TEST_SUITE_OF(Tests);
