list(APPEND executive_sources
    ob/obdevmap.c
    ob/obdir.c
    ob/obdirquery.c
    ob/obdup.c
    ob/obhandle.c
    ob/obinit.c
    ob/oblink.c
    ob/oblookup.c
    ob/obname.c
    ob/obobject.c
    ob/obopen.c
    ob/obquery.c
    ob/obsecure.c
    ob/observice.c
    ob/obtable.c
    ob/obtype.c
    ob/obwait.c)
