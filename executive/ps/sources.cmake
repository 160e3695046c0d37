list(APPEND executive_sources
    ps/cid.c ps/info.c ps/job.c ps/process.c ps/procinfo.c ps/start.c ps/terminate.c ps/thread.c
    ps/threadinfo.c ps/user.c)
