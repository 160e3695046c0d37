// Short names for long ones: NAME~1.EXT to NAME~4.EXT, then two characters and a hash (NA1A2B~1.EXT), so that many
// names with the same begin do not make many tries.
#include "fatp.h"

enum { FAT_PLAIN_TAILS = 4, FAT_MOST_TAILS = 999999 };

typedef struct _FAT_BASIS {
    uint8_t Base[8], Extension[3];
    uint32_t BaseLength, ExtensionLength;
    bool Exact; // is the whole name
} FAT_BASIS;

// Allowed in long names only.
static bool FatIsLongOnly(uint16_t Character)
{
    switch (Character) {
    case '+':
    case ',':
    case ';':
    case '=':
    case '[':
    case ']':
        return true;
    default:
        return false;
    }
}

// The character in the code page, if it comes back the same.
static uint8_t FatOemOf(const FAT_STORE *Store, uint16_t Character)
{
    uint16_t Upper = Store->Upcase(Character);
    uint8_t Byte = Store->ToOem(Upper);
    if (Byte <= ' ' || Store->FromOem(Byte) != Upper)
        return 0;
    return Byte;
}

static uint32_t FatLastDot(const uint16_t *Name, uint32_t Length)
{
    for (uint32_t i = Length; i-- > 0;) {
        if (Name[i] == '.')
            return i;
    }
    return Length;
}

// ---- Names that need no long one

static bool FatPlainPart(const FAT_STORE *Store, const uint16_t *Name, uint32_t Length,
                         uint8_t *Raw, bool *Lower)
{
    bool HasLower = false, HasUpper = false;
    for (uint32_t i = 0; i < Length; i++) {
        uint16_t Character = Name[i];
        Raw[i] = FatOemOf(Store, Character);
        if (!Raw[i] || Character == '.' || FatIsLongOnly(Character))
            return false;
        if (Character >= 'a' && Character <= 'z')
            HasLower = true;
        else if (Character >= 'A' && Character <= 'Z')
            HasUpper = true;
        else if (Store->Upcase(Character) != Character)
            return false; // the flags are about ASCII only
    }
    *Lower = HasLower;
    return !(HasLower && HasUpper);
}

bool FatShortOfName(const FAT_STORE *Store, const uint16_t *Name, uint32_t Length,
                    uint8_t *ShortRaw, uint8_t *Case)
{
    uint32_t Dot = FatLastDot(Name, Length);
    uint32_t Extension = Dot < Length ? Length - Dot - 1 : 0;
    bool LowerBase, LowerExtension = false;
    *Case = 0;
    memset(ShortRaw, ' ', FAT_SHORT_BYTES);
    if (!Dot || Dot > 8 || Extension > 3 || (Dot < Length && !Extension))
        return false;
    if (!FatPlainPart(Store, Name, Dot, ShortRaw, &LowerBase) ||
        !FatPlainPart(Store, Name + Length - Extension, Extension, ShortRaw + 8, &LowerExtension))
        return false;
    *Case = (uint8_t)((LowerBase ? FAT_CASE_BASE : 0) | (LowerExtension ? FAT_CASE_EXTENSION : 0));
    if (ShortRaw[0] == FAT_SLOT_FREE)
        ShortRaw[0] = FAT_SLOT_KANJI;
    return true;
}

// ---- Names that do

static uint32_t FatBasisPart(const FAT_STORE *Store, const uint16_t *Name, uint32_t Length,
                             uint8_t *Out, uint32_t Room, bool *Exact)
{
    uint32_t Count = 0;
    for (uint32_t i = 0; i < Length; i++) {
        uint8_t Byte = FatOemOf(Store, Name[i]);
        if (Name[i] == ' ' || Name[i] == '.') {
            *Exact = false;
            continue;
        }
        if (!Byte || FatIsLongOnly(Name[i])) {
            Byte = '_';
            *Exact = false;
        }
        if (Count == Room) {
            *Exact = false;
            break;
        }
        Out[Count++] = Byte;
    }
    return Count;
}

static FAT_BASIS FatMakeBasis(const FAT_STORE *Store, const uint16_t *Name, uint32_t Length)
{
    FAT_BASIS Basis = {.Exact = true};
    uint32_t Start = 0;
    while (Start < Length && (Name[Start] == '.' || Name[Start] == ' '))
        Start++;
    Basis.Exact = Start == 0;
    uint32_t Dot = Start + FatLastDot(Name + Start, Length - Start);
    Basis.BaseLength = FatBasisPart(Store, Name + Start, Dot - Start, Basis.Base, 8, &Basis.Exact);
    if (Dot < Length)
        Basis.ExtensionLength =
            FatBasisPart(Store, Name + Dot + 1, Length - Dot - 1, Basis.Extension, 3, &Basis.Exact);
    if (!Basis.BaseLength)
        Basis.Exact = false;
    return Basis;
}

static void FatFillShort(uint8_t *ShortRaw, const uint8_t *Base, uint32_t BaseLength,
                         const char *Tail, uint32_t TailLength, const FAT_BASIS *Basis)
{
    if (BaseLength + TailLength > 8)
        BaseLength = 8 - TailLength;
    memset(ShortRaw, ' ', FAT_SHORT_BYTES);
    memcpy(ShortRaw, Base, BaseLength);
    memcpy(ShortRaw + BaseLength, Tail, TailLength);
    memcpy(ShortRaw + 8, Basis->Extension, Basis->ExtensionLength);
    if (ShortRaw[0] == FAT_SLOT_FREE)
        ShortRaw[0] = FAT_SLOT_KANJI;
}

static uint32_t FatTail(uint32_t Number, char *Tail)
{
    char Digits[8];
    uint32_t Count = 0, Length = 1;
    do {
        Digits[Count++] = (char)('0' + Number % 10);
        Number /= 10;
    } while (Number);
    Tail[0] = '~';
    while (Count)
        Tail[Length++] = Digits[--Count];
    return Length;
}

static uint32_t FatHashedBase(const FAT_BASIS *Basis, uint32_t Hash, uint8_t *Base)
{
    static const char Hex[] = "0123456789ABCDEF";
    uint32_t Length = Basis->BaseLength < 2 ? Basis->BaseLength : 2;
    memcpy(Base, Basis->Base, Length);
    for (int i = 12; i >= 0; i -= 4)
        Base[Length++] = (uint8_t)Hex[Hash >> i & 15];
    return Length;
}

FAT_RESULT FatMakeShort(FAT_DIRECTORY *Directory, const uint16_t *Name, uint32_t Length,
                        uint8_t *ShortRaw)
{
    const FAT_STORE *Store = Directory->Volume->Store;
    FAT_BASIS Basis = FatMakeBasis(Store, Name, Length);
    uint32_t Hash = FatHashName(Store, Name, Length);
    uint8_t Base[8];
    char Tail[8];
    FAT_RESULT Result = FatExists;
    if (Basis.Exact) {
        FatFillShort(ShortRaw, Basis.Base, Basis.BaseLength, "", 0, &Basis);
        Result = FatFindShort(Directory, ShortRaw);
    }
    for (uint32_t i = 1; Result == FatExists && i <= FAT_PLAIN_TAILS; i++) {
        FatFillShort(ShortRaw, Basis.Base, Basis.BaseLength, Tail, FatTail(i, Tail), &Basis);
        Result = FatFindShort(Directory, ShortRaw);
    }
    uint32_t BaseLength = FatHashedBase(&Basis, Hash ^ Hash >> 16, Base);
    for (uint32_t i = 1; Result == FatExists && i <= FAT_MOST_TAILS; i++) {
        FatFillShort(ShortRaw, Base, BaseLength, Tail, FatTail(i, Tail), &Basis);
        Result = FatFindShort(Directory, ShortRaw);
    }
    return Result == FatNotFound ? FatDone : Result == FatExists ? FatDirectoryFull : Result;
}
