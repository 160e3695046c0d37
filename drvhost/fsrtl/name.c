// Names of files: their parts, what is legal in them, and expressions with wild cards.

#include "../ntos.h"

// The OEM code page has single bytes only: NlsMbOemCodePageTag is not set.
#undef FsRtlIsLeadDbcsCharacter
#define FsRtlIsLeadDbcsCharacter(c) ((VOID)(c), FALSE)

// What may be in a name, by character: on FAT, HPFS, NTFS, as a wild card, on OLE streams.
enum { Fat = 0x01, Hpfs = 0x02, Ntfs = 0x04, Wild = 0x08, Ole = 0x10, Stream = 0x14 };
#define BOTH (Fat | Hpfs | Ntfs | Ole)
#define LONG (Hpfs | Ntfs | Ole)

static const UCHAR FsRtlpLegal[128] = {
    [0 ... 31] = 0,
    [' '] = BOTH,
    ['!'] = Fat | Hpfs | Ntfs,
    ['"'] = Wild,
    ['#' ... ')'] = BOTH,
    ['*'] = Wild,
    ['+'] = LONG,
    [','] = LONG,
    ['-'] = BOTH,
    ['.'] = BOTH,
    ['/'] = 0,
    ['0' ... '9'] = BOTH,
    [':'] = 0,
    [';'] = LONG,
    ['<'] = Wild,
    ['='] = LONG,
    ['>'] = Wild,
    ['?'] = Wild,
    ['@'] = BOTH,
    ['A' ... 'Z'] = BOTH,
    ['['] = LONG,
    ['\\'] = 0,
    [']'] = LONG,
    ['^'] = BOTH,
    ['_'] = BOTH,
    ['`'] = BOTH,
    ['a' ... 'z'] = BOTH,
    ['{'] = BOTH,
    ['|'] = 0,
    ['}'] = BOTH,
    ['~'] = BOTH,
    [127] = BOTH,
};
const UCHAR *const FsRtlLegalAnsiCharacterArray = FsRtlpLegal;

static BOOLEAN FsRtlpIsWild(WCHAR c)
{
    return c < 128 && (FsRtlpLegal[c] & Wild);
}

// ---- Expressions. All places of the expression that a beginning of the name leads to are kept at once.

typedef struct _FSRTL_MATCH {
    const WCHAR *Expression;
    ULONG Length; // characters
    PUCHAR Now, Next;
} FSRTL_MATCH, *PFSRTL_MATCH;

// From there on too without a character; c = 0: the name ends here.
static VOID FsRtlpReach(const FSRTL_MATCH *Match, PUCHAR Places, ULONG Place, WCHAR c)
{
    while (!Places[Place]) {
        Places[Place] = TRUE;
        if (Place == Match->Length)
            return;
        WCHAR e = Match->Expression[Place];
        BOOLEAN Empty = e == L'*' || e == DOS_STAR || (e == DOS_QM && (c == 0 || c == L'.')) ||
                        (e == DOS_DOT && !c);
        if (!Empty)
            return;
        Place++;
    }
}

// Does the expression at the place take the character, and where does it go on?
static BOOLEAN FsRtlpTake(WCHAR e, WCHAR c, BOOLEAN LastDot, PULONG Place)
{
    switch (e) {
    case L'*':
        return TRUE;
    case DOS_STAR:
        return !LastDot;
    case DOS_QM:
        ++*Place;
        return c != L'.';
    case DOS_DOT:
        ++*Place;
        return c == L'.';
    default:
        ++*Place;
        return e == c || e == L'?';
    }
}

static BOOLEAN FsRtlpMatch(PFSRTL_MATCH Match, const WCHAR *Name, ULONG Length)
{
    ULONG LastDot = MAXULONG;
    for (ULONG i = 0; i < Length; i++) {
        if (Name[i] == L'.')
            LastDot = i;
    }
    FsRtlpReach(Match, Match->Now, 0, Length ? Name[0] : 0);
    for (ULONG i = 0; i < Length; i++) {
        BOOLEAN Any = FALSE;
        RtlZeroMemory(Match->Next, Match->Length + 1);
        for (ULONG Place = 0; Place < Match->Length; Place++) {
            ULONG To = Place;
            if (!Match->Now[Place] ||
                !FsRtlpTake(Match->Expression[Place], Name[i], i == LastDot, &To))
                continue;
            FsRtlpReach(Match, Match->Next, To, i + 1 < Length ? Name[i + 1] : 0);
            Any = TRUE;
        }
        if (!Any)
            return FALSE;
        PUCHAR Swap = Match->Now;
        Match->Now = Match->Next;
        Match->Next = Swap;
    }
    return Match->Now[Match->Length];
}

static BOOLEAN FsRtlpIsMatch(PCUNICODE_STRING Expression, PCUNICODE_STRING Name)
{
    enum { Usual = 260 };
    UCHAR Small[2 * (Usual + 1)] = {};
    FSRTL_MATCH Match = {Expression->Buffer, Expression->Length / sizeof(WCHAR), Small, nullptr};
    PUCHAR Large = nullptr;
    if (Match.Length > Usual) {
        Large = ExAllocatePoolWithTag(PagedPool, 2 * (Match.Length + 1), 'xeMF');
        if (!Large)
            ExRaiseStatus(STATUS_INSUFFICIENT_RESOURCES);
        RtlZeroMemory(Large, 2 * (Match.Length + 1));
        Match.Now = Large;
    }
    Match.Next = Match.Now + Match.Length + 1;
    BOOLEAN Matches = FsRtlpMatch(&Match, Name->Buffer, Name->Length / sizeof(WCHAR));
    if (Large)
        ExFreePoolWithTag(Large, 'xeMF');
    return Matches;
}

// The expression is in upper case if the case is to be ignored.
BOOLEAN NTAPI FsRtlIsNameInExpression(PUNICODE_STRING Expression, PUNICODE_STRING Name,
                                      BOOLEAN IgnoreCase, PWCHAR UpcaseTable)
{
    if (Expression->Length == sizeof(WCHAR) && Expression->Buffer[0] == L'*')
        return TRUE;
    if (!IgnoreCase)
        return FsRtlpIsMatch(Expression, Name);
    UNICODE_STRING Upper = {Name->Length, Name->Length, nullptr};
    Upper.Buffer = ExAllocatePoolWithTag(PagedPool, Name->Length + sizeof(WCHAR), 'xeMF');
    if (!Upper.Buffer)
        ExRaiseStatus(STATUS_INSUFFICIENT_RESOURCES);
    for (ULONG i = 0; i < Name->Length / sizeof(WCHAR); i++) {
        WCHAR c = Name->Buffer[i];
        Upper.Buffer[i] = UpcaseTable ? UpcaseTable[c] : RtlUpcaseUnicodeChar(c);
    }
    BOOLEAN Matches = FsRtlpIsMatch(Expression, &Upper);
    ExFreePoolWithTag(Upper.Buffer, 'xeMF');
    return Matches;
}

BOOLEAN NTAPI FsRtlIsDbcsInExpression(PANSI_STRING Expression, PANSI_STRING Name)
{
    UNICODE_STRING WideExpression, WideName;
    if (!NT_SUCCESS(RtlOemStringToUnicodeString(&WideExpression, Expression, TRUE)))
        ExRaiseStatus(STATUS_INSUFFICIENT_RESOURCES);
    if (!NT_SUCCESS(RtlOemStringToUnicodeString(&WideName, Name, TRUE))) {
        RtlFreeUnicodeString(&WideExpression);
        ExRaiseStatus(STATUS_INSUFFICIENT_RESOURCES);
    }
    BOOLEAN Matches = FsRtlpIsMatch(&WideExpression, &WideName);
    RtlFreeUnicodeString(&WideExpression);
    RtlFreeUnicodeString(&WideName);
    return Matches;
}

BOOLEAN NTAPI FsRtlDoesNameContainWildCards(PUNICODE_STRING Name)
{
    for (ULONG i = Name->Length / sizeof(WCHAR); i && Name->Buffer[i - 1] != L'\\'; i--) {
        if (FsRtlpIsWild(Name->Buffer[i - 1]))
            return TRUE;
    }
    return FALSE;
}

BOOLEAN NTAPI FsRtlDoesDbcsContainWildCards(PANSI_STRING Name)
{
    for (ULONG i = 0; i < Name->Length; i++) {
        if (FsRtlIsLeadDbcsCharacter(Name->Buffer[i]))
            i++;
        else if (FsRtlpIsWild((UCHAR)Name->Buffer[i]))
            return TRUE;
    }
    return FALSE;
}

BOOLEAN NTAPI FsRtlAreNamesEqual(PCUNICODE_STRING Name1, PCUNICODE_STRING Name2, BOOLEAN IgnoreCase,
                                 PCWCH UpcaseTable)
{
    if (Name1->Length != Name2->Length)
        return FALSE;
    for (ULONG i = 0; i < Name1->Length / sizeof(WCHAR); i++) {
        WCHAR a = Name1->Buffer[i], b = Name2->Buffer[i];
        if (a == b)
            continue;
        if (!IgnoreCase)
            return FALSE;
        if (UpcaseTable ? UpcaseTable[a] != UpcaseTable[b]
                        : RtlUpcaseUnicodeChar(a) != RtlUpcaseUnicodeChar(b))
            return FALSE;
    }
    return TRUE;
}

// ---- Parts

// The first name of a path, and what comes behind its separator. One separator at the beginning does not count.
VOID NTAPI FsRtlDissectName(UNICODE_STRING Path, PUNICODE_STRING FirstName,
                            PUNICODE_STRING RemainingName)
{
    ULONG Count = Path.Length / sizeof(WCHAR);
    ULONG First = Count && Path.Buffer[0] == L'\\', End = First;
    *FirstName = *RemainingName = (UNICODE_STRING){};
    while (End < Count && Path.Buffer[End] != L'\\')
        End++;
    if (!Count)
        return;
    USHORT Bytes = (USHORT)((End - First) * sizeof(WCHAR));
    *FirstName = (UNICODE_STRING){Bytes, Bytes, &Path.Buffer[First]};
    if (End >= Count)
        return;
    Bytes = (USHORT)((Count - End - 1) * sizeof(WCHAR));
    *RemainingName = (UNICODE_STRING){Bytes, Bytes, Bytes ? &Path.Buffer[End + 1] : nullptr};
}

VOID NTAPI FsRtlDissectDbcs(ANSI_STRING Path, PANSI_STRING FirstName, PANSI_STRING RemainingName)
{
    ULONG First = Path.Length && Path.Buffer[0] == '\\', End = First;
    *FirstName = *RemainingName = (ANSI_STRING){};
    while (End < Path.Length && Path.Buffer[End] != '\\')
        End += FsRtlIsLeadDbcsCharacter(Path.Buffer[End]) ? 2 : 1;
    if (!Path.Length)
        return;
    End = min(End, (ULONG)Path.Length);
    USHORT Bytes = (USHORT)(End - First);
    *FirstName = (ANSI_STRING){Bytes, Bytes, &Path.Buffer[First]};
    if (End >= Path.Length)
        return;
    Bytes = (USHORT)(Path.Length - End - 1);
    *RemainingName = (ANSI_STRING){Bytes, Bytes, Bytes ? &Path.Buffer[End + 1] : nullptr};
}

// ---- What is legal

// One part of a path: 8 characters, and 3 behind a dot.
static BOOLEAN FsRtlpIsFatPart(const ANSI_STRING *Name, BOOLEAN Wild)
{
    enum { BaseChars = 8, ExtensionChars = 3 };
    ULONG Length = 0, Limit = BaseChars;
    BOOLEAN Dot = FALSE;
    if (!Name->Length)
        return FALSE;
    if ((Name->Length == 1 && Name->Buffer[0] == '.') ||
        (Name->Length == 2 && Name->Buffer[0] == '.' && Name->Buffer[1] == '.'))
        return TRUE;
    if (!Wild && (Name->Length > BaseChars + 1 + ExtensionChars || Name->Buffer[0] == '.'))
        return FALSE;
    for (ULONG i = 0; i < Name->Length; i++) {
        CHAR c = Name->Buffer[i];
        if (FsRtlIsLeadDbcsCharacter(c)) {
            if (++i == Name->Length)
                return FALSE;
            Length++;
        } else if (!FsRtlIsAnsiCharacterLegalFat(c, Wild)) {
            return FALSE;
        } else if (c == '.' || (Wild && c == (CHAR)DOS_DOT)) {
            if (Dot || (!Wild && i && Name->Buffer[i - 1] == ' '))
                return FALSE;
            Dot = TRUE;
            Length = 0;
            Limit = ExtensionChars;
            continue;
        }
        if (++Length > Limit && !Wild)
            return FALSE;
    }
    CHAR Last = Name->Buffer[Name->Length - 1];
    return Last != ' ' && (Last != '.' || Wild);
}

static BOOLEAN FsRtlpIsHpfsPart(const ANSI_STRING *Name, BOOLEAN Wild)
{
    enum { NameChars = 255 };
    if (!Name->Length || Name->Length > NameChars)
        return FALSE;
    if ((Name->Length == 1 && Name->Buffer[0] == '.') ||
        (Name->Length == 2 && Name->Buffer[0] == '.' && Name->Buffer[1] == '.'))
        return TRUE;
    for (ULONG i = 0; i < Name->Length; i++) {
        CHAR c = Name->Buffer[i];
        if (FsRtlIsLeadDbcsCharacter(c)) {
            if (++i == Name->Length)
                return FALSE;
        } else if (!FsRtlIsAnsiCharacterLegalHpfs(c, Wild)) {
            return FALSE;
        }
    }
    CHAR Last = Name->Buffer[Name->Length - 1];
    return Last != ' ' && Last != '.';
}

static BOOLEAN FsRtlpIsLegal(ANSI_STRING Name, BOOLEAN Wild, BOOLEAN Path, BOOLEAN Backslash,
                             BOOLEAN (*IsPart)(const ANSI_STRING *, BOOLEAN))
{
    if (!Name.Length)
        return FALSE;
    if (Name.Buffer[0] == '\\') {
        if (!Backslash)
            return FALSE;
        Name.Buffer++;
        Name.Length--;
        if (!Name.Length)
            return TRUE;
    }
    if (!Path)
        return IsPart(&Name, Wild);
    while (Name.Length) {
        ANSI_STRING First, Rest;
        if (Name.Buffer[0] == '\\')
            return FALSE;
        FsRtlDissectDbcs(Name, &First, &Rest);
        if (!IsPart(&First, Wild))
            return FALSE;
        Name = Rest;
    }
    return TRUE;
}

BOOLEAN NTAPI FsRtlIsFatDbcsLegal(ANSI_STRING DbcsName, BOOLEAN WildCardsPermissible,
                                  BOOLEAN PathNamePermissible, BOOLEAN LeadingBackslashPermissible)
{
    return FsRtlpIsLegal(DbcsName, WildCardsPermissible, PathNamePermissible,
                         LeadingBackslashPermissible, FsRtlpIsFatPart);
}

BOOLEAN NTAPI FsRtlIsHpfsDbcsLegal(ANSI_STRING DbcsName, BOOLEAN WildCardsPermissible,
                                   BOOLEAN PathNamePermissible, BOOLEAN LeadingBackslashPermissible)
{
    return FsRtlpIsLegal(DbcsName, WildCardsPermissible, PathNamePermissible,
                         LeadingBackslashPermissible, FsRtlpIsHpfsPart);
}
