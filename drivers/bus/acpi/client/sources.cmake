# The interfaces of drivers, on requests to the device. In acpi.sys for drivers of its own process, in the driver host for
# all others.
set(ACPI_CLIENT_FOLDER ${CMAKE_CURRENT_LIST_DIR})
set(ACPI_CLIENT_SOURCES ${ACPI_CLIENT_FOLDER}/connection.c ${ACPI_CLIENT_FOLDER}/interface.c)
