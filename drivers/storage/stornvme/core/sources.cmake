# SCSI commands as NVM Express commands: pure logic, in the driver and in its unit tests.
include(${CMAKE_CURRENT_LIST_DIR}/../../scsi/sources.cmake)
set(STORNVME_CORE_FOLDER ${CMAKE_CURRENT_LIST_DIR})
set(STORNVME_CORE_SOURCES doorbell.c firmware.c hostmemory.c namespace.c protocol.c sense.c translate.c)
list(TRANSFORM STORNVME_CORE_SOURCES PREPEND ${STORNVME_CORE_FOLDER}/)
list(APPEND STORNVME_CORE_SOURCES ${SCSI_UNIT_SOURCES})
