// Addresses that every service must refuse in the place of a pointer.
#pragma once

#include "test.h"

// Evaluate a call with Bad as each address that cannot be read, or (OUTPUT) cannot be written: the service
// must answer STATUS_ACCESS_VIOLATION.
#define CHECK_BAD_INPUT(Call)  TEST_BAD_POINTERS(Call, FALSE)
#define CHECK_BAD_OUTPUT(Call) TEST_BAD_POINTERS(Call, TRUE)

#define TEST_BAD_POINTERS(Call, Output)                                                 \
    do {                                                                                \
        PVOID Bad;                                                                      \
        for (ULONG Which = 0; (Bad = TestBadPointer(Which, Output)); Which++) {         \
            NTSTATUS BadStatus = (Call);                                                \
            if (BadStatus != STATUS_ACCESS_VIOLATION)                                   \
                TestFail(__FILE__, __LINE__, "%s with Bad = %p gave %08lx", #Call, Bad, \
                         BadStatus);                                                    \
        }                                                                               \
    } while (0)

static inline PVOID TestBadPointer(ULONG Which, BOOLEAN Output)
{
    const PVOID Addresses[] = {TEST_UNMAPPED, TEST_KERNEL, TEST_WRAPPING, TestReadOnlyPage()};
    ULONG Count = Output ? RTL_NUMBER_OF(Addresses) : RTL_NUMBER_OF(Addresses) - 1;
    return Which < Count ? Addresses[Which] : nullptr;
}
