// A minidump of a process: its modules, its threads with their registers and stacks, and what happened. It is made in memory, for
// the process may be the very driver that writes to the disk. All is done twice: first to learn the size.
#include "dbgp.h"
#include "minidump.h"

#include <stddef.h>

enum {
    DUMP_THREADS = 64,
    DUMP_MODULES = 64,
    DUMP_STACK = 32 * 1024,          // of each thread, from its stack pointer up
    DUMP_CRASHED_STACK = 256 * 1024, // of the one that has crashed
    DUMP_ALIGNMENT = 8,
};

typedef struct _DUMP_WRITER {
    PUCHAR Data; // null: only count
    ULONG Size, Used;
    ULONG StreamCount, ThreadCount, ModuleCount;
    MINIDUMP_STREAM Streams[8];
    MINIDUMP_THREAD Threads[DUMP_THREADS];
    MINIDUMP_MEMORY Stacks[DUMP_THREADS];
    MINIDUMP_MODULE Modules[DUMP_MODULES];
    CONTEXT Context;
    PEPROCESS Process;
} DUMP_WRITER, *PDUMP_WRITER;

// Room for Size bytes. Its address, or null when only counting.
static PVOID DumpReserve(PDUMP_WRITER Writer, ULONG Size, MINIDUMP_PLACE *Place)
{
    ULONG Start = ALIGN_UP_BY(Writer->Used, DUMP_ALIGNMENT);
    *Place = (MINIDUMP_PLACE){Size, Start};
    Writer->Used = Start + Size;
    return Writer->Data && Writer->Used <= Writer->Size ? Writer->Data + Start : nullptr;
}

static MINIDUMP_PLACE DumpAppend(PDUMP_WRITER Writer, const VOID *Data, ULONG Size)
{
    MINIDUMP_PLACE Place;
    PVOID Target = DumpReserve(Writer, Size, &Place);
    if (Target)
        memcpy(Target, Data, Size);
    return Place;
}

static VOID DumpAddStream(PDUMP_WRITER Writer, ULONG Type, MINIDUMP_PLACE Place)
{
    ASSERT(Writer->StreamCount < RTL_NUMBER_OF(Writer->Streams));
    Writer->Streams[Writer->StreamCount++] = (MINIDUMP_STREAM){Type, Place};
}

// A list is a count and its entries, without a gap.
static VOID DumpAddList(PDUMP_WRITER Writer, ULONG Type, ULONG Count, const VOID *Entries,
                        ULONG EntrySize)
{
    MINIDUMP_PLACE Place;
    PUCHAR Target = DumpReserve(Writer, sizeof(Count) + Count * EntrySize, &Place);
    if (Target) {
        memcpy(Target, &Count, sizeof(Count));
        memcpy(Target + sizeof(Count), Entries, (SIZE_T)Count * EntrySize);
    }
    DumpAddStream(Writer, Type, Place);
}

// ---- Modules

static ULONG DumpAppendName(PDUMP_WRITER Writer, PCUNICODE_STRING Name)
{
    MINIDUMP_PLACE Place;
    ULONG Length = Name->Length;
    PUCHAR Target = DumpReserve(Writer, sizeof(Length) + Length + sizeof(WCHAR), &Place);
    if (Target) {
        memcpy(Target, &Length, sizeof(Length));
        memcpy(Target + sizeof(Length), Name->Buffer, Length);
        memset(Target + sizeof(Length) + Length, 0, sizeof(WCHAR));
    }
    return Place.Rva;
}

// Of an image's headers, which are in memory as long as it is mapped. What is damaged has no date.
static VOID DumpReadHeaders(PEPROCESS Process, MINIDUMP_MODULE *Module)
{
    IMAGE_DOS_HEADER Dos;
    IMAGE_NT_HEADERS64 Nt;
    ULONG_PTR Base = Module->BaseOfImage;
    if (!NT_SUCCESS(MmReadProcess(Process, &Dos, Base, sizeof(Dos))) || Dos.e_lfanew < 0 ||
        (ULONG)Dos.e_lfanew > PAGE_SIZE - sizeof(Nt) ||
        !NT_SUCCESS(MmReadProcess(Process, &Nt, Base + (ULONG)Dos.e_lfanew, sizeof(Nt))))
        return;
    Module->TimeDateStamp = Nt.FileHeader.TimeDateStamp;
    Module->CheckSum = Nt.OptionalHeader.CheckSum;
}

static VOID DumpAddModule(ULONG_PTR Base, SIZE_T Size, PCUNICODE_STRING Path, PVOID Context)
{
    PDUMP_WRITER Writer = Context;
    if (Writer->ModuleCount == DUMP_MODULES)
        return;
    MINIDUMP_MODULE *Module = &Writer->Modules[Writer->ModuleCount++];
    *Module = (MINIDUMP_MODULE){
        .BaseOfImage = Base,
        .SizeOfImage = (ULONG)Size,
        .ModuleNameRva = DumpAppendName(Writer, Path),
    };
    if (Writer->Data)
        DumpReadHeaders(Writer->Process, Module);
}

// ---- Threads

// Only memory of the process's own: to read a view of a file may take what this very process does.
static MINIDUMP_MEMORY DumpAppendStack(PDUMP_WRITER Writer, ULONG_PTR Start, ULONG Most)
{
    MINIDUMP_MEMORY Memory = {.StartOfMemoryRange = ALIGN_DOWN_BY(Start, 16)};
    ULONG_PTR End = MmQueryPrivateEnd(Writer->Process, Memory.StartOfMemoryRange);
    if (End <= Memory.StartOfMemoryRange)
        return Memory;
    ULONG Size = (ULONG)min(End - Memory.StartOfMemoryRange, (ULONG_PTR)Most);
    PVOID Target = DumpReserve(Writer, Size, &Memory.Memory);
    if (Target)
        (VOID) MmReadProcess(Writer->Process, Target, Memory.StartOfMemoryRange, Size);
    return Memory;
}

static VOID DumpAddThread(PDUMP_WRITER Writer, PETHREAD Thread, const DBG_CRASH *Crash)
{
    if (Writer->ThreadCount == DUMP_THREADS ||
        !NT_SUCCESS(KeGetContextThread(Thread, &Writer->Context)))
        return;
    ULONG_PTR Start = Writer->Context.Rsp;
    BOOLEAN Crashed = Thread == Crash->Thread;
    if (Crashed && Crash->Context && Crash->Context->Rsp < Start)
        Start = Crash->Context->Rsp; // its stack is another now
    Writer->Context.ContextFlags = CONTEXT_FULL;
    ULONG Index = Writer->ThreadCount++;
    Writer->Stacks[Index] =
        DumpAppendStack(Writer, Start, Crashed ? DUMP_CRASHED_STACK : DUMP_STACK);
    Writer->Threads[Index] = (MINIDUMP_THREAD){
        .ThreadId = (ULONG)(ULONG_PTR)Thread->Cid.UniqueThread,
        .SuspendCount = Thread->SuspendCount,
        .PriorityClass = Writer->Process->PriorityClass,
        .Priority = (ULONG)Thread->Priority,
        .Teb = (ULONG_PTR)Thread->Teb,
        .Stack = Writer->Stacks[Index],
        .ThreadContext = DumpAppend(Writer, &Writer->Context, sizeof(Writer->Context)),
    };
}

// The one that matters is among them, however many there are.
static VOID DumpAddThreads(PDUMP_WRITER Writer, const DBG_CRASH *Crash)
{
    PLIST_ENTRY Head = &Writer->Process->ThreadListHead;
    if (Crash->Thread)
        DumpAddThread(Writer, Crash->Thread, Crash);
    for (PLIST_ENTRY Link = Head->Flink; Link != Head; Link = Link->Flink) {
        PETHREAD Thread = CONTAINING_RECORD(Link, ETHREAD, ThreadListEntry);
        if (Thread != Crash->Thread)
            DumpAddThread(Writer, Thread, Crash);
    }
}

// ---- Streams

static VOID DumpAddException(PDUMP_WRITER Writer, const DBG_CRASH *Crash)
{
    const EXCEPTION_RECORD *Record = Crash->Record;
    if (!Crash->Thread || !Record || !Crash->Context)
        return;
    MINIDUMP_EXCEPTION Exception = {
        .ThreadId = (ULONG)(ULONG_PTR)Crash->Thread->Cid.UniqueThread,
        .ExceptionCode = Record->ExceptionCode,
        .ExceptionFlags = Record->ExceptionFlags,
        .ExceptionRecord = (ULONG_PTR)Record->ExceptionRecord,
        .ExceptionAddress = (ULONG_PTR)Record->ExceptionAddress,
        .NumberParameters = min(Record->NumberParameters, EXCEPTION_MAXIMUM_PARAMETERS),
        .ThreadContext = DumpAppend(Writer, Crash->Context, sizeof(*Crash->Context)),
    };
    for (ULONG i = 0; i < Exception.NumberParameters; i++)
        Exception.ExceptionInformation[i] = Record->ExceptionInformation[i];
    DumpAddStream(Writer, MINIDUMP_EXCEPTION_STREAM,
                  DumpAppend(Writer, &Exception, sizeof(Exception)));
}

static VOID DumpAddSystem(PDUMP_WRITER Writer)
{
    static const UNICODE_STRING NoServicePack = {};
    const MINIDUMP_SYSTEM System = {
        .ProcessorArchitecture = MINIDUMP_AMD64,
        .NumberOfProcessors = 1,
        .ProductType = (UCHAR)KeUserSharedData->NtProductType,
        .MajorVersion = KeUserSharedData->NtMajorVersion,
        .MinorVersion = KeUserSharedData->NtMinorVersion,
        .BuildNumber = KeUserSharedData->NtBuildNumber,
        .PlatformId = MINIDUMP_NT,
        .CSDVersionRva = DumpAppendName(Writer, &NoServicePack),
        .SuiteMask = (USHORT)KeUserSharedData->SuiteMask,
    };
    DumpAddStream(Writer, MINIDUMP_SYSTEM_INFO, DumpAppend(Writer, &System, sizeof(System)));
}

static VOID DumpAddProcess(PDUMP_WRITER Writer, const DBG_CRASH *Crash)
{
    const MINIDUMP_MISC Misc = {
        .SizeOfInfo = sizeof(Misc),
        .Flags1 = MINIDUMP_MISC_PROCESS,
        .ProcessId = (ULONG)(ULONG_PTR)Writer->Process->UniqueProcessId,
    };
    DumpAddStream(Writer, MINIDUMP_MISC_INFO, DumpAppend(Writer, &Misc, sizeof(Misc)));
    ULONG Length = (ULONG)(wcslen(Crash->Comment) + 1) * sizeof(WCHAR);
    DumpAddStream(Writer, MINIDUMP_COMMENT, DumpAppend(Writer, Crash->Comment, Length));
}

static VOID DumpWrite(PDUMP_WRITER Writer, const DBG_CRASH *Crash)
{
    MINIDUMP_PLACE HeaderPlace, DirectoryPlace;
    Writer->Used = Writer->StreamCount = Writer->ThreadCount = Writer->ModuleCount = 0;
    MINIDUMP_HEADER *Header = DumpReserve(Writer, sizeof(*Header), &HeaderPlace);
    PVOID Directory = DumpReserve(Writer, sizeof(Writer->Streams), &DirectoryPlace);
    DumpAddSystem(Writer);
    DumpAddProcess(Writer, Crash);
    DumpAddException(Writer, Crash);
    MmEnumerateImages(Writer->Process, DumpAddModule, Writer);
    DumpAddList(Writer, MINIDUMP_MODULE_LIST, Writer->ModuleCount, Writer->Modules,
                sizeof(Writer->Modules[0]));
    DumpAddThreads(Writer, Crash);
    DumpAddList(Writer, MINIDUMP_THREAD_LIST, Writer->ThreadCount, Writer->Threads,
                sizeof(Writer->Threads[0]));
    DumpAddList(Writer, MINIDUMP_MEMORY_LIST, Writer->ThreadCount, Writer->Stacks,
                sizeof(Writer->Stacks[0]));
    if (!Header || !Directory)
        return;
    LARGE_INTEGER Now;
    ULONG Seconds = 0;
    KeQuerySystemTime(&Now);
    (VOID) RtlTimeToSecondsSince1970(&Now, &Seconds);
    *Header = (MINIDUMP_HEADER){
        .Signature = MINIDUMP_SIGNATURE,
        .Version = MINIDUMP_VERSION,
        .NumberOfStreams = Writer->StreamCount,
        .StreamDirectoryRva = DirectoryPlace.Rva,
        .TimeDateStamp = Seconds,
    };
    memcpy(Directory, Writer->Streams, sizeof(Writer->Streams));
}

PDBG_DUMP DbgpCapture(const DBG_CRASH *Crash)
{
    PDUMP_WRITER Writer = ExAllocatePoolZero(PagedPool, sizeof(*Writer), DBG_TAG);
    if (!Writer)
        return nullptr;
    Writer->Process = Crash->Process;
    DumpWrite(Writer, Crash);
    PDBG_DUMP Dump = ExAllocatePoolZero(PagedPool, sizeof(*Dump) + Writer->Used, DBG_TAG);
    if (Dump) {
        Dump->Size = Writer->Size = Writer->Used;
        Writer->Data = Dump->Data;
        DumpWrite(Writer, Crash);
    }
    ExFreePool(Writer);
    return Dump;
}
