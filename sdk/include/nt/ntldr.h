// The loader's data and functions.
#ifndef NT_NTLDR_H
#define NT_NTLDR_H

#include <nt/ntbase.h>
#include <nt/ntpeb.h>

typedef struct _LDR_SERVICE_TAG_RECORD {
    struct _LDR_SERVICE_TAG_RECORD *Next;
    ULONG ServiceTag;
} LDR_SERVICE_TAG_RECORD, *PLDR_SERVICE_TAG_RECORD;

// A circular list that is named by its last entry.
typedef struct _LDRP_CSLIST {
    PSINGLE_LIST_ENTRY Tail;
} LDRP_CSLIST, *PLDRP_CSLIST;

typedef enum _LDR_DDAG_STATE {
    LdrModulesMerged = -5,
    LdrModulesInitError,
    LdrModulesSnapError,
    LdrModulesUnloaded,
    LdrModulesUnloading,
    LdrModulesPlaceHolder,
    LdrModulesMapping,
    LdrModulesMapped,
    LdrModulesWaitingForDependencies,
    LdrModulesSnapping,
    LdrModulesSnapped,
    LdrModulesCondensed,
    LdrModulesReadyToInit,
    LdrModulesInitializing,
    LdrModulesReadyToRun
} LDR_DDAG_STATE;

typedef struct _LDR_DDAG_NODE {
    LIST_ENTRY Modules;
    PLDR_SERVICE_TAG_RECORD ServiceTagList;
    ULONG LoadCount;
    ULONG LoadWhileUnloadingCount;
    ULONG LowestLink;
    LDRP_CSLIST Dependencies;
    LDRP_CSLIST IncomingDependencies;
    LDR_DDAG_STATE State;
    SINGLE_LIST_ENTRY CondenseLink;
    ULONG PreorderNumber;
} LDR_DDAG_NODE, *PLDR_DDAG_NODE;

typedef enum _LDR_DLL_LOAD_REASON {
    LoadReasonUnknown = -1,
    LoadReasonStaticDependency,
    LoadReasonStaticForwarderDependency,
    LoadReasonDynamicForwarderDependency,
    LoadReasonDelayloadDependency,
    LoadReasonDynamicLoad,
    LoadReasonAsImageLoad,
    LoadReasonAsDataLoad,
    LoadReasonEnclavePrimary,
    LoadReasonEnclaveDependency
} LDR_DLL_LOAD_REASON;

#define LDRP_PACKAGED_BINARY       0x00000001
#define LDRP_IMAGE_DLL             0x00000004
#define LDRP_STATIC_LINK           0x00000020
#define LDRP_LOAD_IN_PROGRESS      0x00001000
#define LDRP_UNLOAD_IN_PROGRESS    0x00002000
#define LDRP_ENTRY_PROCESSED       0x00004000
#define LDRP_ENTRY_INSERTED        0x00008000
#define LDRP_DONT_CALL_FOR_THREADS 0x00040000
#define LDRP_PROCESS_ATTACH_CALLED 0x00080000
#define LDRP_IMAGE_NOT_AT_BASE     0x00200000
#define LDRP_REDIRECTED            0x10000000

typedef BOOLEAN(NTAPI *PDLL_INIT_ROUTINE)(PVOID DllHandle, ULONG Reason, PCONTEXT Context);

typedef struct _LDR_DATA_TABLE_ENTRY {
    LIST_ENTRY InLoadOrderLinks;
    LIST_ENTRY InMemoryOrderLinks;
    LIST_ENTRY InInitializationOrderLinks;
    PVOID DllBase;
    PDLL_INIT_ROUTINE EntryPoint;
    ULONG SizeOfImage;
    UNICODE_STRING FullDllName;
    UNICODE_STRING BaseDllName;
    union {
        UCHAR FlagGroup[4];
        ULONG Flags;
    };
    USHORT ObsoleteLoadCount;
    USHORT TlsIndex;
    LIST_ENTRY HashLinks;
    ULONG TimeDateStamp;
    PVOID EntryPointActivationContext;
    PVOID Lock;
    PLDR_DDAG_NODE DdagNode;
    LIST_ENTRY NodeModuleLink;
    PVOID LoadContext;
    PVOID ParentDllBase;
    PVOID SwitchBackContext;
    RTL_BALANCED_NODE BaseAddressIndexNode;
    RTL_BALANCED_NODE MappingInfoIndexNode;
    ULONG_PTR OriginalBase;
    LARGE_INTEGER LoadTime;
    ULONG BaseNameHashValue;
    LDR_DLL_LOAD_REASON LoadReason;
    ULONG ImplicitPathOptions;
    ULONG ReferenceCount;
    ULONG DependentLoadFlags;
    UCHAR SigningLevel;
} LDR_DATA_TABLE_ENTRY, *PLDR_DATA_TABLE_ENTRY;

// LdrFindResource_U: the three levels of a resource directory.
typedef struct _LDR_RESOURCE_INFO {
    ULONG_PTR Type;
    ULONG_PTR Name;
    ULONG_PTR Language;
} LDR_RESOURCE_INFO, *PLDR_RESOURCE_INFO;

#define LDR_LOCK_LOADER_LOCK_FLAG_RAISE_ON_ERRORS          0x00000001
#define LDR_LOCK_LOADER_LOCK_FLAG_TRY_ONLY                 0x00000002
#define LDR_LOCK_LOADER_LOCK_DISPOSITION_LOCK_ACQUIRED     1
#define LDR_LOCK_LOADER_LOCK_DISPOSITION_LOCK_NOT_ACQUIRED 2

#define LDR_GET_DLL_HANDLE_EX_UNCHANGED_REFCOUNT 0x00000001
#define LDR_GET_DLL_HANDLE_EX_PIN                0x00000002

#define LDR_ADDREF_DLL_PIN 0x00000001

#define LDR_DLL_NOTIFICATION_REASON_LOADED   1
#define LDR_DLL_NOTIFICATION_REASON_UNLOADED 2

typedef struct _LDR_DLL_NOTIFICATION_DATA {
    ULONG Flags;
    PCUNICODE_STRING FullDllName;
    PCUNICODE_STRING BaseDllName;
    PVOID DllBase;
    ULONG SizeOfImage;
} LDR_DLL_NOTIFICATION_DATA, *PLDR_DLL_NOTIFICATION_DATA;

typedef VOID(NTAPI *PLDR_DLL_NOTIFICATION_FUNCTION)(ULONG Reason,
                                                    const LDR_DLL_NOTIFICATION_DATA *Data,
                                                    PVOID Context);

typedef VOID(NTAPI *PLDR_ENUM_CALLBACK)(PLDR_DATA_TABLE_ENTRY Module, PVOID Context, BOOLEAN *Stop);

// The API-set map, version 6: a PE section of a DLL without code, mapped into each process.
typedef struct _API_SET_NAMESPACE {
    ULONG Version;
    ULONG Size;
    ULONG Flags;
    ULONG Count;
    ULONG EntryOffset;
    ULONG HashOffset;
    ULONG HashFactor;
} API_SET_NAMESPACE, *PAPI_SET_NAMESPACE;

typedef struct _API_SET_HASH_ENTRY {
    ULONG Hash;
    ULONG Index;
} API_SET_HASH_ENTRY, *PAPI_SET_HASH_ENTRY;

typedef struct _API_SET_NAMESPACE_ENTRY {
    ULONG Flags;
    ULONG NameOffset;
    ULONG NameLength;
    ULONG HashedLength;
    ULONG ValueOffset;
    ULONG ValueCount;
} API_SET_NAMESPACE_ENTRY, *PAPI_SET_NAMESPACE_ENTRY;

typedef struct _API_SET_VALUE_ENTRY {
    ULONG Flags;
    ULONG NameOffset;
    ULONG NameLength;
    ULONG ValueOffset;
    ULONG ValueLength;
} API_SET_VALUE_ENTRY, *PAPI_SET_VALUE_ENTRY;

NTSTATUS NTAPI LdrAccessResource(PVOID DllHandle, PIMAGE_RESOURCE_DATA_ENTRY ResourceDataEntry,
                                 PVOID *ResourceBuffer, PULONG ResourceLength);
NTSTATUS NTAPI LdrAddRefDll(ULONG Flags, PVOID DllHandle);
NTSTATUS NTAPI LdrDisableThreadCalloutsForDll(PVOID DllHandle);
NTSTATUS NTAPI LdrEnumerateLoadedModules(BOOLEAN ReservedFlag, PLDR_ENUM_CALLBACK EnumProc,
                                         PVOID Context);
NTSTATUS NTAPI LdrFindEntryForAddress(PVOID DllHandle, PLDR_DATA_TABLE_ENTRY *Entry);
NTSTATUS NTAPI LdrFindResource_U(PVOID DllHandle, PLDR_RESOURCE_INFO ResourceInfo, ULONG Level,
                                 PIMAGE_RESOURCE_DATA_ENTRY *ResourceDataEntry);
NTSTATUS NTAPI LdrFindResourceDirectory_U(PVOID DllHandle, PLDR_RESOURCE_INFO ResourceInfo,
                                          ULONG Level, PIMAGE_RESOURCE_DIRECTORY *Directory);
NTSTATUS NTAPI LdrGetDllDirectory(PUNICODE_STRING DllDirectory);
NTSTATUS NTAPI LdrGetDllFullName(PVOID DllHandle, PUNICODE_STRING FullDllName);
NTSTATUS NTAPI LdrGetDllHandle(PWSTR DllPath, PULONG DllCharacteristics, PUNICODE_STRING DllName,
                               PVOID *DllHandle);
NTSTATUS NTAPI LdrGetDllHandleEx(ULONG Flags, PWSTR DllPath, PULONG DllCharacteristics,
                                 PUNICODE_STRING DllName, PVOID *DllHandle);
NTSTATUS NTAPI LdrGetDllPath(PCWSTR DllName, ULONG Flags, PWSTR *DllPath, PWSTR *SearchPaths);
NTSTATUS NTAPI LdrGetProcedureAddress(PVOID DllHandle, PANSI_STRING ProcedureName,
                                      ULONG ProcedureNumber, PVOID *ProcedureAddress);
NTSTATUS NTAPI LdrGetProcedureAddressEx(PVOID DllHandle, PANSI_STRING ProcedureName,
                                        ULONG ProcedureNumber, PVOID *ProcedureAddress,
                                        ULONG Flags);
NTSTATUS NTAPI LdrLoadDll(PWSTR DllPath, PULONG DllCharacteristics, PUNICODE_STRING DllName,
                          PVOID *DllHandle);
NTSTATUS NTAPI LdrLockLoaderLock(ULONG Flags, PULONG Disposition, PVOID *Cookie);
NTSTATUS NTAPI LdrQueryImageFileExecutionOptions(PUNICODE_STRING SubKey, PCWSTR ValueName,
                                                 ULONG Type, PVOID Buffer, ULONG BufferSize,
                                                 PULONG ResultSize);
NTSTATUS NTAPI LdrQueryProcessModuleInformation(PVOID ModuleInformation, ULONG Size,
                                                PULONG ReturnedSize);
NTSTATUS NTAPI LdrRegisterDllNotification(ULONG Flags, PLDR_DLL_NOTIFICATION_FUNCTION Callback,
                                          PVOID Context, PVOID *Cookie);
PVOID NTAPI LdrResolveDelayLoadedAPI(PVOID ParentModuleBase,
                                     const IMAGE_DELAYLOAD_DESCRIPTOR *DelayloadDescriptor,
                                     PVOID FailureDllHook, PVOID FailureSystemHook,
                                     PIMAGE_THUNK_DATA ThunkAddress, ULONG Flags);
NTSTATUS NTAPI LdrSetDefaultDllDirectories(ULONG DirectoryFlags);
NTSTATUS NTAPI LdrSetDllDirectory(PUNICODE_STRING DllDirectory);
NTSTATUS NTAPI LdrAddDllDirectory(PUNICODE_STRING NewDirectory, PVOID *Cookie);
NTSTATUS NTAPI LdrRemoveDllDirectory(PVOID Cookie);
VOID NTAPI LdrShutdownProcess(void);
VOID NTAPI LdrShutdownThread(void);
NTSTATUS NTAPI LdrUnloadDll(PVOID DllHandle);
NTSTATUS NTAPI LdrUnlockLoaderLock(ULONG Flags, PVOID Cookie);
NTSTATUS NTAPI LdrUnregisterDllNotification(PVOID Cookie);
NTSTATUS NTAPI LdrVerifyImageMatchesChecksum(HANDLE ImageFileHandle, PVOID ImportCallbackRoutine,
                                             PVOID ImportCallbackParameter,
                                             PUSHORT ImageCharacteristics);
PIMAGE_BASE_RELOCATION NTAPI LdrProcessRelocationBlock(ULONG_PTR Address, ULONG Count,
                                                       PUSHORT TypeOffset, LONGLONG Delta);

#endif
