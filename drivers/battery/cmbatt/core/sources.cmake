# What runs on the build machine too.
set(CMBATT_CORE_FOLDER ${CMAKE_CURRENT_LIST_DIR})
set(CMBATT_CORE_SOURCES ${CMAKE_CURRENT_LIST_DIR}/convert.c ${CMAKE_CURRENT_LIST_DIR}/package.c)
