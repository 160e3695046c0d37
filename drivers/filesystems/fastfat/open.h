// Private to create.c and walk.c: an open that is under way.
#pragma once

#include "ff.h"

typedef struct _FF_OPEN {
    PFF_VOLUME Volume;
    PIRP Irp;
    PIO_STACK_LOCATION Stack;
    PFILE_OBJECT FileObject;
    ULONG Options, Disposition;
    ACCESS_MASK Access;
    BOOLEAN WantsDirectory, TargetDirectory, Created;
    ULONG_PTR Information;
    FAT_DIRECTORY *Parent; // referenced
    FAT_ENTRY Entry;       // of the last component, if Exists
    BOOLEAN Exists;
    UNICODE_STRING Path; // pool; of what is opened
    UNICODE_STRING Last; // the last component; empty: the root
    PFF_FCB Fcb;         // referenced
} FF_OPEN, *PFF_OPEN;

// walk.c: from the name, or the file ID, to the entry. With Core held.
NTSTATUS FfWalk(PFF_OPEN Open);
NTSTATUS FfWalkById(PFF_OPEN Open);
VOID FfAppendPath(PUNICODE_STRING Path, const uint16_t *Name, ULONG Length);
