# What of SCSI is pure logic, for the library, for drivers and for the unit tests.
set(CLASSPNP_CORE_FOLDER ${CMAKE_CURRENT_LIST_DIR})
set(CLASSPNP_CORE_SOURCES capacity.c cdb.c identifier.c interpret.c modepage.c sense.c split.c unmap.c vpd.c)
list(TRANSFORM CLASSPNP_CORE_SOURCES PREPEND ${CLASSPNP_CORE_FOLDER}/)
