list(APPEND executive_sources
    lpc/lpcalpc.c
    lpc/lpcattribute.c
    lpc/lpcclient.c
    lpc/lpcconnect.c
    lpc/lpcinit.c
    lpc/lpclegacy.c
    lpc/lpcmessage.c
    lpc/lpcport.c
    lpc/lpcqueue.c
    lpc/lpcsend.c
    lpc/lpcview.c)
