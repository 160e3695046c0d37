// Read-ahead: a reader that goes on where it stopped gets a window in front of it, which doubles; one that goes by equal
// steps gets the next steps.
#include "ntos.h"

#include "ccreadahead.h"

// The window is refilled when half of it has been used up, so that the reader need not stop for it.
static ULONG CcpForeseeNext(PCC_READ_AHEAD State, CC_ADVICE Advice, ULONG Count, CC_PAGES *Range)
{
    ULONG Least = Advice == CcAdviceSequential ? 4 * CC_FIRST_WINDOW : CC_FIRST_WINDOW;
    ULONG64 Start = max(State->Ahead, State->Next);
    if (State->Window && Start - State->Next > State->Window / 2)
        return 0;
    ULONG Window = State->Window ? 2 * State->Window : Least;
    State->Window = min(max(Window, 2 * Count), (ULONG)CC_LONGEST_WINDOW);
    ULONG64 End = State->Next + State->Window;
    if (End <= Start)
        return 0;
    *Range = (CC_PAGES){Start, (ULONG)(End - Start)};
    State->Ahead = End;
    return 1;
}

static ULONG CcpForeseeStrides(PCC_READ_AHEAD State, ULONG64 First, ULONG Count,
                               CC_PAGES Ranges[CC_STRIDES])
{
    ULONG Given = 0;
    LONG64 At = (LONG64)First;
    for (ULONG i = 0; i < CC_STRIDES; i++) {
        At += State->Stride;
        if (At < 0)
            break;
        Ranges[Given++] = (CC_PAGES){(ULONG64)At, Count};
    }
    return Given;
}

ULONG CcpForesee(PCC_READ_AHEAD State, CC_ADVICE Advice, ULONG64 First, ULONG Count,
                 CC_PAGES Ranges[CC_STRIDES])
{
    if (Advice == CcAdviceRandom || !Count)
        return 0;
    // A first read at the start of a file is taken for the start of reading all of it.
    BOOLEAN Continues = State->Started ? First <= State->Next && First + Count >= State->Next &&
                                             First >= State->Last
                                       : First == 0;
    LONG64 Stride = (LONG64)(First - State->Last);
    BOOLEAN Steps = State->Started && !Continues && Stride == State->Stride;
    State->Repeats = Steps ? State->Repeats + 1 : 0;
    State->Stride = Stride;
    State->Last = First;
    State->Started = TRUE;
    if (Continues || Advice == CcAdviceSequential) {
        if (!Continues)
            State->Ahead = State->Window = 0;
        State->Next = max(First + Count, Continues ? State->Next : 0);
        return CcpForeseeNext(State, Advice, Count, Ranges);
    }
    State->Next = First + Count;
    State->Ahead = State->Window = 0;
    return State->Repeats ? CcpForeseeStrides(State, First, Count, Ranges) : 0;
}
