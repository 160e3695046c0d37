// Numbers of the interface: object types and sizes, errors, lookup failures, faults, system calls
// and invocation labels, for the configuration configs/X64_verified.cmake (non-MCS, one node, no
// IOMMU, no VT-x). Source: seL4 16.0.0 public headers and interface XML.
#pragma once

// Configuration
enum {
    seL4_ConfigNumDomains = 16,
    seL4_ConfigNumDomainSchedules = 100,
    seL4_ConfigNumPriorities = 256,
    seL4_ConfigTimerTickMs = 2,
    seL4_ConfigTimeSlice = 5,
    seL4_ConfigRetypeFanOutLimit = 256,
    seL4_ConfigMaxBootInfoUntypedCaps = 230, // the default; X64_verified has 50
    seL4_ConfigRootCNodeSizeBits = 19,
    seL4_ConfigXsaveSize = 576,
    seL4_ConfigMaxNumIoapic = 1,
};

enum { seL4_MinPrio = 0, seL4_MaxPrio = seL4_ConfigNumPriorities - 1 };

typedef enum seL4_Error {
    seL4_NoError = 0,
    seL4_InvalidArgument,
    seL4_InvalidCapability,
    seL4_IllegalOperation,
    seL4_RangeError,
    seL4_AlignmentError,
    seL4_FailedLookup,
    seL4_TruncatedMessage,
    seL4_DeleteFirst,
    seL4_RevokeFirst,
    seL4_NotEnoughMemory,
    seL4_NumErrors,
} seL4_Error;

typedef enum seL4_LookupFailureType {
    seL4_NoFailure = 0,
    seL4_InvalidRoot,
    seL4_MissingCapability,
    seL4_DepthMismatch,
    seL4_GuardMismatch,
} seL4_LookupFailureType;

typedef enum seL4_TCBFlag {
    seL4_TCBFlag_NoFlag = 0,
    seL4_TCBFlag_fpuDisabled = 1,
    seL4_TCBFlag_MASK = 1,
} seL4_TCBFlag;

// Object types for seL4_Untyped_Retype
typedef enum seL4_ObjectType {
    seL4_UntypedObject,
    seL4_TCBObject,
    seL4_EndpointObject,
    seL4_NotificationObject,
    seL4_CapTableObject,
    seL4_X86_PDPTObject,
    seL4_X64_PML4Object,
    seL4_X64_HugePageObject,
    seL4_X86_4K,
    seL4_X86_LargePageObject,
    seL4_X86_PageTableObject,
    seL4_X86_PageDirectoryObject,
    seL4_ObjectTypeCount,
} seL4_ObjectType;

// Object sizes, log2 of bytes
enum {
    seL4_WordBits = 64,
    seL4_WordSizeBits = 3,
    seL4_PageBits = 12,
    seL4_LargePageBits = 21,
    seL4_HugePageBits = 30,
    seL4_SlotBits = 5,
    seL4_TCBBits = 11,
    seL4_EndpointBits = 4,
    seL4_NotificationBits = 5,
    seL4_PageTableBits = 12,
    seL4_PageDirBits = 12,
    seL4_PDPTBits = 12,
    seL4_PML4Bits = 12,
    seL4_ASIDPoolBits = 12,
    seL4_ASIDPoolIndexBits = 9,
    seL4_NumASIDPoolsBits = 3,
    seL4_MinUntypedBits = 4,
    seL4_MaxUntypedBits = 47,
    seL4_IPCBufferSizeBits = 10,
};

// First address above user virtual addresses.
#define seL4_UserTop 0x00007ffffffff000ull

// Bits that were left to resolve when a mapping failed for lack of a structure: message register
// seL4_MappingFailedLookupLevel of a seL4_FailedLookup reply.
enum {
    seL4_MappingLookupLevelRegister = 2,
    seL4_MappingLookupNoPT = 21,
    seL4_MappingLookupNoPD = 30,
    seL4_MappingLookupNoPDPT = 39,
};

// Interrupts: a user vector v is delivered at CPU vector v + seL4_IRQOffset.
enum { seL4_IRQOffset = 0x20 + 16, seL4_VectorMin = 0, seL4_VectorMax = 109 };

// System call numbers, in rdx.
typedef enum seL4_Syscall_ID {
    seL4_SysCall = -1,
    seL4_SysReplyRecv = -2,
    seL4_SysSend = -3,
    seL4_SysNBSend = -4,
    seL4_SysRecv = -5,
    seL4_SysReply = -6,
    seL4_SysYield = -7,
    seL4_SysNBRecv = -8,
    // Debug builds only
    seL4_SysDebugPutChar = -9,
    seL4_SysDebugDumpScheduler = -10,
    seL4_SysDebugHalt = -11,
    seL4_SysDebugCapIdentify = -12,
    seL4_SysDebugSnapshot = -13,
    seL4_SysDebugNameThread = -14,
} seL4_Syscall_ID;

// Invocation labels
typedef enum seL4_InvocationLabel {
    InvalidInvocation,
    UntypedRetype,
    TCBReadRegisters,
    TCBWriteRegisters,
    TCBCopyRegisters,
    TCBConfigure,
    TCBSetPriority,
    TCBSetMCPriority,
    TCBSetSchedParams,
    TCBSetIPCBuffer,
    TCBSetSpace,
    TCBSuspend,
    TCBResume,
    TCBBindNotification,
    TCBUnbindNotification,
    TCBSetTLSBase,
    TCBSetFlags,
    CNodeRevoke,
    CNodeDelete,
    CNodeCancelBadgedSends,
    CNodeCopy,
    CNodeMint,
    CNodeMove,
    CNodeMutate,
    CNodeRotate,
    CNodeSaveCaller,
    IRQIssueIRQHandler,
    IRQAckIRQ,
    IRQSetIRQHandler,
    IRQClearIRQHandler,
    DomainSetSet,
    DomainScheduleConfigure,
    DomainScheduleSetStart,
    X86PDPTMap,
    X86PDPTUnmap,
    X86PageDirectoryMap,
    X86PageDirectoryUnmap,
    X86PageTableMap,
    X86PageTableUnmap,
    X86PageMap,
    X86PageUnmap,
    X86PageGetAddress,
    X86ASIDControlMakePool,
    X86ASIDPoolAssign,
    X86IOPortControlIssue,
    X86IOPortIn8,
    X86IOPortIn16,
    X86IOPortIn32,
    X86IOPortOut8,
    X86IOPortOut16,
    X86IOPortOut32,
    X86IRQIssueIRQHandlerIOAPIC,
    X86IRQIssueIRQHandlerMSI,
    seL4_NumInvocationLabels,
} seL4_InvocationLabel;

static_assert(DomainScheduleSetStart == 32 && X86PDPTMap == 33 && X86IRQIssueIRQHandlerMSI == 52);

// Fault messages: the label of the message, then the message registers of each kind.
typedef enum seL4_FaultType {
    seL4_Fault_NullFault = 0,
    seL4_Fault_CapFault = 1,
    seL4_Fault_UnknownSyscall = 2,
    seL4_Fault_UserException = 3,
    seL4_Fault_VMFault = 5,
} seL4_FaultType;

typedef enum seL4_CapFault_Msg {
    seL4_CapFault_IP,
    seL4_CapFault_Addr,
    seL4_CapFault_InRecvPhase,
    seL4_CapFault_LookupFailureType,
    seL4_CapFault_BitsLeft,
    seL4_CapFault_DepthMismatch_BitsFound,
    seL4_CapFault_GuardMismatch_GuardFound = seL4_CapFault_DepthMismatch_BitsFound,
    seL4_CapFault_GuardMismatch_BitsFound,
} seL4_CapFault_Msg;

typedef enum seL4_VMFault_Msg {
    seL4_VMFault_IP,
    seL4_VMFault_Addr,
    seL4_VMFault_PrefetchFault,
    seL4_VMFault_FSR,
    seL4_VMFault_Length,
} seL4_VMFault_Msg;

typedef enum seL4_UnknownSyscall_Msg {
    seL4_UnknownSyscall_RAX,
    seL4_UnknownSyscall_RBX,
    seL4_UnknownSyscall_RCX,
    seL4_UnknownSyscall_RDX,
    seL4_UnknownSyscall_RSI,
    seL4_UnknownSyscall_RDI,
    seL4_UnknownSyscall_RBP,
    seL4_UnknownSyscall_R8,
    seL4_UnknownSyscall_R9,
    seL4_UnknownSyscall_R10,
    seL4_UnknownSyscall_R11,
    seL4_UnknownSyscall_R12,
    seL4_UnknownSyscall_R13,
    seL4_UnknownSyscall_R14,
    seL4_UnknownSyscall_R15,
    seL4_UnknownSyscall_FaultIP,
    seL4_UnknownSyscall_SP,
    seL4_UnknownSyscall_FLAGS,
    seL4_UnknownSyscall_Syscall,
    seL4_UnknownSyscall_Length,
} seL4_UnknownSyscall_Msg;

typedef enum seL4_UserException_Msg {
    seL4_UserException_FaultIP,
    seL4_UserException_SP,
    seL4_UserException_FLAGS,
    seL4_UserException_Number,
    seL4_UserException_Code,
    seL4_UserException_Length,
} seL4_UserException_Msg;
