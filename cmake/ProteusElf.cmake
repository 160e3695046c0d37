# Freestanding ELF64 programs: the kernel and plain root tasks.

set(PROTEUS_ELF_COMPILE_OPTIONS
    --target=x86_64-unknown-none-elf
    -ffreestanding -fno-pic -fno-stack-protector -fno-asynchronous-unwind-tables)

# Clang hands the link of a bare x86_64 target to gcc; its Linux driver calls lld with the same result.
set(PROTEUS_ELF_LINK_OPTIONS
    --target=x86_64-unknown-linux-gnu -fuse-ld=lld
    -nostdlib -static
    -Wl,--build-id=none -Wl,-z,noexecstack -Wl,-z,max-page-size=4096)

function(proteus_add_elf)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME;LINKER_SCRIPT"
        "SOURCES;INCLUDES;DEFINES;OPTIONS;LINK_OPTIONS;LIBS")
    add_executable(${arg_NAME} ${arg_SOURCES})
    set_target_properties(${arg_NAME} PROPERTIES
        OUTPUT_NAME ${arg_NAME}.elf
        POSITION_INDEPENDENT_CODE OFF)
    target_compile_options(${arg_NAME} PRIVATE ${PROTEUS_ELF_COMPILE_OPTIONS} ${arg_OPTIONS})
    target_compile_definitions(${arg_NAME} PRIVATE ${arg_DEFINES})
    target_include_directories(${arg_NAME} PRIVATE ${arg_INCLUDES})
    target_link_options(${arg_NAME} PRIVATE ${PROTEUS_ELF_LINK_OPTIONS} ${arg_LINK_OPTIONS})
    target_link_libraries(${arg_NAME} PRIVATE ${arg_LIBS})
    if(arg_LINKER_SCRIPT)
        cmake_path(ABSOLUTE_PATH arg_LINKER_SCRIPT)
        target_link_options(${arg_NAME} PRIVATE -Wl,-T,${arg_LINKER_SCRIPT})
        set_property(TARGET ${arg_NAME} APPEND PROPERTY LINK_DEPENDS ${arg_LINKER_SCRIPT})
    endif()
endfunction()
