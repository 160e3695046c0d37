// Switching the machine off without its firmware's methods: the fixed registers, and the package \_S5 as it lies in the
// definition blocks. What depends on methods (_PTS, the embedded controller) is not done.
#include "kep.h"

// ACPI Specification 6.4, 5.2.9
#pragma pack(push, 1)
typedef struct _ACPI_FADT_POWER {
    UCHAR Header[48];
    ULONG SmiCommand;
    UCHAR AcpiEnable, AcpiDisable;
    UCHAR Between[10];
    ULONG ControlA, ControlB; // ports of the PM1 control registers; 0: there is none
} ACPI_FADT_POWER;
#pragma pack(pop)
static_assert(offsetof(ACPI_FADT_POWER, ControlA) == 64);

enum {
    PM1_SCI_ENABLED = 1 << 0, // the machine is in ACPI mode
    PM1_SLEEP_TYPE_SHIFT = 10,
    PM1_SLEEP_TYPE_MASK = 7,
    PM1_SLEEP_ENABLE = 1 << 13, // 4.8.3.2.1
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
static BOOLEAN KiEnterAcpiMode(const ACPI_FADT_POWER *Fadt)
{
    ULONG Control = 0;
    USHORT Port = (USHORT)Fadt->ControlA;
    for (ULONG i = 0; i < OFF_TRIES; i++) {
        if (!NT_SUCCESS(KeReadPort(Port, sizeof(USHORT), &Control)))
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

static VOID KiWriteSleepType(ULONG Port, UCHAR Type, ULONG Enable)
{
    ULONG Control;
    if (!Port || Port > MAXUSHORT ||
        !NT_SUCCESS(KeReadPort((USHORT)Port, sizeof(USHORT), &Control)))
        return;
    Control &= ~(ULONG)(PM1_SLEEP_TYPE_MASK << PM1_SLEEP_TYPE_SHIFT | PM1_SLEEP_ENABLE);
    Control |= (ULONG)(Type & PM1_SLEEP_TYPE_MASK) << PM1_SLEEP_TYPE_SHIFT | Enable;
    (VOID) KeWritePort((USHORT)Port, sizeof(USHORT), Control);
}

// Both have their type before either is told to go.
VOID KePowerOffMachine(VOID)
{
    const ACPI_FADT_POWER *Fadt = KiFindAcpiTable("FACP", sizeof(*Fadt));
    UCHAR Types[2];
    if (!Fadt || !Fadt->ControlA || Fadt->ControlA > MAXUSHORT || !KiFindSleepTypes(Types) ||
        !KiEnterAcpiMode(Fadt))
        return;
    for (ULONG Enable = 0; Enable <= PM1_SLEEP_ENABLE; Enable += PM1_SLEEP_ENABLE) {
        KiWriteSleepType(Fadt->ControlA, Types[0], Enable);
        KiWriteSleepType(Fadt->ControlB, Types[1], Enable);
    }
    KiWaitForEnd();
}
