// filebench on Linux, for comparison: a vfat volume, buffered I/O.
#include "core/filebench.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <machine.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char *FbDevice;

static int32_t FbResult(intptr_t Result)
{
    return Result < 0 ? -errno : (int32_t)Result;
}

int32_t FbMount(const char *Volume)
{
    FbDevice = Volume;
    mkdir("/mnt", 0755);
    if (mount(Volume, "/mnt", "vfat", MS_NOATIME, "iocharset=iso8859-1"))
        return FbResult(-1);
    return FbResult(chdir("/mnt"));
}

int32_t FbRemount(void)
{
    if (chdir("/") || umount("/mnt"))
        return FbResult(-1);
    int File = open("/proc/sys/vm/drop_caches", O_WRONLY);
    if (File < 0 || write(File, "3", 1) != 1)
        return FbResult(-1);
    close(File);
    return FbMount(FbDevice);
}

int32_t FbMakeDirectory(const char *Name)
{
    return FbResult(mkdir(Name, 0755));
}

int32_t FbRemoveDirectory(const char *Name)
{
    return FbResult(rmdir(Name));
}

int32_t FbOpen(const char *Name, enum FB_ACCESS Access, FB_FILE *File)
{
    static const int Flags[] = {
        [FbRead] = O_RDONLY, [FbWrite] = O_RDWR, [FbCreate] = O_RDWR | O_CREAT | O_TRUNC};
    *File = open(Name, Flags[Access], 0644);
    return *File < 0 ? FbResult(-1) : 0;
}

int32_t FbClose(FB_FILE File)
{
    return FbResult(close((int)File));
}

int32_t FbReadNext(FB_FILE File, void *Buffer, uint32_t Length)
{
    return FbResult(read((int)File, Buffer, Length));
}

int32_t FbWriteNext(FB_FILE File, const void *Buffer, uint32_t Length)
{
    return FbResult(write((int)File, Buffer, Length));
}

int32_t FbRewind(FB_FILE File)
{
    return FbResult(lseek((int)File, 0, SEEK_SET));
}

int32_t FbFlush(FB_FILE File)
{
    return FbResult(fsync((int)File));
}

int32_t FbStat(const char *Name, uint64_t *Size)
{
    struct stat Status;
    int32_t Result = FbResult(stat(Name, &Status));
    *Size = (uint64_t)Status.st_size;
    return Result;
}

int32_t FbDelete(const char *Name)
{
    return FbResult(unlink(Name));
}

int32_t FbList(const char *Name)
{
    int32_t Count = 0;
    DIR *Directory = opendir(Name);
    if (!Directory)
        return FbResult(-1);
    while (readdir(Directory))
        Count++;
    closedir(Directory);
    return Count;
}

int32_t FbPressure(uint32_t Megabytes)
{
    (void)Megabytes;
    return -ENOSYS;
}

uint64_t FbNow(void)
{
    struct timespec Time;
    clock_gettime(CLOCK_MONOTONIC, &Time);
    return (uint64_t)Time.tv_sec * 1000000000 + (uint64_t)Time.tv_nsec;
}

void *FbAllocate(size_t Bytes)
{
    void *Block = mmap(NULL, Bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    return Block == MAP_FAILED ? NULL : Block;
}

const char *FbErrorText(int32_t Error)
{
    return strerror(-Error);
}

void FbPrint(const char *Format, ...)
{
    va_list Arguments;
    va_start(Arguments, Format);
    vprintf(Format, Arguments);
    va_end(Arguments);
    fflush(stdout);
}

int FbFormat(char *Buffer, size_t Size, const char *Format, ...)
{
    va_list Arguments;
    va_start(Arguments, Format);
    int Length = vsnprintf(Buffer, Size, Format, Arguments);
    va_end(Arguments);
    return Length;
}

static int FbMainOnce(int Count, char **Words)
{
    int Result = FbMain(Count, Words);
    if (chdir("/") == 0)
        umount("/mnt");
    return Result;
}

int main(int Count, char **Words)
{
    return MachineMain(Count, Words, FbMainOnce);
}
