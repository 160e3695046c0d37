// The names that Windows' session manager makes: directories, and the links that DOS names are.

#include "smss.h"

VOID SmssComplain(PCWSTR What, NTSTATUS Status)
{
    DbgPrintEx(DPFLTR_SMSS_ID, DPFLTR_WARNING_LEVEL, "smss: %ws: status %08lx\n", What, Status);
}

static VOID SmssMakeDirectory(PCWSTR Path)
{
    HANDLE Directory;
    NTSTATUS Status = ObjMakeDirectory(Path, &Directory);
    if (NT_SUCCESS(Status))
        NtClose(Directory);
    else
        SmssComplain(Path, Status);
}

static VOID SmssMakeLink(PCWSTR Path, PCWSTR Target)
{
    NTSTATUS Status = ObjMakeLink(Path, Target);
    if (!NT_SUCCESS(Status) && Status != STATUS_OBJECT_NAME_COLLISION)
        SmssComplain(Path, Status);
}

// Value "ObjectDirectories": paths, one string each.
static VOID SmssMakeListedDirectories(PREG_VALUE Value)
{
    for (PCWSTR Path = Value->Data; *Path; Path += wcslen(Path) + 1)
        SmssMakeDirectory(Path);
}

// Key "DOS Devices": name and target of each link in \??.
static VOID SmssMakeListedLinks(void)
{
    HANDLE Key;
    if (!NT_SUCCESS(RegOpen(SMSS_KEY L"\\DOS Devices", KEY_QUERY_VALUE, &Key)))
        return;
    PREG_VALUE Value;
    for (ULONG i = 0; NT_SUCCESS(RegReadValue(Key, i, &Value)); i++) {
        WCHAR Path[MAX_PATH] = L"\\??\\";
        if (Value->Type == REG_SZ && wcslen(Value->Name) < MAX_PATH - 8) {
            wcscat(Path, Value->Name);
            SmssMakeLink(Path, Value->Data);
        }
        RegFreeValue(Value);
    }
    NtClose(Key);
}

VOID SmssMakeNames(void)
{
    static const struct {
        PCWSTR Path, Target;
    } Links[] = {
        {L"\\DosDevices", L"\\??"},
        {L"\\??\\GLOBALROOT", L""},
        {L"\\KnownDlls\\KnownDllPath", L"C:\\Windows\\System32"},
    };
    SmssMakeDirectory(L"\\KnownDlls");
    for (ULONG i = 0; i < RTL_NUMBER_OF(Links); i++)
        SmssMakeLink(Links[i].Path, Links[i].Target);

    PREG_VALUE Value;
    if (NT_SUCCESS(RegFindValue(SMSS_KEY, L"ObjectDirectories", &Value))) {
        if (Value->Type == REG_MULTI_SZ)
            SmssMakeListedDirectories(Value);
        RegFreeValue(Value);
    }
    SmssMakeListedLinks();
}
