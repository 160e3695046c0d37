// What the program and its driver say to one another.
#pragma once

#define IOCTL_TEST_DEVICE L"\\Device\\IoctlTest"
#define IOCTL_TEST_LINK   L"\\DosDevices\\IoctlTest"
#define IOCTL_TEST_TYPE   0x8345

#define IOCTL_TEST(Function, Method) \
    ((ULONG)CTL_CODE(IOCTL_TEST_TYPE, 0x800 + (Function), (Method), FILE_ANY_ACCESS))

// Output = input with each byte changed by IOCTL_TEST_KEY, as many bytes as both have. METHOD_IN_DIRECT: both
// are input; Information = the sum of the second's bytes, each changed by the first's first byte.
#define IOCTL_TEST_CHANGE(Method) IOCTL_TEST(0, (Method))
#define IOCTL_TEST_KEY            0xA5

// Remember how the request looks to the driver, in any method; then tell it (METHOD_BUFFERED).
#define IOCTL_TEST_LOOK(Method) IOCTL_TEST(1, (Method))
#define IOCTL_TEST_SEEN         IOCTL_TEST(2, METHOD_BUFFERED)

typedef struct _IOCTL_TEST_REQUEST {
    ULONG Code, InputLength, OutputLength;
    ULONG HasSystemBuffer, HasMdl, HasType3Buffer, HasUserBuffer;
    ULONG MdlLength;
    ULONG UserMode;
    ULONG SystemBufferSum; // of the bytes that max(InputLength, OutputLength) says are there
} IOCTL_TEST_REQUEST, *PIOCTL_TEST_REQUEST;

// Stay pending until they are released, all at once, last come first served; or cancelled. Then as CHANGE.
#define IOCTL_TEST_PEND(Method) IOCTL_TEST(3, (Method))
#define IOCTL_TEST_RELEASE      IOCTL_TEST(4, METHOD_BUFFERED) // Information: how many there were

// Keep the dispatch routine waiting until as many requests as input's ULONG says are there.
#define IOCTL_TEST_MEET IOCTL_TEST(5, METHOD_BUFFERED)

// Fill the whole output with 0xEE and complete with what the input says.
#define IOCTL_TEST_COMPLETE(Method) IOCTL_TEST(6, (Method))

typedef struct _IOCTL_TEST_RESULT {
    LONG Status;
    ULONG Information;
} IOCTL_TEST_RESULT, *PIOCTL_TEST_RESULT;

// Does nothing, for those who may read or write the device.
#define IOCTL_TEST_READER CTL_CODE(IOCTL_TEST_TYPE, 0x810, METHOD_BUFFERED, FILE_READ_ACCESS)
#define IOCTL_TEST_WRITER CTL_CODE(IOCTL_TEST_TYPE, 0x811, METHOD_BUFFERED, FILE_WRITE_ACCESS)
