list(APPEND executive_sources
    ke/amd64/start.S
    ke/bugcheck.c ke/crash.c ke/init.c ke/ports.c ke/serial.c)
