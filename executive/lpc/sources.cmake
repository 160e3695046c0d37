list(APPEND executive_sources
    lpc/lpcalpc.c
    lpc/lpcattribute.c
    lpc/lpccallback.c
    lpc/lpcclient.c
    lpc/lpcconnect.c
    lpc/lpcinit.c
    lpc/lpclegacy.c
    lpc/lpcmessage.c
    lpc/lpcport.c
    lpc/lpcquery.c
    lpc/lpcqueue.c
    lpc/lpcregion.c
    lpc/lpcsecurity.c
    lpc/lpcsend.c
    lpc/lpcview.c)
