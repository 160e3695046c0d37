list(APPEND executive_sources
    io/bootarchive.c io/bootdirectory.c io/bootquery.c io/bootvolume.c io/buffer.c io/call.c io/cancel.c
    io/console.c io/control.c io/create.c io/device.c io/directory.c io/dirlist.c io/driver.c io/ea.c io/file.c
    io/image.c io/ioinit.c io/local.c io/lock.c io/number.c io/open.c io/queryinfo.c io/readwrite.c
    io/request.c io/secure.c io/service.c io/setinfo.c io/share.c io/volumeinfo.c io/work.c
    io/npfs/npcontrol.c io/npfs/npcreate.c io/npfs/npfs.c io/npfs/npinfo.c io/npfs/npio.c
    io/npfs/npqueue.c io/npfs/nproot.c io/npfs/npstate.c)
