// Which commands of a program's are given to the controller: those that tell something, and those of the vendor. What
// would change the device behind the drivers' back is not.
#include "translate.h"

enum {
    VendorAdmin = 0xC0, // and above
    VendorIo = 0x80,
};

static bool NvmeMayRun(uint8_t Opcode, bool Admin)
{
    if (!Admin)
        return Opcode >= VendorIo;
    switch (Opcode) {
    case NVME_ADMIN_GET_LOG_PAGE:
    case NVME_ADMIN_IDENTIFY:
    case NVME_ADMIN_GET_FEATURES:
    case NVME_ADMIN_DEVICE_SELF_TEST:
        return true;
    default:
        return Opcode >= VendorAdmin;
    }
}

// Bits 0 and 1 of the code say which way its data goes (NVM Express 1.4, 4.2).
bool NvmeCheckProtocol(const NVME_COMMAND *Given, bool Admin, uint32_t In, uint32_t Out)
{
    enum { ToController = 1, FromController = 2 };
    bool MayIn = Given->Opcode & FromController, MayOut = Given->Opcode & ToController;
    return NvmeMayRun(Given->Opcode, Admin) && !(In && Out) && (!In || MayIn) && (!Out || MayOut) &&
           In <= NVME_PROTOCOL_BYTES && Out <= NVME_PROTOCOL_BYTES;
}

// Of a unit that is asked about itself, the namespace is its own.
void NvmeMakeProtocol(const NVME_COMMAND *Given, bool Admin, uint32_t NamespaceId,
                      NVME_COMMAND *Command)
{
    *Command = *Given;
    Command->CommandId = 0;
    Command->Flags = 0;
    Command->Metadata = Command->Prp1 = Command->Prp2 = 0;
    bool OfNamespace = Admin ? Given->Opcode == NVME_ADMIN_IDENTIFY &&
                                   (Given->Cdw10 & 0xFF) == NVME_IDENTIFY_NAMESPACE
                             : true;
    if (OfNamespace && !Given->NamespaceId)
        Command->NamespaceId = NamespaceId;
}
