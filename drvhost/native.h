// The part of ntdll's native interface that the driver host stands on, as far as the driver headers do not
// declare it. (<nt.h> is for what is no driver: it defines the same types in another way.)
#pragma once

// ---- Threads

typedef NTSTATUS(NTAPI *PUSER_THREAD_START_ROUTINE)(PVOID Parameter);

NTSTATUS NTAPI NtCreateThreadEx(PHANDLE ThreadHandle, ACCESS_MASK DesiredAccess,
                                POBJECT_ATTRIBUTES ObjectAttributes, HANDLE ProcessHandle,
                                PUSER_THREAD_START_ROUTINE StartRoutine, PVOID Argument,
                                ULONG CreateFlags, SIZE_T ZeroBits, SIZE_T StackSize,
                                SIZE_T MaximumStackSize, PVOID AttributeList);
NTSTATUS NTAPI NtOpenThread(PHANDLE ThreadHandle, ACCESS_MASK DesiredAccess,
                            POBJECT_ATTRIBUTES ObjectAttributes, PCLIENT_ID ClientId);
NTSTATUS NTAPI NtTerminateThread(HANDLE ThreadHandle, NTSTATUS ExitStatus);
NTSTATUS NTAPI NtResumeThread(HANDLE ThreadHandle, PULONG PreviousSuspendCount);
NTSTATUS NTAPI NtQueryInformationThread(HANDLE ThreadHandle, THREADINFOCLASS Class, PVOID Buffer,
                                        ULONG Length, PULONG ReturnLength);
NTSTATUS NTAPI NtTerminateProcess(HANDLE ProcessHandle, NTSTATUS ExitStatus);
NTSTATUS NTAPI NtYieldExecution(void);
NTSTATUS NTAPI ZwDelayExecution(BOOLEAN Alertable, PLARGE_INTEGER Interval);
[[noreturn]] VOID NTAPI RtlExitUserThread(NTSTATUS ExitStatus);
NTSTATUS NTAPI NtWaitForAlertByThreadId(PVOID Address, const LARGE_INTEGER *Timeout);
NTSTATUS NTAPI NtAlertThreadByThreadId(HANDLE ThreadId);
NTSTATUS NTAPI NtAlertThread(HANDLE ThreadHandle);
NTSTATUS NTAPI NtTestAlert(void);

typedef struct _KI_THREAD_BASIC_INFORMATION {
    NTSTATUS ExitStatus;
    PVOID TebBaseAddress;
    CLIENT_ID ClientId;
    ULONG_PTR AffinityMask;
    LONG Priority;
    LONG BasePriority;
} KI_THREAD_BASIC_INFORMATION;

#define THREAD_CREATE_SUSPENDED 1

// ---- Objects

typedef struct _KI_EVENT_BASIC_INFORMATION {
    EVENT_TYPE EventType;
    LONG EventState;
} KI_EVENT_BASIC_INFORMATION;

typedef struct _KI_OBJECT_TYPE_INFORMATION {
    UNICODE_STRING TypeName;
    ULONG Counts[22]; // of objects and handles; the name follows
} KI_OBJECT_TYPE_INFORMATION;

NTSTATUS NTAPI NtCreateEvent(PHANDLE EventHandle, ACCESS_MASK DesiredAccess,
                             POBJECT_ATTRIBUTES ObjectAttributes, EVENT_TYPE EventType,
                             BOOLEAN InitialState);
NTSTATUS NTAPI NtSetEvent(HANDLE EventHandle, PLONG PreviousState);
NTSTATUS NTAPI NtResetEvent(HANDLE EventHandle, PLONG PreviousState);
NTSTATUS NTAPI NtPulseEvent(HANDLE EventHandle, PLONG PreviousState);
NTSTATUS NTAPI NtQueryEvent(HANDLE EventHandle, ULONG Class, PVOID Buffer, ULONG Length,
                            PULONG ReturnLength);
typedef struct _KI_SEMAPHORE_BASIC_INFORMATION {
    LONG CurrentCount;
    LONG MaximumCount;
} KI_SEMAPHORE_BASIC_INFORMATION;

typedef struct _KI_TIMER_BASIC_INFORMATION {
    LARGE_INTEGER RemainingTime;
    BOOLEAN TimerState;
} KI_TIMER_BASIC_INFORMATION;

NTSTATUS NTAPI NtReleaseSemaphore(HANDLE SemaphoreHandle, LONG ReleaseCount, PLONG PreviousCount);
NTSTATUS NTAPI NtQuerySemaphore(HANDLE SemaphoreHandle, ULONG Class, PVOID Buffer, ULONG Length,
                                PULONG ReturnLength);
NTSTATUS NTAPI NtSetTimer(HANDLE TimerHandle, PLARGE_INTEGER DueTime, PVOID ApcRoutine,
                          PVOID Context, BOOLEAN Resume, LONG Period, PBOOLEAN PreviousState);
NTSTATUS NTAPI NtCancelTimer(HANDLE TimerHandle, PBOOLEAN CurrentState);
NTSTATUS NTAPI NtQueryTimer(HANDLE TimerHandle, ULONG Class, PVOID Buffer, ULONG Length,
                            PULONG ReturnLength);
NTSTATUS NTAPI NtWaitForMultipleObjects(ULONG Count, const HANDLE *Handles, WAIT_TYPE WaitType,
                                        BOOLEAN Alertable, PLARGE_INTEGER Timeout);

// ---- Security

#ifndef SECURITY_MAX_SID_SIZE
#define SECURITY_MAX_SID_SIZE 68
#endif

NTSTATUS NTAPI NtAccessCheck(PSECURITY_DESCRIPTOR SecurityDescriptor, HANDLE ClientToken,
                             ACCESS_MASK DesiredAccess, PGENERIC_MAPPING GenericMapping,
                             PPRIVILEGE_SET PrivilegeSet, PULONG PrivilegeSetLength,
                             PACCESS_MASK GrantedAccess, PNTSTATUS AccessStatus);
NTSTATUS NTAPI RtlAddAccessDeniedAceEx(PACL Acl, ULONG AceRevision, ULONG AceFlags,
                                       ACCESS_MASK AccessMask, PSID Sid);

// ---- Locks

typedef struct _RTL_SRWLOCK {
    PVOID Ptr;
} RTL_SRWLOCK, *PRTL_SRWLOCK;

VOID NTAPI RtlAcquireSRWLockExclusive(PRTL_SRWLOCK Lock);
VOID NTAPI RtlReleaseSRWLockExclusive(PRTL_SRWLOCK Lock);
BOOLEAN NTAPI RtlTryAcquireSRWLockExclusive(PRTL_SRWLOCK Lock);
NTSTATUS NTAPI RtlWaitOnAddress(const VOID *Address, PVOID CompareAddress, SIZE_T AddressSize,
                                PLARGE_INTEGER Timeout);
VOID NTAPI RtlWakeAddressAll(PVOID Address);
VOID NTAPI RtlWakeAddressSingle(PVOID Address);

// ---- The machine

typedef struct _SYSTEM_BASIC_INFORMATION {
    ULONG Reserved;
    ULONG TimerResolution;
    ULONG PageSize;
    ULONG NumberOfPhysicalPages;
    ULONG LowestPhysicalPageNumber;
    ULONG HighestPhysicalPageNumber;
    ULONG AllocationGranularity;
    ULONG_PTR MinimumUserModeAddress;
    ULONG_PTR MaximumUserModeAddress;
    ULONG_PTR ActiveProcessorsAffinityMask;
    CCHAR NumberOfProcessors;
} SYSTEM_BASIC_INFORMATION;

enum { SystemBasicInformation = 0 };

NTSTATUS NTAPI NtQuerySystemInformation(ULONG Class, PVOID Buffer, ULONG Length,
                                        PULONG ReturnLength);

// ---- Time

BOOLEAN NTAPI RtlQueryPerformanceCounter(PLARGE_INTEGER Counter);
BOOLEAN NTAPI RtlQueryPerformanceFrequency(PLARGE_INTEGER Frequency);
LONGLONG NTAPI RtlGetSystemTimePrecise(void);
ULONGLONG NTAPI RtlGetInterruptTimePrecise(PLARGE_INTEGER Counter);
NTSTATUS NTAPI RtlSystemTimeToLocalTime(PLARGE_INTEGER SystemTime, PLARGE_INTEGER LocalTime);
NTSTATUS NTAPI RtlLocalTimeToSystemTime(PLARGE_INTEGER LocalTime, PLARGE_INTEGER SystemTime);

// ---- Images and exceptions

NTSTATUS NTAPI LdrLoadDll(PWSTR DllPath, PULONG Characteristics, PUNICODE_STRING Name,
                          PVOID *Handle);
NTSTATUS NTAPI LdrUnloadDll(PVOID Handle);
NTSTATUS NTAPI LdrGetDllHandle(PWSTR DllPath, PULONG Characteristics, PUNICODE_STRING Name,
                               PVOID *Handle);
NTSTATUS NTAPI LdrGetProcedureAddress(PVOID Handle, PANSI_STRING Name, ULONG Ordinal,
                                      PVOID *Address);
NTSTATUS NTAPI LdrGetDllFullName(PVOID Handle, PUNICODE_STRING Name);
PVOID NTAPI RtlImageDirectoryEntryToData(PVOID Base, BOOLEAN MappedAsImage, USHORT Entry,
                                         PULONG Size);
PIMAGE_NT_HEADERS NTAPI RtlImageNtHeader(PVOID Base);
PVOID NTAPI RtlPcToFileHeader(PVOID PcValue, PVOID *BaseOfImage);
NTSTATUS NTAPI NtProtectVirtualMemory(HANDLE ProcessHandle, PVOID *BaseAddress, PSIZE_T RegionSize,
                                      ULONG NewProtection, PULONG OldProtection);
NTSTATUS NTAPI NtFlushInstructionCache(HANDLE ProcessHandle, PVOID Address, SIZE_T Size);
[[noreturn]] VOID NTAPI RtlRaiseStatus(NTSTATUS Status);
VOID NTAPI RtlRaiseException(PEXCEPTION_RECORD Record);

typedef struct _KI_EXCEPTION_POINTERS {
    PEXCEPTION_RECORD ExceptionRecord;
    PCONTEXT ContextRecord;
} KI_EXCEPTION_POINTERS, *PKI_EXCEPTION_POINTERS;

typedef LONG(NTAPI *PKI_VECTORED_HANDLER)(PKI_EXCEPTION_POINTERS Pointers);
PVOID NTAPI RtlAddVectoredExceptionHandler(ULONG First, PKI_VECTORED_HANDLER Handler);

#ifndef EXCEPTION_CONTINUE_EXECUTION
#define EXCEPTION_CONTINUE_EXECUTION (-1)
#endif

typedef struct _KI_RUNTIME_FUNCTION {
    ULONG BeginAddress, EndAddress, UnwindData;
} KI_RUNTIME_FUNCTION, *PKI_RUNTIME_FUNCTION;

PKI_RUNTIME_FUNCTION NTAPI RtlLookupFunctionEntry(ULONG64 ControlPc, PULONG64 ImageBase,
                                                  PVOID HistoryTable);
PVOID NTAPI RtlVirtualUnwind(ULONG HandlerType, ULONG64 ImageBase, ULONG64 ControlPc,
                             PKI_RUNTIME_FUNCTION FunctionEntry, PCONTEXT ContextRecord,
                             PVOID *HandlerData, PULONG64 EstablisherFrame, PVOID ContextPointers);

// ---- C library, as ntdll exports it

int __cdecl _snprintf(char *Buffer, size_t Count, const char *Format, ...);

// ---- Sequenced lists and identifiers

PSLIST_ENTRY NTAPI RtlInterlockedPopEntrySList(PSLIST_HEADER ListHead);
NTSTATUS NTAPI NtAllocateUuids(PULARGE_INTEGER Time, PULONG Range, PULONG Sequence, PCHAR Seed);
