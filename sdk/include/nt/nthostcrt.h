// Host builds of rtl only: our C runtime functions under names that the host's library does not
// have. Tests that want both call rtl's by the plain name after this header, the host's before it.
#ifndef NT_NTHOSTCRT_H
#define NT_NTHOSTCRT_H

#undef memcpy
#define memcpy rtl_memcpy
#undef memmove
#define memmove rtl_memmove
#undef memset
#define memset rtl_memset
#undef memcmp
#define memcmp rtl_memcmp
#undef memchr
#define memchr rtl_memchr
#undef _memicmp
#define _memicmp rtl__memicmp
#undef _memccpy
#define _memccpy rtl__memccpy
#undef memcpy_s
#define memcpy_s rtl_memcpy_s
#undef memmove_s
#define memmove_s rtl_memmove_s
#undef strlen
#define strlen rtl_strlen
#undef strnlen
#define strnlen rtl_strnlen
#undef strcpy
#define strcpy rtl_strcpy
#undef strncpy
#define strncpy rtl_strncpy
#undef strcat
#define strcat rtl_strcat
#undef strncat
#define strncat rtl_strncat
#undef strcmp
#define strcmp rtl_strcmp
#undef strncmp
#define strncmp rtl_strncmp
#undef strchr
#define strchr rtl_strchr
#undef strrchr
#define strrchr rtl_strrchr
#undef strstr
#define strstr rtl_strstr
#undef strspn
#define strspn rtl_strspn
#undef strcspn
#define strcspn rtl_strcspn
#undef strpbrk
#define strpbrk rtl_strpbrk
#undef strtok_s
#define strtok_s rtl_strtok_s
#undef _stricmp
#define _stricmp rtl__stricmp
#undef _strcmpi
#define _strcmpi rtl__strcmpi
#undef _strnicmp
#define _strnicmp rtl__strnicmp
#undef _strlwr
#define _strlwr rtl__strlwr
#undef _strupr
#define _strupr rtl__strupr
#undef strcpy_s
#define strcpy_s rtl_strcpy_s
#undef strcat_s
#define strcat_s rtl_strcat_s
#undef strncpy_s
#define strncpy_s rtl_strncpy_s
#undef strncat_s
#define strncat_s rtl_strncat_s
#undef wcslen
#define wcslen rtl_wcslen
#undef wcsnlen
#define wcsnlen rtl_wcsnlen
#undef wcscpy
#define wcscpy rtl_wcscpy
#undef wcsncpy
#define wcsncpy rtl_wcsncpy
#undef wcscat
#define wcscat rtl_wcscat
#undef wcsncat
#define wcsncat rtl_wcsncat
#undef wcscmp
#define wcscmp rtl_wcscmp
#undef wcsncmp
#define wcsncmp rtl_wcsncmp
#undef wcschr
#define wcschr rtl_wcschr
#undef wcsrchr
#define wcsrchr rtl_wcsrchr
#undef wcsstr
#define wcsstr rtl_wcsstr
#undef wcsspn
#define wcsspn rtl_wcsspn
#undef wcscspn
#define wcscspn rtl_wcscspn
#undef wcspbrk
#define wcspbrk rtl_wcspbrk
#undef wcstok_s
#define wcstok_s rtl_wcstok_s
#undef _wcsicmp
#define _wcsicmp rtl__wcsicmp
#undef _wcsnicmp
#define _wcsnicmp rtl__wcsnicmp
#undef _wcslwr
#define _wcslwr rtl__wcslwr
#undef _wcsupr
#define _wcsupr rtl__wcsupr
#undef wcscpy_s
#define wcscpy_s rtl_wcscpy_s
#undef wcscat_s
#define wcscat_s rtl_wcscat_s
#undef wcsncpy_s
#define wcsncpy_s rtl_wcsncpy_s
#undef wcsncat_s
#define wcsncat_s rtl_wcsncat_s
#undef isalnum
#define isalnum rtl_isalnum
#undef isalpha
#define isalpha rtl_isalpha
#undef iscntrl
#define iscntrl rtl_iscntrl
#undef isdigit
#define isdigit rtl_isdigit
#undef isgraph
#define isgraph rtl_isgraph
#undef islower
#define islower rtl_islower
#undef isprint
#define isprint rtl_isprint
#undef ispunct
#define ispunct rtl_ispunct
#undef isspace
#define isspace rtl_isspace
#undef isupper
#define isupper rtl_isupper
#undef isxdigit
#define isxdigit rtl_isxdigit
#undef tolower
#define tolower rtl_tolower
#undef toupper
#define toupper rtl_toupper
#undef __isascii
#define __isascii rtl___isascii
#undef __toascii
#define __toascii rtl___toascii
#undef _tolower
#define _tolower rtl__tolower
#undef _toupper
#define _toupper rtl__toupper
#undef iswalnum
#define iswalnum rtl_iswalnum
#undef iswalpha
#define iswalpha rtl_iswalpha
#undef iswascii
#define iswascii rtl_iswascii
#undef iswdigit
#define iswdigit rtl_iswdigit
#undef iswlower
#define iswlower rtl_iswlower
#undef iswspace
#define iswspace rtl_iswspace
#undef iswxdigit
#define iswxdigit rtl_iswxdigit
#undef towlower
#define towlower rtl_towlower
#undef towupper
#define towupper rtl_towupper
#undef abs
#define abs rtl_abs
#undef labs
#define labs rtl_labs
#undef atoi
#define atoi rtl_atoi
#undef atol
#define atol rtl_atol
#undef _atoi64
#define _atoi64 rtl__atoi64
#undef _wtoi
#define _wtoi rtl__wtoi
#undef _wtol
#define _wtol rtl__wtol
#undef _wtoi64
#define _wtoi64 rtl__wtoi64
#undef strtol
#define strtol rtl_strtol
#undef strtoul
#define strtoul rtl_strtoul
#undef _strtoi64
#define _strtoi64 rtl__strtoi64
#undef _strtoui64
#define _strtoui64 rtl__strtoui64
#undef wcstol
#define wcstol rtl_wcstol
#undef wcstoul
#define wcstoul rtl_wcstoul
#undef _wcstoi64
#define _wcstoi64 rtl__wcstoi64
#undef _wcstoui64
#define _wcstoui64 rtl__wcstoui64
#undef _itoa
#define _itoa rtl__itoa
#undef _ltoa
#define _ltoa rtl__ltoa
#undef _ultoa
#define _ultoa rtl__ultoa
#undef _i64toa
#define _i64toa rtl__i64toa
#undef _ui64toa
#define _ui64toa rtl__ui64toa
#undef _itow
#define _itow rtl__itow
#undef _ltow
#define _ltow rtl__ltow
#undef _ultow
#define _ultow rtl__ultow
#undef _i64tow
#define _i64tow rtl__i64tow
#undef _ui64tow
#define _ui64tow rtl__ui64tow
#undef qsort
#define qsort rtl_qsort
#undef bsearch
#define bsearch rtl_bsearch
#undef sprintf
#define sprintf rtl_sprintf
#undef vsprintf
#define vsprintf rtl_vsprintf
#undef _snprintf
#define _snprintf rtl__snprintf
#undef _vsnprintf
#define _vsnprintf rtl__vsnprintf
#undef sprintf_s
#define sprintf_s rtl_sprintf_s
#undef vsprintf_s
#define vsprintf_s rtl_vsprintf_s
#undef _snprintf_s
#define _snprintf_s rtl__snprintf_s
#undef _vsnprintf_s
#define _vsnprintf_s rtl__vsnprintf_s
#undef _vscprintf
#define _vscprintf rtl__vscprintf
#undef swprintf
#define swprintf rtl_swprintf
#undef _snwprintf
#define _snwprintf rtl__snwprintf
#undef _vsnwprintf
#define _vsnwprintf rtl__vsnwprintf
#undef swprintf_s
#define swprintf_s rtl_swprintf_s
#undef vswprintf_s
#define vswprintf_s rtl_vswprintf_s
#undef _snwprintf_s
#define _snwprintf_s rtl__snwprintf_s
#undef _vsnwprintf_s
#define _vsnwprintf_s rtl__vsnwprintf_s
#undef _vscwprintf
#define _vscwprintf rtl__vscwprintf
#undef sscanf
#define sscanf rtl_sscanf
#undef swscanf
#define swscanf rtl_swscanf

#endif
