// What a file system's host tells of a file when it has opened it or cleaned it up: the Executive answers questions for its
// name from then on. Private to the two, as nthost.h.
#pragma once

// In HOST_REQUEST.Flags of IRP_MJ_CREATE and IRP_MJ_CLEANUP: it is to be told.
enum { HOST_REQUEST_TELL = 0x8000 };

// In HOST_REPLY.FileFlags then.
enum : ULONG {
    HOST_FILE_OWN_NAME = 0x80000000, // it was opened by the one name that its file system gives it
    HOST_FILE_TOLD = 0x40000000,     // SystemBuffer has its FILE_NETWORK_OPEN_INFORMATION
};
