list(APPEND executive_sources ldr/archive.c)
