// Base types. One source serves two compilers: PE code (LLP64) and host tests (LP64). mingw-w64's
// headers know both, because 64-bit Cygwin is LP64: with __CYGWIN__ they spell LONG as `int`.
// The host flags are -fshort-wchar -fdeclspec -D__CYGWIN__ (see rtl/CMakeLists.txt); the
// assertions below catch a build that forgot them.
#ifndef NT_NTBASE_H
#define NT_NTBASE_H

#ifdef __CYGWIN__
#define NT_HOST 1
#endif

// Imports go through the import library's thunks, so that the same declaration serves the module
// that defines a function and those that call it.
#ifndef _NTSYSTEM_
#define _NTSYSTEM_
#endif
#ifndef _CRTIMP
#define _CRTIMP
#endif
#ifndef _SECIMP
#define _SECIMP
#endif

#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif

// winnt.h has some of the status codes; ntstatus.h has all. A program that included <windows.h>
// first has winnt.h's already: they are equal in value, but not in spelling.
#ifndef _WINNT_
#define WIN32_NO_STATUS
#include <windef.h>
#include <winnt.h>
#undef WIN32_NO_STATUS
#else
#include <nt/ntnostatus.h>
#pragma clang diagnostic ignored "-Winconsistent-dllimport"
#endif
#include <ntstatus.h>

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

static_assert(sizeof(LONG) == 4 && sizeof(ULONG) == 4 && sizeof(DWORD) == 4);
static_assert(sizeof(LONGLONG) == 8 && sizeof(PVOID) == 8 && sizeof(SIZE_T) == 8);
static_assert(sizeof(WCHAR) == 2 && sizeof(L"") == 2);
static_assert((CHAR)-1 < 0);

// Other Windows headers (ntsecapi.h, bcrypt.h ...) ask these guards whether the native types
// exist, and a later <winternl.h> or <ntdef.h> becomes empty.
#define _NTDEF_
#define _WINTERNL_
#define _NTSTATUS_PSDK
#define __UNICODE_STRING_DEFINED
#define __OBJECT_ATTRIBUTES_DEFINED

typedef LONG NTSTATUS, *PNTSTATUS;
typedef const char *PCSZ;
typedef char CCHAR, *PCCHAR;
typedef short CSHORT, *PCSHORT;
typedef ULONG CLONG, *PCLONG;
typedef UCHAR *PUCHAR;
typedef const UCHAR *PCUCHAR;
typedef const USHORT *PCUSHORT;
typedef const ULONG *PCULONG;
typedef ULONG LOGICAL, *PLOGICAL;
typedef LONG KPRIORITY, *PKPRIORITY;
typedef UCHAR KIRQL, *PKIRQL;
typedef const VOID *PCVOID;
typedef const GUID *PCGUID;
typedef LARGE_INTEGER PHYSICAL_ADDRESS, *PPHYSICAL_ADDRESS;
typedef ULONG_PTR *PULONG_PTR;

#define NT_SUCCESS(Status)     ((NTSTATUS)(Status) >= 0)
#define NT_INFORMATION(Status) ((ULONG)(Status) >> 30 == 1)
#define NT_WARNING(Status)     ((ULONG)(Status) >> 30 == 2)
#define NT_ERROR(Status)       ((ULONG)(Status) >> 30 == 3)
#define NT_CUSTOMER(Status)    ((ULONG)(Status) & 0x20000000)

#define NTSTATUS_FROM_WIN32(Error) ((NTSTATUS)(0xC0070000 | ((ULONG)(Error) & 0xFFFF)))

// Counted strings. Lengths are in bytes and do not include a terminator.
typedef struct _STRING {
    USHORT Length;
    USHORT MaximumLength;
    PCHAR Buffer;
} STRING, *PSTRING, ANSI_STRING, *PANSI_STRING, OEM_STRING, *POEM_STRING, UTF8_STRING,
    *PUTF8_STRING;
typedef const STRING *PCSTRING, *PCANSI_STRING, *PCOEM_STRING, *PCUTF8_STRING;

typedef struct _UNICODE_STRING {
    USHORT Length;
    USHORT MaximumLength;
    PWCH Buffer;
} UNICODE_STRING, *PUNICODE_STRING;
typedef const UNICODE_STRING *PCUNICODE_STRING;

#define UNICODE_NULL ((WCHAR)0)
#define ANSI_NULL    ((CHAR)0)
#define MAX_USTRING  UNICODE_STRING_MAX_BYTES

#define RTL_CONSTANT_STRING(Literal) \
    {sizeof(Literal) - sizeof((Literal)[0]), sizeof(Literal), (PVOID)(Literal)}
#define DECLARE_CONST_UNICODE_STRING(Name, Literal)                                       \
    static const WCHAR Name##_buffer[] = Literal;                                         \
    static const UNICODE_STRING Name = {sizeof(Literal) - sizeof(WCHAR), sizeof(Literal), \
                                        (PWCH)Name##_buffer}

typedef struct _CLIENT_ID {
    HANDLE UniqueProcess;
    HANDLE UniqueThread;
} CLIENT_ID, *PCLIENT_ID;

// Written low word, High1, High2 is read in the other order: equal high words mean that the low
// word belongs to them.
typedef struct _KSYSTEM_TIME {
    ULONG LowPart;
    LONG High1Time;
    LONG High2Time;
} KSYSTEM_TIME, *PKSYSTEM_TIME;

typedef enum _NT_PRODUCT_TYPE {
    NtProductWinNt = 1,
    NtProductLanManNt,
    NtProductServer
} NT_PRODUCT_TYPE,
    *PNT_PRODUCT_TYPE;

typedef enum _EVENT_TYPE { NotificationEvent, SynchronizationEvent } EVENT_TYPE;
typedef enum _TIMER_TYPE { NotificationTimer, SynchronizationTimer } TIMER_TYPE;
typedef enum _WAIT_TYPE { WaitAll, WaitAny, WaitNotification, WaitDequeue } WAIT_TYPE;

// A completion routine of Nt*File and an APC of NtQueueApcThread.
typedef struct _IO_STATUS_BLOCK {
    union {
        NTSTATUS Status;
        PVOID Pointer;
    };
    ULONG_PTR Information;
} IO_STATUS_BLOCK, *PIO_STATUS_BLOCK;

typedef VOID(NTAPI *PIO_APC_ROUTINE)(PVOID ApcContext, PIO_STATUS_BLOCK IoStatusBlock,
                                     ULONG Reserved);
typedef VOID(NTAPI *PPS_APC_ROUTINE)(PVOID Argument1, PVOID Argument2, PVOID Argument3);
typedef VOID(NTAPI *PTIMER_APC_ROUTINE)(PVOID TimerContext, ULONG TimerLowValue,
                                        LONG TimerHighValue);

#ifndef MAXULONG
#define MAXUCHAR  0xFF
#define MAXUSHORT 0xFFFF
#define MAXULONG  0xFFFFFFFF
#endif
#ifndef MAXULONGLONG
#define MAXULONGLONG (~0ULL)
#endif

#ifndef FIELD_OFFSET
#define FIELD_OFFSET(Type, Field) ((LONG)offsetof(Type, Field))
#endif
// winnt.h's computes with a null pointer.
#undef CONTAINING_RECORD
#define CONTAINING_RECORD(Address, Type, Field) \
    ((Type *)((PUCHAR)(Address) - offsetof(Type, Field)))
#ifndef RTL_NUMBER_OF
#define RTL_NUMBER_OF(Array) (sizeof(Array) / sizeof((Array)[0]))
#endif
#ifndef ALIGN_DOWN_BY
#define ALIGN_DOWN_BY(Value, Alignment) ((ULONG_PTR)(Value) & ~((ULONG_PTR)(Alignment) - 1))
#define ALIGN_UP_BY(Value, Alignment)   ALIGN_DOWN_BY((ULONG_PTR)(Value) + (Alignment) - 1, Alignment)
#endif

#define NtCurrentProcess()              ((HANDLE)(LONG_PTR) - 1)
#define ZwCurrentProcess()              NtCurrentProcess()
#define NtCurrentThread()               ((HANDLE)(LONG_PTR) - 2)
#define ZwCurrentThread()               NtCurrentThread()
#define NtCurrentSession()              ((HANDLE)(LONG_PTR) - 3)
#define NtCurrentProcessToken()         ((HANDLE)(LONG_PTR) - 4)
#define NtCurrentThreadToken()          ((HANDLE)(LONG_PTR) - 5)
#define NtCurrentThreadEffectiveToken() ((HANDLE)(LONG_PTR) - 6)

#define PAGE_SHIFT 12
#ifndef PAGE_SIZE
#define PAGE_SIZE 0x1000
#endif
#define LARGE_PAGE_SIZE        0x200000
#define ALLOCATION_GRANULARITY 0x10000

#endif
