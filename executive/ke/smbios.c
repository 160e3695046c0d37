// The firmware's SMBIOS structures: a pointer in the last 64 KiB below 1 MiB leads to them (System Management BIOS Reference
// Specification 3.2, 5.2). UEFI firmware has the pointer elsewhere, where the kernel does not look: there are none then.
#include "kep.h"

enum {
    SMBIOS_AREA = 0xF0000,
    SMBIOS_AREA_SIZE = 0x10000,
    SMBIOS_STEP = 16,
    SMBIOS_MAX_SIZE = 1 << 20,
};

#pragma pack(push, 1)
typedef struct _SMBIOS_ENTRY { // 5.2.1
    CHAR Anchor[4];            // _SM_
    UCHAR Checksum, Length, Major, Minor;
    USHORT MaximumStructure;
    UCHAR Revision, Formatted[5];
    CHAR DmiAnchor[5];
    UCHAR DmiChecksum;
    USHORT TableLength;
    ULONG TableAddress;
} SMBIOS_ENTRY;

typedef struct _SMBIOS_ENTRY64 { // 5.2.2
    CHAR Anchor[5];              // _SM3_
    UCHAR Checksum, Length, Major, Minor, Docrev, Revision, Reserved;
    ULONG TableLength;
    ULONGLONG TableAddress;
} SMBIOS_ENTRY64;
#pragma pack(pop)
static_assert(offsetof(SMBIOS_ENTRY, TableAddress) == 0x18);
static_assert(offsetof(SMBIOS_ENTRY64, TableAddress) == 0x10);

static BOOLEAN KiIsEntry(const UCHAR *Place, const UCHAR *End, UCHAR Length)
{
    UCHAR Sum = 0;
    if (Length > End - Place)
        return FALSE;
    for (ULONG i = 0; i < Length; i++)
        Sum = (UCHAR)(Sum + Place[i]);
    return Sum == 0;
}

static BOOLEAN KiReadEntry(const UCHAR *Place, const UCHAR *End, KE_SMBIOS *Found,
                           PULONGLONG Address)
{
    const SMBIOS_ENTRY *Entry = (const SMBIOS_ENTRY *)Place;
    const SMBIOS_ENTRY64 *Entry64 = (const SMBIOS_ENTRY64 *)Place;
    if (End - Place < (LONG_PTR)sizeof(*Entry))
        return FALSE;
    if (memcmp(Entry64->Anchor, "_SM3_", 5) == 0 && Entry64->Length >= sizeof(*Entry64) &&
        KiIsEntry(Place, End, Entry64->Length)) {
        *Found = (KE_SMBIOS){Entry64->Major, Entry64->Minor, 0, Entry64->TableLength, nullptr};
        *Address = Entry64->TableAddress;
        return TRUE;
    }
    if (memcmp(Entry->Anchor, "_SM_", 4) != 0 || memcmp(Entry->DmiAnchor, "_DMI_", 5) != 0 ||
        Entry->Length < 0x1E || !KiIsEntry(Place, End, Entry->Length))
        return FALSE;
    *Found = (KE_SMBIOS){Entry->Major, Entry->Minor, Entry->Revision, Entry->TableLength, nullptr};
    *Address = Entry->TableAddress;
    return TRUE;
}

static VOID KiFindSmbios(KE_SMBIOS *Found)
{
    const UCHAR *Area = MmMapIoSpace(SMBIOS_AREA, SMBIOS_AREA_SIZE);
    ULONGLONG Address;
    for (ULONG Place = 0; Area && Place < SMBIOS_AREA_SIZE; Place += SMBIOS_STEP) {
        if (!KiReadEntry(Area + Place, Area + SMBIOS_AREA_SIZE, Found, &Address))
            continue;
        if (Found->Length && Found->Length <= SMBIOS_MAX_SIZE)
            Found->Table = MmMapIoSpace(Address, Found->Length);
        return;
    }
}

const KE_SMBIOS *KeQuerySmbios(VOID)
{
    static BOOLEAN Looked;
    static KE_SMBIOS Smbios;
    if (!Looked) {
        Looked = TRUE;
        KiFindSmbios(&Smbios);
    }
    return Smbios.Table ? &Smbios : nullptr;
}
