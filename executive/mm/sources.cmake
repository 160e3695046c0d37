list(APPEND executive_sources
    mm/init.c mm/iospace.c mm/kobject.c mm/map.c mm/pfn.c mm/pool.c mm/region.c mm/slots.c mm/syspages.c
    mm/untyped.c)
