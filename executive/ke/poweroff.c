// Switching the machine off without its firmware's methods: the fixed registers, and the package \_S5 as it lies in the
// definition blocks. What depends on methods (_PTS, the embedded controller) is not done.
#include "fadt.h"

enum {
    PM1_SCI_ENABLED = 1 << 0, // the machine is in ACPI mode
    PM1_SLEEP_TYPE_SHIFT = 10,
    PM1_SLEEP_TYPE_MASK = 7,
    PM1_SLEEP_ENABLE = 1 << 13, // 4.8.3.2.1
    REDUCED_SLEEP_TYPE_SHIFT = 2,
    REDUCED_SLEEP_ENABLE = 1 << 5, // 4.8.3.7
    OFF_TRIES = 20,

    // 20.3: the encoding of AML
    AML_ZERO = 0x00,
    AML_ONE = 0x01,
    AML_BYTE = 0x0A,
    AML_PACKAGE = 0x12,
};

// A number of a package, as bytes or as the constants that have an opcode of their own. Null: something else.
static const UCHAR *KiReadAmlNumber(const UCHAR *Byte, const UCHAR *End, PUCHAR Value)
{
    if (Byte < End && (*Byte == AML_ZERO || *Byte == AML_ONE)) {
        *Value = *Byte;
        return Byte + 1;
    }
    if (End - Byte < 2 || *Byte != AML_BYTE)
        return nullptr;
    *Value = Byte[1];
    return Byte + 2;
}

// Name (_S5, Package () { type for A, type for B, ... }): the package's length has one to four bytes, then comes the number
// of its elements.
static BOOLEAN KiReadSleepTypes(const UCHAR *Byte, const UCHAR *End, UCHAR Types[2])
{
    if (End - Byte < 3 || Byte[0] != AML_PACKAGE)
        return FALSE;
    Byte += 2 + (Byte[1] >> 6);
    if (Byte >= End || *Byte++ == 0)
        return FALSE;
    Byte = KiReadAmlNumber(Byte, End, &Types[0]);
    Types[1] = Types[0];
    if (Byte)
        (VOID) KiReadAmlNumber(Byte, End, &Types[1]);
    return Byte != nullptr;
}

static BOOLEAN KiFindSleepTypes(UCHAR Types[2])
{
    static const CHAR Name[] = {'\x08', '_', 'S', '5', '_'}; // the opcode Name, and the name
    ULONG Count;
    const KE_ACPI_TABLE *Tables = KeQueryAcpiTables(&Count);
    for (ULONG i = 0; i < Count; i++) {
        if (memcmp(&Tables[i].Signature, "DSDT", 4) != 0 &&
            memcmp(&Tables[i].Signature, "SSDT", 4) != 0)
            continue;
        const UCHAR *Byte = Tables[i].Table, *End = Byte + Tables[i].Length;
        for (; End - Byte > (LONG_PTR)sizeof(Name); Byte++) {
            if (memcmp(Byte, Name, sizeof(Name)) == 0 &&
                KiReadSleepTypes(Byte + sizeof(Name), End, Types))
                return TRUE;
        }
    }
    return FALSE;
}

// A machine that nobody has put into ACPI mode has no sleep types yet.
static BOOLEAN KiEnterAcpiMode(const KI_FADT *Fadt, const KI_ACPI_ADDRESS *Register)
{
    ULONG Control = 0;
    for (ULONG i = 0; i < OFF_TRIES; i++) {
        if (!KiReadAcpiRegister(Register, sizeof(USHORT), &Control))
            return FALSE;
        if (Control & PM1_SCI_ENABLED)
            return TRUE;
        if (!i &&
            (!Fadt->SmiCommand || !Fadt->AcpiEnable ||
             !NT_SUCCESS(KeWritePort((USHORT)Fadt->SmiCommand, sizeof(UCHAR), Fadt->AcpiEnable))))
            return FALSE;
        KiWaitForEnd();
    }
    return FALSE;
}

static VOID KiWriteSleepType(const KI_ACPI_ADDRESS *Register, UCHAR Type, ULONG Enable)
{
    ULONG Control;
    if (!KiReadAcpiRegister(Register, sizeof(USHORT), &Control))
        return;
    Control &= ~(ULONG)(PM1_SLEEP_TYPE_MASK << PM1_SLEEP_TYPE_SHIFT | PM1_SLEEP_ENABLE);
    Control |= (ULONG)(Type & PM1_SLEEP_TYPE_MASK) << PM1_SLEEP_TYPE_SHIFT | Enable;
    (VOID) KiWriteAcpiRegister(Register, sizeof(USHORT), Control);
}

// Both have their type before either is told to go.
static VOID KiSwitchOff(const KI_FADT *Fadt, const UCHAR Types[2])
{
    KI_ACPI_ADDRESS A, B;
    if (!KiFindFixedRegister(Fadt->ControlA, &Fadt->ExtendedControlA, &A) ||
        !KiEnterAcpiMode(Fadt, &A))
        return;
    BOOLEAN HasB = KiFindFixedRegister(Fadt->ControlB, &Fadt->ExtendedControlB, &B);
    for (ULONG Enable = 0; Enable <= PM1_SLEEP_ENABLE; Enable += PM1_SLEEP_ENABLE) {
        KiWriteSleepType(&A, Types[0], Enable);
        if (HasB)
            KiWriteSleepType(&B, Types[1], Enable);
    }
}

VOID KePowerOffMachine(VOID)
{
    KI_FADT Fadt;
    UCHAR Types[2];
    if (!KiReadFadt(&Fadt) || !KiFindSleepTypes(Types))
        return;
    if (Fadt.Flags & FADT_REDUCED_HARDWARE)
        (VOID) KiWriteAcpiRegister(&Fadt.SleepControl, sizeof(UCHAR),
                                   (ULONG)(Types[0] & PM1_SLEEP_TYPE_MASK)
                                           << REDUCED_SLEEP_TYPE_SHIFT |
                                       REDUCED_SLEEP_ENABLE);
    else
        KiSwitchOff(&Fadt, Types);
    KiWaitForEnd();
}
