// What is likely to be read next, from what one file object has read. Pure logic, in pages.
#pragma once

enum {
    CC_FIRST_WINDOW = 16,    // pages: 64 KiB
    CC_LONGEST_WINDOW = 256, // 1 MiB
    CC_STRIDES = 4,          // steps that are foreseen of a strided reader
};

typedef struct _CC_READ_AHEAD {
    ULONG64 Next;    // behind the last read
    ULONG64 Ahead;   // behind what was asked for
    ULONG64 Last;    // where the last read began
    LONG64 Stride;   // from the one before it
    ULONG Window;    // pages; 0: the reader jumps about
    ULONG Repeats;   // of Stride
    BOOLEAN Started; // something has been read
} CC_READ_AHEAD, *PCC_READ_AHEAD;

typedef struct _CC_PAGES {
    ULONG64 First;
    ULONG Count;
} CC_PAGES;

typedef enum _CC_ADVICE { CcAdviceNone, CcAdviceSequential, CcAdviceRandom } CC_ADVICE;

// Pages [First, First + Count) are being read. What to read ahead: the number of ranges, at most
// CC_STRIDES.
ULONG CcpForesee(PCC_READ_AHEAD State, CC_ADVICE Advice, ULONG64 First, ULONG Count,
                 CC_PAGES Ranges[CC_STRIDES]);
