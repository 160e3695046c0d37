// What status codes mean, in the words that people know from Windows.

#include "native.h"

static const struct {
    NTSTATUS Status;
    PCWSTR Text;
} StatusTexts[] = {
    {STATUS_ACCESS_DENIED, L"Access is denied."},
    {STATUS_ACCESS_VIOLATION, L"The program used an address that it may not use."},
    {STATUS_BAD_NETWORK_PATH, L"The network path was not found."},
    {STATUS_CANNOT_DELETE, L"Access is denied."},
    {STATUS_COMMITMENT_LIMIT, L"Not enough memory is available."},
    {STATUS_CONTROL_C_EXIT, L"The program was ended from outside."},
    {STATUS_CRC_ERROR, L"Data error (cyclic redundancy check)."},
    {STATUS_DELETE_PENDING, L"The file is being deleted."},
    {STATUS_DEVICE_DATA_ERROR, L"Data error (cyclic redundancy check)."},
    {STATUS_DEVICE_DOES_NOT_EXIST, L"The device does not exist."},
    {STATUS_DIRECTORY_NOT_EMPTY, L"The directory is not empty."},
    {STATUS_DISK_FULL, L"There is not enough space on the disk."},
    {STATUS_DLL_NOT_FOUND, L"A library that the program needs was not found."},
    {STATUS_END_OF_FILE, L"The end of the file was reached."},
    {STATUS_ENTRYPOINT_NOT_FOUND, L"A library lacks a function that the program needs."},
    {STATUS_FILE_CLOSED, L"The file has been closed."},
    {STATUS_FILE_CORRUPT_ERROR, L"The file or directory is corrupted and unreadable."},
    {STATUS_FILE_IS_A_DIRECTORY, L"This is a directory, not a file."},
    {STATUS_ILLEGAL_INSTRUCTION, L"The program ran an instruction that does not exist."},
    {STATUS_IMAGE_ALREADY_LOADED, L"It has been loaded already."},
    {STATUS_INSUFFICIENT_RESOURCES, L"Not enough system resources are available."},
    {STATUS_INTEGER_DIVIDE_BY_ZERO, L"The program divided by zero."},
    {STATUS_INVALID_CID, L"There is no such process."},
    {STATUS_INVALID_DEVICE_REQUEST, L"The device does not do this."},
    {STATUS_INVALID_HANDLE, L"The handle is invalid."},
    {STATUS_INVALID_IMAGE_FORMAT, L"This is not a program that can be run here."},
    {STATUS_INVALID_IMAGE_NOT_MZ, L"This is not a program that can be run here."},
    {STATUS_INVALID_INFO_CLASS, L"The system does not tell this."},
    {STATUS_INVALID_PARAMETER, L"The parameter is incorrect."},
    {STATUS_IO_DEVICE_ERROR, L"The device reported an error."},
    {STATUS_KEY_DELETED, L"The registry key is marked for deletion."},
    {STATUS_MEDIA_WRITE_PROTECTED, L"The media is write protected."},
    {STATUS_NAME_TOO_LONG, L"The name is too long."},
    {STATUS_NO_MEMORY, L"Not enough memory is available."},
    {STATUS_NO_MEDIA_IN_DEVICE, L"The device is not ready."},
    {STATUS_NO_SUCH_DEVICE, L"There is no such device."},
    {STATUS_NO_SUCH_FILE, L"The system cannot find the file specified."},
    {STATUS_NOT_A_REPARSE_POINT, L"The file or directory is not a reparse point."},
    {STATUS_NOT_A_DIRECTORY, L"This is a file, not a directory."},
    {STATUS_NOT_IMPLEMENTED, L"The system cannot do this yet."},
    {STATUS_NOT_SAME_DEVICE, L"The system cannot move the file to a different disk drive."},
    {STATUS_NOT_SUPPORTED, L"This is not supported."},
    {STATUS_OBJECT_NAME_COLLISION, L"Something of this name is there already."},
    {STATUS_OBJECT_NAME_INVALID,
     L"The filename, directory name, or volume label syntax is incorrect."},
    {STATUS_OBJECT_NAME_NOT_FOUND, L"The system cannot find the file specified."},
    {STATUS_OBJECT_PATH_INVALID, L"The path is not valid."},
    {STATUS_OBJECT_PATH_NOT_FOUND, L"The system cannot find the path specified."},
    {STATUS_OBJECT_PATH_SYNTAX_BAD, L"The path is not valid."},
    {STATUS_OBJECT_TYPE_MISMATCH, L"This is an object of another type."},
    {STATUS_PIPE_BROKEN, L"The pipe has been ended."},
    {STATUS_PIPE_NOT_AVAILABLE, L"All instances of the pipe are busy."},
    {STATUS_PRIVILEGE_NOT_HELD, L"A required privilege is not held."},
    {STATUS_PROCESS_IS_TERMINATING, L"The process is ending already."},
    {STATUS_SHARING_VIOLATION,
     L"The process cannot access the file because it is being used by another process."},
    {STATUS_STACK_OVERFLOW, L"The program used up its stack."},
    {STATUS_UNRECOGNIZED_VOLUME, L"The volume has no file system that is known here."},
    {STATUS_VARIABLE_NOT_FOUND, L"There is no such variable."},
};

PCWSTR StatusText(NTSTATUS Status)
{
    static WCHAR Number[32];
    for (ULONG i = 0; i < RTL_NUMBER_OF(StatusTexts); i++) {
        if (StatusTexts[i].Status == Status)
            return StatusTexts[i].Text;
    }
    _snwprintf(Number, RTL_NUMBER_OF(Number), L"Status %08lx.", Status);
    return Number;
}
