// The console device: \Device\ConDrv and the requests that its files take.
//
// Files: \Device\ConDrv\CurrentIn (input only), \CurrentOut (output only), and \Device\ConDrv\Console for
// both. Programs open them as CONIN$, CONOUT$ and CON. Reads give UTF-8: whole lines with
// ENABLE_LINE_INPUT, else what keys make. Writes take UTF-8 with VT sequences. The modes, and INPUT_RECORD
// and its kin, are those of <wincon.h>; the numbers of the requests are this system's own.
#ifndef PROTEUS_CONDRV_H
#define PROTEUS_CONDRV_H

#ifndef FILE_DEVICE_CONSOLE
#define FILE_DEVICE_CONSOLE 0x00000050
#endif

#define CONSOLE_REQUEST(Number, Access) \
    CTL_CODE(FILE_DEVICE_CONSOLE, 0x800 + (Number), METHOD_BUFFERED, Access)

// Output: CONSOLE_MODES. Input: the same; a mode that is not to change is CONSOLE_MODE_UNCHANGED.
#define IOCTL_CONSOLE_GET_MODES   CONSOLE_REQUEST(0, FILE_ANY_ACCESS)
#define IOCTL_CONSOLE_SET_MODES   CONSOLE_REQUEST(1, FILE_ANY_ACCESS)
// WCHARs, not terminated. At most CONSOLE_TITLE_CHARS.
#define IOCTL_CONSOLE_GET_TITLE   CONSOLE_REQUEST(2, FILE_ANY_ACCESS)
#define IOCTL_CONSOLE_SET_TITLE   CONSOLE_REQUEST(3, FILE_ANY_ACCESS)
// Output: CONSOLE_SCREEN.
#define IOCTL_CONSOLE_GET_SCREEN  CONSOLE_REQUEST(4, FILE_ANY_ACCESS)
// Input: CONSOLE_CURSOR.
#define IOCTL_CONSOLE_SET_CURSOR  CONSOLE_REQUEST(5, FILE_WRITE_DATA)
// Output: INPUT_RECORDs, as many as there are and fit. READ takes them, and waits for one.
#define IOCTL_CONSOLE_READ_INPUT  CONSOLE_REQUEST(6, FILE_READ_DATA)
#define IOCTL_CONSOLE_PEEK_INPUT  CONSOLE_REQUEST(7, FILE_READ_DATA)
// Output: ULONG, the number of records that PEEK would give.
#define IOCTL_CONSOLE_COUNT_INPUT CONSOLE_REQUEST(8, FILE_READ_DATA)
#define IOCTL_CONSOLE_FLUSH_INPUT CONSOLE_REQUEST(9, FILE_READ_DATA)
// Input: INPUT_RECORDs of KEY_EVENT, as if they were typed.
#define IOCTL_CONSOLE_WRITE_INPUT CONSOLE_REQUEST(10, FILE_WRITE_DATA)

// Input: CONSOLE_EDIT, its line as long as it is. Output: CONSOLE_EDIT. Waits for a line as a read does, but a
// control character of WakeupMask interrupts the editing, as with ReadConsole's CONSOLE_READCONSOLE_CONTROL:
// the line stays on the console, and the next such request says what becomes of it.
#define IOCTL_CONSOLE_EDIT_LINE CONSOLE_REQUEST(11, FILE_READ_DATA)

// Output: CONSOLE_CONTROL. Waits until Ctrl-C or Ctrl-Break is pressed, ENABLE_PROCESSED_INPUT being set; all who wait
// are told. Not of a key that only ends a line being edited by EDIT_LINE. When nobody reads, what was typed before the
// key is forgotten.
#define IOCTL_CONSOLE_WAIT_CONTROL CONSOLE_REQUEST(14, FILE_READ_DATA)

// Of \Device\BootConsole, the Executive's console, for those who are part of the system (SeTcbPrivilege). YIELD: the
// console driver answers, so that the serial line's own driver may have it; comes back when that has started or failed.
// RECLAIM: it is needed here again.
#define IOCTL_BOOT_CONSOLE_YIELD   CONSOLE_REQUEST(12, FILE_WRITE_DATA)
#define IOCTL_BOOT_CONSOLE_RECLAIM CONSOLE_REQUEST(13, FILE_WRITE_DATA)

#define CONSOLE_MODE_UNCHANGED 0xFFFFFFFF
#define CONSOLE_TITLE_CHARS    127

typedef struct _CONSOLE_MODES {
    ULONG Input;  // ENABLE_PROCESSED_INPUT ...
    ULONG Output; // ENABLE_PROCESSED_OUTPUT ...
} CONSOLE_MODES, *PCONSOLE_MODES;

// An INPUT_RECORD of type KEY_EVENT, for drivers, which cannot include <wincon.h>.
#define CONSOLE_KEY_EVENT 0x0001

typedef struct _CONSOLE_KEY_RECORD {
    USHORT EventType; // CONSOLE_KEY_EVENT
    USHORT Reserved;
    LONG KeyDown;
    USHORT RepeatCount, VirtualKeyCode, VirtualScanCode;
    WCHAR UnicodeChar;
    ULONG ControlKeyState;
} CONSOLE_KEY_RECORD, *PCONSOLE_KEY_RECORD;

#define CONSOLE_EDIT_BYTES 4096

typedef struct _CONSOLE_EDIT {
    ULONG WakeupMask;              // in: 1 << n for control character n
    ULONG Character;               // out: what ended it; Return: the line is complete
    ULONG ControlKeyState;         // out: of that key
    ULONG LineBytes;               // UTF-8
    ULONG CursorBytes;             // what of it is left of the cursor
    CHAR Line[CONSOLE_EDIT_BYTES]; // in: what the line is to be
} CONSOLE_EDIT, *PCONSOLE_EDIT;

#define CONSOLE_CONTROL_LISTENERS 32

typedef struct _CONSOLE_CONTROL {
    ULONG Event; // 0: Ctrl-C, 1: Ctrl-Break, as CTRL_C_EVENT and CTRL_BREAK_EVENT
    ULONG Listeners;
    ULONG ProcessIds[CONSOLE_CONTROL_LISTENERS]; // of those who were told, as far as there is room
} CONSOLE_CONTROL, *PCONSOLE_CONTROL;

// Positions count from 0.
typedef struct _CONSOLE_SCREEN {
    ULONG Columns, Rows;
    ULONG CursorColumn, CursorRow;
    BOOLEAN CursorVisible;
    BOOLEAN HasDisplay;  // a framebuffer shows the console
    BOOLEAN HasTerminal; // a serial line does
} CONSOLE_SCREEN, *PCONSOLE_SCREEN;

typedef struct _CONSOLE_CURSOR {
    ULONG Column, Row;
    BOOLEAN Visible;
} CONSOLE_CURSOR, *PCONSOLE_CURSOR;

#endif
