#include "machine.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static void LoadModules(void)
{
    struct dirent **Names;
    int Count = scandir("/modules", &Names, NULL, alphasort);
    for (int i = 0; i < Count; i++) {
        char Path[512];
        if (Names[i]->d_name[0] == '.')
            continue;
        (void)snprintf(Path, sizeof(Path), "/modules/%s", Names[i]->d_name);
        int File = open(Path, O_RDONLY);
        if (File < 0 || syscall(SYS_finit_module, File, "", 0))
            (void)fprintf(stderr, "%s: %s\n", Path, strerror(errno));
        close(File);
    }
}

// The command's first word.
static void WaitForDisk(const char *Command)
{
    char Disk[64] = "";
    if (sscanf(Command, "%63s", Disk) != 1)
        return;
    for (int i = 0; i < 1000 && access(Disk, F_OK); i++)
        usleep(10000);
}

static int RunLine(char *Line, int (*Main)(int Count, char **Words))
{
    char *Words[32];
    int Count = 0;
    for (char *Word = strtok(Line, " \n"); Word && Count < 32; Word = strtok(NULL, " \n"))
        Words[Count++] = Word;
    return Count ? Main(Count, Words) : 0;
}

static void RunMachine(int (*Main)(int Count, char **Words))
{
    char Line[512];
    mkdir("/proc", 0755);
    mkdir("/dev", 0755);
    mount("proc", "/proc", "proc", 0, NULL);
    mount("dev", "/dev", "devtmpfs", 0, NULL);
    LoadModules();
    FILE *Commands = fopen("/commands", "r");
    while (Commands && fgets(Line, sizeof(Line), Commands)) {
        WaitForDisk(Line);
        int Result = RunLine(Line, Main);
        printf("ended with %d\n", Result);
    }
    if (Commands)
        (void)fclose(Commands);
    (void)fflush(stdout);
    reboot(RB_POWER_OFF);
}

int MachineMain(int Count, char **Words, int (*Main)(int Count, char **Words))
{
    if (getpid() == 1)
        RunMachine(Main);
    return Main(Count - 1, Words + 1);
}
