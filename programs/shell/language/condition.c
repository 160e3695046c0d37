// The conditions of if.

#include "languagep.h"

static BOOLEAN ShpFoundOne(PVOID Context, const SYS_FILE *File)
{
    UNREFERENCED_PARAMETER(File);
    *(PBOOLEAN)Context = TRUE;
    return FALSE;
}

// Each directory has a file "nul": the way to ask for a directory.
static BOOLEAN ShpHasNul(PCWSTR Path, PCWSTR Last)
{
    SH_TEXT Pattern = {};
    BOOLEAN Unused;
    ShAppend(&Pattern, Path, (SIZE_T)(Last - Path));
    ShAppendCharacter(&Pattern, L'*');
    NTSTATUS Status = SysFindFiles(ShString(&Pattern), ShpFoundOne, &Unused);
    ShFreeText(&Pattern);
    return NT_SUCCESS(Status);
}

static BOOLEAN ShpExists(PCWSTR Path)
{
    BOOLEAN Found = FALSE;
    SYS_FILE File;
    PCWSTR Last = ShLastComponent(Path);
    if (_wcsicmp(Last, L"nul") == 0)
        return ShpHasNul(Path, Last);
    if (wcspbrk(Path, L"*?"))
        SysFindFiles(Path, ShpFoundOne, &Found);
    else
        Found = NT_SUCCESS(SysQueryFile(Path, &File));
    return Found;
}

static BOOLEAN ShpIsDefined(PSHELL Shell, PCWSTR Name)
{
    SH_TEXT Value = {};
    BOOLEAN Defined = ShpGetVariable(Shell, Name, wcslen(Name), &Value);
    ShFreeText(&Value);
    return Defined;
}

// Numbers as numbers, anything else as text.
static int ShpCompare(PCWSTR First, PCWSTR Second, BOOLEAN IgnoreCase)
{
    LONG A, B;
    if (ShParseNumber(First, &A) && ShParseNumber(Second, &B))
        return (A > B) - (A < B);
    return IgnoreCase ? _wcsicmp(First, Second) : wcscmp(First, Second);
}

static BOOLEAN ShpEvaluateOrder(SH_CONDITION Condition, int Order)
{
    switch (Condition) {
    case ShEqu:
        return Order == 0;
    case ShNeq:
        return Order != 0;
    case ShLss:
        return Order < 0;
    case ShLeq:
        return Order <= 0;
    case ShGtr:
        return Order > 0;
    default:
        return Order >= 0;
    }
}

static BOOLEAN ShpEvaluateOne(PSHELL Shell, const SH_NODE *Node, PWSTR First)
{
    LONG Number = 0;
    switch (Node->If.Condition) {
    case ShExist:
        ShRemoveQuotes(First);
        return ShpExists(First);
    case ShDefined:
        return ShpIsDefined(Shell, First);
    case ShErrorLevelIs:
        return ShParseNumber(First, &Number) && (LONG)Shell->ErrorLevel >= Number;
    default: // ShExtensionVersion
        return ShParseNumber(First, &Number) && Number <= 2;
    }
}

static BOOLEAN ShpEvaluateTwo(const SH_NODE *Node, PCWSTR First, PCWSTR Second)
{
    if (Node->If.Condition == ShEqual)
        return Node->If.IgnoreCase ? !_wcsicmp(First, Second) : !wcscmp(First, Second);
    return ShpEvaluateOrder(Node->If.Condition, ShpCompare(First, Second, Node->If.IgnoreCase));
}

BOOLEAN ShpEvaluate(PSHELL Shell, const SH_NODE *Node)
{
    SH_TEXT First = {}, Second = {};
    BOOLEAN Holds = FALSE;
    ShAppendString(&First, L"");
    if (ShpExpandText(Shell, Node->If.First, &First) &&
        (!Node->If.Second || ShpExpandText(Shell, Node->If.Second, &Second))) {
        Holds = Node->If.Second ? ShpEvaluateTwo(Node, ShString(&First), ShString(&Second))
                                : ShpEvaluateOne(Shell, Node, First.Buffer);
    }
    ShFreeText(&First);
    ShFreeText(&Second);
    return Holds != Node->If.Not;
}
