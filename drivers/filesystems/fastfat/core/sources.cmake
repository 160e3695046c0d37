# FAT volumes as pure logic, for fastfat.sys, format, chkdsk and for tests on the build machine.
set(FAT_CORE_FOLDER ${CMAKE_CURRENT_LIST_DIR})
set(FAT_CORE_SOURCES "")
foreach(name IN ITEMS block boot commit copy directory entry fileid gone index info link load move name rename replace runs shortname slots space stock time volume)
    list(APPEND FAT_CORE_SOURCES ${FAT_CORE_FOLDER}/${name}.c)
endforeach()
