# What disk.sys and cdrom.sys share, with what they share with the class library.
set(BLOCK_FOLDER ${CMAKE_CURRENT_LIST_DIR})
set(BLOCK_SOURCES ${BLOCK_FOLDER}/control.c ${BLOCK_FOLDER}/driver.c ${BLOCK_FOLDER}/geometry.c
    ${BLOCK_FOLDER}/../classpnp/complete.c)
