#include <stdlib.h>

#include "hive_file.h"

SIZE_T HiveBlocks;
LONG HiveFailAfter = -1;

static PVOID Allocate(PVOID Context, SIZE_T Size)
{
    (void)Context;
    if (HiveFailAfter == 0)
        return nullptr;
    if (HiveFailAfter > 0)
        HiveFailAfter--;
    HiveBlocks++;
    return malloc(Size); // not cleared: the library must not rely on that
}

static VOID Free(PVOID Context, PVOID Memory, SIZE_T Size)
{
    (void)Context;
    (void)Size;
    HiveBlocks--;
    free(Memory);
}

static LARGE_INTEGER GetTime(PVOID Context)
{
    (void)Context;
    static LARGE_INTEGER Time = {.QuadPart = 133500000000000000};
    Time.QuadPart += 10000000;
    return Time;
}

const HIVE_OPERATIONS HostHiveOperations = {Allocate, Free, GetTime};

PSECURITY_DESCRIPTOR TestDescriptor(ULONG Variant, PULONG Length)
{
    static alignas(8) UCHAR Buffer[128];
    struct {
        SID Sid;
        ULONG Second;
    } Owner = {{SID_REVISION, 2, {SECURITY_NT_AUTHORITY}, {SECURITY_BUILTIN_DOMAIN_RID}}, 544};
    alignas(4) UCHAR AclBuffer[48];
    PACL Acl = (PACL)AclBuffer;
    SECURITY_DESCRIPTOR Absolute;
    RtlCreateSecurityDescriptor(&Absolute, SECURITY_DESCRIPTOR_REVISION);
    RtlCreateAcl(Acl, sizeof(AclBuffer), ACL_REVISION);
    RtlAddAccessAllowedAce(Acl, ACL_REVISION, KEY_ALL_ACCESS ^ Variant, &Owner);
    RtlSetOwnerSecurityDescriptor(&Absolute, &Owner, FALSE);
    RtlSetGroupSecurityDescriptor(&Absolute, &Owner, FALSE);
    RtlSetDaclSecurityDescriptor(&Absolute, TRUE, Acl, FALSE);
    *Length = sizeof(Buffer);
    RtlMakeSelfRelativeSD(&Absolute, Buffer, Length);
    return Buffer;
}

PUCHAR HiveToFile(PHIVE Hive, PULONG Size)
{
    HvMarkAllDirty(Hive);
    HvBeginWrite(Hive);
    *Size = HvFileSize(Hive);
    PUCHAR File = malloc(*Size);
    ULONG Offset = 0, Length;
    for (const VOID *Data; HvNextDirtyRange(Hive, &Offset, &Length, &Data); Offset += Length)
        __builtin_memcpy(File + Offset, Data, Length);
    HvEndWrite(Hive);
    __builtin_memcpy(File, HvBaseBlock(Hive), HIVE_BASE_BLOCK_SIZE);
    return File;
}
