list(APPEND executive_sources
    cm/cmadmin.c
    cm/cmanswer.c
    cm/cmcontrol.c
    cm/cmhive.c
    cm/cminit.c
    cm/cmkernel.c
    cm/cmkey.c
    cm/cmlist.c
    cm/cmload.c
    cm/cmnotify.c
    cm/cmparse.c
    cm/cmquery.c
    cm/cmsave.c
    cm/cmsecure.c
    cm/cmvalue.c)
