// Identifiers: version 1 of RFC 4122, of the range of times that the Executive gives.

#include "../ntos.h"

enum { VersionTime = 0x1000, VariantRfc = 0x80 };

NTSTATUS NTAPI ExUuidCreate(UUID *Uuid)
{
    static RTL_SRWLOCK Lock;
    static ULARGE_INTEGER Time;
    static ULONG Left, Sequence;
    static CHAR Node[6];
    NTSTATUS Status = STATUS_SUCCESS;
    RtlAcquireSRWLockExclusive(&Lock);
    if (!Left)
        Status = NtAllocateUuids(&Time, &Left, &Sequence, Node);
    if (NT_SUCCESS(Status)) {
        Left--;
        Time.QuadPart++;
        Uuid->Data1 = Time.LowPart;
        Uuid->Data2 = (USHORT)Time.HighPart;
        Uuid->Data3 = (USHORT)((Time.HighPart >> 16 & 0x0FFF) | VersionTime);
        Uuid->Data4[0] = (UCHAR)((Sequence >> 8 & 0x3F) | VariantRfc);
        Uuid->Data4[1] = (UCHAR)Sequence;
        RtlCopyMemory(&Uuid->Data4[2], Node, sizeof(Node));
    }
    RtlReleaseSRWLockExclusive(&Lock);
    return Status;
}
