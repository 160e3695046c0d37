// Imports that nobody exports. The address that is bound is a few bytes of code of its own, which name
// the import and raise, so that a program starts and only a call of what is missing stops it.

#include "ldrp.h"

typedef struct _LDRP_MISSING {
    UCHAR Code[24]; // mov rcx, this; mov rax, LdrpRaiseMissingImport; jmp rax
    PLDRP_MODULE Importer;
    PCSTR Dll, Name;
    ULONG Ordinal;
} LDRP_MISSING, *PLDRP_MISSING;

// Regions of thunks, never freed: code may hold their addresses for ever.
static PLDRP_MISSING LdrpMissingNext, LdrpMissingEnd;

static VOID LdrpRaiseMissingImport(PLDRP_MISSING Missing)
{
    if (Missing->Name)
        DbgPrint("%wZ called %s!%s, which does not exist\n", &Missing->Importer->Entry.BaseDllName,
                 Missing->Dll, Missing->Name);
    else
        DbgPrint("%wZ called %s!#%lu, which does not exist\n",
                 &Missing->Importer->Entry.BaseDllName, Missing->Dll, Missing->Ordinal);
    EXCEPTION_RECORD Record = {
        .ExceptionCode = (DWORD)STATUS_ENTRYPOINT_NOT_FOUND,
        .ExceptionFlags = EXCEPTION_NONCONTINUABLE,
        .NumberParameters = 2,
        .ExceptionInformation = {(ULONG_PTR)Missing->Dll,
                                 Missing->Name ? (ULONG_PTR)Missing->Name : Missing->Ordinal},
    };
    RtlRaiseException(&Record);
}

static BOOLEAN LdrpReserveMissing(void)
{
    if (LdrpMissingNext < LdrpMissingEnd)
        return TRUE;
    PVOID Base = nullptr;
    SIZE_T Size = ALLOCATION_GRANULARITY;
    if (!NT_SUCCESS(NtAllocateVirtualMemory(NtCurrentProcess(), &Base, 0, &Size,
                                            MEM_RESERVE | MEM_COMMIT, PAGE_EXECUTE_READWRITE)))
        return FALSE;
    LdrpMissingNext = Base;
    LdrpMissingEnd = LdrpMissingNext + Size / sizeof(LDRP_MISSING);
    return TRUE;
}

// Name null: by ordinal. Returns null when there is no memory.
PVOID LdrpMakeMissingImport(PLDRP_MODULE Importer, PCSTR Dll, PCSTR Name, ULONG Ordinal)
{
    if (!LdrpReserveMissing())
        return nullptr;
    PLDRP_MISSING Missing = LdrpMissingNext++;
    *Missing = (LDRP_MISSING){
        .Code = {0x48, 0xB9, [10] = 0x48, 0xB8, [20] = 0xFF, 0xE0},
        .Importer = Importer,
        .Dll = Dll,
        .Name = Name,
        .Ordinal = Ordinal,
    };
    PVOID Target = LdrpRaiseMissingImport;
    memcpy(&Missing->Code[2], &Missing, sizeof(Missing));
    memcpy(&Missing->Code[12], &Target, sizeof(Target));
    return Missing->Code;
}
