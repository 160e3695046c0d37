// Calling services with one wrong argument at a time.

#include "arguments.h"

// Extra arguments do no harm: the caller takes them off the stack.
typedef NTSTATUS (*TEST_ROUTINE)(ULONG_PTR, ULONG_PTR, ULONG_PTR, ULONG_PTR, ULONG_PTR, ULONG_PTR,
                                 ULONG_PTR, ULONG_PTR, ULONG_PTR, ULONG_PTR, ULONG_PTR, ULONG_PTR,
                                 ULONG_PTR, ULONG_PTR);

enum { TestSlotSize = 1024, TestGarbageHandle = 0x7FFFFFF0 };

// The good arguments of the service that is tested, in memory of their own.
typedef struct _TEST_CALL {
    const TEST_SERVICE *Service;
    ULONG_PTR Values[TEST_MAXIMUM_ARGUMENTS];
    alignas(16) UCHAR Slots[TEST_MAXIMUM_ARGUMENTS][TestSlotSize];
} TEST_CALL;

static TEST_CALL Call;
static HANDLE WrongEvent, WrongKeyedEvent;

ULONG TestHandleCount(void)
{
    ULONG Count = 0;
    CHECK_STATUS(NtQueryInformationProcess(NtCurrentProcess(), ProcessHandleCount, &Count,
                                           sizeof(Count), nullptr),
                 STATUS_SUCCESS);
    return Count;
}

HANDLE TestWeakHandle(HANDLE Handle, ACCESS_MASK Without)
{
    OBJECT_BASIC_INFORMATION Information;
    HANDLE Weak = nullptr;
    NTSTATUS Status =
        NtQueryObject(Handle, ObjectBasicInformation, &Information, sizeof(Information), nullptr);
    if (NT_SUCCESS(Status))
        Status = NtDuplicateObject(NtCurrentProcess(), Handle, NtCurrentProcess(), &Weak,
                                   Information.GrantedAccess & ~Without, 0, 0);
    CHECK_STATUS(Status, STATUS_SUCCESS);
    return Weak;
}

// ---- One call

static VOID TestSetGoodValue(ULONG Index)
{
    const TEST_ARGUMENT *Argument = &Call.Service->Arguments[Index];
    PUCHAR Slot = Call.Slots[Index];
    switch (Argument->Kind) {
    case TestValueArgument:
        Call.Values[Index] = Argument->Value;
        break;
    case TestHandleArgument:
        Call.Values[Index] = Argument->Data ? (ULONG_PTR) * (const HANDLE *)Argument->Data : 0;
        break;
    case TestLengthArgument:
        Call.Values[Index] = Argument->Size;
        break;
    case TestAttributesArgument:
        *(POBJECT_ATTRIBUTES)Slot = (OBJECT_ATTRIBUTES){.Length = sizeof(OBJECT_ATTRIBUTES)};
        if (Argument->Data)
            *(POBJECT_ATTRIBUTES)Slot = *(const OBJECT_ATTRIBUTES *)Argument->Data;
        Call.Values[Index] = (ULONG_PTR)Slot;
        break;
    default:
        memset(Slot, 0, Argument->Size);
        if (Argument->Data)
            memcpy(Slot, Argument->Data, Argument->Size);
        Call.Values[Index] = (ULONG_PTR)Slot;
        break;
    }
}

static VOID TestSetGoodValues(void)
{
    for (ULONG i = 0; i < TEST_MAXIMUM_ARGUMENTS; i++)
        TestSetGoodValue(i);
}

// Handles that the good call returned. A failed one must not have made any.
static VOID TestCloseResults(void)
{
    for (ULONG i = 0; i < TEST_MAXIMUM_ARGUMENTS; i++) {
        if (Call.Service->Arguments[i].Flags & TEST_RETURNS_HANDLE)
            NtClose(*(PHANDLE)Call.Slots[i]);
    }
}

static NTSTATUS TestCallService(void)
{
    const ULONG_PTR *V = Call.Values;
    NTSTATUS Status = ((TEST_ROUTINE)Call.Service->Routine)(
        V[0], V[1], V[2], V[3], V[4], V[5], V[6], V[7], V[8], V[9], V[10], V[11], V[12], V[13]);
    if (NT_SUCCESS(Status))
        TestCloseResults();
    return Status;
}

// Call with Value as argument Index, the others good.
static VOID TestExpect(ULONG Index, ULONG_PTR Value, PCSTR What, NTSTATUS Expected)
{
    TestSetGoodValues();
    Call.Values[Index] = Value;
    NTSTATUS Status = TestCallService();
    if (Status != Expected)
        TestFail(__FILE__, __LINE__, "%s: argument %lu %s gave %08lx, not %08lx",
                 Call.Service->Name, Index + 1, What, Status, Expected);
}

// ---- Handles

static BOOLEAN TestIsOfType(HANDLE Handle, PCWSTR Name)
{
    alignas(8) UCHAR Buffer[512];
    POBJECT_TYPE_INFORMATION Type = (POBJECT_TYPE_INFORMATION)Buffer;
    UNICODE_STRING Wanted;
    RtlInitUnicodeString(&Wanted, Name);
    return NT_SUCCESS(
               NtQueryObject(Handle, ObjectTypeInformation, Buffer, sizeof(Buffer), nullptr)) &&
           RtlEqualUnicodeString(&Type->TypeName, &Wanted, FALSE);
}

static VOID TestHandleErrors(ULONG Index, const TEST_ARGUMENT *Argument)
{
    if (!(Argument->Flags & TEST_NULL_ALLOWED))
        TestExpect(Index, 0, "null", STATUS_INVALID_HANDLE);
    TestExpect(Index, TestGarbageHandle, "no handle", STATUS_INVALID_HANDLE);
    if (!Argument->Data)
        return;
    HANDLE Good = *(const HANDLE *)Argument->Data;
    if (!(Argument->Flags & TEST_ANY_TYPE)) {
        HANDLE Wrong = TestIsOfType(Good, L"Event") ? WrongKeyedEvent : WrongEvent;
        TestExpect(Index, (ULONG_PTR)Wrong, "of a wrong type", STATUS_OBJECT_TYPE_MISMATCH);
    }
    if (!Argument->Access)
        return;
    HANDLE Weak = TestWeakHandle(Good, Argument->Access);
    if (!Weak)
        return;
    TestExpect(Index, (ULONG_PTR)Weak, "without the right", STATUS_ACCESS_DENIED);
    NtClose(Weak);
}

// ---- Pointers

static VOID TestAddressErrors(ULONG Index, ULONG Flags, ULONG Size, ULONG Alignment)
{
    static const struct {
        ULONG_PTR Address;
        PCSTR What;
    } Bad[] = {
        {(ULONG_PTR)TEST_UNMAPPED, "not mapped"},
        {(ULONG_PTR)TEST_KERNEL, "in the kernel"},
        {(ULONG_PTR)TEST_WRAPPING, "at the end of addresses"},
    };
    if (!(Flags & (TEST_NULL_ALLOWED | TEST_NULL_WAITS)))
        TestExpect(Index, 0, "null", STATUS_ACCESS_VIOLATION);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Bad); i++)
        TestExpect(Index, ALIGN_DOWN_BY(Bad[i].Address, Alignment), Bad[i].What,
                   STATUS_ACCESS_VIOLATION);
    if ((Flags & TEST_WRITTEN) && !(Flags & TEST_READ)) // else what it reads there is no good
        TestExpect(Index, (ULONG_PTR)TestReadOnlyPage(), "read-only", STATUS_ACCESS_VIOLATION);
    if (Size > 1)
        TestExpect(Index, (ULONG_PTR)TestEndOfPage(ALIGN_UP_BY(Size / 2, Alignment)), "half there",
                   STATUS_ACCESS_VIOLATION);
}

// The data at the very end of what is mapped does, and null if that is allowed.
static VOID TestGoodAddresses(ULONG Index, const TEST_ARGUMENT *Argument)
{
    PUCHAR End = TestEndOfPage(Argument->Size);
    BOOLEAN Aligned = Argument->Alignment < 2 || (ULONG_PTR)End % Argument->Alignment == 0;
    if (Aligned && !(Argument->Flags & TEST_RETURNS_HANDLE)) {
        memcpy(End, Call.Slots[Index], Argument->Size);
        TestExpect(Index, (ULONG_PTR)End, "at the end of a page", Call.Service->Expected);
    }
    if (Argument->Flags & TEST_NULL_ALLOWED)
        TestExpect(Index, 0, "null", Call.Service->Expected);
}

static VOID TestPointerErrors(ULONG Index, const TEST_ARGUMENT *Argument)
{
    if (Argument->Flags & TEST_NO_PROBE)
        return;
    TestSetGoodValues();
    TestGoodAddresses(Index, Argument);
    TestAddressErrors(Index, Argument->Flags, Argument->Size,
                      Argument->Alignment ? Argument->Alignment : 1);
    if (Argument->Alignment > 1)
        TestExpect(Index, (ULONG_PTR)Call.Slots[Index] + 1, "misaligned",
                   STATUS_DATATYPE_MISALIGNMENT);
}

// ---- Lengths

static VOID TestLengthErrors(ULONG Index, const TEST_ARGUMENT *Argument)
{
    TestExpect(Index, Argument->Size - 1, "one too small", Argument->TooSmall);
    TestExpect(Index, 0, "zero", Argument->TooSmall);
    BOOLEAN Exact = (Argument->Flags & TEST_EXACT) != 0;
    TestExpect(Index, Argument->Size + 1, "one too large",
               Exact ? Argument->TooSmall : Call.Service->Expected);
    if (Exact)
        TestExpect(Index, MAXULONG, "the largest number", Argument->TooSmall);
}

// ---- Object attributes

static VOID TestExpectAttributes(ULONG Index, POBJECT_ATTRIBUTES Attributes, PCSTR What,
                                 NTSTATUS Expected)
{
    TestExpect(Index, (ULONG_PTR)Attributes, What, Expected);
}

static VOID TestAttributesErrors(ULONG Index, const TEST_ARGUMENT *Argument)
{
    TestSetGoodValues();
    OBJECT_ATTRIBUTES Good = *(POBJECT_ATTRIBUTES)Call.Slots[Index], Bad = Good;
    TestAddressErrors(Index, Argument->Flags | TEST_NULL_ALLOWED, sizeof(OBJECT_ATTRIBUTES), 1);
    TestExpect(Index, 0, "null",
               Argument->Flags & TEST_NULL_ALLOWED ? Call.Service->Expected
                                                   : STATUS_INVALID_PARAMETER);

    Bad.Length--;
    TestExpectAttributes(Index, &Bad, "with a wrong length", STATUS_INVALID_PARAMETER);
    Bad = Good;
    Bad.Attributes = 0x80000000;
    TestExpectAttributes(Index, &Bad, "with unknown attributes", STATUS_INVALID_PARAMETER);
    if (Argument->Flags & TEST_NO_NAME)
        return;
    Bad = Good;
    Bad.ObjectName = TEST_UNMAPPED;
    TestExpectAttributes(Index, &Bad, "with a bad name", STATUS_ACCESS_VIOLATION);
    UNICODE_STRING Name = {.Length = 4, .MaximumLength = 4, .Buffer = TEST_UNMAPPED};
    Bad.ObjectName = &Name;
    TestExpectAttributes(Index, &Bad, "with a bad name buffer", STATUS_ACCESS_VIOLATION);
    Name = (UNICODE_STRING){.Length = 3, .MaximumLength = 4, .Buffer = L"\\x"};
    TestExpectAttributes(Index, &Bad, "with half a character", STATUS_OBJECT_NAME_INVALID);
    Bad = Good;
    Bad.RootDirectory = (HANDLE)(ULONG_PTR)TestGarbageHandle;
    Name = (UNICODE_STRING)RTL_CONSTANT_STRING(L"x");
    Bad.ObjectName = &Name;
    TestExpectAttributes(Index, &Bad, "below no directory", STATUS_INVALID_HANDLE);
    Bad.RootDirectory = WrongEvent;
    TestExpectAttributes(Index, &Bad, "below an event", STATUS_OBJECT_TYPE_MISMATCH);
}

// ---- All of them

static VOID TestArgument(ULONG Index)
{
    const TEST_ARGUMENT *Argument = &Call.Service->Arguments[Index];
    switch (Argument->Kind) {
    case TestHandleArgument:
        TestHandleErrors(Index, Argument);
        break;
    case TestPointerArgument:
    case TestBufferArgument:
        TestPointerErrors(Index, Argument);
        break;
    case TestLengthArgument:
        TestLengthErrors(Index, Argument);
        break;
    case TestAttributesArgument:
        TestAttributesErrors(Index, Argument);
        break;
    default:
        break;
    }
}

static BOOLEAN TestMakeWrongHandles(void)
{
    NTSTATUS Status = STATUS_SUCCESS;
    if (!WrongEvent)
        Status = NtCreateEvent(&WrongEvent, EVENT_ALL_ACCESS, nullptr, NotificationEvent, TRUE);
    if (NT_SUCCESS(Status) && !WrongKeyedEvent)
        Status = NtCreateKeyedEvent(&WrongKeyedEvent, KEYEDEVENT_ALL_ACCESS, nullptr, 0);
    return CHECK_STATUS(Status, STATUS_SUCCESS);
}

VOID TestServices(const TEST_SERVICE *Services, ULONG Count)
{
    if (!TestMakeWrongHandles())
        return;
    for (ULONG i = 0; i < Count; i++) {
        Call.Service = &Services[i];
        ULONG Handles = TestHandleCount();
        TestSetGoodValues();
        NTSTATUS Status = TestCallService();
        if (Status != Call.Service->Expected)
            TestFail(__FILE__, __LINE__, "%s: good arguments gave %08lx, not %08lx",
                     Call.Service->Name, Status, Call.Service->Expected);
        for (ULONG Index = 0; Index < TEST_MAXIMUM_ARGUMENTS; Index++)
            TestArgument(Index);
        ULONG After = TestHandleCount();
        if (After != Handles)
            TestFail(__FILE__, __LINE__, "%s: %lu handles before, %lu after", Call.Service->Name,
                     Handles, After);
    }
}
