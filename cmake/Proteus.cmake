# The build functions of every component; docs/building.md tells how to use them.
include(${CMAKE_CURRENT_LIST_DIR}/ProteusElf.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/ProteusPe.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/ProteusBootImage.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/ProteusRegistry.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/ProteusHost.cmake)

set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

add_compile_options(
    -std=gnu23 -O2 -g
    -Wall -Wextra -Wshadow -Werror
    -fmacro-prefix-map=${CMAKE_SOURCE_DIR}/=)
# The assembler preprocesses only; -std and the C warnings do not concern it, and clang would say so.
add_compile_options($<$<COMPILE_LANGUAGE:ASM>:-Wno-unused-command-line-argument>)
