// Hives and the files that they are written to: \...\SYSTEM, and its log beside it, \...\SYSTEM.LOG1.
#include "cmp.h"

constexpr ULONG CMP_LOG_STEP = 64 * 1024; // a log grows seldom

// ---- Opening

static NTSTATUS CmpOpenLog(PCUNICODE_STRING FileName, PVOID *File)
{
    static const WCHAR Suffix[] = L".LOG1";
    SIZE_T Size = FileName->Length + sizeof(Suffix);
    if (Size > UNICODE_STRING_MAX_BYTES)
        return STATUS_NAME_TOO_LONG;
    UNICODE_STRING Name = {.MaximumLength = (USHORT)Size};
    Name.Buffer = ExAllocatePoolWithTag(PagedPool, Size, CM_TAG_NAME);
    if (!Name.Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlAppendUnicodeStringToString(&Name, FileName);
    RtlAppendUnicodeToString(&Name, Suffix);
    NTSTATUS Status = IoOpenSystemFile(&Name, TRUE, File);
    ExFreePoolWithTag(Name.Buffer, CM_TAG_NAME);
    return Status;
}

static NTSTATUS CmpOpenFiles(PCUNICODE_STRING FileName, PVOID Files[2])
{
    NTSTATUS Status = IoOpenSystemFile(FileName, FALSE, &Files[HiveFilePrimary]);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = CmpOpenLog(FileName, &Files[HiveFileLog]);
    if (NT_SUCCESS(Status))
        return Status;
    IoCloseSystemFile(Files[HiveFilePrimary]);
    Files[HiveFilePrimary] = nullptr;
    return Status;
}

VOID CmpCloseFiles(PCM_HIVE Hive)
{
    for (ULONG i = 0; i < RTL_NUMBER_OF(Hive->Files); i++) {
        if (Hive->Files[i])
            IoCloseSystemFile(Hive->Files[i]);
        Hive->Files[i] = nullptr;
    }
}

// ---- Writing

static NTSTATUS CmpGrowFile(PVOID Context, HIVE_FILE File, ULONG Size)
{
    PCM_HIVE Hive = Context;
    ULONG64 Now, Wanted = File == HiveFileLog ? ALIGN_UP_BY((ULONG64)Size, CMP_LOG_STEP) : Size;
    NTSTATUS Status = IoQueryFileSize(Hive->Files[File], &Now);
    if (!NT_SUCCESS(Status) || Now >= Size)
        return Status;
    return IoSetFileSize(Hive->Files[File], Wanted);
}

static NTSTATUS CmpWriteFile(PVOID Context, HIVE_FILE File, ULONG Offset, const VOID *Data,
                             ULONG Length)
{
    return IoWriteFileData(((PCM_HIVE)Context)->Files[File], Offset, Data, Length);
}

static NTSTATUS CmpFlushFile(PVOID Context, HIVE_FILE File)
{
    return IoFlushFile(((PCM_HIVE)Context)->Files[File]);
}

static const HIVE_STORAGE CmpStorage = {CmpGrowFile, CmpWriteFile, CmpFlushFile};

static NTSTATUS CmpFinishFlush(PCM_HIVE Hive)
{
    if (!Hive->Flush.Log)
        return STATUS_SUCCESS;
    NTSTATUS Status = HvPerformFlush(&Hive->Flush, &CmpStorage, Hive);
    if (NT_SUCCESS(Status))
        HvEndFlush(&Hive->Flush);
    return Status;
}

static NTSTATUS CmpTryWrite(PCM_HIVE Hive)
{
    NTSTATUS Status = STATUS_SUCCESS;
    if (!Hive->Files[HiveFilePrimary])
        Status = CmpOpenFiles(&Hive->FileName, Hive->Files);
    if (NT_SUCCESS(Status))
        Status = CmpFinishFlush(Hive);
    if (NT_SUCCESS(Status) && HvIsDirty(&Hive->Hive)) {
        Status = HvBeginFlush(&Hive->Hive, &Hive->Flush);
        if (NT_SUCCESS(Status))
            Status = CmpFinishFlush(Hive);
    }
    if (!NT_SUCCESS(Status))
        CmpCloseFiles(Hive);
    return Status;
}

// Once more when the files were open: their volume may have gone and come back.
NTSTATUS CmpWriteHive(PCM_HIVE Hive)
{
    BOOLEAN WereOpen = Hive->Files[HiveFilePrimary] != nullptr;
    NTSTATUS Status = CmpTryWrite(Hive);
    return NT_SUCCESS(Status) || !WereOpen ? Status : CmpTryWrite(Hive);
}

// ---- Reading

typedef struct _CM_CONTENTS {
    PUCHAR Data; // pool
    ULONG Size;
} CM_CONTENTS, *PCM_CONTENTS;

static VOID CmpFreeContents(PCM_CONTENTS Contents)
{
    if (Contents->Data)
        ExFreePoolWithTag(Contents->Data, CM_TAG_HIVE);
    *Contents = (CM_CONTENTS){};
}

static NTSTATUS CmpReadContents(PVOID File, PCM_CONTENTS Contents)
{
    ULONG64 Size;
    NTSTATUS Status = IoQueryFileSize(File, &Size);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Size > MAXLONG)
        return STATUS_NOT_REGISTRY_FILE;
    Contents->Data = ExAllocatePoolWithTag(PagedPool, max(Size, 1ull), CM_TAG_HIVE);
    if (!Contents->Data)
        return STATUS_INSUFFICIENT_RESOURCES;
    Status = Size ? IoReadFileData(File, 0, Contents->Data, (ULONG)Size, &Contents->Size)
                  : STATUS_SUCCESS;
    if (!NT_SUCCESS(Status))
        CmpFreeContents(Contents);
    return Status;
}

// The file with the changes of the flush.
static NTSTATUS CmpApplyFlush(PCM_CONTENTS File, const HIVE_FLUSH *Flush)
{
    ULONG Size = max(File->Size, HvFlushedSize(Flush));
    PUCHAR Data = ExAllocatePoolZero(PagedPool, Size, CM_TAG_HIVE);
    if (!Data)
        return STATUS_INSUFFICIENT_RESOURCES;
    memcpy(Data, File->Data, File->Size);
    HvApplyFlush(Flush, Data);
    ExFreePoolWithTag(File->Data, CM_TAG_HIVE);
    *File = (CM_CONTENTS){Data, Size};
    return STATUS_SUCCESS;
}

static NTSTATUS CmpReadFiles(PVOID Files[2], PCM_CONTENTS File, PHIVE_FLUSH Flush)
{
    CM_CONTENTS Log = {};
    *Flush = (HIVE_FLUSH){};
    NTSTATUS Status = CmpReadContents(Files[HiveFilePrimary], File);
    if (NT_SUCCESS(Status))
        Status = CmpReadContents(Files[HiveFileLog], &Log);
    if (NT_SUCCESS(Status)) {
        Status = HvReadLog(&CmpHiveOperations, nullptr, File->Data, File->Size, Log.Data, Log.Size,
                           Flush);
        Status = Status == STATUS_NOT_FOUND ? STATUS_SUCCESS
                 : NT_SUCCESS(Status)       ? CmpApplyFlush(File, Flush)
                                            : Status;
    }
    CmpFreeContents(&Log);
    return Status;
}

// What a power cut has interrupted is brought to its end before anything else changes.
static NTSTATUS CmpRecover(PCM_HIVE Hive, PCUNICODE_STRING FileName)
{
    if (Hive->Flush.Log)
        DbgPrintEx(DPFLTR_CONFIG_ID, DPFLTR_INFO_LEVEL,
                   "cm: %wZ was being written when the system stopped; its log completes it\n",
                   FileName);
    else if (Hive->Hive.Torn)
        DbgPrintEx(DPFLTR_CONFIG_ID, DPFLTR_WARNING_LEVEL,
                   "cm: %wZ was being written when the system stopped, and has no log\n", FileName);
    return CmpFinishFlush(Hive);
}

NTSTATUS CmpOpenStoredHive(PCUNICODE_STRING FileName, PCM_HIVE *Result)
{
    PVOID Files[2] = {};
    CM_CONTENTS File = {};
    HIVE_FLUSH Flush = {};
    PCM_HIVE Hive = nullptr;
    NTSTATUS Status = CmpOpenFiles(FileName, Files);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = CmpReadFiles(Files, &File, &Flush);
    if (NT_SUCCESS(Status))
        Status = CmpOpenHive(File.Data, File.Size, &Hive);
    CmpFreeContents(&File);
    if (!NT_SUCCESS(Status)) {
        HvEndFlush(&Flush);
        IoCloseSystemFile(Files[HiveFilePrimary]);
        IoCloseSystemFile(Files[HiveFileLog]);
        return Status;
    }
    memcpy(Hive->Files, Files, sizeof(Files));
    Hive->Flush = Flush;
    Hive->Stored = Hive->Lazy = TRUE;
    Status = CmpRecover(Hive, FileName);
    if (NT_SUCCESS(Status))
        Status = CmpNameHive(Hive, FileName);
    if (NT_SUCCESS(Status))
        *Result = Hive;
    else
        CmpCloseHive(Hive);
    return Status;
}
