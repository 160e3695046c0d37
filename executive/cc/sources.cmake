list(APPEND executive_sources
    cc/ccindex.c
    cc/ccmap.c
    cc/ccpage.c
    cc/ccread.c
    cc/ccreadahead.c
    cc/ccstream.c
    cc/cctransfer.c)
