// The thread pool of ntdll. winnt.h has the types of callbacks and callback environments.
#ifndef NT_NTTP_H
#define NT_NTTP_H

#include <nt/ntbase.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef VOID(NTAPI *PTP_IO_CALLBACK)(PTP_CALLBACK_INSTANCE Instance, PVOID Context,
                                     PVOID ApcContext, PIO_STATUS_BLOCK IoStatusBlock, PTP_IO Io);

// Pools
NTSTATUS NTAPI TpAllocPool(PTP_POOL *Pool, PVOID Reserved);
VOID NTAPI TpReleasePool(PTP_POOL Pool);
VOID NTAPI TpSetPoolMaxThreads(PTP_POOL Pool, ULONG MaxThreads);
NTSTATUS NTAPI TpSetPoolMinThreads(PTP_POOL Pool, ULONG MinThreads);
NTSTATUS NTAPI TpQueryPoolStackInformation(PTP_POOL Pool,
                                           PTP_POOL_STACK_INFORMATION StackInformation);
NTSTATUS NTAPI TpSetPoolStackInformation(PTP_POOL Pool,
                                         PTP_POOL_STACK_INFORMATION StackInformation);

// Cleanup groups
NTSTATUS NTAPI TpAllocCleanupGroup(PTP_CLEANUP_GROUP *CleanupGroup);
VOID NTAPI TpReleaseCleanupGroup(PTP_CLEANUP_GROUP CleanupGroup);
VOID NTAPI TpReleaseCleanupGroupMembers(PTP_CLEANUP_GROUP CleanupGroup,
                                        LOGICAL CancelPendingCallbacks, PVOID CleanupParameter);

// In a callback
VOID NTAPI TpCallbackSetEventOnCompletion(PTP_CALLBACK_INSTANCE Instance, HANDLE Event);
VOID NTAPI TpCallbackReleaseSemaphoreOnCompletion(PTP_CALLBACK_INSTANCE Instance, HANDLE Semaphore,
                                                  ULONG ReleaseCount);
VOID NTAPI TpCallbackReleaseMutexOnCompletion(PTP_CALLBACK_INSTANCE Instance, HANDLE Mutex);
VOID NTAPI TpCallbackLeaveCriticalSectionOnCompletion(PTP_CALLBACK_INSTANCE Instance,
                                                      PRTL_CRITICAL_SECTION CriticalSection);
VOID NTAPI TpCallbackUnloadDllOnCompletion(PTP_CALLBACK_INSTANCE Instance, PVOID DllHandle);
NTSTATUS NTAPI TpCallbackMayRunLong(PTP_CALLBACK_INSTANCE Instance);
VOID NTAPI TpDisassociateCallback(PTP_CALLBACK_INSTANCE Instance);

// Work
NTSTATUS NTAPI TpSimpleTryPost(PTP_SIMPLE_CALLBACK Callback, PVOID Context,
                               PTP_CALLBACK_ENVIRON CallbackEnviron);
NTSTATUS NTAPI TpAllocWork(PTP_WORK *Work, PTP_WORK_CALLBACK Callback, PVOID Context,
                           PTP_CALLBACK_ENVIRON CallbackEnviron);
VOID NTAPI TpPostWork(PTP_WORK Work);
VOID NTAPI TpWaitForWork(PTP_WORK Work, LOGICAL CancelPendingCallbacks);
VOID NTAPI TpReleaseWork(PTP_WORK Work);

// Timers. DueTime: 100 ns, negative: relative; null: unset. Period and WindowLength: milliseconds.
NTSTATUS NTAPI TpAllocTimer(PTP_TIMER *Timer, PTP_TIMER_CALLBACK Callback, PVOID Context,
                            PTP_CALLBACK_ENVIRON CallbackEnviron);
VOID NTAPI TpSetTimer(PTP_TIMER Timer, PLARGE_INTEGER DueTime, ULONG Period, ULONG WindowLength);
LOGICAL NTAPI TpSetTimerEx(PTP_TIMER Timer, PLARGE_INTEGER DueTime, ULONG Period,
                           ULONG WindowLength);
LOGICAL NTAPI TpIsTimerSet(PTP_TIMER Timer);
VOID NTAPI TpWaitForTimer(PTP_TIMER Timer, LOGICAL CancelPendingCallbacks);
VOID NTAPI TpReleaseTimer(PTP_TIMER Timer);

// Waits
NTSTATUS NTAPI TpAllocWait(PTP_WAIT *Wait, PTP_WAIT_CALLBACK Callback, PVOID Context,
                           PTP_CALLBACK_ENVIRON CallbackEnviron);
VOID NTAPI TpSetWait(PTP_WAIT Wait, HANDLE Handle, PLARGE_INTEGER Timeout);
LOGICAL NTAPI TpSetWaitEx(PTP_WAIT Wait, HANDLE Handle, PLARGE_INTEGER Timeout, PVOID Reserved);
VOID NTAPI TpWaitForWait(PTP_WAIT Wait, LOGICAL CancelPendingCallbacks);
VOID NTAPI TpReleaseWait(PTP_WAIT Wait);

// I/O
NTSTATUS NTAPI TpAllocIoCompletion(PTP_IO *Io, HANDLE File, PTP_IO_CALLBACK Callback, PVOID Context,
                                   PTP_CALLBACK_ENVIRON CallbackEnviron);
VOID NTAPI TpStartAsyncIoOperation(PTP_IO Io);
VOID NTAPI TpCancelAsyncIoOperation(PTP_IO Io);
VOID NTAPI TpWaitForIoCompletion(PTP_IO Io, LOGICAL CancelPendingCallbacks);
VOID NTAPI TpReleaseIoCompletion(PTP_IO Io);

// The older family (winnt.h has WT_*)
NTSTATUS NTAPI RtlQueueWorkItem(WORKERCALLBACKFUNC Function, PVOID Context, ULONG Flags);
NTSTATUS NTAPI RtlSetIoCompletionCallback(HANDLE File, APC_CALLBACK_FUNCTION Callback, ULONG Flags);
NTSTATUS NTAPI RtlRegisterWait(PHANDLE WaitHandle, HANDLE Handle, WAITORTIMERCALLBACKFUNC Function,
                               PVOID Context, ULONG Milliseconds, ULONG Flags);
NTSTATUS NTAPI RtlDeregisterWait(HANDLE WaitHandle);
NTSTATUS NTAPI RtlDeregisterWaitEx(HANDLE WaitHandle, HANDLE CompletionEvent);
NTSTATUS NTAPI RtlCreateTimerQueue(PHANDLE TimerQueue);
NTSTATUS NTAPI RtlDeleteTimerQueue(HANDLE TimerQueue);
NTSTATUS NTAPI RtlDeleteTimerQueueEx(HANDLE TimerQueue, HANDLE CompletionEvent);
NTSTATUS NTAPI RtlCreateTimer(HANDLE TimerQueue, PHANDLE Timer, WAITORTIMERCALLBACKFUNC Function,
                              PVOID Context, ULONG DueTime, ULONG Period, ULONG Flags);
NTSTATUS NTAPI RtlUpdateTimer(HANDLE TimerQueue, HANDLE Timer, ULONG DueTime, ULONG Period);
NTSTATUS NTAPI RtlDeleteTimer(HANDLE TimerQueue, HANDLE Timer, HANDLE CompletionEvent);

#ifdef __cplusplus
}
#endif

#endif
