list(APPEND executive_sources
    po/poaction.c
    po/podevice.c
    po/pofinish.c
    po/poinfo.c
    po/popolicy.c
    po/poprograms.c
    po/poservices.c
    po/poshutdown.c
    po/posystem.c)
