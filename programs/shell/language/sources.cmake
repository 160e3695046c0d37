# The command language: the same sources make the shell and its unit tests.
set(SHELL_LANGUAGE_FOLDER ${CMAKE_CURRENT_LIST_DIR})
set(SHELL_LANGUAGE_SOURCES
    arena.c arithmetic.c batch.c complete.c condition.c control.c execute.c expand.c for.c forlines.c format.c
    modifiers.c names.c parse.c parsefor.c parseif.c print.c regex.c run.c scan.c text.c variablecommands.c variables.c
    words.c)
list(TRANSFORM SHELL_LANGUAGE_SOURCES PREPEND ${SHELL_LANGUAGE_FOLDER}/)
