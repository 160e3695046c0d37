// What <ntifs.h> of Windows 10 has and mingw-w64's does not.
#ifndef PROTEUS_DDK_FSMORE_H
#define PROTEUS_DDK_FSMORE_H

#ifdef __cplusplus
extern "C" {
#endif

// Of SeAssignSecurityEx
#define SEF_DACL_AUTO_INHERIT             0x01
#define SEF_SACL_AUTO_INHERIT             0x02
#define SEF_DEFAULT_DESCRIPTOR_FOR_OBJECT 0x04
#define SEF_AVOID_PRIVILEGE_CHECK         0x08
#define SEF_AVOID_OWNER_CHECK             0x10
#define SEF_DEFAULT_OWNER_FROM_PARENT     0x20
#define SEF_DEFAULT_GROUP_FROM_PARENT     0x40
#define SEF_MACL_NO_WRITE_UP              0x100
#define SEF_MACL_NO_READ_UP               0x200
#define SEF_MACL_NO_EXECUTE_UP            0x400
#define SEF_AI_USE_EXTRA_PARAMS           0x800
#define SEF_AVOID_OWNER_RESTRICTION       0x1000
#define SEF_FORCE_USER_MODE               0x2000

#define SSINFO_FLAGS_ALIGNED_DEVICE              0x01
#define SSINFO_FLAGS_PARTITION_ALIGNED_ON_DEVICE 0x02
#define SSINFO_FLAGS_NO_SEEK_PENALTY             0x04
#define SSINFO_FLAGS_TRIM_ENABLED                0x08
#define SSINFO_FLAGS_BYTE_ADDRESSABLE            0x10
#define SSINFO_OFFSET_UNKNOWN                    0xFFFFFFFF

typedef struct _FILE_FS_SECTOR_SIZE_INFORMATION {
    ULONG LogicalBytesPerSector;
    ULONG PhysicalBytesPerSectorForAtomicity;
    ULONG PhysicalBytesPerSectorForPerformance;
    ULONG FileSystemEffectivePhysicalBytesPerSectorForAtomicity;
    ULONG Flags;
    ULONG ByteOffsetForSectorAlignment;
    ULONG ByteOffsetForPartitionAlignment;
} FILE_FS_SECTOR_SIZE_INFORMATION, *PFILE_FS_SECTOR_SIZE_INFORMATION;

NTKERNELAPI NTSTATUS NTAPI FsRtlGetSectorSizeInformation(
    PDEVICE_OBJECT DeviceObject, PFILE_FS_SECTOR_SIZE_INFORMATION SectorSizeInfo);
NTKERNELAPI VOID NTAPI FsRtlUpdateDiskCounters(ULONG64 BytesRead, ULONG64 BytesWritten);
NTKERNELAPI BOOLEAN NTAPI FsRtlAreThereWaitingFileLocks(PFILE_LOCK FileLock);

NTKERNELAPI BOOLEAN NTAPI CcCopyReadEx(PFILE_OBJECT FileObject, PLARGE_INTEGER FileOffset,
                                       ULONG Length, BOOLEAN Wait, PVOID Buffer,
                                       PIO_STATUS_BLOCK IoStatus, PETHREAD IoIssuerThread);
NTKERNELAPI BOOLEAN NTAPI CcCopyWriteEx(PFILE_OBJECT FileObject, PLARGE_INTEGER FileOffset,
                                        ULONG Length, BOOLEAN Wait, PVOID Buffer,
                                        PETHREAD IoIssuerThread);

#define CC_DISABLE_READ_AHEAD        0x00000001
#define CC_DISABLE_WRITE_BEHIND      0x00000002
#define CC_DISABLE_UNMAP_BEHIND      0x00000020
#define CC_ENABLE_CPU_CACHE          0x10000000
#define CC_ENABLE_DISK_IO_ACCOUNTING 0x00000010
NTKERNELAPI VOID NTAPI CcSetAdditionalCacheAttributesEx(PFILE_OBJECT FileObject, ULONG Flags);

#ifdef __cplusplus
}
#endif

#endif
