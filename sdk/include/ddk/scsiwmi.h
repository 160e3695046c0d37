// The WMI library of SCSI miniports, in storport.sys: what a miniport says of its data blocks, its routines for them,
// and the two routines that a request of SRB_FUNCTION_WMI goes through.
#ifndef PROTEUS_DDK_SCSIWMI_H
#define PROTEUS_DDK_SCSIWMI_H

// mingw-w64's header of this name packs the structures to 4 bytes, and drivers for 64-bit Windows do not.
#ifndef __SCSIWMI_H
#define __SCSIWMI_H
#endif

#include <srb.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifdef _STORPORT_
#define SCSIWMI_API
#else
#define SCSIWMI_API DECLSPEC_IMPORT
#endif

typedef struct _SCSIWMI_REQUEST_CONTEXT {
    PVOID UserContext; // the miniport's
    ULONG BufferSize;  // this and the next two: the library's
    PUCHAR Buffer;
    UCHAR MinorFunction;
    UCHAR ReturnStatus; // after ScsiPortWmiPostProcess: for the SRB
    ULONG ReturnSize;
} SCSIWMI_REQUEST_CONTEXT, *PSCSIWMI_REQUEST_CONTEXT;

#define ScsiPortWmiGetReturnStatus(RequestContext) ((RequestContext)->ReturnStatus)
#define ScsiPortWmiGetReturnSize(RequestContext)   ((RequestContext)->ReturnSize)

typedef struct _SCSIWMIGUIDREGINFO {
    LPCGUID Guid;
    ULONG InstanceCount;
    ULONG Flags; // WMIREG_FLAG_*
} SCSIWMIGUIDREGINFO, *PSCSIWMIGUIDREGINFO;

typedef enum _SCSIWMI_ENABLE_DISABLE_CONTROL {
    ScsiWmiEventControl,
    ScsiWmiDataBlockControl
} SCSIWMI_ENABLE_DISABLE_CONTROL;

// ---- The miniport's routines. All answer an SRB status; SRB_STATUS_PENDING: ScsiPortWmiPostProcess comes later.

typedef UCHAR(NTAPI *PSCSIWMI_QUERY_REGINFO)(PVOID DeviceContext,
                                             PSCSIWMI_REQUEST_CONTEXT RequestContext,
                                             PWCHAR *MofResourceName);
typedef BOOLEAN(NTAPI *PSCSIWMI_QUERY_DATABLOCK)(PVOID Context,
                                                 PSCSIWMI_REQUEST_CONTEXT DispatchContext,
                                                 ULONG GuidIndex, ULONG InstanceIndex,
                                                 ULONG InstanceCount, PULONG InstanceLengthArray,
                                                 ULONG BufferAvail, PUCHAR Buffer);
typedef BOOLEAN(NTAPI *PSCSIWMI_SET_DATABLOCK)(PVOID DeviceContext,
                                               PSCSIWMI_REQUEST_CONTEXT RequestContext,
                                               ULONG GuidIndex, ULONG InstanceIndex,
                                               ULONG BufferSize, PUCHAR Buffer);
typedef BOOLEAN(NTAPI *PSCSIWMI_SET_DATAITEM)(PVOID DeviceContext,
                                              PSCSIWMI_REQUEST_CONTEXT RequestContext,
                                              ULONG GuidIndex, ULONG InstanceIndex,
                                              ULONG DataItemId, ULONG BufferSize, PUCHAR Buffer);
typedef BOOLEAN(NTAPI *PSCSIWMI_EXECUTE_METHOD)(PVOID DeviceContext,
                                                PSCSIWMI_REQUEST_CONTEXT RequestContext,
                                                ULONG GuidIndex, ULONG InstanceIndex,
                                                ULONG MethodId, ULONG InBufferSize,
                                                ULONG OutBufferSize, PUCHAR Buffer);
typedef BOOLEAN(NTAPI *PSCSIWMI_FUNCTION_CONTROL)(PVOID DeviceContext,
                                                  PSCSIWMI_REQUEST_CONTEXT RequestContext,
                                                  ULONG GuidIndex,
                                                  SCSIWMI_ENABLE_DISABLE_CONTROL Function,
                                                  BOOLEAN Enable);

typedef struct _SCSIWMILIB_CONTEXT {
    ULONG GuidCount;
    PSCSIWMIGUIDREGINFO GuidList;
    PSCSIWMI_QUERY_REGINFO QueryWmiRegInfo;
    PSCSIWMI_QUERY_DATABLOCK QueryWmiDataBlock;
    PSCSIWMI_SET_DATABLOCK SetWmiDataBlock; // this and the following: nullptr, where there is none
    PSCSIWMI_SET_DATAITEM SetWmiDataItem;
    PSCSIWMI_EXECUTE_METHOD ExecuteWmiMethod;
    PSCSIWMI_FUNCTION_CONTROL WmiFunctionControl;
} SCSI_WMILIB_CONTEXT, *PSCSI_WMILIB_CONTEXT;

#ifdef _WIN64
C_ASSERT(sizeof(SCSIWMI_REQUEST_CONTEXT) == 32);
C_ASSERT(sizeof(SCSIWMIGUIDREGINFO) == 16);
C_ASSERT(sizeof(SCSI_WMILIB_CONTEXT) == 64);
#endif

// TRUE: the request is pending.
SCSIWMI_API BOOLEAN NTAPI ScsiPortWmiDispatchFunction(PSCSI_WMILIB_CONTEXT WmiLibInfo,
                                                      UCHAR MinorFunction, PVOID DeviceContext,
                                                      PSCSIWMI_REQUEST_CONTEXT RequestContext,
                                                      PVOID DataPath, ULONG BufferSize,
                                                      PVOID Buffer);
SCSIWMI_API VOID NTAPI ScsiPortWmiPostProcess(PSCSIWMI_REQUEST_CONTEXT RequestContext,
                                              UCHAR SrbStatus, ULONG BufferUsed);

#ifdef __cplusplus
}
#endif

#endif
