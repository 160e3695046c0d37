// Creating processes.

#include "suite.h"

static ULONG Number(PCWSTR Text)
{
    UNICODE_STRING String;
    ULONG Value = 0;
    RtlInitUnicodeString(&String, Text);
    RtlUnicodeStringToInteger(&String, 16, &Value);
    return Value;
}

NTSTATUS ChildReturns(PCWSTR Argument)
{
    return (NTSTATUS)Number(Argument);
}

NTSTATUS ChildWaits(PCWSTR Argument)
{
    LARGE_INTEGER Interval = TestMilliseconds(60'000);
    UNREFERENCED_PARAMETER(Argument);
    return NtDelayExecution(FALSE, &Interval);
}

VOID TestExitStatus(void)
{
    static const PCWSTR Texts[] = {L"0", L"1", L"C0000005", L"40000000"};
    for (ULONG i = 0; i < RTL_NUMBER_OF(Texts); i++) {
        CHILD Child;
        REQUIRE_STATUS(TestStartChild(L"returns", Texts[i], FALSE, FALSE, &Child), STATUS_SUCCESS);
        CHECK_STATUS(TestFinishChild(&Child), (NTSTATUS)Number(Texts[i]));
    }
}

VOID TestSuspendedStart(void)
{
    CHILD Child;
    ULONG Count = 0;
    LARGE_INTEGER Timeout = TestMilliseconds(50);
    REQUIRE_STATUS(TestStartChild(L"returns", L"5", TRUE, FALSE, &Child), STATUS_SUCCESS);
    CHECK_STATUS(NtWaitForSingleObject(Child.ProcessHandle, FALSE, &Timeout), STATUS_TIMEOUT);
    CHECK_STATUS(NtResumeThread(Child.ThreadHandle, &Count), STATUS_SUCCESS);
    CHECK_EQUAL(Count, 1);
    CHECK_STATUS(TestFinishChild(&Child), 5);
}

// ---- Parameters

static BOOLEAN Same(const UNICODE_STRING *String, PCWSTR Text)
{
    UNICODE_STRING Expected;
    RtlInitUnicodeString(&Expected, Text);
    return RtlEqualUnicodeString(String, &Expected, FALSE);
}

NTSTATUS ChildParameters(PCWSTR Argument)
{
    PRTL_USER_PROCESS_PARAMETERS Parameters = NtCurrentPeb()->ProcessParameters;
    UNICODE_STRING Name = STRING_OF(L"SUITE"), Value;
    WCHAR Buffer[16];
    UNREFERENCED_PARAMETER(Argument);
    Value = (UNICODE_STRING){.MaximumLength = sizeof(Buffer), .Buffer = Buffer};
    if (!Same(&Parameters->WindowTitle, L"Title") || !Same(&Parameters->DesktopInfo, L"Desktop"))
        return STATUS_DATA_ERROR;
    if (!Same(&Parameters->CommandLine, L"parameters and more"))
        return STATUS_DATA_NOT_ACCEPTED;
    NTSTATUS Status = RtlQueryEnvironmentVariable_U(nullptr, &Name, &Value);
    if (!NT_SUCCESS(Status))
        return Status;
    return Same(&Value, L"value") ? 77 : STATUS_DATA_LATE_ERROR;
}

typedef struct _IMAGE_NAME {
    UNICODE_STRING Name;
    UCHAR Space[MAX_PATH * sizeof(WCHAR)];
} IMAGE_NAME;

static BOOLEAN OwnImage(IMAGE_NAME *Image)
{
    return CHECK_STATUS(NtQueryInformationProcess(NtCurrentProcess(), ProcessImageFileName, Image,
                                                  sizeof(*Image), nullptr),
                        STATUS_SUCCESS);
}

VOID TestParameters(void)
{
    static WCHAR Environment[] = L"A=b\0SUITE=value\0";
    UNICODE_STRING Line = STRING_OF(L"parameters and more"), Title = STRING_OF(L"Title");
    UNICODE_STRING Desktop = STRING_OF(L"Desktop");
    IMAGE_NAME Image;
    PRTL_USER_PROCESS_PARAMETERS Parameters;
    CHILD Child;
    REQUIRE(OwnImage(&Image));
    REQUIRE_STATUS(RtlCreateProcessParametersEx(&Parameters, &Image.Name, nullptr, nullptr, &Line,
                                                Environment, &Title, &Desktop, nullptr, nullptr,
                                                RTL_USER_PROC_PARAMS_NORMALIZED),
                   STATUS_SUCCESS);
    REQUIRE_STATUS(RtlCreateUserProcess(&Image.Name, 0, Parameters, nullptr, nullptr, nullptr,
                                        FALSE, nullptr, nullptr, &Child),
                   STATUS_SUCCESS);
    RtlDestroyProcessParameters(Parameters);
    CHECK_STATUS(TestFinishChild(&Child), 77);
}

// ---- NtCreateUserProcess itself

typedef struct _CREATION {
    HANDLE Process, Thread;
    PS_CREATE_INFO Info;
    PRTL_USER_PROCESS_PARAMETERS Parameters;
    IMAGE_NAME Image;
    struct {
        SIZE_T TotalLength;
        PS_ATTRIBUTE Attributes[5];
    } List;
} CREATION;

static VOID AddAttribute(CREATION *Creation, ULONG_PTR Attribute, PVOID Value, SIZE_T Size)
{
    ULONG Index = (ULONG)((Creation->List.TotalLength - sizeof(SIZE_T)) / sizeof(PS_ATTRIBUTE));
    Creation->List.Attributes[Index] =
        (PS_ATTRIBUTE){.Attribute = Attribute, .Size = Size, .ValuePtr = Value};
    Creation->List.TotalLength += sizeof(PS_ATTRIBUTE);
}

static VOID BeginCreation(CREATION *Creation, PCWSTR CommandLine)
{
    UNICODE_STRING Line;
    RtlInitUnicodeString(&Line, CommandLine);
    memset(Creation, 0, sizeof(*Creation));
    Creation->Info.Size = sizeof(Creation->Info);
    Creation->List.TotalLength = sizeof(SIZE_T);
    OwnImage(&Creation->Image);
    AddAttribute(Creation, PS_ATTRIBUTE_IMAGE_NAME, Creation->Image.Name.Buffer,
                 Creation->Image.Name.Length);
    CHECK_STATUS(RtlCreateProcessParametersEx(&Creation->Parameters, &Creation->Image.Name, nullptr,
                                              nullptr, &Line, nullptr, nullptr, nullptr, nullptr,
                                              nullptr, RTL_USER_PROC_PARAMS_NORMALIZED),
                 STATUS_SUCCESS);
}

static NTSTATUS Create(CREATION *Creation, ULONG Flags)
{
    return NtCreateUserProcess(&Creation->Process, &Creation->Thread, PROCESS_ALL_ACCESS,
                               THREAD_ALL_ACCESS, nullptr, nullptr, Flags, 0, Creation->Parameters,
                               &Creation->Info, (PPS_ATTRIBUTE_LIST)&Creation->List);
}

static NTSTATUS FinishCreation(CREATION *Creation)
{
    CHILD Child = {.ProcessHandle = Creation->Process, .ThreadHandle = Creation->Thread};
    RtlDestroyProcessParameters(Creation->Parameters);
    return TestFinishChild(&Child);
}

VOID TestCreateInfo(void)
{
    static CREATION Creation;
    PROCESS_BASIC_INFORMATION Basic;
    BeginCreation(&Creation, L"returns 9");
    REQUIRE_STATUS(Create(&Creation, 0), STATUS_SUCCESS);
    CHECK_EQUAL(Creation.Info.State, PsCreateSuccess);
    CHECK_STATUS(NtQueryInformationProcess(Creation.Process, ProcessBasicInformation, &Basic,
                                           sizeof(Basic), nullptr),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Creation.Info.SuccessState.PebAddressNative, (ULONG_PTR)Basic.PebBaseAddress);
    CHECK_STATUS(FinishCreation(&Creation), 9);
    // A file that is not there.
    UNICODE_STRING Missing = STRING_OF(L"\\SystemRoot\\System32\\missing.exe");
    BeginCreation(&Creation, L"returns 9");
    Creation.List.Attributes[0].ValuePtr = Missing.Buffer;
    Creation.List.Attributes[0].Size = Missing.Length;
    CHECK_STATUS(Create(&Creation, 0), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_EQUAL(Creation.Info.State, PsCreateFailOnFileOpen);
    // A DLL is no program.
    UNICODE_STRING Dll = STRING_OF(L"\\SystemRoot\\System32\\ntdll.dll");
    Creation.Info = (PS_CREATE_INFO){.Size = sizeof(Creation.Info)};
    Creation.List.Attributes[0].ValuePtr = Dll.Buffer;
    Creation.List.Attributes[0].Size = Dll.Length;
    CHECK_STATUS(Create(&Creation, 0), STATUS_INVALID_IMAGE_FORMAT);
    CHECK_EQUAL(Creation.Info.State, PsCreateFailExeFormat);
    RtlDestroyProcessParameters(Creation.Parameters);
}

VOID TestAttributeOutputs(void)
{
    static CREATION Creation;
    CLIENT_ID Id = {};
    PVOID Teb = nullptr;
    SECTION_IMAGE_INFORMATION Image = {};
    UCHAR Class = PROCESS_PRIORITY_CLASS_BELOW_NORMAL;
    THREAD_BASIC_INFORMATION Thread;
    PROCESS_PRIORITY_CLASS Priority;
    BeginCreation(&Creation, L"returns 9");
    AddAttribute(&Creation, PS_ATTRIBUTE_CLIENT_ID, &Id, sizeof(Id));
    AddAttribute(&Creation, PS_ATTRIBUTE_TEB_ADDRESS, &Teb, sizeof(Teb));
    AddAttribute(&Creation, PS_ATTRIBUTE_IMAGE_INFO, &Image, sizeof(Image));
    AddAttribute(&Creation, PS_ATTRIBUTE_PRIORITY_CLASS, &Class, sizeof(Class));
    REQUIRE_STATUS(Create(&Creation, 0), STATUS_SUCCESS);
    CHECK_STATUS(NtQueryInformationThread(Creation.Thread, ThreadBasicInformation, &Thread,
                                          sizeof(Thread), nullptr),
                 STATUS_SUCCESS);
    CHECK(Thread.ClientId.UniqueThread == Id.UniqueThread &&
          Thread.ClientId.UniqueProcess == Id.UniqueProcess);
    CHECK((PVOID)Thread.TebBaseAddress == Teb);
    CHECK_EQUAL(Image.SubSystemType, IMAGE_SUBSYSTEM_NATIVE);
    CHECK_STATUS(NtQueryInformationProcess(Creation.Process, ProcessPriorityClass, &Priority,
                                           sizeof(Priority), nullptr),
                 STATUS_SUCCESS);
    CHECK_EQUAL(Priority.PriorityClass, PROCESS_PRIORITY_CLASS_BELOW_NORMAL);
    CHECK_STATUS(FinishCreation(&Creation), 9);
}

// Argument: a handle to set. The second is the next value.
NTSTATUS ChildHandle(PCWSTR Argument)
{
    return NtSetEvent((HANDLE)(ULONG_PTR)Number(Argument), nullptr);
}

static NTSTATUS RunWithList(HANDLE Used, HANDLE Listed)
{
    static CREATION Creation;
    WCHAR Line[32];
    _snwprintf(Line, 32, L"handle %x", (ULONG)(ULONG_PTR)Used);
    BeginCreation(&Creation, Line);
    AddAttribute(&Creation, PS_ATTRIBUTE_HANDLE_LIST, &Listed, sizeof(Listed));
    NTSTATUS Status = Create(&Creation, PROCESS_CREATE_FLAGS_INHERIT_HANDLES);
    if (NT_SUCCESS(Status))
        return FinishCreation(&Creation);
    RtlDestroyProcessParameters(Creation.Parameters);
    return Status;
}

VOID TestHandleList(void)
{
    OBJECT_ATTRIBUTES Attributes = TestAttributes(nullptr, OBJ_INHERIT);
    HANDLE First, Second, Private;
    REQUIRE_STATUS(NtCreateEvent(&First, EVENT_ALL_ACCESS, &Attributes, NotificationEvent, FALSE),
                   STATUS_SUCCESS);
    REQUIRE_STATUS(NtCreateEvent(&Second, EVENT_ALL_ACCESS, &Attributes, NotificationEvent, FALSE),
                   STATUS_SUCCESS);
    REQUIRE_STATUS(NtCreateEvent(&Private, EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE),
                   STATUS_SUCCESS);
    CHECK_STATUS(RunWithList(First, First), STATUS_SUCCESS);
    NTSTATUS Status = RunWithList(First, Second);
    CHECK(Status == STATUS_INVALID_HANDLE || Status == STATUS_OBJECT_TYPE_MISMATCH);
    CHECK_STATUS(RunWithList(Private, Private), STATUS_INVALID_PARAMETER); // not inheritable
    NtClose(Private);
    NtClose(Second);
    NtClose(First);
}

// ---- From a section

VOID TestFromSection(void)
{
    IMAGE_NAME Image;
    HANDLE File, Section, Process;
    IO_STATUS_BLOCK Io;
    PROCESS_BASIC_INFORMATION Basic;
    REQUIRE(OwnImage(&Image));
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Image.Name, OBJ_CASE_INSENSITIVE);
    REQUIRE_STATUS(NtOpenFile(&File, FILE_EXECUTE | FILE_READ_DATA | SYNCHRONIZE, &Attributes, &Io,
                              FILE_SHARE_READ, FILE_SYNCHRONOUS_IO_NONALERT),
                   STATUS_SUCCESS);
    REQUIRE_STATUS(NtCreateSection(&Section, SECTION_ALL_ACCESS, nullptr, nullptr, PAGE_EXECUTE,
                                   SEC_IMAGE, File),
                   STATUS_SUCCESS);
    NtClose(File);
    REQUIRE_STATUS(NtCreateProcessEx(&Process, PROCESS_ALL_ACCESS, nullptr, NtCurrentProcess(), 0,
                                     Section, nullptr, nullptr, 0),
                   STATUS_SUCCESS);
    CHECK_STATUS(
        NtQueryInformationProcess(Process, ProcessBasicInformation, &Basic, sizeof(Basic), nullptr),
        STATUS_SUCCESS);
    CHECK_EQUAL(Basic.ExitStatus, STATUS_PENDING);
    CHECK(Basic.PebBaseAddress != nullptr);
    CHECK(Basic.InheritedFromUniqueProcessId == NtCurrentTeb()->ClientId.UniqueProcess);
    CHECK(!HasEnded(Process));
    // It has no thread, and can be ended all the same.
    CHECK_STATUS(NtTerminateProcess(Process, STATUS_CANCELLED), STATUS_SUCCESS);
    CHECK(HasEnded(Process));
    NtClose(Process);
    REQUIRE_STATUS(NtCreateProcess(&Process, PROCESS_ALL_ACCESS, nullptr, NtCurrentProcess(), FALSE,
                                   Section, nullptr, nullptr),
                   STATUS_SUCCESS);
    NtClose(Process); // and forgotten
    CHECK_STATUS(NtCreateProcess(&Process, PROCESS_ALL_ACCESS, nullptr, (HANDLE)0x7770, FALSE,
                                 Section, nullptr, nullptr),
                 STATUS_INVALID_HANDLE);
    CHECK_STATUS(NtCreateProcessEx(&Process, PROCESS_ALL_ACCESS, nullptr, NtCurrentProcess(),
                                   0x8000, Section, nullptr, nullptr, 0),
                 STATUS_INVALID_PARAMETER_5);
    CHECK_BAD_OUTPUT(NtCreateProcessEx(Bad, PROCESS_ALL_ACCESS, nullptr, NtCurrentProcess(), 0,
                                       Section, nullptr, nullptr, 0));
    NtClose(Section);
}

VOID TestPeb(void)
{
    PTEB Teb = NtCurrentTeb();
    PPEB Peb = NtCurrentPeb();
    PROCESS_BASIC_INFORMATION Basic;
    PVOID Local = &Basic;
    CHECK(Teb->NtTib.Self == (PNT_TIB)Teb && Teb->ProcessEnvironmentBlock == Peb);
    CHECK(Local < Teb->NtTib.StackBase && Local >= Teb->NtTib.StackLimit);
    CHECK(Teb->RealClientId.UniqueThread == Teb->ClientId.UniqueThread);
    CHECK_EQUAL(Teb->StaticUnicodeString.MaximumLength, sizeof(Teb->StaticUnicodeBuffer));
    CHECK_STATUS(NtQueryInformationProcess(NtCurrentProcess(), ProcessBasicInformation, &Basic,
                                           sizeof(Basic), nullptr),
                 STATUS_SUCCESS);
    CHECK(Basic.PebBaseAddress == Peb && Basic.UniqueProcessId == Teb->ClientId.UniqueProcess);
    CHECK(Peb->OSMajorVersion == 10 && Peb->OSBuildNumber == 19045 &&
          Peb->OSPlatformId == VER_PLATFORM_WIN32_NT);
    CHECK_EQUAL(Peb->NumberOfProcessors, 1);
    CHECK(RtlImageNtHeader(Peb->ImageBaseAddress) != nullptr);
    CHECK(Peb->ProcessHeap && Peb->Ldr && Peb->ProcessParameters && Peb->FastPebLock);
    CHECK(!Peb->BeingDebugged && !Peb->ProcessInJob);
    CHECK_EQUAL(Peb->ImageSubsystem, IMAGE_SUBSYSTEM_NATIVE);
}
