# ACPICA, from Debian's linux-source-6.1: unpacked into the build folder when it is configured, only the interpreter
# and its headers, and none of what belongs to Linux. Sets ACPICA_SOURCES and ACPICA_INCLUDES.
set(ACPICA_ARCHIVE /usr/src/linux-source-6.1.tar.xz)
set(ACPICA_FOLDER ${CMAKE_BINARY_DIR}/acpica)
set(ACPICA_STAMP ${ACPICA_FOLDER}/unpacked-2)

if(NOT EXISTS ${ACPICA_STAMP} OR ${ACPICA_ARCHIVE} IS_NEWER_THAN ${ACPICA_STAMP})
    if(NOT EXISTS ${ACPICA_ARCHIVE})
        message(FATAL_ERROR "${ACPICA_ARCHIVE} is missing: install the package linux-source-6.1")
    endif()
    message(STATUS "Unpacking ACPICA")
    file(REMOVE_RECURSE ${ACPICA_FOLDER})
    file(MAKE_DIRECTORY ${ACPICA_FOLDER})
    # The archive has one copy of each: its name without the first folder is the place here.
    execute_process(COMMAND_ERROR_IS_FATAL ANY COMMAND
        tar -xJf ${ACPICA_ARCHIVE} -C ${ACPICA_FOLDER} --strip-components=1 --touch --wildcards
            --no-wildcards-match-slash --exclude=*/acpi_*.h
            linux-source-6.1/drivers/acpi/acpica/*.[ch] linux-source-6.1/include/acpi/ac[a-z]*.h
            linux-source-6.1/include/acpi/platform/acenv*.h
            linux-source-6.1/include/acpi/platform/acgcc*.h)
    # Its environment is ours, on the build machine too.
    set(header ${ACPICA_FOLDER}/include/acpi/platform/acenv)
    foreach(part IN ITEMS "" ex)
        file(READ ${header}${part}.h text)
        string(REGEX REPLACE "#if defined\\(_LINUX\\)[^\n]*\n#include <acpi/platform/aclinux([a-z]*).h>"
            "#if 1\n#include \"acproteus\\1.h\"" text "${text}")
        file(WRITE ${header}${part}.h "${text}")
    endforeach()
    # One source marks an object for Linux's leak detector.
    file(WRITE ${ACPICA_FOLDER}/include/linux/kmemleak.h "#define kmemleak_not_leak(object)\n")
    file(TOUCH ${ACPICA_STAMP})
endif()

file(GLOB ACPICA_SOURCES ${ACPICA_FOLDER}/drivers/acpi/acpica/*.c)
# The debugger, the dumps for it, and what only ACPICA's own programs use.
list(FILTER ACPICA_SOURCES EXCLUDE REGEX "/(db[a-z]+|rsdump|nsdumpdv|utprint|uttrack|utuuid)\\.c$")
set(ACPICA_INCLUDES
    ${CMAKE_CURRENT_LIST_DIR}/include ${ACPICA_FOLDER}/include
    ${ACPICA_FOLDER}/drivers/acpi/acpica)
set(ACPICA_DEFINES BUILDING_ACPICA)
# It is not ours to keep quiet.
set(ACPICA_OPTIONS -w)
# For who includes its headers: they are not ours either.
set(ACPICA_USER_OPTIONS "SHELL:-isystem ${CMAKE_CURRENT_LIST_DIR}/include"
    "SHELL:-isystem ${ACPICA_FOLDER}/include")
