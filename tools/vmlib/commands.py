"""What `tools/vm` can do: one function a command."""

import json
import sys
import time

from . import artifacts, programs
from .console import Console
from .errors import VmError
from .guest import Guest


def say(text):
    print(f"vm: {text}", file=sys.stderr, flush=True)


def print_line(line):
    print(line, flush=True)


def run(arguments):
    """The console on this terminal until the machine ends."""
    if not arguments.log:
        (arguments.build / "vm").mkdir(parents=True, exist_ok=True)
        arguments.log = arguments.build / "vm/debug.log"
    with Guest(arguments, interactive=True) as guest:
        say(f"Ctrl-A X ends the machine, Ctrl-A C is QEMU's monitor; debug log: {guest.log}")
        reason, failed = guest.wait()
    say(reason)
    return 1 if failed else 0


def execute(arguments):
    """Type commands at the prompt and print what they print."""
    with Guest(arguments) as guest:
        console = Console(guest, arguments.prompt, arguments.timeout)
        console.wait_for_prompt("after boot")
        for command in arguments.commands:
            print(console.execute(command), end="", flush=True)
        if arguments.power_off:
            guest.write(arguments.power_off.encode() + b"\r")
            guest.wait_for_power_off()
    return 0


def shot(arguments):
    """Type commands, or wait, and take a picture of the screen."""
    with Guest(arguments) as guest:
        if arguments.after is None:
            console = Console(guest, arguments.prompt, arguments.timeout)
            console.wait_for_prompt("after boot")
            for command in arguments.commands:
                print(console.execute(command), end="", flush=True)
        else:
            deadline = time.monotonic() + arguments.after
            while (left := deadline - time.monotonic()) > 0:
                guest.read(left)
        guest.screenshot(arguments.file)
    return 0


def test(arguments):
    """Run a test program and judge it by its TAP."""
    arguments.root = artifacts.program(arguments.build, "tests", arguments.name)
    machine = arguments.root.with_suffix(".qemu")
    if machine.exists():                # what this program's machine has beside the usual
        arguments.qemu = f"{machine.read_text(encoding='utf-8').strip()} {arguments.qemu}"
    tap, _ = programs.run(arguments, print_line)
    print(tap.counts())
    if tap.problem:
        say(tap.problem)
    return 0 if tap.good() else 1


def bench(arguments):
    """Run a benchmark program in instruction-counting mode."""
    arguments.icount = not arguments.wall_clock
    arguments.root = artifacts.program(arguments.build, "bench", arguments.name)
    tap, measurements = programs.run(arguments, print_line)
    if arguments.json:
        records = [vars(measurement) for measurement in measurements]
        arguments.json.write_text(json.dumps(records, indent=1) + "\n", encoding="utf-8")
    if tap.problem or tap.failed:
        raise VmError(tap.problem or f"{tap.failed} checks of the benchmark failed")
    if not measurements:
        raise VmError("the benchmark measured nothing")
    return 0
