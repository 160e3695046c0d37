list(APPEND executive_sources
    mm/advice.c mm/commit.c mm/copy.c mm/fault.c mm/image.c mm/init.c mm/iospace.c mm/kobject.c mm/map.c mm/pfn.c mm/pin.c
    mm/pool.c mm/protect.c mm/query.c mm/region.c mm/section.c mm/sectionservices.c mm/segment.c mm/services.c mm/slots.c mm/space.c mm/spacecache.c mm/stack.c
    mm/syspages.c
    mm/untyped.c mm/vad.c mm/virtual.c)
