// The printf family: what happens at the end of the buffer, and to whom the engine writes.
#include "format.h"

// As the Windows functions without _s: a text of exactly Count characters has no terminator and is
// still complete; a longer one gives -1.
static int Print(BOOLEAN Wide, VOID *Buffer, SIZE_T Count, const VOID *Format, va_list *Arguments)
{
    FORMAT_OUTPUT Output = {.Wide = Wide, .Buffer = Buffer, .Room = Buffer ? Count : 0};
    RtlpFormat(&Output, (FORMAT_TEXT){Wide, Format}, Arguments);
    if (Output.Count > MAXLONG)
        return -1;
    if (!Buffer)
        return Count ? -1 : (int)Output.Count;
    if (Output.Count > Count)
        return -1;
    if (Output.Count < Count && Wide)
        ((WCHAR *)Buffer)[Output.Count] = 0;
    else if (Output.Count < Count)
        ((CHAR *)Buffer)[Output.Count] = 0;
    return (int)Output.Count;
}

// The _s functions always terminate. Beyond Size they refuse and leave an empty string; beyond
// Count (_TRUNCATE: Size - 1) they cut off and return -1.
static int PrintSecure(BOOLEAN Wide, VOID *Buffer, SIZE_T Size, SIZE_T Count, const VOID *Format,
                       va_list *Arguments)
{
    if (!Buffer || !Size || !Format)
        return -1;
    SIZE_T Room = RtlpMin(Count, Size - 1);
    FORMAT_OUTPUT Output = {.Wide = Wide, .Buffer = Buffer, .Room = Room};
    RtlpFormat(&Output, (FORMAT_TEXT){Wide, Format}, Arguments);

    BOOLEAN Truncate = Count == (SIZE_T)-1 || Count < Size;
    SIZE_T End = RtlpMin(Output.Count, Room);
    if (Output.Count > Room && !Truncate)
        End = 0;
    if (Wide)
        ((WCHAR *)Buffer)[End] = 0;
    else
        ((CHAR *)Buffer)[End] = 0;
    return Output.Count > Room ? -1 : (int)Output.Count;
}

// sprintf_s: there is no limit but the buffer's, and passing it is an error.
static int PrintFitting(BOOLEAN Wide, VOID *Buffer, SIZE_T Size, const VOID *Format,
                        va_list *Arguments)
{
    return PrintSecure(Wide, Buffer, Size, Size, Format, Arguments);
}

#define UNLIMITED ((SIZE_T)MAXLONG)

// A function with "..." around an engine call that takes a va_list by address.
#define CALL_WITH_ARGUMENTS(Last, Call) \
    va_list Arguments;                  \
    va_start(Arguments, Last);          \
    int Result = Call;                  \
    va_end(Arguments);                  \
    return Result

// A va_list parameter may be an array that has decayed: its address is taken of a copy.
#define CALL_WITH_LIST(Call)  \
    va_list Copy;             \
    va_copy(Copy, Arguments); \
    int Result = Call;        \
    va_end(Copy);             \
    return Result

int __cdecl sprintf(char *Buffer, const char *Format, ...)
{
    CALL_WITH_ARGUMENTS(Format, Print(FALSE, Buffer, UNLIMITED, Format, &Arguments));
}

int __cdecl vsprintf(char *Buffer, const char *Format, va_list Arguments)
{
    CALL_WITH_LIST(Print(FALSE, Buffer, UNLIMITED, Format, &Copy));
}

int __cdecl _snprintf(char *Buffer, size_t Count, const char *Format, ...)
{
    CALL_WITH_ARGUMENTS(Format, Print(FALSE, Buffer, Count, Format, &Arguments));
}

int __cdecl _vsnprintf(char *Buffer, size_t Count, const char *Format, va_list Arguments)
{
    CALL_WITH_LIST(Print(FALSE, Buffer, Count, Format, &Copy));
}

int __cdecl sprintf_s(char *Buffer, size_t Size, const char *Format, ...)
{
    CALL_WITH_ARGUMENTS(Format, PrintFitting(FALSE, Buffer, Size, Format, &Arguments));
}

int __cdecl vsprintf_s(char *Buffer, size_t Size, const char *Format, va_list Arguments)
{
    CALL_WITH_LIST(PrintFitting(FALSE, Buffer, Size, Format, &Copy));
}

int __cdecl _snprintf_s(char *Buffer, size_t Size, size_t Count, const char *Format, ...)
{
    CALL_WITH_ARGUMENTS(Format, PrintSecure(FALSE, Buffer, Size, Count, Format, &Arguments));
}

int __cdecl _vsnprintf_s(char *Buffer, size_t Size, size_t Count, const char *Format,
                         va_list Arguments)
{
    CALL_WITH_LIST(PrintSecure(FALSE, Buffer, Size, Count, Format, &Copy));
}

int __cdecl _vscprintf(const char *Format, va_list Arguments)
{
    CALL_WITH_LIST(Print(FALSE, nullptr, 0, Format, &Copy));
}

int __cdecl swprintf(wchar_t *Buffer, const wchar_t *Format, ...)
{
    CALL_WITH_ARGUMENTS(Format, Print(TRUE, Buffer, UNLIMITED, Format, &Arguments));
}

int __cdecl _snwprintf(wchar_t *Buffer, size_t Count, const wchar_t *Format, ...)
{
    CALL_WITH_ARGUMENTS(Format, Print(TRUE, Buffer, Count, Format, &Arguments));
}

int __cdecl _vsnwprintf(wchar_t *Buffer, size_t Count, const wchar_t *Format, va_list Arguments)
{
    CALL_WITH_LIST(Print(TRUE, Buffer, Count, Format, &Copy));
}

int __cdecl swprintf_s(wchar_t *Buffer, size_t Size, const wchar_t *Format, ...)
{
    CALL_WITH_ARGUMENTS(Format, PrintFitting(TRUE, Buffer, Size, Format, &Arguments));
}

int __cdecl vswprintf_s(wchar_t *Buffer, size_t Size, const wchar_t *Format, va_list Arguments)
{
    CALL_WITH_LIST(PrintFitting(TRUE, Buffer, Size, Format, &Copy));
}

int __cdecl _snwprintf_s(wchar_t *Buffer, size_t Size, size_t Count, const wchar_t *Format, ...)
{
    CALL_WITH_ARGUMENTS(Format, PrintSecure(TRUE, Buffer, Size, Count, Format, &Arguments));
}

int __cdecl _vsnwprintf_s(wchar_t *Buffer, size_t Size, size_t Count, const wchar_t *Format,
                          va_list Arguments)
{
    CALL_WITH_LIST(PrintSecure(TRUE, Buffer, Size, Count, Format, &Copy));
}

int __cdecl _vscwprintf(const wchar_t *Format, va_list Arguments)
{
    CALL_WITH_LIST(Print(TRUE, nullptr, 0, Format, &Copy));
}
