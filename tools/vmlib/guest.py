"""A running machine: its console, its end, and what is kept of it."""

import os
import pathlib
import select
import shutil
import subprocess
import sys
import tempfile
import time

from . import qemu
from .errors import GuestError, VmError
from .qmp import Qmp

POWER_OFF_SECONDS = 10
SHUTDOWN_REASONS = {
    "guest-reset": "the guest reset the machine (triple fault?)",
    "guest-shutdown": "the guest powered off",
    "guest-panic": "the guest panicked",
    "host-qmp-quit": "the machine was switched off",
    "host-signal": "the machine was switched off",
}


class Guest:
    """Use as a context manager: whatever happens, QEMU is gone afterwards.

    The run folder holds the debug log, the console's transcript and QEMU's messages. It is kept when
    the run fails, so that its error can be looked into.
    """

    def __init__(self, arguments, interactive=False, restarts=False):
        self.arguments = arguments
        self.interactive = interactive
        self.restarts = restarts        # a reset by the guest is no end
        self.process = None
        self.shutdown_reason = None
        self.keep = False               # the logs of a run that ended well are removed

    def __enter__(self):
        base = self.arguments.build / "vm"
        base.mkdir(parents=True, exist_ok=True)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="run-", dir=base))
        self.log = (self.arguments.log or self.folder / "debug.log").resolve()
        self.transcript = self.folder / "console.log"
        try:
            self._start()
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise
        return self

    def __exit__(self, kind, error, traceback):
        self._end_process()
        self.qmp.close()
        failed = kind is not None and issubclass(kind, GuestError)
        if not (failed or self.keep):
            shutil.rmtree(self.folder, ignore_errors=True)

    def _console_arguments(self):
        if self.interactive:
            return ["-action", "reboot=reset,shutdown=poweroff",
                    "-chardev", "stdio,id=console,mux=on,signal=off",
                    "-mon", "chardev=console,mode=readline"]
        # A machine that ends stays there, stopped, so that its registers can be read.
        reboot = "reset" if self.restarts else "shutdown"
        return ["-action", f"reboot={reboot},shutdown=pause",
                "-chardev", f"stdio,id=console,signal=off,logfile={self.transcript}"]

    def _start(self):
        self.qmp = Qmp()
        command = (qemu.command(self.arguments, self.folder, self.log)
                   + self._console_arguments() + self.qmp.qemu_arguments())
        pipe = None if self.interactive else subprocess.PIPE
        self.messages = self.folder / "qemu.log"
        with open(self.messages, "wb") as messages:
            try:
                self.process = subprocess.Popen(
                    command, stdin=pipe, stdout=pipe, stderr=messages,
                    pass_fds=(self.qmp.theirs.fileno(),))
            except OSError as error:
                raise VmError(f"cannot start {command[0]}: {error}") from error
        self.qmp.started()
        if self.arguments.gdb:
            print("vm: waiting for gdb: target remote localhost:1234", file=sys.stderr)

    def _end_process(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream:
                stream.close()

    def where_to_look(self):
        logs = f"  debug log: {self.log}"
        return logs if self.interactive else f"{logs}\n  console: {self.transcript}"

    def fail(self, reason):
        """The error for this run, with where to look."""
        return GuestError(f"{reason}\n{self.where_to_look()}")

    def _take_events(self):
        for event in self.qmp.events:
            if event["event"] == "SHUTDOWN":
                self.shutdown_reason = event["data"]["reason"]
        self.qmp.events.clear()

    def _read_control(self):
        """False when QEMU has closed the channel."""
        open_still = self.qmp.receive() is not None
        self._take_events()
        return open_still

    def _describe_exit(self):
        status = self.process.wait()
        while self._read_control():
            pass
        if self.shutdown_reason in SHUTDOWN_REASONS:
            return SHUTDOWN_REASONS[self.shutdown_reason]
        said = self.messages.read_text(errors="replace").strip()
        return f"QEMU ended with status {status}" + (f": {said}" if said else "")

    def _shutdown_error(self):
        """The error for a machine that stopped itself; after a reset, its registers are kept."""
        reason = SHUTDOWN_REASONS.get(self.shutdown_reason, self.shutdown_reason)
        if self.shutdown_reason == "guest-reset":
            registers = self.qmp.execute("human-monitor-command",
                                         **{"command-line": "info registers"})
            file = self.folder / "registers.txt"
            file.write_text(registers.replace("\r", ""), encoding="utf-8")
            reason += f"\n  registers: {file}"
        return self.fail(reason)

    def read(self, seconds):
        """Console bytes as they come; b"" when nothing came for so long. An end is an error."""
        deadline = time.monotonic() + seconds
        watched = [self.process.stdout, self.qmp]
        while True:
            left = max(0, deadline - time.monotonic())
            if self.shutdown_reason:
                left = 0                # what the guest said last comes before its end
            elif self.arguments.gdb:
                left = None             # a stopped guest says nothing, and that is no hang
            ready, _, _ = select.select(watched, [], [], left)
            if self.process.stdout in ready:
                data = os.read(self.process.stdout.fileno(), 65536)
                if data:
                    return data
                raise self.fail(self._describe_exit())
            if self.qmp in ready and not self._read_control():
                watched.remove(self.qmp)
            if ready:
                continue
            if self.shutdown_reason:
                raise self._shutdown_error()
            return b""

    def write(self, data):
        try:
            self.process.stdin.write(data)
            self.process.stdin.flush()
        except OSError as error:
            raise self.fail(self._describe_exit()) from error

    def screenshot(self, file):
        self.qmp.execute("screendump", filename=str(pathlib.Path(file).resolve()), format="png")

    def wait_for_power_off(self):
        """The guest was told to power off by itself."""
        try:
            while self.read(POWER_OFF_SECONDS):
                pass
        except GuestError:
            if self.shutdown_reason == "guest-shutdown":
                return
            raise
        raise self.fail(f"the guest did not power off within {POWER_OFF_SECONDS} s")

    def wait(self):
        """Until an interactive machine ends: why, and whether it went wrong."""
        reason = self._describe_exit()
        went_wrong = self.shutdown_reason in ("guest-reset", "guest-panic")
        return reason, went_wrong or self.process.returncode != 0
