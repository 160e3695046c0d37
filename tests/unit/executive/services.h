// The services under test. Programs get them from <nt.h>; the Executive defines them with its own
// pointer types.
#pragma once

#include "ntos.h"

NTSTATUS NtClose(HANDLE Handle);
NTSTATUS NtCompareObjects(HANDLE FirstObjectHandle, HANDLE SecondObjectHandle);
NTSTATUS NtCreateDirectoryObject(HANDLE USER *DirectoryHandle, ACCESS_MASK DesiredAccess,
                                 const OBJECT_ATTRIBUTES USER *ObjectAttributes);
NTSTATUS NtCreateDirectoryObjectEx(HANDLE USER *DirectoryHandle, ACCESS_MASK DesiredAccess,
                                   const OBJECT_ATTRIBUTES USER *ObjectAttributes,
                                   HANDLE ShadowDirectoryHandle, ULONG Flags);
NTSTATUS NtCreateEvent(HANDLE USER *EventHandle, ACCESS_MASK DesiredAccess,
                       const OBJECT_ATTRIBUTES USER *ObjectAttributes, EVENT_TYPE EventType,
                       BOOLEAN InitialState);
NTSTATUS NtCreateMutant(HANDLE USER *MutantHandle, ACCESS_MASK DesiredAccess,
                        const OBJECT_ATTRIBUTES USER *ObjectAttributes, BOOLEAN InitialOwner);
NTSTATUS NtCreateSymbolicLinkObject(HANDLE USER *LinkHandle, ACCESS_MASK DesiredAccess,
                                    const OBJECT_ATTRIBUTES USER *ObjectAttributes,
                                    const UNICODE_STRING USER *LinkTarget);
NTSTATUS NtMakeTemporaryObject(HANDLE Handle);
NTSTATUS NtOpenDirectoryObject(HANDLE USER *DirectoryHandle, ACCESS_MASK DesiredAccess,
                               const OBJECT_ATTRIBUTES USER *ObjectAttributes);
NTSTATUS NtOpenEvent(HANDLE USER *EventHandle, ACCESS_MASK DesiredAccess,
                     const OBJECT_ATTRIBUTES USER *ObjectAttributes);
NTSTATUS NtOpenSymbolicLinkObject(HANDLE USER *LinkHandle, ACCESS_MASK DesiredAccess,
                                  const OBJECT_ATTRIBUTES USER *ObjectAttributes);
NTSTATUS NtQueryDirectoryObject(HANDLE DirectoryHandle, VOID USER *Buffer, ULONG Length,
                                BOOLEAN ReturnSingleEntry, BOOLEAN RestartScan, ULONG USER *Context,
                                ULONG USER *ReturnLength);
NTSTATUS NtQueryObject(HANDLE Handle, ULONG ObjectInformationClass, VOID USER *ObjectInformation,
                       ULONG ObjectInformationLength, ULONG USER *ReturnLength);
NTSTATUS NtQuerySecurityObject(HANDLE Handle, SECURITY_INFORMATION SecurityInformation,
                               VOID USER *SecurityDescriptor, ULONG Length,
                               ULONG USER *LengthNeeded);
NTSTATUS NtQuerySymbolicLinkObject(HANDLE LinkHandle, UNICODE_STRING USER *LinkTarget,
                                   ULONG USER *ReturnedLength);
NTSTATUS NtSetEvent(HANDLE EventHandle, LONG USER *PreviousState);
NTSTATUS NtSetInformationObject(HANDLE Handle, ULONG ObjectInformationClass,
                                const VOID USER *ObjectInformation, ULONG ObjectInformationLength);
NTSTATUS NtSetSecurityObject(HANDLE Handle, SECURITY_INFORMATION SecurityInformation,
                             const VOID USER *SecurityDescriptor);
NTSTATUS NtWaitForSingleObject(HANDLE Handle, BOOLEAN Alertable, const LARGE_INTEGER USER *Timeout);
NTSTATUS NtWaitForMultipleObjects(ULONG Count, const HANDLE USER *Handles, WAIT_TYPE WaitType,
                                  BOOLEAN Alertable, const LARGE_INTEGER USER *Timeout);
