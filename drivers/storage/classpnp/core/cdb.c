#include "core.h"

enum { // operation codes
    Read10 = 0x28,
    Write10 = 0x2A,
    Verify10 = 0x2F,
    Read16 = 0x88,
    Write16 = 0x8A,
    Verify16 = 0x8F,
};

static uint8_t Build(uint8_t Cdb[CORE_CDB_BYTES], uint8_t Short, uint8_t Code16, bool Long,
                     uint8_t Flags, uint64_t Block, uint32_t Blocks)
{
    for (size_t i = 0; i < CORE_CDB_BYTES; i++)
        Cdb[i] = 0;
    Cdb[1] = Flags;
    if (!Long && Blocks <= UINT16_MAX && Block + Blocks <= (uint64_t)UINT32_MAX + 1) {
        Cdb[0] = Short;
        CorePut32(Cdb + 2, (uint32_t)Block);
        CorePut16(Cdb + 7, (uint16_t)Blocks);
        return 10;
    }
    Cdb[0] = Code16;
    CorePut64(Cdb + 2, Block);
    CorePut32(Cdb + 10, Blocks);
    return 16;
}

uint8_t CoreBuildTransfer(uint8_t Cdb[CORE_CDB_BYTES], bool Write, bool Long, bool ForceUnitAccess,
                          uint64_t Block, uint32_t Blocks)
{
    uint8_t Flags = ForceUnitAccess ? 0x08 : 0;
    return Write ? Build(Cdb, Write10, Write16, Long, Flags, Block, Blocks)
                 : Build(Cdb, Read10, Read16, Long, Flags, Block, Blocks);
}

uint8_t CoreBuildVerify(uint8_t Cdb[CORE_CDB_BYTES], bool Long, uint64_t Block, uint32_t Blocks)
{
    return Build(Cdb, Verify10, Verify16, Long, 0, Block, Blocks);
}
