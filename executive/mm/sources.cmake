list(APPEND executive_sources
    mm/advice.c
    mm/cachepage.c
    mm/commit.c
    mm/copy.c
    mm/extended.c
    mm/fault.c
    mm/hostview.c
    mm/image.c
    mm/init.c
    mm/iospace.c
    mm/kobject.c
    mm/large.c
    mm/map.c
    mm/pfn.c
    mm/pin.c
    mm/placeholder.c
    mm/pool.c
    mm/pooltag.c
    mm/protect.c
    mm/query.c
    mm/region.c
    mm/section.c
    mm/sectionservices.c
    mm/segment.c
    mm/services.c
    mm/slots.c
    mm/space.c
    mm/spacecache.c
    mm/stack.c
    mm/syspages.c
    mm/untyped.c
    mm/vad.c
    mm/view.c
    mm/virtual.c
    mm/workingset.c)

option(PROTEUS_CHECK_POOL "Find writes to pool of the Executive that is free or ends before" OFF)
if(PROTEUS_CHECK_POOL)
    list(APPEND executive_sources mm/poolcheck.c)
    set_source_files_properties(mm/pool.c mm/poolcheck.c PROPERTIES COMPILE_DEFINITIONS PROTEUS_CHECK_POOL)
endif()
