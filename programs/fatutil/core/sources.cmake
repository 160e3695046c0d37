# Making and checking FAT volumes as pure logic, for format and chkdsk and for tests on the build machine.
include(${CMAKE_CURRENT_LIST_DIR}/../../../drivers/filesystems/fastfat/core/sources.cmake)
set(FATUTIL_CORE_FOLDER ${CMAKE_CURRENT_LIST_DIR})
set(FATUTIL_CORE_SOURCES "")
foreach(name IN ITEMS check checkboot checkdir checkfat checkfile checklost checkslot checksurface checktree format layout)
    list(APPEND FATUTIL_CORE_SOURCES ${FATUTIL_CORE_FOLDER}/${name}.c)
endforeach()
