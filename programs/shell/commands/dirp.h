// What the parts of dir share.
#pragma once

#include "filep.h"

enum { DirMostOrders = 5, DirSpared = FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM };

typedef struct _SHELL_LISTING {
    BOOLEAN Bare, Below, Wide, Paged, Lower;
    BOOLEAN Down;               // as Wide, but column by column
    BOOLEAN Commas;             // in numbers
    BOOLEAN Short;              // short names, too
    WCHAR Time;                 // c, a or w: which time is shown and sorted by
    WCHAR Order[DirMostOrders]; // letters of /o; a large one is from the other end
    ULONG OrderCount;
    SHELL_FILTER Filter;
    // The directory that is being listed
    SH_TEXT Directory; // ends in a backslash
    SYS_FILE *Files;
    ULONG Count, Capacity;
    SH_WORDS Children; // with Below: its directories, to be listed next
    // All of them
    ULONG AllFiles, AllDirectories;
    ULONGLONG AllBytes;
    WCHAR VolumeShown; // whose header stands above
    ULONG Lines;       // since the last pause
    BOOLEAN Stopped;   // at a pause
} SHELL_LISTING;

VOID ShellSortListing(SHELL_LISTING *Listing);
VOID ShellShowDirectoryName(SHELL_LISTING *Listing);
VOID ShellShowListing(SHELL_LISTING *Listing);
VOID ShellShowVolume(SHELL_LISTING *Listing, PCWSTR Path);
VOID ShellShowTotal(SHELL_LISTING *Listing, PCWSTR Path);
