// Regular expressions. Each character of the line is held against all places of the pattern that what came before has led to.
#include "regex.h"

#include "services.h"

typedef enum _SHP_ATOM_KIND {
    ShpCharacter,
    ShpAny,
    ShpClass,
    ShpOtherClass, // [^...]
    // These take no character
    ShpLineBegin,
    ShpLineEnd,
    ShpWordBegin,
    ShpWordEnd,
} SHP_ATOM_KIND;

typedef struct _SHP_ATOM {
    SHP_ATOM_KIND Kind;
    BOOLEAN Star;
    WCHAR Character;
    PWSTR Class; // what stands in the brackets
} SHP_ATOM;

struct _SH_REGEX {
    BOOLEAN IgnoreCase;
    SIZE_T Count;
    SHP_ATOM *Atoms;
    PUCHAR Now, Next; // for each atom, and the end: can the text so far have led there?
};

static BOOLEAN ShpTakesNothing(const SHP_ATOM *Atom)
{
    return Atom->Kind >= ShpLineBegin;
}

// ---- Making

static SHP_ATOM *ShpAddAtom(PSH_REGEX Regex, SHP_ATOM_KIND Kind, WCHAR Character)
{
    SHP_ATOM *Atom = &Regex->Atoms[Regex->Count++];
    *Atom = (SHP_ATOM){.Kind = Kind, .Character = Character};
    return Atom;
}

// At the opening bracket. Returns the closing one; null: there is none, and the bracket means itself.
static PCWSTR ShpReadClass(PSH_REGEX Regex, PCWSTR At)
{
    BOOLEAN Other = At[1] == L'^';
    PCWSTR First = At + 1 + Other;
    PCWSTR End = *First ? wcschr(First + 1, L']') : nullptr; // one that comes first is in the class
    if (!End)
        return nullptr;
    ShpAddAtom(Regex, Other ? ShpOtherClass : ShpClass, 0)->Class =
        ShCopy(First, (SIZE_T)(End - First));
    return End;
}

// One atom. Returns its last character.
static PCWSTR ShpReadAtom(PSH_REGEX Regex, PCWSTR At, BOOLEAN First)
{
    PCWSTR End;
    if (*At == L'\\' && At[1]) {
        SHP_ATOM_KIND Kind = At[1] == L'<'   ? ShpWordBegin
                             : At[1] == L'>' ? ShpWordEnd
                                             : ShpCharacter;
        ShpAddAtom(Regex, Kind, At[1]);
        return At + 1;
    }
    if (*At == L'[' && (End = ShpReadClass(Regex, At)) != nullptr)
        return End;
    SHP_ATOM *Last = Regex->Count ? &Regex->Atoms[Regex->Count - 1] : nullptr;
    if (*At == L'*' && !First && Last && !ShpTakesNothing(Last))
        Last->Star = TRUE;
    else if (*At == L'^' && First)
        ShpAddAtom(Regex, ShpLineBegin, 0);
    else if (*At == L'$' && !At[1])
        ShpAddAtom(Regex, ShpLineEnd, 0);
    else
        ShpAddAtom(Regex, *At == L'.' ? ShpAny : ShpCharacter, *At);
    return At;
}

PSH_REGEX ShMakeRegex(PCWSTR Pattern, ULONG Flags)
{
    SIZE_T Most = wcslen(Pattern) + 2;
    PSH_REGEX Regex = SysAllocate(sizeof(*Regex));
    Regex->IgnoreCase = (Flags & ShRegexIgnoreCase) != 0;
    Regex->Atoms = SysAllocate(Most * sizeof(*Regex->Atoms));
    if (Flags & ShRegexAtBegin)
        ShpAddAtom(Regex, ShpLineBegin, 0);
    for (PCWSTR At = Pattern; *At; At++) {
        if (Flags & ShRegexLiteral)
            ShpAddAtom(Regex, ShpCharacter, *At);
        else
            At = ShpReadAtom(Regex, At, At == Pattern);
    }
    if (Flags & ShRegexAtEnd)
        ShpAddAtom(Regex, ShpLineEnd, 0);
    Regex->Now = SysAllocate(Regex->Count + 1);
    Regex->Next = SysAllocate(Regex->Count + 1);
    return Regex;
}

VOID ShFreeRegex(PSH_REGEX Regex)
{
    for (SIZE_T i = 0; i < Regex->Count; i++)
        SysFree(Regex->Atoms[i].Class);
    SysFree(Regex->Atoms);
    SysFree(Regex->Now);
    SysFree(Regex->Next);
    SysFree(Regex);
}

// ---- Finding

static BOOLEAN ShpIsInClass(PCWSTR Class, WCHAR Character)
{
    for (; *Class; Class++) {
        BOOLEAN Range = Class[1] == L'-' && Class[2];
        if (Range ? Character >= Class[0] && Character <= Class[2] : Character == Class[0])
            return TRUE;
        Class += Range ? 2 : 0;
    }
    return FALSE;
}

static BOOLEAN ShpAtomTakes(const SH_REGEX *Regex, const SHP_ATOM *Atom, WCHAR Character)
{
    WCHAR Small = (WCHAR)towlower(Character), Capital = (WCHAR)towupper(Character);
    BOOLEAN In;
    switch (Atom->Kind) {
    case ShpAny:
        return TRUE;
    case ShpCharacter:
        return Character == Atom->Character ||
               (Regex->IgnoreCase && Small == towlower(Atom->Character));
    case ShpClass:
    case ShpOtherClass:
        In = ShpIsInClass(Atom->Class, Character) ||
             (Regex->IgnoreCase &&
              (ShpIsInClass(Atom->Class, Small) || ShpIsInClass(Atom->Class, Capital)));
        return In == (Atom->Kind == ShpClass);
    default:
        return FALSE;
    }
}

static BOOLEAN ShpIsOfWord(WCHAR Character)
{
    return iswalnum(Character) || Character == L'_';
}

static BOOLEAN ShpIsPlace(const SHP_ATOM *Atom, PCWSTR Line, SIZE_T At)
{
    BOOLEAN Before = At && ShpIsOfWord(Line[At - 1]), Behind = ShpIsOfWord(Line[At]);
    switch (Atom->Kind) {
    case ShpLineBegin:
        return !At;
    case ShpLineEnd:
        return !Line[At];
    case ShpWordBegin:
        return !Before && Behind;
    case ShpWordEnd:
        return Before && !Behind;
    default:
        return Atom->Star;
    }
}

BOOLEAN ShFindRegex(PSH_REGEX Regex, PCWSTR Line)
{
    memset(Regex->Now, 0, Regex->Count + 1);
    for (SIZE_T At = 0;; At++) {
        Regex->Now[0] = TRUE; // it may begin anywhere
        for (SIZE_T i = 0; i < Regex->Count; i++)
            Regex->Now[i + 1] |= Regex->Now[i] && ShpIsPlace(&Regex->Atoms[i], Line, At);
        if (Regex->Now[Regex->Count])
            return TRUE;
        if (!Line[At])
            return FALSE;
        memset(Regex->Next, 0, Regex->Count + 1);
        for (SIZE_T i = 0; i < Regex->Count; i++) {
            if (Regex->Now[i] && ShpAtomTakes(Regex, &Regex->Atoms[i], Line[At]))
                Regex->Next[Regex->Atoms[i].Star ? i : i + 1] = TRUE;
        }
        PUCHAR Done = Regex->Now;
        Regex->Now = Regex->Next;
        Regex->Next = Done;
    }
}
