list(APPEND executive_sources
    ke/amd64/start.S
    ke/acpi.c ke/apc.c ke/backtrace.c ke/bugcheck.c ke/clock.c ke/console.c ke/context.c ke/cpu.c ke/crash.c ke/delay.c ke/dispatch.c
    ke/dispatcher.c ke/exception.c ke/fiber.c ke/hpet.c ke/init.c ke/interrupt.c ke/leave.c
    ke/pit.c ke/ports.c ke/queue.c ke/rtc.c ke/rtlhooks.c ke/serial.c ke/services.c ke/thread.c ke/timer.c ke/times.c
    ke/wait.c ../rtl/amd64/unwind.c)
