# The registry's hives, made of the .reg files that components contribute.

add_custom_target(registry-text)

# proteus_add_registry(SYSTEM drivers.reg ...): text of one hive, from any component. A later file's
# values take the place of an earlier one's.
function(proteus_add_registry hive)
    foreach(file IN LISTS ARGN)
        cmake_path(ABSOLUTE_PATH file)
        set_property(TARGET registry-text APPEND PROPERTY PROTEUS_${hive} ${file})
    endforeach()
endfunction()

# The hive file ${CMAKE_CURRENT_BINARY_DIR}/NAME of FILES, and of all that was said for NAME. PREFIX is what
# its root is called in the text.
function(proteus_add_hive)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME;PREFIX" "FILES")
    proteus_add_registry(${arg_NAME} ${arg_FILES})
    set(files $<TARGET_PROPERTY:registry-text,PROTEUS_${arg_NAME}>)
    set(hive ${CMAKE_CURRENT_BINARY_DIR}/${arg_NAME})
    set(tool ${CMAKE_SOURCE_DIR}/tools/mkhive)
    add_custom_command(OUTPUT ${hive} COMMAND_EXPAND_LISTS VERBATIM
        COMMAND ${tool} --prefix ${arg_PREFIX} ${hive} ${files}
        DEPENDS ${files} ${tool} COMMENT "Making hive ${arg_NAME}")
    add_custom_target(hive-${arg_NAME} ALL DEPENDS ${hive})
endfunction()
