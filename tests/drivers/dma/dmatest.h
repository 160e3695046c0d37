// What the test driver dmatest.sys understands.
#pragma once

// Input: ULONG number of a test that the driver runs; output: ULONG line that failed, 0: none.
#define DMATEST_RUN    CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_BUFFERED, FILE_ANY_ACCESS)
// A list of the output buffer's pages, compared with them page by page. Information: elements of the list.
#define DMATEST_DIRECT CTL_CODE(FILE_DEVICE_UNKNOWN, 0x801, METHOD_OUT_DIRECT, FILE_ANY_ACCESS)

enum {
    DmaTestVersions,
    DmaTestList,
    DmaTestMerge,
    DmaTestChain,
    DmaTestBuild,
    DmaTestBounds,
    DmaTestBounce,
    DmaTestBounceWait,
    DmaTestOnePiece,
    DmaTestTargetMdl,
    DmaTestMapLoop,
    DmaTestMapBounce,
    DmaTestKeepChannel,
    DmaTestTransferContext,
    DmaTestMapEx,
    DmaTestCommonBuffers,
    DmaTestVector,
    DmaTestPhysical,
    DmaTestLimits,
    DmaTestCount,
};
