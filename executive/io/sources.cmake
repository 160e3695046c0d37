list(APPEND executive_sources
    io/console.c io/file.c io/query.c io/host.c io/hostbuffer.c io/hostcontrol.c io/hostdevice.c io/hostforward.c io/hosthw.c io/hostmemory.c io/hostrequest.c io/hostring.c io/services.c io/volume.c)
