// Private to tgtdev.sys.
#pragma once

ULONG TestProperties(PDEVICE_OBJECT Physical); // the failed line, or 0
