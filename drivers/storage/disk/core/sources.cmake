# ATA commands over SCSI, for the driver and for the unit tests.
set(DISK_CORE_FOLDER ${CMAKE_CURRENT_LIST_DIR})
set(DISK_CORE_SOURCES ${DISK_CORE_FOLDER}/sat.c)
