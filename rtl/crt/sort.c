// qsort and bsearch.
#include "../rtlp.h"

static void Swap(UCHAR *First, UCHAR *Second, size_t Size)
{
    for (; Size >= 8; Size -= 8, First += 8, Second += 8) {
        ULONGLONG A, B;
        __builtin_memcpy(&A, First, 8);
        __builtin_memcpy(&B, Second, 8);
        __builtin_memcpy(First, &B, 8);
        __builtin_memcpy(Second, &A, 8);
    }
    for (; Size; Size--, First++, Second++) {
        UCHAR Byte = *First;
        *First = *Second;
        *Second = Byte;
    }
}

static void SiftDown(UCHAR *Base, size_t Root, size_t Count, size_t Size,
                     NT_COMPARE_FUNCTION Compare)
{
    for (;;) {
        size_t Child = 2 * Root + 1;
        if (Child >= Count)
            return;
        if (Child + 1 < Count && Compare(Base + Child * Size, Base + (Child + 1) * Size) < 0)
            Child++;
        if (Compare(Base + Root * Size, Base + Child * Size) >= 0)
            return;
        Swap(Base + Root * Size, Base + Child * Size, Size);
        Root = Child;
    }
}

// A heap sort: no recursion on small stacks, and no input that makes it quadratic.
void __cdecl qsort(void *Base, size_t Count, size_t Size, NT_COMPARE_FUNCTION Compare)
{
    UCHAR *Elements = Base;
    for (size_t Root = Count / 2; Root-- > 0;)
        SiftDown(Elements, Root, Count, Size, Compare);
    for (size_t Last = Count; Last-- > 1;) {
        Swap(Elements, Elements + Last * Size, Size);
        SiftDown(Elements, 0, Last, Size, Compare);
    }
}

void *__cdecl bsearch(const void *Key, const void *Base, size_t Count, size_t Size,
                      NT_COMPARE_FUNCTION Compare)
{
    const UCHAR *Elements = Base;
    size_t Low = 0, High = Count;
    while (Low < High) {
        size_t Middle = Low + (High - Low) / 2;
        int Order = Compare(Key, Elements + Middle * Size);
        if (!Order)
            return (void *)(Elements + Middle * Size);
        if (Order < 0)
            High = Middle;
        else
            Low = Middle + 1;
    }
    return nullptr;
}
