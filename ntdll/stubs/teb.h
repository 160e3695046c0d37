// Where the thread environment block keeps what the lowest code of ntdll needs. For C and assembly.
#pragma once

// The thread's IPC buffer: the last KiB of the TEB's second page.
#define TEB_IPC_BUFFER 0x1C00
#define TEB_SELF       0x30
