// Arguments: numbers, pointers, structures that are half right.

#include "fuzz.h"

static ULONGLONG State;

VOID FuzzSeed(ULONGLONG Seed)
{
    State = Seed * 0x9E3779B97F4A7C15 + 1;
}

ULONGLONG FuzzRandom(void)
{
    State ^= State << 13;
    State ^= State >> 7;
    State ^= State << 17;
    return State * 0x2545F4914F6CDD1D;
}

// ---- Memory that calls read and write

enum { ArenaSize = 1 << 18, Slots = 64, SlotSize = 1024 };

static PUCHAR Arena;  // Slots of SlotSize, then room to overrun
static PUCHAR Region; // memory that calls may free, protect and unmap

// What the structures are made of.
static const PCWSTR Names[] = {
    L"",
    L"\\",
    L"x",
    L"\\BaseNamedObjects",
    L"\\BaseNamedObjects\\fuzz",
    L"\\BaseNamedObjects\\fuzz\\deeper",
    L"\\??\\C:\\Windows\\System32\\ntdll.dll",
    L"\\SystemRoot\\System32\\config\\SOFTWARE",
    L"\\??\\C:\\",
    L"\\KnownDlls\\ntdll.dll",
    L"\\Registry\\Machine\\FUZZ",
    L"\\Registry\\Machine\\FUZZ\\Key",
    L"\\Registry\\Machine\\FUZZ\\Key\\Below",
    L"\\Registry\\Machine\\SOFTWARE\\Microsoft",
    L"\\RPC Control\\fuzz",
    L"\\Device\\Null",
    L"\\ObjectTypes\\Key",
    L"\\GLOBAL\?\?\\GLOBALROOT\\Registry\\User",
    L"fuzz\\a\\b\\\\c\\",
    L"SymbolicLinkValue",
};

typedef enum {
    KindString,
    KindAttributes,
    KindTimeout,
    KindHandles,
    KindDescriptor,
    KindSid,
    KindMessage,
    KindSize,
    KindAddress,
    KindNoise,
    Kinds
} SLOT_KIND;

static PUCHAR SlotAt(ULONG Slot)
{
    return Arena + Slot * SlotSize;
}

static PUCHAR SlotOf(SLOT_KIND Kind)
{
    ULONG Each = Slots / Kinds;
    return SlotAt(Kind * Each + FuzzBelow(Each));
}

static VOID MakeString(PUNICODE_STRING String)
{
    RtlInitUnicodeString(String, Names[FuzzBelow(RTL_NUMBER_OF(Names))]);
    switch (FuzzBelow(32)) {
    case 0:
        String->Length--;
        break;
    case 1:
        String->MaximumLength = 0;
        break;
    case 2:
        String->Length = String->MaximumLength = 0xFFFE;
        break;
    case 3:
        String->Buffer = TEST_KERNEL;
        break;
    }
}

static VOID MakeAttributes(POBJECT_ATTRIBUTES Attributes)
{
    static const ULONG Flags[] = {0,
                                  OBJ_CASE_INSENSITIVE,
                                  OBJ_INHERIT,
                                  OBJ_OPENIF,
                                  OBJ_PERMANENT,
                                  OBJ_EXCLUSIVE,
                                  OBJ_OPENLINK,
                                  0xFFFFFFFF};
    *Attributes = (OBJECT_ATTRIBUTES){.Length = sizeof(*Attributes)};
    if (FuzzBelow(4))
        Attributes->ObjectName = (PUNICODE_STRING)SlotOf(KindString);
    if (!FuzzBelow(3))
        Attributes->RootDirectory = FuzzHandle();
    Attributes->Attributes = Flags[FuzzBelow(RTL_NUMBER_OF(Flags))];
    if (!FuzzBelow(8))
        Attributes->SecurityDescriptor = SlotOf(KindDescriptor);
    if (!FuzzBelow(32))
        Attributes->Length = FuzzBelow(64);
}

static VOID MakeDescriptor(PSECURITY_DESCRIPTOR Descriptor)
{
    static SID Everyone = {SID_REVISION, 1, SECURITY_WORLD_SID_AUTHORITY, {SECURITY_WORLD_RID}};
    RtlCreateSecurityDescriptor(Descriptor, SECURITY_DESCRIPTOR_REVISION);
    RtlSetDaclSecurityDescriptor(Descriptor, TRUE, nullptr, FALSE);
    PACL Acl = (PACL)((PUCHAR)Descriptor + 64);
    RtlCreateAcl(Acl, 256, ACL_REVISION);
    RtlAddAccessAllowedAce(Acl, ACL_REVISION, GENERIC_ALL, &Everyone);
    if (FuzzBelow(2))
        RtlSetDaclSecurityDescriptor(Descriptor, TRUE, Acl, FALSE);
    if (!FuzzBelow(4))
        RtlSetOwnerSecurityDescriptor(Descriptor, &Everyone, FALSE);
    if (!FuzzBelow(8)) // a byte of it spoilt
        ((PUCHAR)Descriptor)[FuzzBelow(96)] ^= (UCHAR)FuzzRandom();
}

static VOID MakeMessage(PPORT_MESSAGE Message)
{
    *Message = (PORT_MESSAGE){};
    Message->u1.s1.DataLength = (SHORT)FuzzBelow(200);
    Message->u1.s1.TotalLength = (SHORT)(Message->u1.s1.DataLength + sizeof(*Message));
    if (!FuzzBelow(8))
        *(PULONGLONG)Message = FuzzRandom();
}

static VOID MakeNoise(PUCHAR Slot)
{
    for (ULONG i = 0; i < SlotSize; i += sizeof(ULONGLONG))
        *(PULONGLONG)(Slot + i) = FuzzArgument(FuzzBelow(3) ? 'n' : 'x');
}

static VOID MakeSlot(SLOT_KIND Kind, PUCHAR Slot)
{
    switch (Kind) {
    case KindString:
        MakeString((PUNICODE_STRING)Slot);
        break;
    case KindAttributes:
        MakeAttributes((POBJECT_ATTRIBUTES)Slot);
        break;
    case KindTimeout:
        *(PLONGLONG)Slot = FuzzBelow(4) ? 0 : -(LONGLONG)FuzzBelow(10'000);
        break;
    case KindHandles:
        for (ULONG i = 0; i < 64; i++)
            ((PHANDLE)Slot)[i] = FuzzHandle();
        break;
    case KindDescriptor:
        MakeDescriptor(Slot);
        break;
    case KindSid:
        *(SID *)Slot = (SID){SID_REVISION, 1, SECURITY_NT_AUTHORITY, {SECURITY_LOCAL_SYSTEM_RID}};
        break;
    case KindMessage:
        MakeMessage((PPORT_MESSAGE)Slot);
        break;
    case KindSize:
        *(PULONGLONG)Slot = FuzzArgument(FuzzBelow(8) ? 'l' : 'x');
        break;
    case KindAddress:
        *(PULONGLONG)Slot = FuzzArgument(FuzzBelow(4) ? 'v' : 'x');
        break;
    default:
        MakeNoise(Slot);
        break;
    }
}

VOID FuzzRefresh(void)
{
    constexpr ULONG Each = Slots / Kinds;
    for (ULONG i = 0; i < Each * Kinds; i++)
        MakeSlot(i / Each, SlotAt(i));
}

static PVOID Allocate(SIZE_T Size)
{
    PVOID Base = nullptr;
    NtAllocateVirtualMemory(NtCurrentProcess(), &Base, 0, &Size, MEM_RESERVE | MEM_COMMIT,
                            PAGE_READWRITE);
    return Base;
}

VOID FuzzInitValues(void)
{
    Arena = Allocate(ArenaSize);
    Region = Allocate(ArenaSize);
}

// ---- Kinds of arguments

static ULONGLONG AnyPointer(void)
{
    PUCHAR Slot = SlotAt(FuzzBelow(Slots));
    switch (FuzzBelow(24)) {
    case 0:
        return 0;
    case 1:
        return (ULONGLONG)TEST_UNMAPPED;
    case 2:
        return (ULONGLONG)TEST_KERNEL;
    case 3:
        return (ULONGLONG)TEST_WRAPPING;
    case 4:
        return (ULONGLONG)TestReadOnlyPage();
    case 5:
        return (ULONGLONG)TestEndOfPage(FuzzBelow(64));
    case 6:
        return (ULONGLONG)Slot + FuzzBelow(SlotSize); // unaligned
    case 7:
        return (ULONGLONG)Region + FuzzBelow(ArenaSize);
    case 8:
        return 0x7FFE0000 + FuzzBelow(4096); // the shared page
    case 9:
        return 0x7FFFFFFF0000 - FuzzBelow(0x20000); // around the end of user addresses
    default:
        return (ULONGLONG)Slot;
    }
}

static ULONGLONG AnyNumber(void)
{
    static const ULONG Numbers[] = {0,      0,       1,          1,          2,          3,
                                    4,      5,       6,          7,          8,          0x10,
                                    0x20,   0x40,    0x100,      0x1000,     0x2000,     0x3000,
                                    0x4000, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFF};
    return FuzzBelow(6) ? Numbers[FuzzBelow(RTL_NUMBER_OF(Numbers))] : FuzzRandom();
}

static ULONGLONG AnyLength(void)
{
    static const ULONG Lengths[] = {0,  1,   4,   8,   16,   24,   32,    40,         48,        64,
                                    96, 128, 256, 512, 1024, 4096, 65536, 0x7FFFFFFF, 0xFFFFFFFF};
    return FuzzBelow(3)   ? Lengths[FuzzBelow(RTL_NUMBER_OF(Lengths) - 2)]
           : FuzzBelow(3) ? FuzzBelow(2048)
                          : Lengths[FuzzBelow(RTL_NUMBER_OF(Lengths))];
}

static ULONGLONG AnyFlags(void)
{
    static const ULONG Flags[] = {MEM_COMMIT,
                                  MEM_RESERVE,
                                  MEM_COMMIT | MEM_RESERVE,
                                  MEM_DECOMMIT,
                                  MEM_RELEASE,
                                  MEM_RESET,
                                  MEM_TOP_DOWN | MEM_RESERVE,
                                  MEM_WRITE_WATCH | MEM_RESERVE | MEM_COMMIT,
                                  MEM_LARGE_PAGES,
                                  0x40000 | MEM_RESERVE,
                                  PAGE_READWRITE,
                                  PAGE_READONLY,
                                  PAGE_NOACCESS,
                                  PAGE_EXECUTE_READ,
                                  PAGE_WRITECOPY,
                                  PAGE_READWRITE | PAGE_GUARD,
                                  PAGE_EXECUTE_READWRITE,
                                  SEC_COMMIT,
                                  SEC_RESERVE,
                                  SEC_IMAGE};
    return FuzzBelow(6) ? Flags[FuzzBelow(RTL_NUMBER_OF(Flags))] : AnyNumber();
}

static ULONGLONG AnyAccess(void)
{
    static const ULONG Masks[] = {
        0,           GENERIC_READ,           GENERIC_ALL, MAXIMUM_ALLOWED, READ_CONTROL,
        SYNCHRONIZE, ACCESS_SYSTEM_SECURITY, 0x1F0FFF,    0xF003F,         0x20019};
    return FuzzBelow(6) ? Masks[FuzzBelow(RTL_NUMBER_OF(Masks))] : FuzzRandom();
}

static ULONGLONG AnyThing(void)
{
    switch (FuzzBelow(5)) {
    case 0:
        return (ULONGLONG)FuzzHandle();
    case 1:
        return AnyNumber();
    case 2:
        return AnyLength();
    case 3:
        return FuzzRandom();
    default:
        return AnyPointer();
    }
}

static ULONGLONG Structure(SLOT_KIND Kind)
{
    return FuzzBelow(12) ? (ULONGLONG)SlotOf(Kind) : AnyPointer();
}

ULONGLONG FuzzArgument(CHAR Kind)
{
    switch (Kind) {
    case 'a':
        return Structure(KindAttributes);
    case 'b':
        return FuzzBelow(2);
    case 'B':
        return Structure(KindAddress);
    case 'c': // an information class
        return FuzzBelow(16) ? FuzzBelow(FuzzBelow(2) ? 16 : 120) : FuzzRandom();
    case 'd':
        return Structure(KindDescriptor);
    case 'f':
        return AnyFlags();
    case 'h':
        return (ULONGLONG)FuzzHandle();
    case 'k': // the id of a process or thread
        return FuzzBelow(2) ? FuzzBelow(200) * 4 : (ULONGLONG)NtCurrentTeb()->ClientId.UniqueThread;
    case 'l':
        return AnyLength();
    case 'm':
        return AnyAccess();
    case 'n':
        return AnyNumber();
    case 'p':
        return AnyPointer();
    case 's':
        return Structure(KindSid);
    case 'S':
        return Structure(KindSize);
    case 't':
        return Structure(KindTimeout);
    case 'u':
        return Structure(KindString);
    case 'v': // an address in memory that may be changed
        return (ULONGLONG)Region + (FuzzBelow(ArenaSize) & ~(FuzzBelow(2) ? 0xFFFU : 0U));
    default:
        return AnyThing();
    }
}

VOID FuzzKeepResult(ULONGLONG Argument)
{
    if (Argument < (ULONGLONG)Arena || Argument > (ULONGLONG)Arena + ArenaSize - sizeof(HANDLE))
        return;
    HANDLE Handle = *(PHANDLE)Argument;
    if ((ULONG_PTR)Handle < 0x100000)
        FuzzKeepHandle(Handle);
}
