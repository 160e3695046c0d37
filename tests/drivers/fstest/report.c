// What is to be on the volume, for the host to compare.
#include "model.h"

VOID FsReportModel(PFS_MODEL Model)
{
    PWSTR Text = FsAllocate(FsMostPath * 6);
    for (ULONG i = 0; i < FsNodes; i++) {
        const FS_NODE *Node = &Model->Nodes[i];
        if (!Node->Used || i == FsShared)
            continue;
        FsMakePath(Model, Node->Parent, Node->Name, Node->NameLength);
        ULONG Skip = (ULONG)(5 + wcslen(Model->Drive)); // "\??\D:\"
        FsEscape(Model->Path + Skip, Model->PathString.Length / sizeof(WCHAR) - Skip, Text);
        if (Node->Directory)
            ConPrint(L"MODEL - - %ws\n", Text);
        else
            ConPrint(L"MODEL %lu %08lx %ws\n", Node->Size, FsCrc(0, Node->Data, Node->Size), Text);
    }
    FsFree(Text);
}
