# SCSI commands as ATA commands: pure logic, in the driver and in its unit tests.
include(${CMAKE_CURRENT_LIST_DIR}/../../scsi/sources.cmake)
set(STORAHCI_CORE_FOLDER ${CMAKE_CURRENT_LIST_DIR})
set(STORAHCI_CORE_SOURCES identify.c microcode.c passthrough.c sense.c translate.c)
list(TRANSFORM STORAHCI_CORE_SOURCES PREPEND ${STORAHCI_CORE_FOLDER}/)
list(APPEND STORAHCI_CORE_SOURCES ${SCSI_UNIT_SOURCES})
