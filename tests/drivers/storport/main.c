// storport.sys over a virtual miniport whose disks fail, hang and vanish as this program says.
#include "suite.h"

static const TEST Tests[] = {
    {"the adapter starts", TestStart},
    {"identifiers of units", TestIds},
    {"an adapter has no SCSI address", TestAddress},
    {"capabilities", TestCapabilities},
    {"inquiry data of all units", TestInquiryData},
    {"properties", TestProperties},
    {"bad control requests", TestControlErrors},
    {"read and write", TestReadWrite},
    {"every length", TestLengths},
    {"blocks that are not there", TestOutOfRange},
    {"a read-only unit", TestReadOnly},
    {"a command that is unknown, a unit that is not there", TestUnknown},
    {"bad pass-through requests", TestPassErrors},
    {"many requests at a time", TestDepth},
};

const TEST_SUITE TestSuite = TEST_SUITE_OF(Tests);
