// Where a Win32 console program starts: arguments from the C library, then main.

#include <stdlib.h>

typedef struct _START_INFORMATION {
    int NewMode;
} START_INFORMATION;

__declspec(dllimport) int __cdecl __getmainargs(int *Count, char ***Arguments, char ***Environment,
                                                int Expand, START_INFORMATION *Information);
int __cdecl main(int Count, char **Arguments, char **Environment);

void __cdecl mainCRTStartup(void);
void __cdecl mainCRTStartup(void)
{
    int Count = 0;
    char **Arguments = nullptr, **Environment = nullptr;
    START_INFORMATION Information = {0};
    __getmainargs(&Count, &Arguments, &Environment, 0, &Information);
    exit(main(Count, Arguments, Environment));
}
