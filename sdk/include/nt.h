// The native interface of 64-bit Windows 10 (10.0.19045): types, information classes, system
// services, runtime library.
//
// NT-side code that is not a driver (Executive, ntdll, rtl, native programs) includes this one
// header. It stands on mingw-w64's <windef.h>/<winnt.h> and replaces <winternl.h>, <ntdef.h> and
// <ntifs.h>; drivers include <ntddk.h> or <ntifs.h> instead and never this header. <windows.h>
// may come before it.
#ifndef NT_H
#define NT_H

#include <nt/ntbase.h>

#include <nt/ntcrt.h>
#include <nt/ntlist.h>

#include <nt/ntob.h>
#include <nt/ntrtltypes.h>

#include <nt/ntpeb.h>

#include <nt/ntcm.h>
#include <nt/ntex.h>
#include <nt/ntio.h>
#include <nt/ntkuser.h>
#include <nt/ntldr.h>
#include <nt/ntlpc.h>
#include <nt/ntmm.h>
#include <nt/ntpnp.h>
#include <nt/ntpo.h>
#include <nt/ntps.h>
#include <nt/ntse.h>
#include <nt/ntsysinfo.h>

#include <nt/ntrtl.h>
#include <nt/ntrtlprocess.h>
#include <nt/nttp.h>

#include <nt/ntlayout.h>

#endif
