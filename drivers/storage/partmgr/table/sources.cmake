# Partition tables as pure logic, for partmgr.sys and for tests on the build machine.
set(PARTITION_TABLE_FOLDER ${CMAKE_CURRENT_LIST_DIR})
set(PARTITION_TABLE_SOURCES "")
foreach(name IN ITEMS check crc create gpt gptwrite mbr mbrwrite number problem read write)
    list(APPEND PARTITION_TABLE_SOURCES ${PARTITION_TABLE_FOLDER}/${name}.c)
endforeach()
