"""tools/symbolize names what a log's addresses stand for."""

import pathlib
import re
import subprocess

TOOL = pathlib.Path(__file__).parents[2] / "tools/symbolize"


def symbolize(build, text):
    return subprocess.run([TOOL, "--build", build], input=text, check=True, capture_output=True, text=True).stdout


def address_of(file, name):
    symbols = subprocess.run(["llvm-nm-19", file], check=True, capture_output=True, text=True).stdout
    return int(re.search(rf"^([0-9a-f]+) \w {name}$", symbols, re.MULTILINE)[1], 16)


def test_driver_address_is_named(build):
    file = build / "drivers/null/null.sys.debug"
    offset = address_of(file, "DriverEntry") - 0x140000000
    said = symbolize(build, f"  0  null.sys+{offset:#x}\n  1  nothing.sys+0x10\n")
    assert re.fullmatch(r"  0  null\.sys\+0x\w+ = DriverEntry \(\w+\.c:\d+\)\n  1  nothing\.sys\+0x10\n", said)


def test_stop_screen_is_named(vm, build, tmp_path):
    log = tmp_path / "debug.log"
    assert vm("test", "--timeout", "30", "--log", str(log), "native-fault-writetonothing").returncode != 0
    said = symbolize(build, log.read_text())
    callers = said.split("called from")[1].splitlines()[1:]
    assert len([line for line in callers if re.search(r" = .*\w+ \(\w+\.c:\d+\)$", line)]) >= 3, said
    assert "NtSystemDebugControl" in callers[0]
