#include "attributes.h"

constexpr ULONG IopAttributesTag = 'tAoI';

enum {
    IOP_NAME_BUCKETS = 2048,
    IOP_LONGEST_NAME = 512, // bytes
};

struct _IOP_NAME {
    LIST_ENTRY HashLink, AgeLink; // the one that has been of no use for longest is first
    const IOP_NAMES *Names;       // not followed: the volume may be gone
    ULONG Hash;
    ULONG Changers;  // who may change it
    ULONG64 Changed; // when one came or went last
    ULONG64 Asked;   // when it was as it is told here; 0: not known
    NTSTATUS Status;
    FILE_NETWORK_OPEN_INFORMATION Information; // with STATUS_SUCCESS
    ULONG Length;                              // bytes
    WCHAR Name[];                              // upper case
};

typedef struct _IOP_NAME_KEY {
    const IOP_NAMES *Names;
    ULONG Hash, Length;
    WCHAR Name[IOP_LONGEST_NAME / sizeof(WCHAR)];
} IOP_NAME_KEY, *PIOP_NAME_KEY;

static LIST_ENTRY IopNameBuckets[IOP_NAME_BUCKETS];
static LIST_ENTRY IopNamesByAge;
static ULONG IopNameCount, IopMostNames;
static ULONG64 IopClock = 1,
               IopDropped; // when a name changed last that is not in the table any more

VOID IopInitNameTable(VOID)
{
    for (ULONG i = 0; i < IOP_NAME_BUCKETS; i++)
        InitializeListHead(&IopNameBuckets[i]);
    InitializeListHead(&IopNamesByAge);
}

ULONG64 IopNameClock(VOID)
{
    return IopClock;
}

// ---- Names

// Other letters are left as they are: a name in another case is just not known.
static WCHAR IopUpcaseLatin(WCHAR Character)
{
    return Character >= 'a' && Character <= 'z' ? (WCHAR)(Character - ('a' - 'A')) : Character;
}

static BOOLEAN IopMakeKey(const IOP_NAMES *Names, PCUNICODE_STRING Name, PIOP_NAME_KEY Key)
{
    ULONG Count = Name->Length / sizeof(WCHAR), Hash = 0x811C9DC5;
    if (Count < 2 || Name->Length > IOP_LONGEST_NAME || Name->Buffer[0] != '\\' ||
        Name->Buffer[Count - 1] == '\\')
        return FALSE;
    for (ULONG i = 0; i < Count; i++) {
        Key->Name[i] = IopUpcaseLatin(Name->Buffer[i]);
        Hash = (Hash ^ Key->Name[i]) * 0x01000193;
    }
    Key->Names = Names;
    Key->Length = Name->Length;
    Key->Hash = Hash ^ (ULONG)((ULONG_PTR)Names >> 6);
    return TRUE;
}

static PLIST_ENTRY IopNameBucket(ULONG Hash)
{
    return &IopNameBuckets[(Hash ^ Hash >> 16) % IOP_NAME_BUCKETS];
}

static PIOP_NAME IopFindName(const IOP_NAME_KEY *Key)
{
    PLIST_ENTRY Bucket = IopNameBucket(Key->Hash);
    for (PLIST_ENTRY Link = Bucket->Flink; Link != Bucket; Link = Link->Flink) {
        PIOP_NAME Name = CONTAINING_RECORD(Link, struct _IOP_NAME, HashLink);
        if (Name->Hash == Key->Hash && Name->Names == Key->Names && Name->Length == Key->Length &&
            !memcmp(Name->Name, Key->Name, Key->Length))
            return Name;
    }
    return nullptr;
}

static VOID IopUseName(PIOP_NAME Name)
{
    RemoveEntryList(&Name->AgeLink);
    InsertTailList(&IopNamesByAge, &Name->AgeLink);
}

static VOID IopDropName(PIOP_NAME Name)
{
    IopDropped = max(IopDropped, Name->Changed);
    RemoveEntryList(&Name->HashLink);
    RemoveEntryList(&Name->AgeLink);
    IopNameCount--;
    ExFreePoolWithTag(Name, IopAttributesTag);
}

// Those that are being changed stay.
static VOID IopDropDownTo(ULONG Most)
{
    PLIST_ENTRY Link = IopNamesByAge.Flink;
    while (IopNameCount > Most && Link != &IopNamesByAge) {
        PIOP_NAME Name = CONTAINING_RECORD(Link, struct _IOP_NAME, AgeLink);
        Link = Link->Flink;
        if (!Name->Changers)
            IopDropName(Name);
    }
}

VOID IopLimitNames(ULONG Most)
{
    IopMostNames = Most;
    IopDropDownTo(Most);
}

static PIOP_NAME IopFindOrAddName(const IOP_NAME_KEY *Key)
{
    PIOP_NAME Name = IopFindName(Key);
    if (Name)
        return Name;
    if (IopNameCount >= IopMostNames)
        IopDropDownTo(IopMostNames - 1);
    Name = ExAllocatePoolWithTag(PagedPool, FIELD_OFFSET(struct _IOP_NAME, Name) + Key->Length,
                                 IopAttributesTag);
    if (!Name)
        return nullptr;
    *Name = (struct _IOP_NAME){.Names = Key->Names, .Hash = Key->Hash, .Length = Key->Length};
    memcpy(Name->Name, Key->Name, Key->Length);
    InsertHeadList(IopNameBucket(Key->Hash), &Name->HashLink);
    InsertTailList(&IopNamesByAge, &Name->AgeLink);
    IopNameCount++;
    return Name;
}

// ---- Changes

VOID IopForgetNames(PIOP_NAMES Names)
{
    Names->Forgotten = ++IopClock;
}

VOID IopNoteNewName(PIOP_NAMES Names)
{
    Names->Added = ++IopClock;
}

VOID IopBeginAnyChange(PIOP_NAMES Names)
{
    Names->Unknown++;
    IopForgetNames(Names);
}

VOID IopEndAnyChange(PIOP_NAMES Names)
{
    Names->Unknown--;
    IopForgetNames(Names);
}

PIOP_NAME IopBeginChange(PIOP_NAMES Names, PCUNICODE_STRING FileName)
{
    IOP_NAME_KEY Key;
    PIOP_NAME Name = IopMakeKey(Names, FileName, &Key) ? IopFindOrAddName(&Key) : nullptr;
    if (!Name)
        return nullptr;
    Name->Changers++;
    Name->Changed = ++IopClock;
    Name->Asked = 0;
    return Name;
}

BOOLEAN IopIsLastChanger(const struct _IOP_NAME *Name)
{
    return Name->Changers == 1;
}

static BOOLEAN IopMayLearn(const IOP_NAMES *Names, const struct _IOP_NAME *Name, ULONG64 Asked)
{
    return !Names->Unknown && Asked >= Names->Forgotten && Asked >= Name->Changed &&
           Asked >= IopDropped;
}

// What is asked meanwhile may be of before.
VOID IopEndChange(PIOP_NAMES Names, PIOP_NAME Name,
                  const FILE_NETWORK_OPEN_INFORMATION *Information, ULONG64 Asked)
{
    BOOLEAN Learn = Information && Name->Changers == 1 && IopMayLearn(Names, Name, Asked);
    Name->Changers--;
    Name->Changed = ++IopClock;
    Name->Asked = 0;
    if (!Learn)
        return;
    Name->Asked = Name->Changed;
    Name->Status = STATUS_SUCCESS;
    Name->Information = *Information;
    IopUseName(Name);
}

// ---- What is known

BOOLEAN IopIsAbsence(NTSTATUS Status)
{
    return Status == STATUS_OBJECT_NAME_NOT_FOUND || Status == STATUS_OBJECT_PATH_NOT_FOUND;
}

VOID IopLearnName(PIOP_NAMES Names, PCUNICODE_STRING FileName, NTSTATUS Status,
                  const FILE_NETWORK_OPEN_INFORMATION *Information, ULONG64 Asked)
{
    IOP_NAME_KEY Key;
    if (Names->Unknown || !IopMakeKey(Names, FileName, &Key))
        return;
    PIOP_NAME Name = IopFindOrAddName(&Key);
    if (!Name || Name->Changers || !IopMayLearn(Names, Name, Asked))
        return;
    Name->Asked = Asked;
    Name->Status = Status;
    if (Information)
        Name->Information = *Information;
    IopUseName(Name);
}

BOOLEAN IopFindKnown(const IOP_NAMES *Names, PCUNICODE_STRING FileName, NTSTATUS *Status,
                     PFILE_NETWORK_OPEN_INFORMATION Information)
{
    IOP_NAME_KEY Key;
    if (Names->Unknown || !IopMakeKey(Names, FileName, &Key))
        return FALSE;
    PIOP_NAME Name = IopFindName(&Key);
    if (!Name || Name->Changers || Name->Asked < Names->Forgotten || !Name->Asked ||
        (Name->Status != STATUS_SUCCESS && Name->Asked < Names->Added))
        return FALSE;
    *Status = Name->Status;
    if (Name->Status == STATUS_SUCCESS)
        *Information = Name->Information;
    IopUseName(Name);
    return TRUE;
}
