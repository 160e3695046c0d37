# Tests of pure logic, run on the build machine under the sanitizers.

set(PROTEUS_SANITIZERS -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
set(PROTEUS_FUZZ_SECONDS 5 CACHE STRING "How long ctest lets each fuzzer run")

function(proteus_add_host_test)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME" "SOURCES;INCLUDES;DEFINES;OPTIONS")
    add_executable(${arg_NAME} ${arg_SOURCES})
    target_compile_options(${arg_NAME} PRIVATE ${PROTEUS_SANITIZERS} ${arg_OPTIONS})
    target_compile_definitions(${arg_NAME} PRIVATE ${arg_DEFINES})
    target_include_directories(${arg_NAME} PRIVATE ${arg_INCLUDES})
    target_link_options(${arg_NAME} PRIVATE ${PROTEUS_SANITIZERS})
    target_link_libraries(${arg_NAME} PRIVATE cmocka)
    add_test(NAME ${arg_NAME} COMMAND ${arg_NAME})
    set_tests_properties(${arg_NAME} PROPERTIES LABELS unit TIMEOUT 120)
endfunction()

# Inputs worth keeping live in CORPUS (a folder); what a run finds stays in the build folder.
function(proteus_add_fuzzer)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME;CORPUS" "SOURCES;INCLUDES;DEFINES;OPTIONS")
    add_executable(${arg_NAME} ${arg_SOURCES})
    target_compile_options(${arg_NAME} PRIVATE
        -fsanitize=fuzzer ${PROTEUS_SANITIZERS} ${arg_OPTIONS})
    target_compile_definitions(${arg_NAME} PRIVATE ${arg_DEFINES})
    target_include_directories(${arg_NAME} PRIVATE ${arg_INCLUDES})
    target_link_options(${arg_NAME} PRIVATE -fsanitize=fuzzer ${PROTEUS_SANITIZERS})
    set(findings ${CMAKE_CURRENT_BINARY_DIR}/${arg_NAME}.corpus)
    file(MAKE_DIRECTORY ${findings})
    if(arg_CORPUS)
        cmake_path(ABSOLUTE_PATH arg_CORPUS)
    endif()
    add_test(NAME ${arg_NAME} COMMAND ${arg_NAME}
        -max_total_time=${PROTEUS_FUZZ_SECONDS} -timeout=10 -rss_limit_mb=1024 -print_final_stats=1
        -artifact_prefix=${findings}/ ${findings} ${arg_CORPUS})
    set_tests_properties(${arg_NAME} PROPERTIES LABELS unit TIMEOUT 120)
endfunction()
