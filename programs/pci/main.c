// pci: lists the functions on all PCI buses.
//   pci [-v] [-n] [-x | -xxx | -xxxx] [-s [segment:]bus:device[.function]]
#include "pci.h"

typedef struct _PCI_OPTIONS {
    BOOLEAN Verbose, Numbers;
    ULONG DumpBytes;
    BOOLEAN HasPlace, HasFunction;
    ULONG Segment, Bus, Device, Function;
} PCI_OPTIONS, *PPCI_OPTIONS;

// ---- The command line

// A number in hexadecimal. Null: there is none.
static PCWSTR PciParseHex(PCWSTR Text, PULONG Number)
{
    PCWSTR Start = Text;
    for (*Number = 0; iswxdigit(*Text); Text++)
        *Number = *Number * 16 + (ULONG)(*Text <= L'9' ? *Text - L'0' : (*Text | 0x20) - L'a' + 10);
    return Text == Start ? nullptr : Text;
}

static BOOLEAN PciParsePlace(PPCI_OPTIONS Options, PCWSTR Text)
{
    ULONG Numbers[3] = {}, Count = 0;
    do {
        if (Count == RTL_NUMBER_OF(Numbers))
            return FALSE;
        Text = PciParseHex(Text, &Numbers[Count++]);
    } while (Text && *Text == L':' && *Text++);
    if (!Text || Count < 2)
        return FALSE;
    Options->Segment = Count == 3 ? Numbers[0] : 0;
    Options->Bus = Numbers[Count - 2];
    Options->Device = Numbers[Count - 1];
    Options->HasPlace = TRUE;
    Options->HasFunction = *Text == L'.';
    if (Options->HasFunction)
        Text = PciParseHex(Text + 1, &Options->Function);
    return Text && !*Text;
}

static BOOLEAN PciParseOption(PPCI_OPTIONS Options, PCWSTR Word)
{
    static const struct {
        PCWSTR Word;
        ULONG Bytes;
    } Dumps[] = {{L"-x", 64}, {L"-xxx", 256}, {L"-xxxx", PciSpaceBytes}};
    if (wcscmp(Word, L"-v") == 0)
        return Options->Verbose = TRUE;
    if (wcscmp(Word, L"-n") == 0)
        return Options->Numbers = TRUE;
    for (ULONG i = 0; i < RTL_NUMBER_OF(Dumps); i++) {
        if (wcscmp(Word, Dumps[i].Word) == 0) {
            Options->DumpBytes = Dumps[i].Bytes;
            return TRUE;
        }
    }
    return FALSE;
}

// The next word of the command line, which it ends with a zero; null: none is left.
static PWSTR PciNextWord(PWSTR *Line)
{
    PWSTR Word = *Line;
    while (*Word == L' ' || *Word == L'\t')
        Word++;
    if (!*Word)
        return nullptr;
    PWSTR End = Word;
    while (*End && *End != L' ' && *End != L'\t')
        End++;
    *Line = *End ? End + 1 : End;
    *End = 0;
    return Word;
}

static BOOLEAN PciParse(PPCI_OPTIONS Options, PWSTR Line)
{
    PWSTR Word = PciNextWord(&Line); // the program's name
    while (Word && (Word = PciNextWord(&Line))) {
        if (wcscmp(Word, L"-s") == 0) {
            Word = PciNextWord(&Line);
            if (!Word || !PciParsePlace(Options, Word))
                return FALSE;
        } else if (!PciParseOption(Options, Word)) {
            return FALSE;
        }
    }
    return TRUE;
}

static BOOLEAN PciIsWanted(const PCI_OPTIONS *Options, const PCI_FUNCTION_DATA *Data)
{
    return !Options->HasPlace || (Options->Segment == Data->Segment && Options->Bus == Data->Bus &&
                                  Options->Device == Data->Device &&
                                  (!Options->HasFunction || Options->Function == Data->Function));
}

// ---- Functions

static uint32_t PciReadCopy(void *Context, uint32_t Offset, uint32_t Size)
{
    uint32_t Value = 0;
    memcpy(&Value, (const UCHAR *)Context + Offset, Size);
    return Value;
}

static void PciWriteCopy(void *Context, uint32_t Offset, uint32_t Size, uint32_t Value)
{
    memcpy((UCHAR *)Context + Offset, &Value, Size);
}

static NTSTATUS PciReadFunction(HANDLE Device, ULONG Index, PPCI_SHOWN Function)
{
    NTSTATUS Status = DeviceControl(Device, IOCTL_PCI_QUERY_FUNCTION, &Index, sizeof(Index),
                                    &Function->Data, sizeof(Function->Data), nullptr);
    if (!NT_SUCCESS(Status))
        return Status;
    PCI_SPACE_PLACE Place = {
        .Segment = Function->Data.Segment,
        .Bus = Function->Data.Bus,
        .Device = Function->Data.Device,
        .Function = Function->Data.Function,
        .Length = min(Function->Data.SpaceLength, (ULONG)PciSpaceBytes),
    };
    Status = DeviceControl(Device, IOCTL_PCI_READ_SPACE, &Place, sizeof(Place), Function->Bytes,
                           Place.Length, nullptr);
    Function->Space = (PCI_SPACE){
        .Read = PciReadCopy,
        .Write = PciWriteCopy,
        .Context = Function->Bytes,
        .Length = Place.Length,
    };
    return Status;
}

static VOID PciShow(const PCI_OPTIONS *Options, PPCI_SHOWN Function)
{
    if (!PciReadHeader(&Function->Space, &Function->Header)) // pulled out meanwhile
        return;
    PciShowLine(Function, Options->Numbers);
    if (Options->Verbose)
        PciShowDetails(Function);
    if (Options->DumpBytes)
        PciShowBytes(Function, Options->DumpBytes);
    if (Options->Verbose || Options->DumpBytes)
        ConPrint(L"\n");
}

static NTSTATUS PciShowAll(HANDLE Device, const PCI_OPTIONS *Options)
{
    static PCI_SHOWN Function;
    for (ULONG i = 0;; i++) {
        NTSTATUS Status = PciReadFunction(Device, i, &Function);
        if (Status == STATUS_NO_MORE_ENTRIES)
            return STATUS_SUCCESS;
        if (Status == STATUS_NO_SUCH_DEVICE) // pulled out between the two questions
            continue;
        if (!NT_SUCCESS(Status))
            return Status;
        if (PciIsWanted(Options, &Function.Data))
            PciShow(Options, &Function);
    }
}

static VOID PciUsage(void)
{
    ConPrint(L"Lists what is on the PCI buses.\n\n"
             L"pci [-v] [-n] [-x | -xxx | -xxxx] [-s [segment:]bus:device[.function]]\n\n"
             L"  -v     with ranges, interrupts, capabilities and drivers\n"
             L"  -n     numbers, not names\n"
             L"  -x     with the first 64 bytes of the configuration space; -xxx 256, -xxxx all\n"
             L"  -s     just this device, or this function of it; in hexadecimal\n");
}

VOID NtProcessStartup(PPEB Peb);
VOID NtProcessStartup(PPEB Peb)
{
    HANDLE Device;
    PCI_OPTIONS Options = {};
    BOOLEAN Help = ConAsksForHelp(&Peb->ProcessParameters->CommandLine);
    if (Help || !PciParse(&Options, Peb->ProcessParameters->CommandLine.Buffer)) {
        PciUsage();
        NtTerminateProcess(NtCurrentProcess(), Help ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER);
    }
    NTSTATUS Status = DeviceOpen(L"\\Device\\Pci", GENERIC_READ, 0, &Device);
    if (NT_SUCCESS(Status))
        Status = PciShowAll(Device, &Options);
    if (!NT_SUCCESS(Status))
        ConPrint(L"pci: %ws\n", StatusText(Status));
    NtTerminateProcess(NtCurrentProcess(), Status);
}
