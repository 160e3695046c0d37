// Files that are no images, or odd ones; known DLLs.

#include "suite.h"

static const struct {
    PCWSTR Name;
    NTSTATUS Status;
} BadImages[] = {
#include "badimages.inc"
};

static NTSTATUS CreateImage(PCWSTR Name, POBJECT_ATTRIBUTES SectionAttributes, PHANDLE Section)
{
    WCHAR Buffer[128] = L"\\SystemRoot\\System32\\";
    UNICODE_STRING Path;
    IO_STATUS_BLOCK IoStatus;
    HANDLE File;
    wcscat(Buffer, Name);
    RtlInitUnicodeString(&Path, Buffer);
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&Path, OBJ_CASE_INSENSITIVE);
    NTSTATUS Status = NtOpenFile(&File, FILE_READ_DATA | FILE_EXECUTE | SYNCHRONIZE, &Attributes,
                                 &IoStatus, FILE_SHARE_READ, FILE_SYNCHRONOUS_IO_NONALERT);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = NtCreateSection(Section, SECTION_ALL_ACCESS, SectionAttributes, nullptr, PAGE_EXECUTE,
                             SEC_IMAGE, File);
    NtClose(File);
    return Status;
}

VOID TestBadImages(void)
{
    for (ULONG i = 0; i < RTL_NUMBER_OF(BadImages); i++) {
        HANDLE Section;
        PVOID Handle;
        NTSTATUS Status = CreateImage(BadImages[i].Name, nullptr, &Section);
        if (Status != BadImages[i].Status)
            TestFail(__FILE__, __LINE__, "%ws gave %08lx, not %08lx", BadImages[i].Name, Status,
                     BadImages[i].Status);
        if (NT_SUCCESS(Status)) {
            NtClose(Section);
            continue;
        }
        Status = Load(BadImages[i].Name, &Handle);
        if (Status != BadImages[i].Status)
            TestFail(__FILE__, __LINE__, "loading %ws gave %08lx, not %08lx", BadImages[i].Name,
                     Status, BadImages[i].Status);
    }
}

// Every page of an odd image can be read, at whatever base.
VOID TestBadImagesInUse(void)
{
    for (ULONG i = 0; i < RTL_NUMBER_OF(BadImages); i++) {
        HANDLE Section;
        if (!NT_SUCCESS(BadImages[i].Status) ||
            !NT_SUCCESS(CreateImage(BadImages[i].Name, nullptr, &Section)))
            continue;
        for (ULONG Pass = 0; Pass < 2; Pass++) {
            PUCHAR Base = nullptr;
            SIZE_T Size = 0, Readable = 0;
            NTSTATUS Status = NtMapViewOfSection(Section, NtCurrentProcess(), (PVOID *)&Base, 0, 0,
                                                 nullptr, &Size, ViewUnmap, 0, PAGE_EXECUTE_READ);
            if (!NT_SUCCESS(Status)) { // it has no relocations that could be used
                CHECK_STATUS(Status, STATUS_CONFLICTING_ADDRESSES);
                continue;
            }
            for (SIZE_T At = 0; At < Size; At += PAGE_SIZE)
                Readable += *(volatile UCHAR *)(Base + At) != 0xFF;
            CHECK(Readable > 0);
            // The first view stays until the process ends: the second is elsewhere.
            if (Pass)
                CHECK_STATUS(NtUnmapViewOfSection(NtCurrentProcess(), Base), STATUS_SUCCESS);
        }
        NtClose(Section);
    }
}

// A section in \KnownDlls comes before any file: this name has none.
VOID TestKnownDll(void)
{
    UNICODE_STRING DirectoryName = RTL_CONSTANT_STRING(L"\\KnownDlls");
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"known.dll");
    OBJECT_ATTRIBUTES Attributes = TestAttributes(&DirectoryName, OBJ_OPENIF);
    HANDLE Directory, Section;
    PVOID Handle;
    CHECK_STATUS(Load(L"known.dll", &Handle), STATUS_DLL_NOT_FOUND);
    REQUIRE(NT_SUCCESS(NtCreateDirectoryObject(&Directory, DIRECTORY_ALL_ACCESS, &Attributes)));
    InitializeObjectAttributes(&Attributes, &Name, OBJ_CASE_INSENSITIVE, Directory, nullptr);
    REQUIRE_STATUS(CreateImage(L"loadb.dll", &Attributes, &Section), STATUS_SUCCESS);
    CHECK_STATUS(Load(L"Known.DLL", &Handle), STATUS_SUCCESS);
    CHECK_EQUAL(Call(Handle, "BValue"), 0xB0B0);
    CHECK_STATUS(LdrUnloadDll(Handle), STATUS_SUCCESS);
    // A path leads past it.
    CHECK_STATUS(Load(L"C:\\Windows\\System32\\known.dll", &Handle), STATUS_DLL_NOT_FOUND);
    NtClose(Section);
    CHECK_STATUS(Load(L"known.dll", &Handle), STATUS_DLL_NOT_FOUND);
    NtClose(Directory);
    LogClear();
}
