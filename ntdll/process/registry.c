// What ntdll reads from the registry: image options, the current user's key, the time zone.

#include "../ntdllp.h"

NTSTATUS RtlpOpenKey(PCWSTR Path, ACCESS_MASK Access, PHANDLE Key)
{
    UNICODE_STRING Name;
    RtlInitUnicodeString(&Name, Path);
    OBJECT_ATTRIBUTES Attributes;
    InitializeObjectAttributes(&Attributes, &Name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    return NtOpenKey(Key, Access, &Attributes);
}

// The data of a value. *Size: of the buffer, then of the data, also when that is too large
// (STATUS_BUFFER_OVERFLOW).
NTSTATUS RtlpQueryValue(HANDLE Key, PCWSTR ValueName, PULONG Type, PVOID Buffer, PULONG Size)
{
    UNICODE_STRING Name;
    RtlInitUnicodeString(&Name, ValueName);
    ULONG Length = FIELD_OFFSET(KEY_VALUE_PARTIAL_INFORMATION, Data) + *Size;
    PKEY_VALUE_PARTIAL_INFORMATION Value = RtlAllocateHeap(RtlProcessHeap(), 0, Length);
    if (!Value)
        return STATUS_NO_MEMORY;
    ULONG Room = *Size, Needed = 0;
    NTSTATUS Status =
        NtQueryValueKey(Key, &Name, KeyValuePartialInformation, Value, Length, &Needed);
    if (NT_SUCCESS(Status) || Status == STATUS_BUFFER_OVERFLOW) {
        *Type = Value->Type;
        *Size = Value->DataLength;
    }
    if (NT_SUCCESS(Status) && Value->DataLength <= Room)
        memcpy(Buffer, Value->Data, Value->DataLength);
    RtlFreeHeap(RtlProcessHeap(), 0, Value);
    return Status;
}

// ---- Image File Execution Options

// SubKey names a program, maybe with its path; only the file name counts.
NTSTATUS NTAPI LdrOpenImageFileOptionsKey(PUNICODE_STRING SubKey, BOOLEAN Wow64, PHANDLE NewKey)
{
    UNREFERENCED_PARAMETER(Wow64);
    static const WCHAR Options[] = L"\\Registry\\Machine\\SOFTWARE\\Microsoft\\Windows NT\\"
                                   L"CurrentVersion\\Image File Execution Options\\";
    UNICODE_STRING File = *SubKey;
    for (USHORT i = SubKey->Length / sizeof(WCHAR); i; i--) {
        if (SubKey->Buffer[i - 1] != L'\\')
            continue;
        File.Buffer = SubKey->Buffer + i;
        File.Length = SubKey->Length - i * (USHORT)sizeof(WCHAR);
        break;
    }
    WCHAR Path[RTL_NUMBER_OF(Options) + MAX_PATH];
    if (File.Length >= MAX_PATH * sizeof(WCHAR))
        return STATUS_NAME_TOO_LONG;
    memcpy(Path, Options, sizeof(Options));
    memcpy(Path + RTL_NUMBER_OF(Options) - 1, File.Buffer, File.Length);
    Path[RTL_NUMBER_OF(Options) - 1 + File.Length / sizeof(WCHAR)] = 0;
    return RtlpOpenKey(Path, KEY_QUERY_VALUE, NewKey);
}

// A value as Type: a number may be stored as a string.
NTSTATUS NTAPI LdrQueryImageFileKeyOption(HANDLE KeyHandle, PCWSTR ValueName, ULONG Type,
                                          PVOID Buffer, ULONG BufferSize, PULONG ReturnedLength)
{
    WCHAR Text[16];
    ULONG Stored, Size = BufferSize;
    NTSTATUS Status = RtlpQueryValue(KeyHandle, ValueName, &Stored, Buffer, &Size);
    if (NT_SUCCESS(Status) || Status == STATUS_BUFFER_OVERFLOW) {
        if (Stored == REG_SZ && Type == REG_DWORD) {
            Size = sizeof(Text) - sizeof(WCHAR);
            memset(Text, 0, sizeof(Text));
            Status = RtlpQueryValue(KeyHandle, ValueName, &Stored, Text, &Size);
            if (NT_SUCCESS(Status) && BufferSize < sizeof(ULONG))
                Status = STATUS_INFO_LENGTH_MISMATCH;
            if (NT_SUCCESS(Status))
                *(PULONG)Buffer = wcstoul(Text, nullptr, 0);
            Size = sizeof(ULONG);
        } else if (Stored != Type) {
            return STATUS_OBJECT_TYPE_MISMATCH;
        }
    }
    if (ReturnedLength)
        *ReturnedLength = Size;
    return Status;
}

NTSTATUS NTAPI LdrQueryImageFileExecutionOptions(PUNICODE_STRING SubKey, PCWSTR ValueName,
                                                 ULONG Type, PVOID Buffer, ULONG BufferSize,
                                                 PULONG ResultSize)
{
    HANDLE Key;
    NTSTATUS Status = LdrOpenImageFileOptionsKey(SubKey, FALSE, &Key);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = LdrQueryImageFileKeyOption(Key, ValueName, Type, Buffer, BufferSize, ResultSize);
    NtClose(Key);
    return Status;
}

// ---- The current user

// "\Registry\User\<SID>" of the token that the thread acts with. The caller frees it.
NTSTATUS NTAPI RtlFormatCurrentUserKeyPath(PUNICODE_STRING CurrentUserKeyPath)
{
    static const UNICODE_STRING Prefix = RTL_CONSTANT_STRING(L"\\Registry\\User\\");
    enum { UserSize = sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE };
    union {
        TOKEN_USER User;
        UCHAR Space[UserSize];
    } Token;
    ULONG Length;
    NTSTATUS Status = NtQueryInformationToken(NtCurrentThreadEffectiveToken(), TokenUser, &Token,
                                              sizeof(Token), &Length);
    if (!NT_SUCCESS(Status))
        return Status;
    WCHAR SidBuffer[SECURITY_MAX_SID_SIZE * 4];
    UNICODE_STRING Sid = {.MaximumLength = sizeof(SidBuffer), .Buffer = SidBuffer};
    Status = RtlConvertSidToUnicodeString(&Sid, Token.User.User.Sid, FALSE);
    if (!NT_SUCCESS(Status))
        return Status;
    USHORT Size = Prefix.Length + Sid.Length + (USHORT)sizeof(WCHAR);
    *CurrentUserKeyPath = (UNICODE_STRING){
        .MaximumLength = Size,
        .Buffer = RtlAllocateHeap(RtlProcessHeap(), HEAP_ZERO_MEMORY, Size),
    };
    if (!CurrentUserKeyPath->Buffer)
        return STATUS_NO_MEMORY;
    RtlAppendUnicodeStringToString(CurrentUserKeyPath, &Prefix);
    return RtlAppendUnicodeStringToString(CurrentUserKeyPath, &Sid);
}

// A user without a hive of their own gets the default one.
NTSTATUS NTAPI RtlOpenCurrentUser(ACCESS_MASK DesiredAccess, PHANDLE UserKey)
{
    UNICODE_STRING Path;
    NTSTATUS Status = RtlFormatCurrentUserKeyPath(&Path);
    if (NT_SUCCESS(Status)) {
        Status = RtlpOpenKey(Path.Buffer, DesiredAccess, UserKey);
        RtlFreeUnicodeString(&Path);
    }
    if (!NT_SUCCESS(Status))
        Status = RtlpOpenKey(L"\\Registry\\User\\.Default", DesiredAccess, UserKey);
    return Status;
}

// ---- The time zone

static const WCHAR RtlpTimeZoneKey[] =
    L"\\Registry\\Machine\\SYSTEM\\CurrentControlSet\\Control\\TimeZoneInformation";

// The values of the key, and where they belong. A missing one stays zero.
typedef struct _RTLP_ZONE_VALUE {
    PCWSTR Name;
    ULONG Type, Offset, Size;
} RTLP_ZONE_VALUE;

#define ZONE_VALUE(Name, Type, Field)                                    \
    {Name, Type, FIELD_OFFSET(RTL_DYNAMIC_TIME_ZONE_INFORMATION, Field), \
     sizeof(((PRTL_DYNAMIC_TIME_ZONE_INFORMATION) nullptr)->Field)}

static const RTLP_ZONE_VALUE RtlpZoneValues[] = {
    ZONE_VALUE(L"Bias", REG_DWORD, Standard.Bias),
    ZONE_VALUE(L"StandardName", REG_SZ, Standard.StandardName),
    ZONE_VALUE(L"StandardStart", REG_BINARY, Standard.StandardStart),
    ZONE_VALUE(L"StandardBias", REG_DWORD, Standard.StandardBias),
    ZONE_VALUE(L"DaylightName", REG_SZ, Standard.DaylightName),
    ZONE_VALUE(L"DaylightStart", REG_BINARY, Standard.DaylightStart),
    ZONE_VALUE(L"DaylightBias", REG_DWORD, Standard.DaylightBias),
    ZONE_VALUE(L"TimeZoneKeyName", REG_SZ, TimeZoneKeyName),
};

NTSTATUS NTAPI
RtlQueryDynamicTimeZoneInformation(PRTL_DYNAMIC_TIME_ZONE_INFORMATION TimeZoneInformation)
{
    HANDLE Key;
    NTSTATUS Status = RtlpOpenKey(RtlpTimeZoneKey, KEY_QUERY_VALUE, &Key);
    if (!NT_SUCCESS(Status))
        return Status;
    memset(TimeZoneInformation, 0, sizeof(*TimeZoneInformation));
    for (ULONG i = 0; i < RTL_NUMBER_OF(RtlpZoneValues); i++) {
        const RTLP_ZONE_VALUE *Value = &RtlpZoneValues[i];
        PVOID Field = (PUCHAR)TimeZoneInformation + Value->Offset;
        ULONG Type, Size = Value->Size;
        NTSTATUS Read = RtlpQueryValue(Key, Value->Name, &Type, Field, &Size);
        if (NT_SUCCESS(Read) && Type != Value->Type)
            memset(Field, 0, Value->Size);
        else if (NT_SUCCESS(Read) && Type == REG_SZ)
            *(PWSTR)((PUCHAR)Field + Value->Size - sizeof(WCHAR)) = 0;
    }
    ULONG Type, Disabled, Size = sizeof(Disabled);
    if (NT_SUCCESS(RtlpQueryValue(Key, L"DynamicDaylightTimeDisabled", &Type, &Disabled, &Size)) &&
        Type == REG_DWORD)
        TimeZoneInformation->DynamicDaylightTimeDisabled = Disabled != 0;
    NtClose(Key);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlQueryTimeZoneInformation(PRTL_TIME_ZONE_INFORMATION TimeZoneInformation)
{
    RTL_DYNAMIC_TIME_ZONE_INFORMATION Dynamic;
    NTSTATUS Status = RtlQueryDynamicTimeZoneInformation(&Dynamic);
    if (NT_SUCCESS(Status))
        *TimeZoneInformation = Dynamic.Standard;
    return Status;
}

NTSTATUS NTAPI RtlSetTimeZoneInformation(PRTL_TIME_ZONE_INFORMATION TimeZoneInformation)
{
    HANDLE Key;
    NTSTATUS Status = RtlpOpenKey(RtlpTimeZoneKey, KEY_SET_VALUE, &Key);
    if (!NT_SUCCESS(Status))
        return Status;
    for (ULONG i = 0; NT_SUCCESS(Status) && i < RTL_NUMBER_OF(RtlpZoneValues); i++) {
        const RTLP_ZONE_VALUE *Value = &RtlpZoneValues[i];
        if (Value->Offset >= sizeof(*TimeZoneInformation))
            continue;
        PUCHAR Field = (PUCHAR)TimeZoneInformation + Value->Offset;
        ULONG Size = Value->Size;
        if (Value->Type == REG_SZ)
            Size = (ULONG)((wcsnlen((PCWSTR)Field, Size / sizeof(WCHAR) - 1) + 1) * sizeof(WCHAR));
        UNICODE_STRING Name;
        RtlInitUnicodeString(&Name, Value->Name);
        Status = NtSetValueKey(Key, &Name, 0, Value->Type, Field, Size);
    }
    NtClose(Key);
    return Status;
}
