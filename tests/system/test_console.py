"""The console driver: lines edited as on a serial terminal, its screen, and what is left when it dies."""

import argparse
import contextlib
import re
import struct
import time

import pytest

from vmlib import console, guest, options

PROMPT = r"C:\\>"
LEFT, UP, HOME, ESCAPE, CTRL_C = "\x1b[D", "\x1b[A", "\x1b[H", "\x1b", "\x03"
QUIET_SECONDS = 0.5                     # also: an escape alone is the key only when nothing follows


class Prompt:
    """Keys typed at the shell's prompt."""

    def __init__(self, started):
        self.guest = started
        self.console = console.Console(started, PROMPT, 60)
        self.console.wait_for_prompt("after boot")

    def type(self, keys):
        """What is printed up to the next prompt."""
        self.guest.write(keys.encode())
        return console.plain(self.console.wait_for_prompt(f"after {keys!r}"))

    def hear(self, keys):
        """Keys that lead to no prompt: their echo, until it is quiet."""
        self.guest.write(keys.encode())
        heard = b""
        while data := self.guest.read(QUIET_SECONDS):
            heard += data
        return console.plain(heard.decode())


@contextlib.contextmanager
def machine(build, *words):
    parser = argparse.ArgumentParser()
    options.add_machine_options(parser)
    arguments = parser.parse_args(["--build", str(build), *words])
    options.check(arguments)
    with guest.Guest(arguments) as started:
        yield started


@contextlib.contextmanager
def prompt(build, *words):
    with machine(build, *words) as started:
        yield Prompt(started)


def hear_until(started, found):
    """What is printed until found(it)."""
    said, heard, end = b"", "", time.monotonic() + 120
    while not found(heard):
        assert time.monotonic() < end, heard
        said += started.read(1) or b""
        heard = console.plain(said.decode(errors="replace"))
    return heard


def press(started, keys):
    for key in keys:
        started.qmp.execute("send-key", keys=[{"type": "qcode", "data": key}])


def wait_for_log(started, text):
    end = time.monotonic() + 60
    while not started.log.exists() or text not in started.log.read_text(errors="replace"):
        assert time.monotonic() < end
        time.sleep(0.02)


def test_lines_are_edited(build):
    with prompt(build) as shell:
        assert "\nhello\n" in shell.type(f"echo helo{LEFT}l\r")
        assert "\nhello\n" in shell.type(f"{UP}\r")
        shell.type(f"echo nothing{CTRL_C}")
        assert shell.hear("no command") == "no command"
        shell.hear(ESCAPE)
        assert "\nagain\n" in shell.type("echo again\r")


def test_a_blank_line_before_the_prompt(build):
    """Behind each command; not behind a line with nothing in it, nor behind Ctrl-C."""
    with machine(build) as started:
        assert re.search(r"Version [^\n]*\]\n\nC:\\>$", hear_until(started, lambda heard: heard.endswith("C:\\>")))
    with prompt(build) as shell:
        assert shell.type("echo hello\r") == "echo hello\nhello\n\nC:\\>"
        assert shell.type("rem\r") == "rem\n\nC:\\>"
        assert shell.type("\r") == "\nC:\\>" and shell.type("  \r") == "  \nC:\\>"
        assert shell.type(f"half{CTRL_C}") == "half^C\nC:\\>"
        assert shell.type("<nul set /p =no end of line\r").endswith("\nno end of line\nC:\\>")
        shell.guest.write(b"echo runs & for /l %i in (1,0,2) do @rem\r")
        hear_until(shell.guest, lambda heard: "\nruns" in heard)
        assert shell.type(CTRL_C).endswith("^C\nC:\\>")


def test_ctrl_c_ends_what_runs(build, tmp_path):
    """A loop, a program, a batch file, a pipe, a shell in a shell, a pause; the prompt comes back each time."""
    endless = "for /l %i in (1,0,2) do @rem"
    disk = tmp_path / "disk.img"
    disk.write_bytes(bytes(16 << 20))
    with prompt(build, "--disk", f"nvme:{disk}") as shell:
        def stop(line, running):
            shell.guest.write(line.encode() + b"\r")
            hear_until(shell.guest, lambda heard: running in heard)
            return shell.type(CTRL_C)

        assert "^C\n" in stop(f"echo loop & {endless}", "loop \n")
        assert "\n0\n" in shell.type("echo %errorlevel%\r")
        stop("echo runs & diskbench PhysicalDrive0 --seconds 600 & echo wrong", "\nruns")
        assert "\n-1073741510\n" in shell.type("echo %errorlevel%\r")
        stop(f'shell /c "echo inner& {endless}"', "\ninner")
        assert "\n-1073741510\n" in shell.type("echo %errorlevel%\r")
        stop(f"(echo piped 1>&2 & {endless}) | sort", "\npiped")
        stop("for /f %a in ('(echo read 1^>^&2 ^& for /l %i in ^(1,0,2^) do @rem^)') do echo", "\nread")
        assert shell.type("ps\r").count("shell.exe") == 1
        shell.type("shell\r")
        stop(f"echo nested & {endless}", "nested \n")
        assert shell.type("ps\r").count("shell.exe") == 2
        shell.type("exit\r")
        stop("pause & echo wrong", "continue")
        shell.guest.write(b"sort\r")
        shell.hear("b\ra\r")
        assert "\na\n" not in shell.type(CTRL_C)
        assert "\nstill here\n" in shell.type("echo still here\r")


def test_the_end_of_the_input(build):
    with prompt(build) as shell:
        shell.guest.write(b"sort\r")
        shell.hear("b\ra\r")
        assert shell.type("\x1a\r").startswith("^Z\na\nb\n")


def test_directories_have_the_names_of_the_disk(build):
    with prompt(build) as shell:
        shell.guest.write(b"cd /d c:\\windows\\SYSTEM32\r")
        hear_until(shell.guest, lambda heard: "\nC:\\Windows\\System32>" in heard)


def test_what_is_typed_before_the_prompt(build):
    """From the first words on (before, a UART has no FIFO), and more than anybody has room for but the line."""
    lines = [f"echo {number} and sixty characters more, which take their time to be read"
             for number in range(40)]
    with machine(build) as started:
        wait_for_log(started, "clock:")
        started.write("".join(f"{line}\r" for line in lines).encode())
        heard = hear_until(started, lambda heard: f"\n{lines[-1][5:]}\n" in heard)
        assert [line[5:] for line in lines if f"\n{line[5:]}\n" not in heard] == []


def test_keys_pressed_before_the_prompt(build):
    """As many as a PS/2 controller keeps, and what came after its driver started."""
    with machine(build) as started:
        wait_for_log(started, "clock:")
        press(started, ["v", "e", "r", "ret"])
        hear_until(started, lambda heard: heard.count("Version") == 2)


def test_output_of_the_background(build):
    """The shell waits for a line meanwhile."""
    with prompt(build) as shell:
        shell.guest.write(b'start /b shell /c "for /l %i in (1,1,60) do @echo n%i."\r')
        hear_until(shell.guest, lambda heard: "n60." in heard)


def test_function_keys(build):
    f2, f4, f9, alt_f7 = "\x1b[12~", "\x1b[14~", "\x1b[20~", "\x1b[18;3~"
    with prompt(build) as shell:
        shell.type("echo one two\r")
        assert "\none \n" in shell.type(f"{f2}t\r")             # up to the t of two
        assert "\none two\n" in shell.type(f"{f9}0\r\r")        # the oldest line
        assert "\ntwo\n" in shell.type(f"{UP}{HOME}echo {f4}t\r")
        shell.type(f"{alt_f7}{UP}ver\r")
        assert "Version" in shell.type(f"{f9}0\r\r")


def test_list_of_the_history(build):
    f7, right = "\x1b[18~", "\x1b[C"
    with prompt(build) as shell:
        shell.type("echo one\r")
        shell.type("echo two\r")
        heard = shell.hear("half a line" + f7)
        assert "\u2502 0: echo one" in heard and "\u2502 1: echo two" in heard
        shell.hear(ESCAPE)
        assert "\none\n" in shell.type(f"{ESCAPE}{f7}{UP}\r")
        assert "\ntwo more\n" in shell.type(f"{f7}{UP}{right} more\r")


def test_function_keys_of_the_keyboard(build):
    """The same by QEMU's PS/2 keyboard."""
    def keys(shell, *names):
        for name in names:
            press(shell.guest, name if isinstance(name, list) else [name])
        return console.plain(shell.console.wait_for_prompt(f"after {names}"))

    with prompt(build) as shell:
        shell.type("echo one two\r")
        assert "\none \n" in keys(shell, "f2", "t", "ret")
        assert "\none two\n" in keys(shell, "f9", "0", "ret", "ret")
        assert "\ntwo\n" in keys(shell, "up", "home", "e", "c", "h", "o", "spc", "f4", "t", "ret")
        assert "\none two\n" in keys(shell, "f7", "home", "ret")
        keys(shell, "f7", "end", "esc", "v", "e", "r", "ret")
        shell.guest.qmp.execute("send-key", keys=[{"type": "qcode", "data": key}
                                                  for key in ("alt", "f7")])
        assert "Version" in keys(shell, "up", "v", "e", "r", "ret")


def test_tab_completes_names(build):
    with prompt(build) as shell:
        shell.hear("di\t \\w\t")
        assert shell.hear("\\s\t").endswith("System32")
        assert "\nntdll.dll\n" in shell.type("\\ntd\t /b\r")
        assert "\nit was written\n" in shell.type("ech\t it was written\r")


def test_input_is_the_driver_s(build):
    with prompt(build) as shell:
        assert r"CON -> \Device\ConDrv\Console" in shell.type("objects \\GLOBAL??\r")


def test_the_display_is_the_whole_screen(build, embedded, tmp_path):
    if not embedded:
        pytest.skip("a BIOS's screen stays in text mode with seL4")
    picture = tmp_path / "screen.png"
    with prompt(build, "--boot", "iso") as shell:
        shell.type("ver\r")
        shell.guest.screenshot(picture)
    assert struct.unpack(">II", picture.read_bytes()[16:24]) == (1024, 768)


def driver_process(shell, driver):
    return shell.type("devices\r").partition(f"[{driver} ")[2].partition("]")[0]


def console_process(shell):
    return driver_process(shell, "console")


def test_the_terminal_is_com1(build):
    with prompt(build) as shell:
        tree = shell.type("devices\r")
        assert re.search(r"ACPI\\PNP0501\\1 .*\[serial \d+\]", tree)
        assert re.search(r"ACPI\\PNP0501\\2 .*problem 53 .*debug log", tree)
        assert r"COM1 -> \Device\Serial0" in shell.type("objects \\GLOBAL??\r")
        drivers = shell.type("drivers\r")                       # driver objects, and images
        process = driver_process(shell, "serial")
        assert re.search(rf"^ *{process}  \\Driver\\serial ", drivers, re.MULTILINE)
        assert re.search(rf"^ *{process} .* drvhost\.exe  serial$", shell.type("ps\r"), re.MULTILINE)
        assert re.search(r"^[0-9a-f]{16} +[0-9a-f]+  .*drivers.serial\.sys$", drivers, re.MULTILINE)


def test_the_terminal_outlives_the_serial_driver(build):
    """Its host ends: the Executive has the line until the next one starts, and nothing printed is lost."""
    with prompt(build) as shell:
        for word in ("first", "second"):
            process = driver_process(shell, "serial")
            shell.type(f"kill {process}\r")
            assert f"\n{word}\n" in shell.type(f"echo {word}\r")
            assert driver_process(shell, "serial") not in ("", process)


def test_the_terminal_without_its_driver(build):
    """A driver that ends its host time and again is not started again: the Executive keeps the line."""
    with prompt(build) as shell:
        while process := driver_process(shell, "serial"):
            shell.type(f"kill {process}\r")
        assert re.search(r"ACPI\\PNP0501\\1 .*problem 43", shell.type("devices\r"))
        assert "\nby the Executive\n" in shell.type("echo by the Executive\r")


def test_nothing_printed_is_lost_on_the_way(build):
    with prompt(build) as shell:
        process = driver_process(shell, "serial")
        shown = shell.type(f"for /l %i in (1,1,40) do @echo a {{%i}}\r")
        assert [int(number) for number in re.findall(r"a {(\d+)}", shown)][-40:] == list(range(1, 41))
        assert driver_process(shell, "serial") == process


def test_the_shell_outlives_the_driver(build):
    with prompt(build) as shell:
        process = console_process(shell)
        shell.type(f"kill {process}\r")
        assert "\nstill there\n" in shell.type("echo still there\r")
        assert console_process(shell) not in ("", process)      # a fresh host has the device
        assert r"CON -> \Device\ConDrv\Console" in shell.type("objects \\GLOBAL??\r")


def test_the_stop_screen_while_the_driver_has_the_line(build):
    """The end of the first program is that of the system: the line shows why, though serial.sys has it, and so does the
    log."""
    with prompt(build) as shell:
        assert driver_process(shell, "serial")
        first = re.search(r"^ *(\d+) .*smss", shell.type("ps\r"), re.MULTILINE)[1]
        shell.guest.write(f"kill {first}\r".encode())
        said = hear_until(shell.guest, lambda heard: "CRITICAL_PROCESS_DIED" in heard)
        assert re.search(r"\*\*\* STOP: 0x000000EF", said)
        wait_for_log(shell.guest, "CRITICAL_PROCESS_DIED")
