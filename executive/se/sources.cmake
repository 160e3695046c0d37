list(APPEND executive_sources
    se/seaccess.c
    se/seadjust.c
    se/seassign.c
    se/seaudit.c
    se/secapture.c
    se/secheck.c
    se/secheckparts.c
    se/sedescriptor.c
    se/sefilter.c
    se/seimpersonate.c
    se/seinherit.c
    se/seinit.c
    se/seopen.c
    se/sequery.c
    se/sesession.c
    se/sesid.c
    se/setoken.c)
