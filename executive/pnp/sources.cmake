list(APPEND executive_sources
    pnp/pnparbiter.c
    pnp/pnpclaim.c
    pnp/pnpcontrol.c
    pnp/pnpdescriptor.c
    pnp/pnpdriver.c
    pnp/pnpframebuffer.c
    pnp/pnpgrant.c
    pnp/pnphost.c
    pnp/pnpnode.c
    pnp/pnpnotify.c
    pnp/pnpquery.c
    pnp/pnpregistry.c
    pnp/pnpremove.c
    pnp/pnpresource.c
    pnp/pnpservices.c
    pnp/pnpstart.c
    pnp/pnpworker.c)
