# What runs on the build machine too.
set(ACPI_CORE_SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/core/assign.c
    ${CMAKE_CURRENT_LIST_DIR}/core/bridge.c
    ${CMAKE_CURRENT_LIST_DIR}/core/children.c
    ${CMAKE_CURRENT_LIST_DIR}/core/ec.c
    ${CMAKE_CURRENT_LIST_DIR}/core/evalmethod.c
    ${CMAKE_CURRENT_LIST_DIR}/core/evaluate.c
    ${CMAKE_CURRENT_LIST_DIR}/core/gpe.c
    ${CMAKE_CURRENT_LIST_DIR}/core/identify.c
    ${CMAKE_CURRENT_LIST_DIR}/core/interrupt.c
    ${CMAKE_CURRENT_LIST_DIR}/core/known.c
    ${CMAKE_CURRENT_LIST_DIR}/core/node.c
    ${CMAKE_CURRENT_LIST_DIR}/core/path.c
    ${CMAKE_CURRENT_LIST_DIR}/core/resource.c
    ${CMAKE_CURRENT_LIST_DIR}/core/resourcelist.c
    ${CMAKE_CURRENT_LIST_DIR}/core/route.c
    ${CMAKE_CURRENT_LIST_DIR}/core/start.c)
