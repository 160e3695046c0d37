// Imports that nobody exports: a few bytes of code for each, which name it in the log and raise.

#include "ldrp.h"

typedef struct _LDRH_MISSING {
    UCHAR Code[24]; // mov rcx, this; mov rax, LdrhRaiseMissing; jmp rax
    PLDRH_IMAGE Importer;
    PCSTR Module, Name;
    ULONG Ordinal;
} LDRH_MISSING, *PLDRH_MISSING;

// Never freed: drivers keep the addresses.
static PLDRH_MISSING LdrhMissingNext, LdrhMissingEnd;

static VOID LdrhRaiseMissing(PLDRH_MISSING Missing)
{
    if (Missing->Name)
        DbgPrintEx(DPFLTR_SYSTEM_ID, DPFLTR_ERROR_LEVEL, "%wZ called %s!%s, which does not exist\n",
                   &Missing->Importer->Name, Missing->Module, Missing->Name);
    else
        DbgPrintEx(DPFLTR_SYSTEM_ID, DPFLTR_ERROR_LEVEL,
                   "%wZ called %s!#%lu, which does not exist\n", &Missing->Importer->Name,
                   Missing->Module, Missing->Ordinal);
    ExRaiseStatus(STATUS_ENTRYPOINT_NOT_FOUND);
}

static BOOLEAN LdrhReserveMissing(void)
{
    if (LdrhMissingNext < LdrhMissingEnd)
        return TRUE;
    PVOID Base = nullptr;
    SIZE_T Size = 16 * PAGE_SIZE;
    if (!NT_SUCCESS(NtAllocateVirtualMemory(ZwCurrentProcess(), &Base, 0, &Size,
                                            MEM_RESERVE | MEM_COMMIT, PAGE_EXECUTE_READWRITE)))
        return FALSE;
    LdrhMissingNext = Base;
    LdrhMissingEnd = LdrhMissingNext + Size / sizeof(LDRH_MISSING);
    return TRUE;
}

PVOID LdrhMakeMissing(PLDRH_IMAGE Importer, PCSTR Module, PCSTR Name, ULONG Ordinal)
{
    if (!LdrhReserveMissing())
        return nullptr;
    PLDRH_MISSING Missing = LdrhMissingNext++;
    *Missing = (LDRH_MISSING){
        .Code = {0x48, 0xB9, [10] = 0x48, 0xB8, [20] = 0xFF, 0xE0},
        .Importer = Importer,
        .Module = Module,
        .Name = Name,
        .Ordinal = Ordinal,
    };
    PVOID Target = LdrhRaiseMissing;
    RtlCopyMemory(&Missing->Code[2], &Missing, sizeof(Missing));
    RtlCopyMemory(&Missing->Code[12], &Target, sizeof(Target));
    return Missing->Code;
}
