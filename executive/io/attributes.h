// What the files of a volume are like, by name: attributes, sizes and times, as the file system has told them. Pure logic:
// what files do to it is in attributefile.c.
//
// A name stands for a file or directory while nobody who might change that has it open. Who might change anything, or something
// by a name that is not known, makes all names of the volume unknown.
#pragma once

#include "ntos.h"

typedef struct _IOP_NAME *PIOP_NAME;

// Of a volume. Times are those of a clock that counts changes.
typedef struct _IOP_NAMES {
    ULONG Unknown;     // who may change anything, now
    ULONG64 Forgotten; // when all was unknown last
    ULONG64 Added;     // when there was a new name last
} IOP_NAMES, *PIOP_NAMES;

VOID IopInitNameTable(VOID);
VOID IopLimitNames(ULONG Most); // those that are being changed are not counted out
// Now: what is asked of the file system from now on may be learned, if it is told that it was asked then.
ULONG64 IopNameClock(VOID);

// Somebody may change what has this name. Null: it is no whole name of a file, or there is no memory.
PIOP_NAME IopBeginChange(PIOP_NAMES Names, PCUNICODE_STRING FileName);
// Information: what it is like now, asked for when nobody could change it any more; null: not known.
VOID IopEndChange(PIOP_NAMES Names, PIOP_NAME Name,
                  const FILE_NETWORK_OPEN_INFORMATION *Information, ULONG64 Asked);
BOOLEAN IopIsLastChanger(const struct _IOP_NAME *Name);
// Somebody may change anything.
VOID IopBeginAnyChange(PIOP_NAMES Names);
VOID IopEndAnyChange(PIOP_NAMES Names);
VOID IopForgetNames(PIOP_NAMES Names);
VOID IopNoteNewName(PIOP_NAMES Names);

// Status: STATUS_SUCCESS, or that there is no such name (IopIsAbsence).
BOOLEAN IopIsAbsence(NTSTATUS Status);
VOID IopLearnName(PIOP_NAMES Names, PCUNICODE_STRING FileName, NTSTATUS Status,
                  const FILE_NETWORK_OPEN_INFORMATION *Information, ULONG64 Asked);
// FALSE: not known.
BOOLEAN IopFindKnown(const IOP_NAMES *Names, PCUNICODE_STRING FileName, NTSTATUS *Status,
                     PFILE_NETWORK_OPEN_INFORMATION Information);
