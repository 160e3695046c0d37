# What configuration space says: for the driver and for the unit tests.
set(PCI_CORE_FOLDER ${CMAKE_CURRENT_LIST_DIR})
set(PCI_CORE_SOURCES bar.c capability.c header.c identifier.c mcfg.c window.c)
list(TRANSFORM PCI_CORE_SOURCES PREPEND ${PCI_CORE_FOLDER}/)
