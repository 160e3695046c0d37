list(APPEND executive_sources
    inbv/bootscreen.c
    inbv/display.c
    ${INBV_FONT})
