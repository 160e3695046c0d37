// Configuration space of any bytes, all of which can be written: nothing leaves its arrays or goes on for ever.
#include "fake.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *Data, size_t Size);
int LLVMFuzzerTestOneInput(const uint8_t *Data, size_t Size)
{
    static FAKE Fake;
    PCI_BAR Bars[PciBarSlots];
    PCI_WINDOW Windows[PciWindowKinds];
    PCI_HEADER Header;
    char List[PciIdentifierBytes];
    FakeInit(&Fake, Size && (Data[0] & 1) ? 256 : FakeBytes);
    memcpy(Fake.Bytes, Data, Size < FakeBytes ? Size : FakeBytes);
    memset(Fake.Writable, Size ? Data[Size - 1] : 0, sizeof(Fake.Writable));
    if (!PciReadHeader(&Fake.Space, &Header))
        return 0;
    for (uint32_t Id = 0; Id < 32; Id++) {
        (void)PciFindCapability(&Fake.Space, Id);
        (void)PciFindExtended(&Fake.Space, Id);
    }
    for (uint32_t i = 0; i < 256; i += 7)
        (void)PciIsDriverByte(&Fake.Space, &Header, i);
    PciReadBars(&Fake.Space, Header.Type, Bars);
    PciReadWindows(&Fake.Space, Windows);
    for (uint32_t i = 0; i < PciWindowKinds; i++)
        PciWriteWindow(&Fake.Space, (PCI_WINDOW_KIND)i, &Windows[i]);
    PciHardwareIds(&Header, List);
    PciCompatibleIds(&Header, Data[0] & 0xF, List);
    return 0;
}
