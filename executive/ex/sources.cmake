list(APPEND executive_sources
    ex/exalert.c
    ex/exatom.c
    ex/exevent.c
    ex/exid.c
    ex/exinit.c
    ex/exiocompletion.c
    ex/exkeyed.c
    ex/exlocale.c
    ex/exmutant.c
    ex/exrandom.c
    ex/exsemaphore.c
    ex/exsysinfo.c
    ex/exsysprocess.c
    ex/exsysprocessor.c
    ex/extime.c
    ex/extimer.c
    ex/exuser.c)
