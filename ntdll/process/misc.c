// Small services of the process: errors, locks of the PEB, versions, encoded pointers, debug output.

#include "../ntdllp.h"

// Compilers refer to it in images that use floating-point numbers.
int _fltused = 0x9875;

static ULONG RtlpCookie;

VOID RtlpInitializeProcess(void)
{
    if (!NT_SUCCESS(NtQueryInformationProcess(NtCurrentProcess(), ProcessCookie, &RtlpCookie,
                                              sizeof(RtlpCookie), nullptr))) {
        LARGE_INTEGER Counter;
        NtQueryPerformanceCounter(&Counter, nullptr);
        RtlpCookie = Counter.LowPart * 2654435761u;
    }
}

ULONG RtlpProcessCookie(void)
{
    return RtlpCookie;
}

// What rtl's allocating functions use here.
PVOID RtlpAllocateStringMemory(SIZE_T Size)
{
    return RtlAllocateHeap(RtlProcessHeap(), 0, Size);
}

VOID RtlpFreeStringMemory(PVOID Memory)
{
    RtlFreeHeap(RtlProcessHeap(), 0, Memory);
}

// The locale file, which the Executive maps into the process when it is first asked for.
NTSTATUS NTAPI RtlGetLocaleFileMappingAddress(PVOID *BaseAddress, PLCID DefaultLocaleId,
                                              PLARGE_INTEGER DefaultCasingTableSize)
{
    static PVOID Mapped;
    static LARGE_INTEGER CasingSize;
    if (!Mapped) {
        NTSTATUS Status = NtInitializeNlsFiles(&Mapped, DefaultLocaleId, &CasingSize);
        if (!NT_SUCCESS(Status))
            return Status;
    } else {
        NtQueryDefaultLocale(FALSE, DefaultLocaleId);
    }
    *BaseAddress = Mapped;
    *DefaultCasingTableSize = CasingSize;
    return STATUS_SUCCESS;
}

PPEB NTAPI RtlGetCurrentPeb(void)
{
    return NtCurrentPeb();
}

VOID NTAPI RtlAcquirePebLock(void)
{
    RtlEnterCriticalSection(NtCurrentPeb()->FastPebLock);
}

VOID NTAPI RtlReleasePebLock(void)
{
    RtlLeaveCriticalSection(NtCurrentPeb()->FastPebLock);
}

// ---- Errors

ULONG NTAPI RtlGetLastWin32Error(void)
{
    return NtCurrentTeb()->LastErrorValue;
}

NTSTATUS NTAPI RtlGetLastNtStatus(void)
{
    return NtCurrentTeb()->LastStatusValue;
}

VOID NTAPI RtlSetLastWin32Error(ULONG Win32Error)
{
    NtCurrentTeb()->LastErrorValue = Win32Error;
}

VOID NTAPI RtlRestoreLastWin32Error(ULONG Win32Error)
{
    NtCurrentTeb()->LastErrorValue = Win32Error;
}

ULONG NTAPI RtlNtStatusToDosError(NTSTATUS Status)
{
    NtCurrentTeb()->LastStatusValue = Status;
    return RtlNtStatusToDosErrorNoTeb(Status);
}

VOID NTAPI RtlSetLastWin32ErrorAndNtStatusFromNtStatus(NTSTATUS Status)
{
    NtCurrentTeb()->LastErrorValue = RtlNtStatusToDosError(Status);
}

ULONG NTAPI RtlGetThreadErrorMode(void)
{
    return NtCurrentTeb()->HardErrorMode;
}

NTSTATUS NTAPI RtlSetThreadErrorMode(ULONG NewMode, PULONG OldMode)
{
    constexpr ULONG Allowed = 0x70; // the thread's equivalents of SEM_*
    if (NewMode & ~Allowed)
        return STATUS_INVALID_PARAMETER_1;
    if (OldMode)
        *OldMode = NtCurrentTeb()->HardErrorMode;
    NtCurrentTeb()->HardErrorMode = NewMode;
    return STATUS_SUCCESS;
}

// ---- Versions

VOID NTAPI RtlGetNtVersionNumbers(PULONG MajorVersion, PULONG MinorVersion, PULONG BuildNumber)
{
    PPEB Peb = NtCurrentPeb();
    if (MajorVersion)
        *MajorVersion = Peb->OSMajorVersion;
    if (MinorVersion)
        *MinorVersion = Peb->OSMinorVersion;
    if (BuildNumber)
        *BuildNumber = Peb->OSBuildNumber | 0xF0000000; // marks a release build
}

NTSTATUS NTAPI RtlGetVersion(PRTL_OSVERSIONINFOW VersionInformation)
{
    PPEB Peb = NtCurrentPeb();
    VersionInformation->dwMajorVersion = Peb->OSMajorVersion;
    VersionInformation->dwMinorVersion = Peb->OSMinorVersion;
    VersionInformation->dwBuildNumber = Peb->OSBuildNumber;
    VersionInformation->dwPlatformId = Peb->OSPlatformId;
    VersionInformation->szCSDVersion[0] = 0;
    if (VersionInformation->dwOSVersionInfoSize == sizeof(RTL_OSVERSIONINFOEXW)) {
        PRTL_OSVERSIONINFOEXW Extended = (PRTL_OSVERSIONINFOEXW)VersionInformation;
        Extended->wServicePackMajor = Peb->OSCSDVersion >> 8;
        Extended->wServicePackMinor = Peb->OSCSDVersion & 0xFF;
        Extended->wSuiteMask = (USHORT)SharedUserData->SuiteMask;
        Extended->wProductType = (UCHAR)SharedUserData->NtProductType;
        Extended->wReserved = 0;
    }
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlVerifyVersionInfo(PRTL_OSVERSIONINFOEXW VersionInformation, ULONG TypeMask,
                                    ULONGLONG ConditionMask)
{
    RTL_OSVERSIONINFOEXW Running = {.dwOSVersionInfoSize = sizeof(Running)};
    RtlGetVersion((PRTL_OSVERSIONINFOW)&Running);
    return RtlpVerifyVersion(VersionInformation, TypeMask, ConditionMask, &Running);
}

BOOLEAN NTAPI RtlIsProcessorFeaturePresent(ULONG ProcessorFeature)
{
    return ProcessorFeature < PROCESSOR_FEATURE_MAX &&
           SharedUserData->ProcessorFeatures[ProcessorFeature];
}

// ---- Encoded pointers: of no use to who only reads memory

static PVOID RtlpRotate(PVOID Pointer, ULONG Count)
{
    ULONG_PTR Value = (ULONG_PTR)Pointer;
    Count &= 63;
    return (PVOID)(Value >> Count | Value << ((64 - Count) & 63));
}

PVOID NTAPI RtlEncodePointer(PVOID Pointer)
{
    return RtlpRotate((PVOID)((ULONG_PTR)Pointer ^ RtlpCookie), RtlpCookie);
}

PVOID NTAPI RtlDecodePointer(PVOID Pointer)
{
    return (PVOID)((ULONG_PTR)RtlpRotate(Pointer, 64 - (RtlpCookie & 63)) ^ RtlpCookie);
}

PVOID NTAPI RtlEncodeSystemPointer(PVOID Pointer)
{
    return (PVOID)((ULONG_PTR)Pointer ^ SharedUserData->Cookie);
}

PVOID NTAPI RtlDecodeSystemPointer(PVOID Pointer)
{
    return (PVOID)((ULONG_PTR)Pointer ^ SharedUserData->Cookie);
}

// ---- Debug output

ULONG NTAPI vDbgPrintExWithPrefix(PCSTR Prefix, ULONG ComponentId, ULONG Level, PCSTR Format,
                                  va_list Arguments)
{
    CHAR Text[512];
    if (NtQueryDebugFilterState(ComponentId, Level) == FALSE)
        return STATUS_SUCCESS;
    SIZE_T Start = min(strlen(Prefix), sizeof(Text));
    memcpy(Text, Prefix, Start);
    int Length = _vsnprintf(Text + Start, sizeof(Text) - Start, Format, Arguments);
    if (Length < 0 || Start + (SIZE_T)Length > sizeof(Text))
        Length = (int)(sizeof(Text) - Start);
    return RtlpDebugPrint(Text, (USHORT)(Start + (SIZE_T)Length), ComponentId, Level);
}

ULONG NTAPI vDbgPrintEx(ULONG ComponentId, ULONG Level, PCSTR Format, va_list Arguments)
{
    return vDbgPrintExWithPrefix("", ComponentId, Level, Format, Arguments);
}

ULONG __cdecl DbgPrint(PCSTR Format, ...)
{
    va_list Arguments;
    va_start(Arguments, Format);
    ULONG Status = vDbgPrintEx(DPFLTR_DEFAULT_ID, DPFLTR_INFO_LEVEL, Format, Arguments);
    va_end(Arguments);
    return Status;
}

ULONG __cdecl DbgPrintEx(ULONG ComponentId, ULONG Level, PCSTR Format, ...)
{
    va_list Arguments;
    va_start(Arguments, Format);
    ULONG Status = vDbgPrintEx(ComponentId, Level, Format, Arguments);
    va_end(Arguments);
    return Status;
}

NTSTATUS NTAPI DbgQueryDebugFilterState(ULONG ComponentId, ULONG Level)
{
    return NtQueryDebugFilterState(ComponentId, Level);
}

NTSTATUS NTAPI DbgSetDebugFilterState(ULONG ComponentId, ULONG Level, BOOLEAN State)
{
    return NtSetDebugFilterState(ComponentId, Level, State);
}

VOID NTAPI DbgBreakPoint(void)
{
    __asm__ volatile("int3");
}

VOID NTAPI DbgUserBreakPoint(void)
{
    __asm__ volatile("int3");
}

[[noreturn]] VOID NTAPI RtlAssert(PVOID FailedAssertion, PVOID FileName, ULONG LineNumber,
                                  PSTR Message)
{
    DbgPrint("Assertion failed: %s, %s:%lu %s\n", (PCSTR)FailedAssertion, (PCSTR)FileName,
             LineNumber, Message ? Message : "");
    RtlRaiseStatus(STATUS_ASSERTION_FAILURE);
}

// ---- The processor, of which there is one

ULONG NTAPI NtGetCurrentProcessorNumber(void)
{
    return 0;
}

VOID NTAPI RtlGetCurrentProcessorNumberEx(PPROCESSOR_NUMBER ProcessorNumber)
{
    *ProcessorNumber = (PROCESSOR_NUMBER){};
}
