# What a disk that does not speak SCSI answers to SCSI commands: pure logic, in miniports and in unit tests.
set(SCSI_UNIT_FOLDER ${CMAKE_CURRENT_LIST_DIR})
set(SCSI_UNIT_SOURCES unit.c unitinquiry.c unitmode.c)
list(TRANSFORM SCSI_UNIT_SOURCES PREPEND ${SCSI_UNIT_FOLDER}/)
