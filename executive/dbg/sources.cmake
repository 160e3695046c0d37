list(APPEND executive_sources
    dbg/capture.c
    dbg/dumpfile.c
    dbg/filter.c
    dbg/print.c)
