// The programs volumes and mountvol, with a pipe as their standard output.
#include "suite.h"

static CHAR Output[8192];

static NTSTATUS MakePipe(PHANDLE Server, PHANDLE Client)
{
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\Device\\NamedPipe\\volumes-test");
    LARGE_INTEGER Timeout = TestMilliseconds(1000);
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Name, OBJ_CASE_INSENSITIVE);
    IO_STATUS_BLOCK Io;
    NTSTATUS Status = NtCreateNamedPipeFile(
        Server, GENERIC_READ | SYNCHRONIZE, &Attributes, &Io, FILE_SHARE_WRITE, FILE_CREATE,
        FILE_SYNCHRONOUS_IO_NONALERT, FILE_PIPE_BYTE_STREAM_TYPE, FILE_PIPE_BYTE_STREAM_MODE,
        FILE_PIPE_QUEUE_OPERATION, 1, 4096, 4096, &Timeout);
    if (!NT_SUCCESS(Status))
        return Status;
    Attributes.Attributes |= OBJ_INHERIT;
    Status = NtOpenFile(Client, GENERIC_WRITE | SYNCHRONIZE, &Attributes, &Io, FILE_SHARE_READ,
                        FILE_SYNCHRONOUS_IO_NONALERT);
    if (!NT_SUCCESS(Status))
        NtClose(*Server);
    return Status;
}

static NTSTATUS StartProgram(PCWSTR Image, PCWSTR Line, HANDLE Client,
                             PRTL_USER_PROCESS_INFORMATION Process)
{
    UNICODE_STRING ImageName, CommandLine;
    PRTL_USER_PROCESS_PARAMETERS Parameters;
    RtlInitUnicodeString(&ImageName, Image);
    RtlInitUnicodeString(&CommandLine, Line);
    NTSTATUS Status = RtlCreateProcessParametersEx(&Parameters, &ImageName, nullptr, nullptr,
                                                   &CommandLine, nullptr, nullptr, nullptr, nullptr,
                                                   nullptr, RTL_USER_PROC_PARAMS_NORMALIZED);
    if (!NT_SUCCESS(Status))
        return Status;
    Parameters->StandardOutput = Client;
    Status = RtlCreateUserProcess(&ImageName, 0, Parameters, nullptr, nullptr, nullptr, TRUE,
                                  nullptr, nullptr, Process);
    RtlDestroyProcessParameters(Parameters);
    if (NT_SUCCESS(Status))
        NtResumeThread(Process->ThreadHandle, nullptr);
    return Status;
}

// Lines end with CR LF there; just LF is what is looked for.
static VOID ReadAll(HANDLE Server)
{
    ULONG Length = 0, Kept = 0;
    IO_STATUS_BLOCK Io;
    while (Length + 1 < sizeof(Output) &&
           NT_SUCCESS(NtReadFile(Server, nullptr, nullptr, nullptr, &Io, Output + Length,
                                 sizeof(Output) - 1 - Length, nullptr, nullptr)))
        Length += (ULONG)Io.Information;
    for (ULONG i = 0; i < Length; i++) {
        if (Output[i] != '\r')
            Output[Kept++] = Output[i];
    }
    Output[Kept] = 0;
}

// Its exit status; what it has written is in Output.
static NTSTATUS Run(PCWSTR Line)
{
    WCHAR Image[TextChars];
    HANDLE Server, Client;
    RTL_USER_PROCESS_INFORMATION Process;
    PROCESS_BASIC_INFORMATION Basic = {};
    int Length = (int)wcscspn(Line, L" ");
    _snwprintf(Image, TextChars, L"\\SystemRoot\\System32\\%.*ws.exe", Length, Line);
    NTSTATUS Status = MakePipe(&Server, &Client);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = StartProgram(Image, Line, Client, &Process);
    NtClose(Client);
    if (NT_SUCCESS(Status)) {
        ReadAll(Server);
        NtWaitForSingleObject(Process.ProcessHandle, FALSE, nullptr);
        NtQueryInformationProcess(Process.ProcessHandle, ProcessBasicInformation, &Basic,
                                  sizeof(Basic), nullptr);
        Status = Basic.ExitStatus;
        NtClose(Process.ProcessHandle);
        NtClose(Process.ThreadHandle);
    }
    NtClose(Server);
    return Status;
}

static VOID CheckOutput(PCSTR Expected)
{
    if (!strstr(Output, Expected))
        TestFail(__FILE__, __LINE__, "no '%s' in '%s'", Expected, Output);
}

VOID TestProgramVolumes(void)
{
    CHECK_STATUS(Run(L"volumes"), 0);
    CHECK(strcmp(Output, "There are no volumes.\n") == 0);
    MakeMedium(0, DiskSectors, SectorBytes, FALSE);
    AddDisk(0);
    HANDLE Disk = OpenDisk(0);
    REQUIRE(Disk);
    BeginLayout(PARTITION_STYLE_GPT, 0x300);
    AddGpt(0x301, 64, 2048);
    AddGpt(0x302, 3000, 3);
    CHECK_STATUS(SetLayout(Disk), STATUS_SUCCESS);
    NtClose(Disk);
    CHECK_STATUS(Run(L"volumes"), 0);
    CheckOutput("Volume  Letter  Disk  Partition      Size  Contents        Free  Label\n");
    CheckOutput("     1  D:         0          1      1 MB  Basic data\n");
    CheckOutput("     2  E:         0          2    1.5 KB  Basic data\n");
    CHECK_STATUS(Run(L"volumes remove d:"), 0);
    CHECK(!Exists(L"\\\?\?\\D:"));
    CHECK_STATUS(Run(L"volumes remove d:"), 1);
    CHECK_STATUS(Run(L"volumes assign E: 1"), 1);
    CHECK_STATUS(Run(L"volumes assign P: 1"), 0);
    CHECK_STATUS(Run(L"volumes assign Q: 1"), 1);
    CheckOutput("has the letter P: already");
    CHECK(Exists(L"\\\?\?\\P:"));
    CHECK_STATUS(Run(L"volumes /v"), 0);
    CheckOutput("\\Device\\HarddiskVolume1, bytes 32768 to 1081343 of the disk\n");
    CheckOutput("\"Basic data partition\"");
    CHECK_STATUS(Run(L"volumes nonsense"), 1);
}

VOID TestProgramMountvol(void)
{
    CHECK_STATUS(Run(L"mountvol"), 0);
    CheckOutput("    \\\\?\\Volume{00000301-1234-5678-0102-030405060708}\\\n        P:\\\n");
    CHECK_STATUS(Run(L"mountvol P: /L"), 0);
    CHECK(strcmp(Output, "    \\\\?\\Volume{00000301-1234-5678-0102-030405060708}\\\n") == 0);
    CHECK_STATUS(Run(L"mountvol P:\\ /D"), 0);
    CHECK_STATUS(Run(L"mountvol"), 0);
    CheckOutput("030405060708}\\\n        *** NO MOUNT POINTS ***\n");
    CHECK_STATUS(Run(L"mountvol R: \\\\?\\Volume{00000301-1234-5678-0102-030405060708}\\"), 0);
    CHECK(Exists(L"\\\?\?\\R:"));
    CHECK_STATUS(Run(L"mountvol /N"), 0);
    CHECK_STATUS(Run(L"mountvol"), 0);
    CheckOutput("New volumes are not mounted automatically");
    CHECK_STATUS(Run(L"mountvol /E"), 0);
    PullDisk(0);
    CHECK_STATUS(Run(L"mountvol /R"), 0);
    CHECK_EQUAL(GetValue(MOUNTED, L"\\DosDevices\\R:", Output, sizeof(Output)), 0);
}
