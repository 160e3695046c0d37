list(APPEND executive_sources
    ke/amd64/start.S
    ke/acpi.c ke/bugcheck.c ke/clock.c ke/cpu.c ke/crash.c ke/dispatcher.c ke/fiber.c ke/hpet.c
    ke/init.c ke/interrupt.c ke/pit.c ke/ports.c ke/queue.c ke/rtc.c ke/serial.c ke/timer.c
    ke/wait.c)
