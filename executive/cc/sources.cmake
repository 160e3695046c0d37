list(APPEND executive_sources
    cc/ccdirty.c
    cc/ccflush.c
    cc/ccindex.c
    cc/cclazy.c
    cc/ccmap.c
    cc/ccorphan.c
    cc/ccpage.c
    cc/ccpurge.c
    cc/ccquery.c
    cc/ccread.c
    cc/ccreadahead.c
    cc/ccsection.c
    cc/ccstream.c
    cc/cctransfer.c
    cc/ccview.c
    cc/ccwrite.c)
