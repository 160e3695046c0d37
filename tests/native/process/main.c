// Processes, threads as processes have them, and jobs.

#include "suite.h"

static const TEST Tests[] = {
    {"a process ends with its exit status", TestExitStatus},
    {"a process starts suspended", TestSuspendedStart},
    {"parameters and environment arrive", TestParameters},
    {"NtCreateUserProcess tells what it made", TestCreateInfo},
    {"creation attributes give ID, TEB and image", TestAttributeOutputs},
    {"only listed handles are inherited", TestHandleList},
    {"a process from a section", TestFromSection},
    {"the contents of PEB and TEB", TestPeb},
    {"creation refuses bad arguments", TestCreateErrors},
    {"services on processes refuse bad arguments", TestProcessErrors},
    {"services on threads refuse bad arguments", TestThreadErrors},
    {"basic information, in both sizes", TestProcessBasics},
    {"names and command line of a process", TestProcessNames},
    {"the handles of a process", TestProcessHandles},
    {"information of one size", TestProcessFixed},
    {"what can be set", TestProcessChanges},
    {"NtQueryInformationProcess refuses bad arguments", TestProcessQueryErrors},
    {"terminating another process", TestTerminate},
    {"terminating all threads but one", TestTerminateOthers},
    {"suspending and resuming a process", TestSuspendProcess},
    {"reading and writing a process's memory", TestForeignMemory},
    {"basic information about a thread", TestThreadBasics},
    {"threads have names", TestThreadName},
    {"pieces of a thread's TEB", TestThreadTeb},
    {"a thread-local slot is cleared in all threads", TestThreadTls},
    {"suspending a thread counts", TestThreadSuspend},
    {"NtQueryInformationThread refuses bad arguments", TestThreadQueryErrors},
    {"a process is opened by ID", TestOpenProcess},
    {"a thread is opened by ID", TestOpenThread},
    {"walking over processes, both ways", TestNextProcess},
    {"walking over threads", TestNextThread},
    {"a process and its children are in a job", TestJobMembers},
    {"a job limits its active processes", TestJobActiveLimit},
    {"closing a job ends its processes", TestJobKillOnClose},
    {"terminating a job", TestJobTerminate},
    {"a job's messages", TestJobMessages},
    {"a job limits memory", TestJobMemory},
    {"a job sets the priority class", TestJobPriority},
    {"services on jobs refuse bad arguments", TestJobErrors},
    {"jobs nest", TestNestedJobs},
    {"jobs that do not nest", TestNestedRefused},
    {"children break away from a job", TestBreakaway},
    {"a process is created into jobs", TestJobList},
};

static const TEST_CHILD Children[] = {
    {L"returns", ChildReturns},     {L"waits", ChildWaits},   {L"parameters", ChildParameters},
    {L"handle", ChildHandle},       {L"counts", ChildCounts}, {L"leaves", ChildLeaves},
    {L"allocates", ChildAllocates}, {L"starts", ChildStarts},
};

const TEST_SUITE TestSuite = TEST_SUITE_WITH_CHILDREN(Tests, Children);
