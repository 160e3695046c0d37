# The editor as pure logic: the same sources make the program and its unit tests.
set(EDIT_CORE_FOLDER ${CMAKE_CURRENT_LIST_DIR})
set(EDIT_CORE_SOURCES "")
foreach(name IN ITEMS editor mark text utf8 view)
    list(APPEND EDIT_CORE_SOURCES ${EDIT_CORE_FOLDER}/${name}.c)
endforeach()
