// shutdown: ends, restarts or puts to sleep the system, at once or after a time.
#pragma once

#include <native.h>

typedef enum _SHUTDOWN_WISH {
    ShutdownNothing,
    ShutdownOff,       // /s, /p
    ShutdownRestart,   // /r, /g
    ShutdownSleep,     // /sleep
    ShutdownSleep1,    // /sleep1
    ShutdownSleep3,    // /sleep3
    ShutdownHibernate, // /h
    ShutdownAbort,     // /a
    ShutdownStates,    // /states
} SHUTDOWN_WISH;

enum { ShutdownDefaultSeconds = 30, ShutdownMaximumSeconds = 315360000, ShutdownComment = 128 };

typedef struct _SHUTDOWN_OPTIONS {
    SHUTDOWN_WISH Wish;
    ULONG Seconds;
    BOOLEAN Counting; // this process is the one that counts (/count)
    BOOLEAN Help;
    WCHAR Comment[ShutdownComment];
} SHUTDOWN_OPTIONS, *PSHUTDOWN_OPTIONS;

// options.c. FALSE: they make no sense.
BOOLEAN ShutdownParse(PCWSTR CommandLine, PSHUTDOWN_OPTIONS Options);

enum { // the program's exit status
    ShutdownDone = 0,
    ShutdownFailed = 1,
    ShutdownNotSupported = 50,    // ERROR_NOT_SUPPORTED
    ShutdownNotInProgress = 1116, // ERROR_NO_SHUTDOWN_IN_PROGRESS
    ShutdownScheduled = 1190,     // ERROR_SHUTDOWN_IS_SCHEDULED
};

// countdown.c
ULONG ShutdownBegin(const SHUTDOWN_OPTIONS *Options); // the countdown, in a process of its own
ULONG ShutdownCount(const SHUTDOWN_OPTIONS *Options); // what that process does
ULONG ShutdownStop(void);
ULONG ShutdownShowStates(void);
ULONG ShutdownNow(SHUTDOWN_WISH Wish);
