list(APPEND executive_sources
    io/console.c io/file.c io/query.c io/services.c io/volume.c)
