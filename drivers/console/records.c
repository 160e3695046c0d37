// Keys as INPUT_RECORDs.
#include "console.h"

static_assert(sizeof(CONSOLE_KEY_RECORD) == 20); // INPUT_RECORD

static CONSOLE_KEY_RECORD ConMakeRecord(const CON_KEY *Key, WCHAR Unit)
{
    return (CONSOLE_KEY_RECORD){
        .EventType = CONSOLE_KEY_EVENT,
        .KeyDown = Key->Down,
        .RepeatCount = 1,
        .VirtualKeyCode = Key->VirtualKey,
        .VirtualScanCode = Key->ScanCode,
        .UnicodeChar = Unit,
        .ControlKeyState = Key->ControlState,
    };
}

// A character beyond U+FFFF makes two records, one for each half.
static ULONG ConMakeRecords(const CON_KEY *Key, CONSOLE_KEY_RECORD Records[2])
{
    if (Key->Character <= 0xFFFF) {
        Records[0] = ConMakeRecord(Key, (WCHAR)Key->Character);
        return 1;
    }
    Records[0] = ConMakeRecord(Key, (WCHAR)(0xD7C0 + (Key->Character >> 10)));
    Records[1] = ConMakeRecord(Key, (WCHAR)(0xDC00 | (Key->Character & 0x3FF)));
    return 2;
}

ULONG ConCopyRecords(PCONSOLE Console, PVOID Buffer, ULONG Length, BOOLEAN Take)
{
    CONSOLE_KEY_RECORD *Records = Buffer, Made[2];
    ULONG Room = Length / sizeof(*Records), Count = 0;
    for (ULONG Index = 0;;) {
        const CON_KEY *Key = ConPeekKey(&Console->Keys, Index);
        ULONG Needed = Key ? ConMakeRecords(Key, Made) : 0;
        // A pair that does not fit waits, but for a reader with room for one only: that gets the first half.
        if (!Needed || (Count && Count + Needed > Room) || Room == 0)
            break;
        Needed = min(Needed, Room - Count);
        RtlCopyMemory(Records + Count, Made, Needed * sizeof(*Records));
        Count += Needed;
        if (Take) {
            CON_KEY Taken;
            (VOID) ConTakeKey(&Console->Keys, &Taken);
        } else {
            Index++;
        }
        if (Count == Room)
            break;
    }
    return Count * (ULONG)sizeof(*Records);
}

NTSTATUS ConTypeRecords(PCONSOLE Console, const VOID *Buffer, ULONG Length)
{
    const CONSOLE_KEY_RECORD *Records = Buffer;
    ULONG Count = Length / sizeof(*Records);
    for (ULONG i = 0; i < Count; i++) {
        if (Records[i].EventType != CONSOLE_KEY_EVENT)
            return STATUS_NOT_SUPPORTED;
    }
    for (ULONG i = 0; i < Count; i++) {
        CON_KEY Key = {
            .VirtualKey = Records[i].VirtualKeyCode,
            .ScanCode = Records[i].VirtualScanCode,
            .Character = Records[i].UnicodeChar,
            .ControlState = Records[i].ControlKeyState,
            .Down = Records[i].KeyDown != 0,
        };
        ConTypeKey(Console, &Key);
    }
    return STATUS_SUCCESS;
}
