// Disks in memory under the partition and volume managers. Each test leaves no disk.
#include "suite.h"

static const TEST Tests[] = {
    {"the bus of the disks", TestSetUp},
    {"a disk without a table", TestEmptyDisk},
    {"a GPT, its partitions and volumes", TestGptLayout},
    {"an MBR with logical partitions", TestMbrLayout},
    {"the older layouts, and partitions' information", TestOldLayout},
    {"layouts that are refused", TestBadLayouts},
    {"from one style to the other", TestStyles},
    {"created and deleted", TestDelete},
    {"a volume's identifiers", TestIdentity},
    {"disk, partition and volume are in one host", TestOneHost},
    {"where a volume lies", TestPlaces},
    {"a volume off line", TestOffline},
    {"attributes of a GPT's partition", TestGptAttributes},
    {"partitions come and go while another is in use", TestOnlineChange},
    {"a partition grows while it is in use", TestGrow},
    {"a disk is pulled out under transfers", TestPullUnderTransfers},
    {"damaged GPTs", TestDamage},
    {"power cuts", TestPowerCuts},
    {"two disks with the same identifier", TestCollision},
    {"disks off line and read-only", TestDiskAttributes},
    {"sectors of 4096 bytes", TestLargeSectors},
    {"no table; media are changed", TestSuperfloppy},
    {"drive letters", TestLetters},
    {"mount points", TestPoints},
    {"the names that drivers ask for", TestDriverNames},
    {"letters by hand only", TestAutoMount},
    {"waiting for changes", TestChangeNotify},
    {"errors of the mount manager", TestMountErrors},
    {"the program volumes", TestProgramVolumes},
    {"the program mountvol", TestProgramMountvol}, // goes on from there
    {"random requests", TestRandom},
    {"the host of the disks ends", TestHostEnds},
};

const TEST_SUITE TestSuite = TEST_SUITE_OF(Tests);
