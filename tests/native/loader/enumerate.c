// What the loader tells about modules.

#include "suite.h"

typedef struct _SEEN {
    PVOID Wanted;
    ULONG Count, Found, StopAfter;
} SEEN;

static VOID NTAPI Count(PLDR_DATA_TABLE_ENTRY Entry, PVOID Context, BOOLEAN *Stop)
{
    SEEN *Seen = Context;
    Seen->Count++;
    Seen->Found += Entry->DllBase == Seen->Wanted;
    *Stop = Seen->Count == Seen->StopAfter;
}

VOID TestEnumerate(void)
{
    PVOID Handle;
    REQUIRE_STATUS(Load(L"loadb.dll", &Handle), STATUS_SUCCESS);
    SEEN Seen = {.Wanted = Handle};
    CHECK_STATUS(LdrEnumerateLoadedModules(FALSE, Count, &Seen), STATUS_SUCCESS);
    CHECK_EQUAL(Seen.Found, 1);
    CHECK_EQUAL(Seen.Count, 4); // the program, ntdll, loadlog, loadb
    Seen = (SEEN){.StopAfter = 2};
    CHECK_STATUS(LdrEnumerateLoadedModules(FALSE, Count, &Seen), STATUS_SUCCESS);
    CHECK_EQUAL(Seen.Count, 2);
    CHECK_STATUS(LdrEnumerateLoadedModules(TRUE, Count, &Seen), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(LdrEnumerateLoadedModules(FALSE, nullptr, &Seen), STATUS_INVALID_PARAMETER);

    PLDR_DATA_TABLE_ENTRY Entry;
    static const UNICODE_STRING Name = RTL_CONSTANT_STRING(L"loadb.dll");
    CHECK_STATUS(LdrFindEntryForAddress((PUCHAR)Handle + 0x1000, &Entry), STATUS_SUCCESS);
    CHECK_EQUAL(Entry->DllBase, Handle);
    CHECK(RtlEqualUnicodeString(&Entry->BaseDllName, &Name, TRUE));
    CHECK_EQUAL(Entry->SizeOfImage, RtlImageNtHeader(Handle)->OptionalHeader.SizeOfImage);

    WCHAR Buffer[64];
    static const UNICODE_STRING Full = RTL_CONSTANT_STRING(L"C:\\Windows\\System32\\loadb.dll");
    UNICODE_STRING Path = {.MaximumLength = sizeof(Buffer), .Buffer = Buffer};
    CHECK_STATUS(LdrGetDllFullName(Handle, &Path), STATUS_SUCCESS);
    CHECK(RtlEqualUnicodeString(&Path, &Full, TRUE));
    Path.MaximumLength = 10;
    CHECK_STATUS(LdrGetDllFullName(Handle, &Path), STATUS_BUFFER_TOO_SMALL);

    ULONG Needed = 0;
    CHECK_STATUS(LdrQueryProcessModuleInformation(nullptr, 0, &Needed),
                 STATUS_INFO_LENGTH_MISMATCH);
    CHECK_EQUAL(Needed, FIELD_OFFSET(RTL_PROCESS_MODULES, Modules) +
                            4 * sizeof(RTL_PROCESS_MODULE_INFORMATION));
    CHECK_STATUS(LdrUnloadDll(Handle), STATUS_SUCCESS);
    CHECK_STATUS(LdrFindEntryForAddress(Handle, &Entry), STATUS_NO_MORE_ENTRIES);
    LogClear();
}

static VOID NTAPI Notify(ULONG Reason, const LDR_DLL_NOTIFICATION_DATA *Data, PVOID Context)
{
    UNREFERENCED_PARAMETER(Data);
    UNREFERENCED_PARAMETER(Context);
    LogEvent(Reason == LDR_DLL_NOTIFICATION_REASON_LOADED ? "loaded " : "unloaded ");
}

VOID TestNotifications(void)
{
    PVOID Cookie, Handle;
    REQUIRE_STATUS(LdrRegisterDllNotification(0, Notify, nullptr, &Cookie), STATUS_SUCCESS);
    LogClear();
    REQUIRE_STATUS(Load(L"loadb.dll", &Handle), STATUS_SUCCESS);
    LogIs("loaded b+ ");
    CHECK_STATUS(LdrUnloadDll(Handle), STATUS_SUCCESS);
    LogIs("b- unloaded ");
    CHECK_STATUS(LdrUnregisterDllNotification(Cookie), STATUS_SUCCESS);
    CHECK_STATUS(LdrUnregisterDllNotification(Cookie), STATUS_DLL_NOT_FOUND);
    CHECK_STATUS(LdrRegisterDllNotification(1, Notify, nullptr, &Cookie), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(LdrRegisterDllNotification(0, nullptr, nullptr, &Cookie),
                 STATUS_INVALID_PARAMETER);
    REQUIRE_STATUS(Load(L"loadb.dll", &Handle), STATUS_SUCCESS);
    CHECK_STATUS(LdrUnloadDll(Handle), STATUS_SUCCESS);
    LogIs("b+ b- ");
}

static NTSTATUS TryLock(PVOID Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    ULONG Disposition = 0;
    PVOID Cookie;
    NTSTATUS Status = LdrLockLoaderLock(LDR_LOCK_LOADER_LOCK_FLAG_TRY_ONLY, &Disposition, &Cookie);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Disposition == LDR_LOCK_LOADER_LOCK_DISPOSITION_LOCK_ACQUIRED)
        LdrUnlockLoaderLock(0, Cookie);
    return Disposition == LDR_LOCK_LOADER_LOCK_DISPOSITION_LOCK_ACQUIRED ? STATUS_SUCCESS
                                                                         : STATUS_TIMEOUT;
}

VOID TestLoaderLock(void)
{
    PVOID Cookie, Inner;
    ULONG Disposition;
    CHECK_STATUS(LdrLockLoaderLock(0x80, nullptr, &Cookie), STATUS_INVALID_PARAMETER_1);
    CHECK_STATUS(LdrLockLoaderLock(LDR_LOCK_LOADER_LOCK_FLAG_TRY_ONLY, nullptr, &Cookie),
                 STATUS_INVALID_PARAMETER_1);
    CHECK_STATUS(LdrLockLoaderLock(0, nullptr, nullptr), STATUS_INVALID_PARAMETER_3);
    REQUIRE_STATUS(LdrLockLoaderLock(0, &Disposition, &Cookie), STATUS_SUCCESS);
    CHECK_EQUAL(Disposition, LDR_LOCK_LOADER_LOCK_DISPOSITION_LOCK_ACQUIRED);
    CHECK_STATUS(LdrLockLoaderLock(0, nullptr, &Inner), STATUS_SUCCESS); // again
    CHECK_STATUS(LdrUnlockLoaderLock(0, Inner), STATUS_SUCCESS);
    CHECK_STATUS(LdrUnlockLoaderLock(0, (PVOID)0x123456), STATUS_INVALID_PARAMETER_2);
    CHECK_STATUS(LdrUnlockLoaderLock(0, Cookie), STATUS_SUCCESS);
    CHECK_STATUS(TryLock(nullptr), STATUS_SUCCESS);
}
