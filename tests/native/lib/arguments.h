// The error cases of system services, from a description of their arguments: one line a service.
//
//     static HANDLE Event;
//     static const TEST_SERVICE Services[] = {
//         TEST_SERVICE(NtSetEvent, TEST_HANDLE(&Event, EVENT_MODIFY_STATE),
//                      TEST_OPTIONAL_OUT(sizeof(LONG))),
//     };
//     TestServices(Services, RTL_NUMBER_OF(Services));
//
// Each service is called with good arguments, which must give Expected, then with one argument wrong at a
// time: every way of being wrong that its kind has, with the status that Windows gives. No call may leak
// a handle. A service is called often: good arguments must do no harm when they are used again.
#pragma once

#include "test.h"

typedef enum _TEST_ARGUMENT_KIND {
    TestValueArgument,
    TestHandleArgument,
    TestPointerArgument,
    TestBufferArgument, // a TestLengthArgument follows
    TestLengthArgument,
    TestAttributesArgument,
} TEST_ARGUMENT_KIND;

enum {
    TEST_NULL_ALLOWED = 1, // a null pointer or handle is good
    TEST_READ = 2,         // the service reads what the pointer points to
    TEST_WRITTEN = 4,      // the service writes it
    TEST_ANY_TYPE = 8,     // the handle may be of any type of object
    TEST_EXACT = 16,       // no other length is good, not even a larger one
    TEST_NO_PROBE = 32,    // not looked at in the good call: a bad pointer is no error
    TEST_RETURNS_HANDLE = 64,
    TEST_NO_NAME = 256,
    TEST_NULL_WAITS = 128, // a null time-out would wait for ever: not tried
};

typedef struct _TEST_ARGUMENT {
    TEST_ARGUMENT_KIND Kind;
    ULONG Flags;
    ULONG_PTR Value;    // of a value
    const VOID *Data;   // the address of the HANDLE, or of the data to read (null: zeros)
    ULONG Size;         // of what a pointer points to
    ULONG Alignment;    // that Windows asks of the pointer: 0 or 1 for none
    ACCESS_MASK Access; // that the service needs of the handle
    NTSTATUS TooSmall;  // for a length that is less than Size
} TEST_ARGUMENT;

enum { TEST_MAXIMUM_ARGUMENTS = 14 };

typedef struct _TEST_SERVICE {
    PCSTR Name;
    PVOID Routine;
    NTSTATUS Expected;
    TEST_ARGUMENT Arguments[TEST_MAXIMUM_ARGUMENTS];
} TEST_SERVICE;

#define TEST_SERVICE(Service, ...)                                                  \
    {                                                                               \
        .Name = #Service, .Routine = (PVOID)(Service), .Arguments = { __VA_ARGS__ } \
    }
// Good arguments give another status than STATUS_SUCCESS.
#define TEST_SERVICE_GIVES(Status, Service, ...)                                            \
    {                                                                                       \
        .Name = #Service, .Routine = (PVOID)(Service), .Expected = (Status), .Arguments = { \
            __VA_ARGS__                                                                     \
        }                                                                                   \
    }

#define TEST_VALUE(Constant)          {.Kind = TestValueArgument, .Value = (ULONG_PTR)(Constant)}
#define TEST_HANDLE(Variable, Rights) TEST_HANDLE_FLAGS(Variable, Rights, 0)
#define TEST_HANDLE_FLAGS(Variable, Rights, Flag) \
    {.Kind = TestHandleArgument, .Flags = (Flag), .Data = (Variable), .Access = (Rights)}
#define TEST_POINTER(Flag, Source, Bytes, Align) \
    {.Kind = TestPointerArgument,                \
     .Flags = (Flag),                            \
     .Data = (Source),                           \
     .Size = (Bytes),                            \
     .Alignment = (Align)}
#define TEST_IN(Source) TEST_POINTER(TEST_READ, Source, sizeof(*(Source)), 1)
#define TEST_OPTIONAL_IN(Source) \
    TEST_POINTER(TEST_READ | TEST_NULL_ALLOWED, Source, sizeof(*(Source)), 1)
#define TEST_OUT(Bytes)          TEST_POINTER(TEST_WRITTEN, nullptr, Bytes, 1)
#define TEST_OPTIONAL_OUT(Bytes) TEST_POINTER(TEST_WRITTEN | TEST_NULL_ALLOWED, nullptr, Bytes, 1)
#define TEST_IN_OUT(Source)      TEST_POINTER(TEST_READ | TEST_WRITTEN, Source, sizeof(*(Source)), 1)
// A time-out where nothing else ends the wait.
#define TEST_TIMEOUT(Source)     TEST_POINTER(TEST_READ | TEST_NULL_WAITS, Source, sizeof(*(Source)), 1)
// A new handle, which the test closes.
#define TEST_OUT_HANDLE          TEST_POINTER(TEST_WRITTEN | TEST_RETURNS_HANDLE, nullptr, sizeof(HANDLE), 1)
// The answer of a query, and its length. Flag TEST_EXACT, or 0 when a larger buffer does too.
#define TEST_ANSWER(Bytes, Flag)                                          \
    {.Kind = TestBufferArgument, .Flags = TEST_WRITTEN, .Size = (Bytes)}, \
        {.Kind = TestLengthArgument,                                      \
         .Flags = (Flag),                                                 \
         .Size = (Bytes),                                                 \
         .TooSmall = (NTSTATUS)0xC0000004}
// What a change is made with, and its length.
#define TEST_CHANGE(Source, Flag)                                                                  \
    {.Kind = TestBufferArgument, .Flags = TEST_READ, .Data = (Source), .Size = sizeof(*(Source))}, \
        {.Kind = TestLengthArgument,                                                               \
         .Flags = (Flag),                                                                          \
         .Size = sizeof(*(Source)),                                                                \
         .TooSmall = (NTSTATUS)0xC0000004}
// OBJECT_ATTRIBUTES without a name (Source null), or those of Source. A null pointer is good for creation.
#define TEST_ATTRIBUTES(Source, Flag) \
    {.Kind = TestAttributesArgument, .Flags = (Flag), .Data = (Source)}
// Those of objects that have no names: the errors of names are not tried.
#define TEST_ATTRIBUTES_WITHOUT_NAME \
    {.Kind = TestAttributesArgument, .Flags = TEST_NULL_ALLOWED | TEST_NO_NAME}

VOID TestServices(const TEST_SERVICE *Services, ULONG Count);

// Handles of this process that are open.
ULONG TestHandleCount(void);
// A second handle to an object, without the rights of Without. Null: failed, reported.
HANDLE TestWeakHandle(HANDLE Handle, ACCESS_MASK Without);
