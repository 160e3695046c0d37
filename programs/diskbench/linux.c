// diskbench on Linux, for comparison: direct I/O, pread and pwrite with one request under way, the kernel's
// asynchronous I/O with more.
#include "core/diskbench.h"

#include <machine.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct _DB_TARGET {
    int File;
    uint64_t Size;
    uint32_t Sector;
    bool Synchronous;
    aio_context_t Context;
    struct iocb Controls[DB_MAX_DEPTH];
    DB_REQUEST *Waiting; // of a synchronous target
};

static const char *DbMeasureTarget(DB_TARGET *Target)
{
    struct stat Status;
    if (fstat(Target->File, &Status))
        return strerror(errno);
    int Sector = 512;
    Target->Size = (uint64_t)Status.st_size;
    if (S_ISBLK(Status.st_mode) && (ioctl(Target->File, BLKGETSIZE64, &Target->Size) ||
                                    ioctl(Target->File, BLKSSZGET, &Sector)))
        return strerror(errno);
    if (S_ISBLK(Status.st_mode) == 0 && !S_ISREG(Status.st_mode))
        return "it is neither a disk nor a file";
    Target->Sector = (uint32_t)Sector;
    return NULL;
}

const char *DbOpenTarget(const DB_OPTIONS *Options, DB_TARGET **Opened)
{
    static DB_TARGET Target;
    if (Options->WritePercent && !Options->Destroy)
        return "it is not written to without --destroy";
    Target = (DB_TARGET){.Synchronous = Options->Depth == 1};
    Target.File = open(Options->Target, O_DIRECT | (Options->WritePercent ? O_RDWR : O_RDONLY));
    if (Target.File < 0)
        return strerror(errno);
    const char *Problem = DbMeasureTarget(&Target);
    if (!Problem && !Target.Synchronous && syscall(SYS_io_setup, DB_MAX_DEPTH, &Target.Context))
        Problem = strerror(errno);
    if (Problem)
        close(Target.File);
    *Opened = &Target;
    return Problem;
}

void DbCloseTarget(DB_TARGET *Target)
{
    if (!Target->Synchronous)
        syscall(SYS_io_destroy, Target->Context);
    close(Target->File);
}

uint64_t DbTargetSize(const DB_TARGET *Target)
{
    return Target->Size;
}

uint32_t DbTargetSector(const DB_TARGET *Target)
{
    return Target->Sector;
}

static void DbSetResult(DB_REQUEST *Request, int64_t Bytes, int Error)
{
    if (Bytes < 0)
        Request->Error = Error;
    else if (Bytes != Request->Length)
        Request->Error = EIO;
}

void DbSubmit(DB_TARGET *Target, DB_REQUEST **Requests, uint32_t Count)
{
    if (Target->Synchronous) {
        DB_REQUEST *Request = Target->Waiting = Requests[0];
        ssize_t Bytes =
            Request->Write
                ? pwrite(Target->File, Request->Buffer, Request->Length, (off_t)Request->Offset)
                : pread(Target->File, Request->Buffer, Request->Length, (off_t)Request->Offset);
        DbSetResult(Request, Bytes, errno);
        return;
    }
    struct iocb *Controls[DB_MAX_DEPTH];
    for (uint32_t i = 0; i < Count; i++) {
        Controls[i] = &Target->Controls[Requests[i]->Index];
        *Controls[i] = (struct iocb){
            .aio_data = (uintptr_t)Requests[i],
            .aio_lio_opcode = Requests[i]->Write ? IOCB_CMD_PWRITE : IOCB_CMD_PREAD,
            .aio_fildes = (uint32_t)Target->File,
            .aio_buf = (uintptr_t)Requests[i]->Buffer,
            .aio_nbytes = Requests[i]->Length,
            .aio_offset = (int64_t)Requests[i]->Offset,
        };
    }
    for (uint32_t Sent = 0; Sent < Count;) {
        long Taken = syscall(SYS_io_submit, Target->Context, Count - Sent, Controls + Sent);
        if (Taken <= 0) {
            perror("diskbench: io_submit");
            exit(1);
        }
        Sent += (uint32_t)Taken;
    }
}

uint32_t DbReap(DB_TARGET *Target, DB_REQUEST **Done, uint32_t Most)
{
    if (Target->Synchronous) {
        Done[0] = Target->Waiting;
        return 1;
    }
    struct io_event Events[DB_MAX_DEPTH];
    long Count;
    do
        Count = syscall(SYS_io_getevents, Target->Context, 1, Most, Events, NULL);
    while (Count < 0 && errno == EINTR);
    if (Count < 0) {
        perror("diskbench: io_getevents");
        exit(1);
    }
    for (long i = 0; i < Count; i++) {
        Done[i] = (DB_REQUEST *)(uintptr_t)Events[i].data;
        DbSetResult(Done[i], Events[i].res, (int)-Events[i].res);
    }
    return (uint32_t)Count;
}

uint64_t DbNow(void)
{
    struct timespec Time;
    clock_gettime(CLOCK_MONOTONIC, &Time);
    return (uint64_t)Time.tv_sec * 1000000000 + (uint64_t)Time.tv_nsec;
}

bool DbIsTerminal(void)
{
    return isatty(STDOUT_FILENO);
}

void *DbAllocate(size_t Bytes)
{
    void *Block = mmap(NULL, Bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    return Block == MAP_FAILED ? NULL : Block;
}

void DbFree(void *Block, size_t Bytes)
{
    munmap(Block, Bytes);
}

const char *DbErrorText(int32_t Error)
{
    return strerror(Error);
}

void DbPrint(const char *Text)
{
    fputs(Text, stdout);
    fflush(stdout);
}

int DbFormat(char *Buffer, size_t Size, const char *Format, __builtin_va_list Arguments)
{
    return vsnprintf(Buffer, Size, Format, Arguments);
}

int main(int Count, char **Words)
{
    return MachineMain(Count, Words, DbMain);
}
