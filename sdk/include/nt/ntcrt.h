// The part of the C runtime that ntdll.dll and ntoskrnl.exe export. String and memory functions
// with standard names are declared by <string.h>, <wchar.h> and <ctype.h>; on the host these names
// belong to the host's C library, so ours get the prefix rtl_ there (nthostcrt.h).
#ifndef NT_NTCRT_H
#define NT_NTCRT_H

#include <nt/ntbase.h>

#ifdef NT_HOST
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <nt/nthostcrt.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

// Memory
void *__cdecl memcpy(void *Destination, const void *Source, size_t Length);
void *__cdecl memmove(void *Destination, const void *Source, size_t Length);
void *__cdecl memset(void *Destination, int Value, size_t Length);
int __cdecl memcmp(const void *First, const void *Second, size_t Length);
void *__cdecl memchr(const void *Buffer, int Value, size_t Length);
int __cdecl _memicmp(const void *First, const void *Second, size_t Length);
void *__cdecl _memccpy(void *Destination, const void *Source, int Stop, size_t Length);
int __cdecl memcpy_s(void *Destination, size_t Size, const void *Source, size_t Length);
int __cdecl memmove_s(void *Destination, size_t Size, const void *Source, size_t Length);

// Narrow strings
size_t __cdecl strlen(const char *String);
size_t __cdecl strnlen(const char *String, size_t Limit);
char *__cdecl strcpy(char *Destination, const char *Source);
char *__cdecl strncpy(char *Destination, const char *Source, size_t Limit);
char *__cdecl strcat(char *Destination, const char *Source);
char *__cdecl strncat(char *Destination, const char *Source, size_t Limit);
int __cdecl strcmp(const char *First, const char *Second);
int __cdecl strncmp(const char *First, const char *Second, size_t Limit);
char *__cdecl strchr(const char *String, int Character);
char *__cdecl strrchr(const char *String, int Character);
char *__cdecl strstr(const char *String, const char *Part);
size_t __cdecl strspn(const char *String, const char *Accept);
size_t __cdecl strcspn(const char *String, const char *Reject);
char *__cdecl strpbrk(const char *String, const char *Accept);
char *__cdecl strtok_s(char *String, const char *Delimiters, char **Context);
int __cdecl _stricmp(const char *First, const char *Second);
int __cdecl _strcmpi(const char *First, const char *Second);
int __cdecl _strnicmp(const char *First, const char *Second, size_t Limit);
char *__cdecl _strlwr(char *String);
char *__cdecl _strupr(char *String);
int __cdecl strcpy_s(char *Destination, size_t Size, const char *Source);
int __cdecl strcat_s(char *Destination, size_t Size, const char *Source);
int __cdecl strncpy_s(char *Destination, size_t Size, const char *Source, size_t Limit);
int __cdecl strncat_s(char *Destination, size_t Size, const char *Source, size_t Limit);

// Wide strings
size_t __cdecl wcslen(const wchar_t *String);
size_t __cdecl wcsnlen(const wchar_t *String, size_t Limit);
wchar_t *__cdecl wcscpy(wchar_t *Destination, const wchar_t *Source);
wchar_t *__cdecl wcsncpy(wchar_t *Destination, const wchar_t *Source, size_t Limit);
wchar_t *__cdecl wcscat(wchar_t *Destination, const wchar_t *Source);
wchar_t *__cdecl wcsncat(wchar_t *Destination, const wchar_t *Source, size_t Limit);
int __cdecl wcscmp(const wchar_t *First, const wchar_t *Second);
int __cdecl wcsncmp(const wchar_t *First, const wchar_t *Second, size_t Limit);
wchar_t *__cdecl wcschr(const wchar_t *String, wchar_t Character);
wchar_t *__cdecl wcsrchr(const wchar_t *String, wchar_t Character);
wchar_t *__cdecl wcsstr(const wchar_t *String, const wchar_t *Part);
size_t __cdecl wcsspn(const wchar_t *String, const wchar_t *Accept);
size_t __cdecl wcscspn(const wchar_t *String, const wchar_t *Reject);
wchar_t *__cdecl wcspbrk(const wchar_t *String, const wchar_t *Accept);
wchar_t *__cdecl wcstok_s(wchar_t *String, const wchar_t *Delimiters, wchar_t **Context);
int __cdecl _wcsicmp(const wchar_t *First, const wchar_t *Second);
int __cdecl _wcsnicmp(const wchar_t *First, const wchar_t *Second, size_t Limit);
wchar_t *__cdecl _wcslwr(wchar_t *String);
wchar_t *__cdecl _wcsupr(wchar_t *String);
int __cdecl wcscpy_s(wchar_t *Destination, size_t Size, const wchar_t *Source);
int __cdecl wcscat_s(wchar_t *Destination, size_t Size, const wchar_t *Source);
int __cdecl wcsncpy_s(wchar_t *Destination, size_t Size, const wchar_t *Source, size_t Limit);
int __cdecl wcsncat_s(wchar_t *Destination, size_t Size, const wchar_t *Source, size_t Limit);

// Characters: the C locale. Some headers have macros by these names.
#ifndef NT_HOST
#undef isalnum
#undef isalpha
#undef iscntrl
#undef isdigit
#undef isgraph
#undef islower
#undef isprint
#undef ispunct
#undef isspace
#undef isupper
#undef isxdigit
#undef tolower
#undef toupper
#undef __isascii
#undef __toascii
#undef _tolower
#undef _toupper
#undef iswalnum
#undef iswalpha
#undef iswascii
#undef iswdigit
#undef iswlower
#undef iswspace
#undef iswxdigit
#undef towlower
#undef towupper
#endif
int __cdecl isalnum(int Character);
int __cdecl isalpha(int Character);
int __cdecl iscntrl(int Character);
int __cdecl isdigit(int Character);
int __cdecl isgraph(int Character);
int __cdecl islower(int Character);
int __cdecl isprint(int Character);
int __cdecl ispunct(int Character);
int __cdecl isspace(int Character);
int __cdecl isupper(int Character);
int __cdecl isxdigit(int Character);
int __cdecl tolower(int Character);
int __cdecl toupper(int Character);
int __cdecl __isascii(int Character);
int __cdecl __toascii(int Character);
int __cdecl _tolower(int Character);
int __cdecl _toupper(int Character);
int __cdecl iswalnum(wint_t Character);
int __cdecl iswalpha(wint_t Character);
int __cdecl iswascii(wint_t Character);
int __cdecl iswdigit(wint_t Character);
int __cdecl iswlower(wint_t Character);
int __cdecl iswspace(wint_t Character);
int __cdecl iswxdigit(wint_t Character);
wint_t __cdecl towlower(wint_t Character);
wint_t __cdecl towupper(wint_t Character);

// Numbers. `long` is LONG here: it has 32 bits in PE code.
int __cdecl abs(int Value);
LONG __cdecl labs(LONG Value);
int __cdecl atoi(const char *String);
LONG __cdecl atol(const char *String);
LONGLONG __cdecl _atoi64(const char *String);
int __cdecl _wtoi(const wchar_t *String);
LONG __cdecl _wtol(const wchar_t *String);
LONGLONG __cdecl _wtoi64(const wchar_t *String);
LONG __cdecl strtol(const char *String, char **End, int Base);
ULONG __cdecl strtoul(const char *String, char **End, int Base);
LONGLONG __cdecl _strtoi64(const char *String, char **End, int Base);
ULONGLONG __cdecl _strtoui64(const char *String, char **End, int Base);
LONG __cdecl wcstol(const wchar_t *String, wchar_t **End, int Base);
ULONG __cdecl wcstoul(const wchar_t *String, wchar_t **End, int Base);
LONGLONG __cdecl _wcstoi64(const wchar_t *String, wchar_t **End, int Base);
ULONGLONG __cdecl _wcstoui64(const wchar_t *String, wchar_t **End, int Base);
char *__cdecl _itoa(int Value, char *Buffer, int Radix);
char *__cdecl _ltoa(LONG Value, char *Buffer, int Radix);
char *__cdecl _ultoa(ULONG Value, char *Buffer, int Radix);
char *__cdecl _i64toa(LONGLONG Value, char *Buffer, int Radix);
char *__cdecl _ui64toa(ULONGLONG Value, char *Buffer, int Radix);
wchar_t *__cdecl _itow(int Value, wchar_t *Buffer, int Radix);
wchar_t *__cdecl _ltow(LONG Value, wchar_t *Buffer, int Radix);
wchar_t *__cdecl _ultow(ULONG Value, wchar_t *Buffer, int Radix);
wchar_t *__cdecl _i64tow(LONGLONG Value, wchar_t *Buffer, int Radix);
wchar_t *__cdecl _ui64tow(ULONGLONG Value, wchar_t *Buffer, int Radix);

// Sorting
typedef int(__cdecl *NT_COMPARE_FUNCTION)(const void *Key, const void *Element);
void __cdecl qsort(void *Base, size_t Count, size_t Size, NT_COMPARE_FUNCTION Compare);
void *__cdecl bsearch(const void *Key, const void *Base, size_t Count, size_t Size,
                      NT_COMPARE_FUNCTION Compare);

// Formatted text, with Windows' conversions (%I64, %ws, %Z, %wZ ...)
int __cdecl sprintf(char *Buffer, const char *Format, ...);
int __cdecl vsprintf(char *Buffer, const char *Format, va_list Arguments);
int __cdecl _snprintf(char *Buffer, size_t Count, const char *Format, ...);
int __cdecl _vsnprintf(char *Buffer, size_t Count, const char *Format, va_list Arguments);
int __cdecl sprintf_s(char *Buffer, size_t Size, const char *Format, ...);
int __cdecl vsprintf_s(char *Buffer, size_t Size, const char *Format, va_list Arguments);
int __cdecl _snprintf_s(char *Buffer, size_t Size, size_t Count, const char *Format, ...);
int __cdecl _vsnprintf_s(char *Buffer, size_t Size, size_t Count, const char *Format,
                         va_list Arguments);
int __cdecl _vscprintf(const char *Format, va_list Arguments);
int __cdecl swprintf(wchar_t *Buffer, const wchar_t *Format, ...);
int __cdecl _snwprintf(wchar_t *Buffer, size_t Count, const wchar_t *Format, ...);
int __cdecl _vsnwprintf(wchar_t *Buffer, size_t Count, const wchar_t *Format, va_list Arguments);
int __cdecl swprintf_s(wchar_t *Buffer, size_t Size, const wchar_t *Format, ...);
int __cdecl vswprintf_s(wchar_t *Buffer, size_t Size, const wchar_t *Format, va_list Arguments);
int __cdecl _snwprintf_s(wchar_t *Buffer, size_t Size, size_t Count, const wchar_t *Format, ...);
int __cdecl _vsnwprintf_s(wchar_t *Buffer, size_t Size, size_t Count, const wchar_t *Format,
                          va_list Arguments);
int __cdecl _vscwprintf(const wchar_t *Format, va_list Arguments);
int __cdecl sscanf(const char *String, const char *Format, ...);
int __cdecl swscanf(const wchar_t *String, const wchar_t *Format, ...);

#ifdef __cplusplus
}
#endif

#endif
