// The file format of minidumps, as Microsoft documents it (minidumpapiset.h). Places in the file are RVA, offsets from its start.
#pragma once

enum {
    MINIDUMP_SIGNATURE = 0x504D444D, // MDMP
    MINIDUMP_VERSION = 0xA793,

    MINIDUMP_THREAD_LIST = 3,
    MINIDUMP_MODULE_LIST = 4,
    MINIDUMP_MEMORY_LIST = 5,
    MINIDUMP_EXCEPTION_STREAM = 6,
    MINIDUMP_SYSTEM_INFO = 7,
    MINIDUMP_COMMENT = 10,
    MINIDUMP_MISC_INFO = 15,

    MINIDUMP_AMD64 = 9,
    MINIDUMP_NT = 2,          // platform
    MINIDUMP_MISC_PROCESS = 1 // in Flags1: ProcessId
};

#pragma pack(push, 4)

typedef struct _MINIDUMP_PLACE {
    ULONG DataSize, Rva;
} MINIDUMP_PLACE;

typedef struct _MINIDUMP_HEADER {
    ULONG Signature, Version, NumberOfStreams, StreamDirectoryRva, CheckSum, TimeDateStamp;
    ULONG64 Flags;
} MINIDUMP_HEADER;

typedef struct _MINIDUMP_STREAM {
    ULONG StreamType;
    MINIDUMP_PLACE Location;
} MINIDUMP_STREAM;

typedef struct _MINIDUMP_MEMORY {
    ULONG64 StartOfMemoryRange;
    MINIDUMP_PLACE Memory;
} MINIDUMP_MEMORY;

typedef struct _MINIDUMP_THREAD {
    ULONG ThreadId, SuspendCount, PriorityClass, Priority;
    ULONG64 Teb;
    MINIDUMP_MEMORY Stack;
    MINIDUMP_PLACE ThreadContext;
} MINIDUMP_THREAD;

typedef struct _MINIDUMP_MODULE {
    ULONG64 BaseOfImage;
    ULONG SizeOfImage, CheckSum, TimeDateStamp, ModuleNameRva;
    ULONG VersionInfo[13]; // VS_FIXEDFILEINFO
    MINIDUMP_PLACE CvRecord, MiscRecord;
    ULONG64 Reserved0, Reserved1;
} MINIDUMP_MODULE;

typedef struct _MINIDUMP_EXCEPTION {
    ULONG ThreadId, Alignment;
    ULONG ExceptionCode, ExceptionFlags;
    ULONG64 ExceptionRecord, ExceptionAddress;
    ULONG NumberParameters, UnusedAlignment;
    ULONG64 ExceptionInformation[EXCEPTION_MAXIMUM_PARAMETERS];
    MINIDUMP_PLACE ThreadContext;
} MINIDUMP_EXCEPTION;

typedef struct _MINIDUMP_SYSTEM {
    USHORT ProcessorArchitecture, ProcessorLevel, ProcessorRevision;
    UCHAR NumberOfProcessors, ProductType;
    ULONG MajorVersion, MinorVersion, BuildNumber, PlatformId, CSDVersionRva;
    USHORT SuiteMask, Reserved2;
    ULONG64 ProcessorFeatures[3];
} MINIDUMP_SYSTEM;

typedef struct _MINIDUMP_MISC {
    ULONG SizeOfInfo, Flags1, ProcessId, ProcessCreateTime, ProcessUserTime, ProcessKernelTime;
} MINIDUMP_MISC;

#pragma pack(pop)

static_assert(sizeof(MINIDUMP_HEADER) == 32);
static_assert(sizeof(MINIDUMP_STREAM) == 12);
static_assert(sizeof(MINIDUMP_THREAD) == 48);
static_assert(sizeof(MINIDUMP_MODULE) == 108);
static_assert(sizeof(MINIDUMP_EXCEPTION) == 168);
static_assert(sizeof(MINIDUMP_SYSTEM) == 56);
static_assert(sizeof(MINIDUMP_MISC) == 24);
