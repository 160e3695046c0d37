list(APPEND executive_sources
    ps/attributes.c ps/cid.c ps/create.c ps/info.c ps/job.c ps/jobinfo.c ps/params.c ps/process.c
    ps/processservices.c ps/procdetail.c ps/procinfo.c ps/start.c ps/terminate.c ps/thread.c
    ps/threadinfo.c ps/threadservices.c ps/user.c)
