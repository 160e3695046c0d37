// The loader's own structures.
//
// A module is a LDR_DATA_TABLE_ENTRY in the three lists that programs may walk. All of it changes under
// the loader lock. Loading is: map, insert into the lists, bind imports (which loads what is
// imported, depth first), then call the entry points in the order in which modules were completed, so
// that a module's dependencies are ready before it.
#pragma once

#include <nt.h>

typedef struct _LDRP_DEPENDENCY {
    SINGLE_LIST_ENTRY Link;
    struct _LDRP_MODULE *Module;
} LDRP_DEPENDENCY, *PLDRP_DEPENDENCY;

typedef struct _LDRP_MODULE {
    LDR_DATA_TABLE_ENTRY Entry; // first: programs see this
    LDR_DDAG_NODE Node;         // LoadCount: references that the program holds, or LdrpPinned
    SINGLE_LIST_ENTRY Dependencies;
    PIMAGE_TLS_DIRECTORY Tls; // or null
    ULONG Mark;               // the latest marking that reached it (load.c)
} LDRP_MODULE, *PLDRP_MODULE;

constexpr ULONG LdrpPinned = MAXULONG;

extern RTL_CRITICAL_SECTION LdrpLock;
extern PEB_LDR_DATA LdrpData;
extern PLDRP_MODULE LdrpNtdll, LdrpProgram;
extern BOOLEAN LdrpProcessIsReady; // the program's static imports are initialised

// map.c
NTSTATUS LdrpMapModule(PCUNICODE_STRING Name, PLDRP_MODULE *Module);
NTSTATUS LdrpAddMappedModule(PVOID Base, PCUNICODE_STRING FullName, PLDRP_MODULE *Module);
VOID LdrpRemoveModule(PLDRP_MODULE Module); // unmaps too
PLDRP_MODULE LdrpFindModuleByName(PCUNICODE_STRING Name);
PLDRP_MODULE LdrpFindModuleByAddress(PVOID Address);
NTSTATUS LdrpSystemPath(PCUNICODE_STRING Name, PUNICODE_STRING Path); // allocated
BOOLEAN LdrpHasPath(PCUNICODE_STRING Name);

// section.c: the image section of a DLL, and its full name (allocated)
NTSTATUS LdrpFindSection(PCUNICODE_STRING Name, PUNICODE_STRING FullName, PHANDLE Section);

// relocate.c
NTSTATUS LdrpRelocate(PVOID Base);

// load.c
NTSTATUS LdrpLoadModule(PCUNICODE_STRING Name, LDR_DLL_LOAD_REASON Reason, PLDRP_MODULE *Module);
NTSTATUS LdrpCompleteModule(PLDRP_MODULE Module); // bind imports
NTSTATUS LdrpInitializeGraph(PLDRP_MODULE Root);  // entry points of it and what it needs
VOID LdrpReferenceModule(PLDRP_MODULE Module, BOOLEAN Pin);
VOID LdrpDereferenceModule(PLDRP_MODULE Module);
VOID LdrpUnloadUnneeded(void);
NTSTATUS LdrpAddDependency(PLDRP_MODULE Module, PLDRP_MODULE Dependency);
VOID LdrpCallModules(ULONG Reason, BOOLEAN Reverse, PVOID Context); // all entry points

// imports.c
NTSTATUS LdrpBindImports(PLDRP_MODULE Module);
NTSTATUS LdrpFindExport(PLDRP_MODULE Exporter, PCSTR Name, ULONG Ordinal, ULONG Hint,
                        PVOID *Address);
// The address for a thunk; a missing import gets one that raises.
PVOID LdrpResolveThunk(PLDRP_MODULE Importer, PLDRP_MODULE Exporter, PCSTR Dll,
                       const IMAGE_THUNK_DATA *Lookup);
// missing.c: code that names the import and raises. Name null: by ordinal.
PVOID LdrpMakeMissingImport(PLDRP_MODULE Importer, PCSTR Dll, PCSTR Name, ULONG Ordinal);

// tls.c
NTSTATUS LdrpAddTls(PLDRP_MODULE Module);
VOID LdrpRemoveTls(PLDRP_MODULE Module);
NTSTATUS LdrpAllocateThreadTls(void);
VOID LdrpFreeThreadTls(void);
VOID LdrpCallTlsCallbacks(PLDRP_MODULE Module, ULONG Reason);

// functiontable.c: .pdata of every module, for the unwinder
NTSTATUS LdrpAddFunctionTable(PLDRP_MODULE Module);
VOID LdrpRemoveFunctionTable(PLDRP_MODULE Module);

// notify.c
VOID LdrpNotify(ULONG Reason, PLDRP_MODULE Module);

// apiset.c: "api-ms-win-..." to the DLL that holds it. FALSE: not an API set, or not in the map.
BOOLEAN LdrpResolveApiSet(PCUNICODE_STRING Name, PUNICODE_STRING Host);

// init.c
VOID LdrpInitializeThread(PCONTEXT Context, PVOID NtdllBase);

static inline PLDRP_MODULE LdrpModuleOf(PLDR_DATA_TABLE_ENTRY Entry)
{
    return CONTAINING_RECORD(Entry, LDRP_MODULE, Entry);
}

static inline PVOID LdrpAllocate(SIZE_T Size)
{
    return RtlAllocateHeap(RtlProcessHeap(), HEAP_ZERO_MEMORY, Size);
}

static inline VOID LdrpFree(PVOID Block)
{
    RtlFreeHeap(RtlProcessHeap(), 0, Block);
}
