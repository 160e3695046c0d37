"""What `tools/vm` can do: one function a command."""

import json
import subprocess
import sys
import threading
import time

from . import artifacts, programs
from .console import Console
from .errors import VmError
from .guest import Guest
from .options import REPOSITORY


BATCH_SECONDS = 300      # for commands that gdb is given


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


def drain(guest):
    """Read the console, so that the machine never waits for us: its text is in the transcript."""
    try:
        while True:
            guest.read(1)
    except VmError:
        pass


def debug(arguments):
    """gdb on a machine that has not started yet, with the symbols of the kernel and of the Executive."""
    arguments.gdb = True
    kernel = artifacts.kernel(arguments)
    executive = arguments.build / "executive/executive.exe.debug"
    script = REPOSITORY / "tools/gdb/proteus.py"
    lines = ["set pagination off", "set confirm off", f"set $build = \"{arguments.build}\"",
             f"file {kernel}", f"add-symbol-file {executive} -o 0", f"source {script}", "target remote localhost:1234"]
    with Guest(arguments) as guest:
        guest.keep = True
        say(f"console: {guest.transcript}; debug log: {guest.log}; help: `help proteus`")
        threading.Thread(target=drain, args=(guest,), daemon=True).start()
        words = [word for line in lines + arguments.commands for word in ("-ex", line)]
        batch = ["--batch"] if arguments.commands else []
        try:
            return subprocess.run(["gdb", "-q", "-nx", *batch, *words], check=False,
                                  timeout=BATCH_SECONDS if batch else None).returncode
        except subprocess.TimeoutExpired as error:
            raise guest.fail(f"gdb's commands did not end within {BATCH_SECONDS} s") from error


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


def take_machine(arguments):
    """What a program's own file adds to the machine."""
    machine = arguments.root.with_suffix(".qemu")
    if machine.exists():                # what this program's machine has beside the usual
        arguments.qemu = f"{machine.read_text(encoding='utf-8').strip()} {arguments.qemu}"


def test(arguments):
    """Run a test program and judge it by its TAP."""
    arguments.root = artifacts.program(arguments.build, "tests", arguments.name)
    take_machine(arguments)
    tap, _ = programs.run(arguments, print_line)
    print(tap.counts())
    if tap.problem:
        say(tap.problem)
    return 0 if tap.good() else 1


def bench(arguments):
    """Run a benchmark program in instruction-counting mode."""
    arguments.icount = not arguments.wall_clock
    arguments.root = artifacts.program(arguments.build, "bench", arguments.name)
    take_machine(arguments)
    tap, measurements = programs.run(arguments, print_line)
    if arguments.json:
        records = [vars(measurement) for measurement in measurements]
        arguments.json.write_text(json.dumps(records, indent=1) + "\n", encoding="utf-8")
    if tap.problem or tap.failed:
        raise VmError(tap.problem or f"{tap.failed} checks of the benchmark failed")
    if not measurements:
        raise VmError("the benchmark measured nothing")
    return 0
