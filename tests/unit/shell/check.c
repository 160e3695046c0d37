// What the tests say when the doubles saw something else.
#include "double.h"

VOID DoubleCheckText(PCWSTR Text, PCWSTR Expected, const char *File, int Number)
{
    static char Narrow[4096];
    if (Text && !wcscmp(Text, Expected))
        return;
    _snprintf(Narrow, sizeof(Narrow) - 1, "got:\n%ws\nexpected:\n%ws\n", Text ? Text : L"(nothing)",
              Expected);
    print_error("%s", Narrow);
    _snprintf(Narrow, sizeof(Narrow) - 1, "errors:\n%ws\n", DoubleErrors());
    print_error("%s", Narrow);
    _fail(File, Number);
}

VOID DoubleCheckLine(PCWSTR Line, BOOLEAN Echo, PCWSTR Expected, const char *File, int Number)
{
    PSHELL Shell = ShCreate();
    DoubleErrors();
    ShSetEcho(Shell, Echo);
    DoubleErrorLevel = ShRunText(Shell, Line);
    ShDestroy(Shell);
    DoubleCheckText(DoubleOutput(), Expected, File, Number);
}

VOID DoubleCheckBatch(PCWSTR Lines, PCWSTR Arguments, PCWSTR Expected, const char *File, int Number)
{
    SH_TEXT Line = {};
    PSHELL Shell = ShCreate();
    DoubleErrors();
    ShSetEcho(Shell, FALSE);
    DoubleAddFile(L"C:\\t.bat", Lines);
    ShAppendFormat(&Line, L"t.bat %ws", Arguments);
    DoubleErrorLevel = ShRunText(Shell, ShString(&Line));
    ShFreeText(&Line);
    ShDestroy(Shell);
    DoubleCheckText(DoubleOutput(), Expected, File, Number);
}

int DoubleSetUp(void **State)
{
    (void)State;
    DoubleReset();
    return 0;
}

int DoubleTearDown(void **State)
{
    (void)State;
    DoubleReset();
    return DoubleBlocks != 0;
}
