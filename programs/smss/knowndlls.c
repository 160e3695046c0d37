// \KnownDlls: the images of the DLLs that most programs use, as sections. The loader finds them there
// without a search, and they are the ones of the system's folder whatever a program's path says.

#include "smss.h"

enum { SmssMaximumDllPath = 128 };

static NTSTATUS SmssOpenDll(PCWSTR Name, PHANDLE File)
{
    WCHAR Path[SmssMaximumDllPath] = L"\\SystemRoot\\System32\\";
    if (wcslen(Path) + wcslen(Name) >= SmssMaximumDllPath)
        return STATUS_NAME_TOO_LONG;
    wcscat(Path, Name);
    UNICODE_STRING String;
    OBJECT_ATTRIBUTES Attributes;
    IO_STATUS_BLOCK IoStatus;
    RtlInitUnicodeString(&String, Path);
    InitializeObjectAttributes(&Attributes, &String, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    return NtOpenFile(File, FILE_READ_DATA | FILE_EXECUTE | SYNCHRONIZE, &Attributes, &IoStatus,
                      FILE_SHARE_READ | FILE_SHARE_DELETE,
                      FILE_SYNCHRONOUS_IO_NONALERT | FILE_NON_DIRECTORY_FILE);
}

static NTSTATUS SmssMakeKnownDll(HANDLE Directory, PCWSTR Name)
{
    HANDLE File, Section;
    NTSTATUS Status = SmssOpenDll(Name, &File);
    if (!NT_SUCCESS(Status))
        return Status;
    UNICODE_STRING String;
    OBJECT_ATTRIBUTES Attributes;
    RtlInitUnicodeString(&String, Name);
    InitializeObjectAttributes(&Attributes, &String, OBJ_CASE_INSENSITIVE | OBJ_PERMANENT,
                               Directory, nullptr);
    Status = NtCreateSection(&Section, SECTION_ALL_ACCESS, &Attributes, nullptr, PAGE_EXECUTE,
                             SEC_IMAGE, File);
    NtClose(File);
    if (NT_SUCCESS(Status))
        NtClose(Section);
    return Status;
}

static VOID SmssTryKnownDll(HANDLE Directory, PCWSTR Name)
{
    NTSTATUS Status = SmssMakeKnownDll(Directory, Name);
    if (!NT_SUCCESS(Status) && Status != STATUS_OBJECT_NAME_COLLISION)
        DbgPrintEx(DPFLTR_SMSS_ID, DPFLTR_WARNING_LEVEL, "smss: known DLL %ws: status %08lx\n",
                   Name, Status);
}

// Key "KnownDLLs": the data of each value is a DLL's name, but for the folder's.
VOID SmssMakeKnownDlls(void)
{
    HANDLE Directory, Key;
    NTSTATUS Status = ObjMakeDirectory(L"\\KnownDlls", &Directory);
    if (!NT_SUCCESS(Status)) {
        SmssComplain(L"\\KnownDlls", Status);
        return;
    }
    SmssTryKnownDll(Directory, L"ntdll.dll");
    if (NT_SUCCESS(RegOpen(SMSS_KEY L"\\KnownDLLs", KEY_QUERY_VALUE, &Key))) {
        PREG_VALUE Value;
        for (ULONG i = 0; NT_SUCCESS(RegReadValue(Key, i, &Value)); i++) {
            if (Value->Type == REG_SZ && _wcsicmp(Value->Name, L"DllDirectory"))
                SmssTryKnownDll(Directory, Value->Data);
            RegFreeValue(Value);
        }
        NtClose(Key);
    }
    NtClose(Directory);
}
