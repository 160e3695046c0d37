# SCSI commands as NVM Express commands: pure logic, in the driver and in its unit tests.
set(STORNVME_CORE_FOLDER ${CMAKE_CURRENT_LIST_DIR})
set(STORNVME_CORE_SOURCES inquiry.c mode.c sense.c translate.c)
list(TRANSFORM STORNVME_CORE_SOURCES PREPEND ${STORNVME_CORE_FOLDER}/)
