// What fsrtl offers the other folders.
#pragma once

// FS_FILTER_*, with the callbacks of the file's stack around it. Perform null: the caller does it. Other than a success: it
// must not be done.
NTSTATUS FsRtlpFilter(PFILE_OBJECT FileObject, UCHAR Operation,
                      VOID (*Perform)(PFILE_OBJECT FileObject));
