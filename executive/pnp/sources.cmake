list(APPEND executive_sources
    pnp/pnpcontrol.c
    pnp/pnpdriver.c
    pnp/pnpframebuffer.c
    pnp/pnphost.c
    pnp/pnpnode.c
    pnp/pnpnotify.c
    pnp/pnpprivilege.c
    pnp/pnpquery.c
    pnp/pnpregistry.c
    pnp/pnpremove.c
    pnp/pnpresource.c
    pnp/pnpservices.c
    pnp/pnpstart.c
    pnp/pnpworker.c)
