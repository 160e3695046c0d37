// What the test driver understands.
#pragma once

#define REQUEST_CODE(Function, Method) \
    CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800 + (Function), (Method), FILE_ANY_ACCESS)

#define REQUEST_BUFFERED REQUEST_CODE(0, METHOD_BUFFERED)   // output: the input, each byte + 1
#define REQUEST_DIRECT   REQUEST_CODE(1, METHOD_OUT_DIRECT) // the same, output by its MDL
#define REQUEST_NEITHER  REQUEST_CODE(2, METHOD_NEITHER)    // the same, at the caller's addresses
#define REQUEST_LATER    REQUEST_CODE(3, METHOD_BUFFERED)   // completed by a timer's DPC
#define REQUEST_NEVER    REQUEST_CODE(4, METHOD_BUFFERED)   // until it is cancelled
#define REQUEST_INLINE   REQUEST_CODE(5, METHOD_BUFFERED) // output: ULONG IRQL, ULONG build number
#define REQUEST_FAULT    REQUEST_CODE(6, METHOD_BUFFERED) // reads where nothing is
#define REQUEST_BLOCK    REQUEST_CODE(7, METHOD_BUFFERED) // waits 50 ms in the dispatch routine
