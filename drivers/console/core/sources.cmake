# The console's logic, for the driver and for the unit tests; and its fonts.
set(CONSOLE_CORE_FOLDER ${CMAKE_CURRENT_LIST_DIR})
set(CONSOLE_FONT_FOLDER ${CMAKE_BINARY_DIR}/drivers/console/fonts)
set(CONSOLE_FONTS 8x16 12x24 16x32)
set(CONSOLE_CORE_SOURCES
    csi.c
    display.c
    editor.c
    font.c
    history.c
    keyboard.c
    keyqueue.c
    layouts.c
    list.c
    screen.c
    sgr.c
    vt.c
    vtkeys.c)
list(TRANSFORM CONSOLE_CORE_SOURCES PREPEND ${CONSOLE_CORE_FOLDER}/)
foreach(size IN LISTS CONSOLE_FONTS)
    list(APPEND CONSOLE_CORE_SOURCES ${CONSOLE_FONT_FOLDER}/font${size}.c)
endforeach()
set_source_files_properties(${CONSOLE_FONT_FOLDER}/font8x16.c ${CONSOLE_FONT_FOLDER}/font12x24.c
    ${CONSOLE_FONT_FOLDER}/font16x32.c PROPERTIES GENERATED TRUE)
