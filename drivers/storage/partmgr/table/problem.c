// Why a table is refused, for people.
#include "tablep.h"

static const char *const Texts[] = {
    [PtNoProblem] = "nothing is wrong",
    [PtProblemSignature] = "there is no GPT header where it should be",
    [PtProblemHeaderSize] = "the size of the GPT header is impossible",
    [PtProblemHeaderCrc] = "the checksum of the GPT header is wrong",
    [PtProblemHeaderPlace] = "the GPT header says that it lies elsewhere",
    [PtProblemUsableRange] = "the usable area of the GPT is not on the disk",
    [PtProblemArraySize] = "the number or size of the GPT's entries is impossible",
    [PtProblemArrayPlace] = "the GPT's entries lie in the usable area or not on the disk",
    [PtProblemArrayCrc] = "the checksum of the GPT's entries is wrong",
    [PtProblemUnreadable] = "sectors of the table cannot be read",
    [PtProblemEntryRange] = "a partition does not lie in the usable area of the disk",
    [PtProblemEntryOverlap] = "two partitions overlap",
    [PtProblemEntryId] = "two partitions have the same identifier, or one has none",
    [PtProblemEntryCount] = "the table has no room for so many partitions",
    [PtProblemBootFlag] = "an entry of the MBR has an impossible boot flag",
    [PtProblemExtended] = "the extended partitions do not form a chain",
    [PtProblemChainLoop] = "the chain of logical partitions comes back to itself",
    [PtProblemChainLong] = "the chain of logical partitions is too long",
    [PtProblemChainSignature] = "an extended boot record has no signature",
    [PtProblemTooSmall] = "the disk is too small for such a table",
    [PtProblemProtective] = "an MBR with a protective entry belongs to a GPT",
};
static_assert(sizeof(Texts) / sizeof(Texts[0]) == PtProblemCount);

const char *PtProblemText(PT_PROBLEM Problem)
{
    return Problem < PtProblemCount ? Texts[Problem] : "unknown";
}
