list(APPEND executive_sources
    cm/cmanswer.c
    cm/cmcontrol.c
    cm/cmhive.c
    cm/cminit.c
    cm/cmkey.c
    cm/cmnotify.c
    cm/cmparse.c
    cm/cmquery.c
    cm/cmsecure.c
    cm/cmvalue.c)
