// Atom tables of a program. nt.h does not include this.
#ifndef NT_NTATOM_H
#define NT_NTATOM_H

#include <nt.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct _RTL_ATOM_TABLE *PRTL_ATOM_TABLE;

NTSTATUS NTAPI RtlCreateAtomTable(ULONG NumberOfBuckets, PRTL_ATOM_TABLE *AtomTableHandle);
NTSTATUS NTAPI RtlDestroyAtomTable(PRTL_ATOM_TABLE Table);
NTSTATUS NTAPI RtlEmptyAtomTable(PRTL_ATOM_TABLE Table, BOOLEAN IncludePinnedAtoms);
NTSTATUS NTAPI RtlAddAtomToAtomTable(PRTL_ATOM_TABLE Table, PWSTR Text, PRTL_ATOM Atom);
NTSTATUS NTAPI RtlLookupAtomInAtomTable(PRTL_ATOM_TABLE Table, PWSTR Text, PRTL_ATOM Atom);
NTSTATUS NTAPI RtlDeleteAtomFromAtomTable(PRTL_ATOM_TABLE Table, RTL_ATOM Atom);
NTSTATUS NTAPI RtlPinAtomInAtomTable(PRTL_ATOM_TABLE Table, RTL_ATOM Atom);
NTSTATUS NTAPI RtlQueryAtomInAtomTable(PRTL_ATOM_TABLE Table, RTL_ATOM Atom, PULONG AtomUsage,
                                       PULONG AtomFlags, PWSTR Buffer, PULONG Length);

#ifdef __cplusplus
}
#endif

#endif
