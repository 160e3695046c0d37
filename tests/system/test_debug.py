"""gdb on the system: tools/vm debug and its commands."""

import re


def test_processes_and_threads_are_listed(vm):
    result = vm("debug", "tbreak NtCreateUserProcess", "continue", "proteus processes", "proteus threads")
    assert result.returncode == 0, result.stderr
    output = result.stdout
    assert re.search(r"Temporary breakpoint 1, NtCreateUserProcess \(", output)
    assert re.search(r"^ +4 +0 +\d+  0x\w+ System$", output, re.MULTILINE), output
    assert re.search(r"^ +\d+ +\d+ +1  0x\w+ smss\.exe$", output, re.MULTILINE), output
    assert re.search(r"^ +\d+ +\d+ +\d+  0x\w+ drvhost\.exe: ", output, re.MULTILINE), output


def test_modules_are_listed(vm, embedded):
    result = vm("debug", "tbreak NtCreateUserProcess", "continue", "proteus program", "proteus modules", "info symbol $pc")
    if not embedded:
        assert "not with this kernel" in result.stderr, result.stderr
        return
    assert result.returncode == 0, result.stderr
    output = result.stdout
    assert re.search(r"^0x\w+ ntdll\.dll$", output, re.MULTILINE), output
    assert re.search(r" in section \.text of .*\.debug$", output, re.MULTILINE), output
