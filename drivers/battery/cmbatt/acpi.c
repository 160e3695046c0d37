#include "cmbatt.h"

#include "ask.h"

enum { CmbAnswerSize = 1024 }; // far more than a battery has to tell

// The answer is pool. STATUS_OBJECT_NAME_NOT_FOUND: the device has no such method.
static NTSTATUS CmbEvaluate(PCMB_DEVICE Device, PCSTR Method, PACPI_EVAL_OUTPUT_BUFFER *Answer,
                            PULONG Length)
{
    ACPI_EVAL_INPUT_BUFFER Input = {.Signature = ACPI_EVAL_INPUT_BUFFER_SIGNATURE};
    ULONG_PTR Returned = 0;
    PVOID Buffer = ExAllocatePoolWithTag(NonPagedPoolNx, CmbAnswerSize, CmbTag);
    if (!Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlCopyMemory(Input.MethodName, Method, sizeof(Input.MethodName));
    const ASK Ask = {IOCTL_ACPI_EVAL_METHOD, FALSE, &Input, Buffer, sizeof(Input), CmbAnswerSize};
    NTSTATUS Status = AskAndCount(Device->Lower, &Ask, &Returned);
    if (Status != STATUS_SUCCESS) {
        ExFreePoolWithTag(Buffer, CmbTag);
        return NT_SUCCESS(Status) ? STATUS_UNSUCCESSFUL : Status;
    }
    *Answer = Buffer;
    *Length = (ULONG)Returned;
    return STATUS_SUCCESS;
}

NTSTATUS CmbEvaluateNumber(PCMB_DEVICE Device, PCSTR Method, PULONG Number)
{
    PACPI_EVAL_OUTPUT_BUFFER Answer;
    ULONG Length;
    NTSTATUS Status = CmbEvaluate(Device, Method, &Answer, &Length);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = CmbReadNumber(Answer, Length, Number) ? STATUS_SUCCESS : STATUS_ACPI_INVALID_DATA;
    ExFreePoolWithTag(Answer, CmbTag);
    return Status;
}

NTSTATUS CmbEvaluateStatus(PCMB_DEVICE Device, PCMB_STATUS Result)
{
    PACPI_EVAL_OUTPUT_BUFFER Answer;
    ULONG Length;
    NTSTATUS Status = CmbEvaluate(Device, "_BST", &Answer, &Length);
    if (!NT_SUCCESS(Status))
        return Status;
    Status = CmbReadStatus(Answer, Length, Result) ? STATUS_SUCCESS : STATUS_ACPI_INVALID_DATA;
    ExFreePoolWithTag(Answer, CmbTag);
    return Status;
}

// The newer method tells more; older firmware has the older one alone.
NTSTATUS CmbEvaluateStatic(PCMB_DEVICE Device, PCMB_STATIC Static)
{
    PACPI_EVAL_OUTPUT_BUFFER Answer;
    ULONG Length;
    BOOLEAN Extended = TRUE;
    NTSTATUS Status = CmbEvaluate(Device, "_BIX", &Answer, &Length);
    if (!NT_SUCCESS(Status)) {
        Extended = FALSE;
        Status = CmbEvaluate(Device, "_BIF", &Answer, &Length);
    }
    if (!NT_SUCCESS(Status))
        return Status;
    Status =
        CmbReadStatic(Answer, Length, Extended, Static) ? STATUS_SUCCESS : STATUS_ACPI_INVALID_DATA;
    ExFreePoolWithTag(Answer, CmbTag);
    return Status;
}
