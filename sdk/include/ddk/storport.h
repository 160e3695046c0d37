// The interface of storport.sys to its miniports. Parts: storporttypes.h (structures of the interface),
// storportpower.h (unit and adapter control, power), storportcall.h (what storport.sys exports),
// storportext.h (the inline routines over its two multiplexers), miniportcontrol.h (private controls).
#ifndef PROTEUS_DDK_STORPORT_H
#define PROTEUS_DDK_STORPORT_H

#ifndef __STORPORT_H
#define __STORPORT_H
#endif

#include <ntddk.h>
#include <srb.h>
#include <srbex.h>
#include <scsi.h>
#include <devioctl.h>
#include <ntddscsi.h>
#include <ntddstor.h>

#ifdef __cplusplus
extern "C" {
#endif

#include <miniportcontrol.h>
#include <storphysical.h>

#include <storporttypes.h>

#include <storportpower.h>

#include <storportcall.h>

#include <storportext.h>

#ifdef __cplusplus
}
#endif

#endif
