# Windows code: x86_64 PE images and libraries, compiled against mingw-w64's headers and sdk/include.

set(PROTEUS_MINGW_INCLUDE /usr/share/mingw-w64/include)
set(PROTEUS_SDK_INCLUDE ${CMAKE_SOURCE_DIR}/sdk/include)
set(PROTEUS_VFS_OVERLAY ${CMAKE_BINARY_DIR}/windows-headers.yaml)

execute_process(COMMAND ${CMAKE_C_COMPILER} -print-resource-dir
    OUTPUT_VARIABLE clang_resources OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)

# Windows sources include <Ntddk.h> and <NTDDK.H> alike. The overlay gives the header folders that
# case-insensitive look; the glob regenerates it when a header of ours comes or goes.
file(GLOB_RECURSE sdk_headers CONFIGURE_DEPENDS ${PROTEUS_SDK_INCLUDE}/*)
execute_process(
    COMMAND ${CMAKE_SOURCE_DIR}/tools/vfsoverlay -o ${PROTEUS_VFS_OVERLAY}
        ${PROTEUS_MINGW_INCLUDE} ${PROTEUS_SDK_INCLUDE}
    COMMAND_ERROR_IS_FATAL ANY)

# -fgnuc-version: without it mingw's headers define __attribute__ away.
# -fasync-exceptions: without it an __except around a plain memory access is dropped.
# -fasynchronous-unwind-tables: -ffreestanding turns them off for functions that raise nothing; on x64 every
# function but a leaf must have them, as a fault may come anywhere.
# -fno-elide-constructors: clang-19 crashes on a returned structure that a __finally captures.
# Clang's own headers come last: mingw's <intrin.h> must be the one that is found.
set(PROTEUS_PE_COMPILE_OPTIONS
    --target=x86_64-pc-windows-msvc
    -fms-extensions -fms-compatibility -fms-compatibility-version=19.29 -fgnuc-version=4.2.1
    -fasync-exceptions -fasynchronous-unwind-tables "SHELL:-Xclang -fno-elide-constructors"
    -ffreestanding -nostdinc -gdwarf
    "SHELL:-ivfsoverlay ${PROTEUS_VFS_OVERLAY}"
    "SHELL:-isystem ${PROTEUS_SDK_INCLUDE}"
    "SHELL:-isystem ${PROTEUS_SDK_INCLUDE}/ddk"
    "SHELL:-isystem ${PROTEUS_MINGW_INCLUDE}/ddk"
    "SHELL:-isystem ${PROTEUS_MINGW_INCLUDE}"
    "SHELL:-isystem ${clang_resources}/include"
    -Wno-nonportable-system-include-path -Wno-microsoft -Wno-unknown-pragmas -Wno-ignored-attributes)

set(PROTEUS_PE_DEFINITIONS
    _AMD64_ AMD64 _WIN64 _WIN32_WINNT=0x0A00 NTDDI_VERSION=0x0A000006
    _CLANG_DISABLE_CRT_DEPRECATION_WARNINGS)

set(PROTEUS_PE_LINK_executive /subsystem:native /fixed /base:0x10000000)
set(PROTEUS_PE_LINK_native /subsystem:native /dynamicbase)
set(PROTEUS_PE_LINK_console /subsystem:console /dynamicbase)
set(PROTEUS_PE_LINK_dll /dll /subsystem:native /dynamicbase)
set(PROTEUS_PE_LINK_driver /driver /subsystem:native,10.0 /dynamicbase)

set(PROTEUS_PE_LINK_OPTIONS
    /nologo /machine:x64 /nodefaultlib /WX /Brepro /debug:dwarf /opt:ref)

set(PROTEUS_PE_ENTRY_executive KiSystemStartup)
set(PROTEUS_PE_ENTRY_native NtProcessStartup)
set(PROTEUS_PE_ENTRY_console mainCRTStartup)
set(PROTEUS_PE_ENTRY_dll "")
set(PROTEUS_PE_ENTRY_driver DriverEntry)

# The same for tools/build-driver, which builds outside this tree: options as response files.
list(JOIN PROTEUS_PE_COMPILE_OPTIONS "\n" text)
string(REPLACE "SHELL:" "" text "${text}")
list(JOIN PROTEUS_PE_DEFINITIONS "\n-D" definitions)
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/sdk/compile.rsp CONTENT "${text}\n-D${definitions}\n")
foreach(kind console driver native)
    set(text ${PROTEUS_PE_LINK_OPTIONS} ${PROTEUS_PE_LINK_${kind}})
    list(JOIN text "\n" text)
    file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/sdk/link-${kind}.rsp
        CONTENT "${text}\n/entry:${PROTEUS_PE_ENTRY_${kind}}\n")
endforeach()

# The compiler's view of a PE component: flags, definitions, include folders.
function(proteus_pe_compile target visibility)
    cmake_parse_arguments(PARSE_ARGV 2 arg "" "" "INCLUDES;DEFINES;OPTIONS")
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_compile_options(${target} PRIVATE ${PROTEUS_PE_COMPILE_OPTIONS} ${arg_OPTIONS})
    target_compile_definitions(${target} PRIVATE ${PROTEUS_PE_DEFINITIONS} ${arg_DEFINES})
    target_include_directories(${target} ${visibility} ${arg_INCLUDES})
endfunction()

function(proteus_add_pe_library)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME" "SOURCES;INCLUDES;DEFINES;OPTIONS")
    add_library(${arg_NAME} STATIC ${arg_SOURCES})
    proteus_pe_compile(${arg_NAME} PUBLIC
        INCLUDES ${arg_INCLUDES} DEFINES ${arg_DEFINES} OPTIONS ${arg_OPTIONS})
endfunction()

# The import library comes from the .def file alone, so that images may import from one another.
function(proteus_add_import_library image def)
    set(library ${CMAKE_CURRENT_BINARY_DIR}/${image}.lib)
    add_custom_command(OUTPUT ${library} VERBATIM
        COMMAND llvm-dlltool-19 -m i386:x86-64 -D ${image} -d ${def} -l ${library}
        DEPENDS ${def} COMMENT "Making import library ${image}.lib")
    add_custom_target(${image}.implib DEPENDS ${library})
    set_target_properties(${image}.implib PROPERTIES PROTEUS_FILE ${library})
endfunction()

# LIBS names an image (ntdll.dll: its import library) or a static library target (rtl).
function(proteus_pe_libraries objects libs files_variable)
    set(files "")
    foreach(lib IN LISTS libs)
        if(lib MATCHES "\\.(dll|exe|sys)$")
            list(APPEND files $<TARGET_PROPERTY:${lib}.implib,PROTEUS_FILE>)
        else()
            target_link_libraries(${objects} PRIVATE ${lib})
            list(APPEND files $<TARGET_FILE:${lib}>)
        endif()
    endforeach()
    set(${files_variable} ${files} PARENT_SCOPE)
endfunction()

# The functions that requests for blocks run through, as tools/profile --order lists them for 4 KiB, one and 32 under way: in the
# images that have them they lie side by side, on few pages. Where an address space is loaded for each request, and
# translations of addresses are forgotten with each load, that is what they cost.
set(PROTEUS_HOT_FUNCTIONS ${CMAKE_CURRENT_LIST_DIR}/hot-functions.txt)
set(PROTEUS_PE_HOT_OPTIONS /order:@${PROTEUS_HOT_FUNCTIONS} /ignore:4037) # not every image has them all

# HOT: its functions are among those.
function(proteus_add_pe)
    cmake_parse_arguments(PARSE_ARGV 0 arg "HOT" "NAME;KIND;DEF;ENTRY;BASE"
        "SOURCES;INCLUDES;DEFINES;OPTIONS;LINK_OPTIONS;LIBS")
    if(NOT DEFINED PROTEUS_PE_ENTRY_${arg_KIND})
        message(FATAL_ERROR "${arg_NAME}: KIND must be executive, native, dll or driver")
    endif()

    set(objects ${arg_NAME}.objects)
    add_library(${objects} OBJECT ${arg_SOURCES})
    proteus_pe_compile(${objects} PRIVATE
        INCLUDES ${arg_INCLUDES} DEFINES ${arg_DEFINES} OPTIONS ${arg_OPTIONS})
    if(arg_KIND STREQUAL driver)
        target_compile_definitions(${objects} PRIVATE _KERNEL_MODE=1)
    endif()
    proteus_pe_libraries(${objects} "${arg_LIBS}" libraries)

    set(link ${PROTEUS_PE_LINK_${arg_KIND}} ${arg_LINK_OPTIONS})
    set(entry "${PROTEUS_PE_ENTRY_${arg_KIND}}")
    if(arg_ENTRY)
        set(entry ${arg_ENTRY})
    endif()
    if(entry)
        list(APPEND link /entry:${entry})
    else()
        list(APPEND link /noentry)
    endif()
    if(arg_BASE)
        list(APPEND link /base:${arg_BASE})
    endif()
    if(arg_HOT)
        list(APPEND link ${PROTEUS_PE_HOT_OPTIONS})
        set(hot ${PROTEUS_HOT_FUNCTIONS})
    endif()
    if(arg_DEF)
        cmake_path(ABSOLUTE_PATH arg_DEF)
        list(APPEND link /def:${arg_DEF})
        proteus_add_import_library(${arg_NAME} ${arg_DEF})
    endif()

    # The image with its debug information stays beside the one that goes into the system.
    set(image ${CMAKE_CURRENT_BINARY_DIR}/${arg_NAME})
    add_custom_command(OUTPUT ${image} BYPRODUCTS ${image}.debug COMMAND_EXPAND_LISTS VERBATIM
        COMMAND lld-link-19 ${PROTEUS_PE_LINK_OPTIONS}
            ${link} /out:${image}.debug $<TARGET_OBJECTS:${objects}> ${libraries}
        COMMAND ${CMAKE_SOURCE_DIR}/tools/strip-image ${image}.debug ${image}
        DEPENDS $<TARGET_OBJECTS:${objects}> ${libraries} ${arg_DEF} ${hot}
            ${CMAKE_SOURCE_DIR}/tools/strip-image ${CMAKE_SOURCE_DIR}/tools/sdklib/stamp.py
        COMMENT "Linking ${arg_NAME}")
    add_custom_target(${arg_NAME}.image ALL DEPENDS ${image})
    set_target_properties(${arg_NAME}.image PROPERTIES PROTEUS_FILE ${image})

    if(arg_KIND STREQUAL executive)
        cmake_path(GET arg_NAME STEM stem)
        proteus_add_boot_image(NAME ${stem}.elf EXECUTIVE ${arg_NAME})
    endif()
endfunction()
