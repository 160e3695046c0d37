# The boot image: the Executive wrapped as ELF, with the files it needs before any disk works.

# Gathers what components put into the boot archive. Generator expressions read the properties when
# everything has been said, so a component may add a file after the Executive was declared.
add_custom_target(boot-files)
set_target_properties(boot-files PROPERTIES PROTEUS_ENTRIES "" PROTEUS_PATHS "")

# "System32\ntdll.dll=ntdll.dll": the path inside the archive, then an image of proteus_add_pe or a file.
function(proteus_boot_file_entry entry entry_variable path_variable)
    string(REGEX MATCH "^([^=]+)=(.+)$" matched "${entry}")
    if(NOT matched)
        message(FATAL_ERROR "boot file '${entry}' is not of the form archive-path=target-or-file")
    endif()
    set(name ${CMAKE_MATCH_1})
    set(path ${CMAKE_MATCH_2})
    if(path MATCHES "^[^/]+\\.(dll|exe|sys)$")
        set(path $<TARGET_PROPERTY:${path}.image,PROTEUS_FILE>)
    else()
        cmake_path(ABSOLUTE_PATH path BASE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR})
    endif()
    set(${entry_variable} "${name}=${path}" PARENT_SCOPE)
    set(${path_variable} "${path}" PARENT_SCOPE)
endfunction()

function(proteus_add_boot_files)
    foreach(file IN LISTS ARGN)
        proteus_boot_file_entry("${file}" entry path)
        set_property(TARGET boot-files APPEND PROPERTY PROTEUS_ENTRIES "${entry}")
        set_property(TARGET boot-files APPEND PROPERTY PROTEUS_PATHS "${path}")
    endforeach()
endfunction()

# NAME.elf = EXECUTIVE with the common boot files and those of FILES.
function(proteus_add_boot_image)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME;EXECUTIVE" "FILES")
    set(entries $<TARGET_GENEX_EVAL:boot-files,$<TARGET_PROPERTY:boot-files,PROTEUS_ENTRIES>>)
    set(paths $<TARGET_GENEX_EVAL:boot-files,$<TARGET_PROPERTY:boot-files,PROTEUS_PATHS>>)
    foreach(file IN LISTS arg_FILES)
        proteus_boot_file_entry("${file}" entry path)
        list(APPEND entries "${entry}")
        list(APPEND paths "${path}")
    endforeach()

    set(elf ${CMAKE_CURRENT_BINARY_DIR}/${arg_NAME})
    cmake_path(REPLACE_EXTENSION elf LAST_ONLY bootarc OUTPUT_VARIABLE archive)
    set(executive $<TARGET_PROPERTY:${arg_EXECUTIVE}.image,PROTEUS_FILE>)
    set(tools ${CMAKE_SOURCE_DIR}/tools)
    add_custom_command(OUTPUT ${archive} COMMAND_EXPAND_LISTS VERBATIM
        COMMAND ${tools}/bootarchive create ${archive} ${entries}
        DEPENDS ${paths} ${tools}/bootarchive COMMENT "Making boot archive of ${arg_NAME}")
    add_custom_command(OUTPUT ${elf} VERBATIM
        COMMAND ${tools}/pe2elf ${executive} --archive ${archive} -o ${elf}
        DEPENDS ${executive} ${archive} ${tools}/pe2elf COMMENT "Wrapping ${arg_NAME}")
    add_custom_target(${arg_NAME}.image ALL DEPENDS ${elf})
endfunction()
