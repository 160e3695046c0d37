"""The shell's `log`: which messages go to the debug log."""

import re
import subprocess

from conftest import REPOSITORY

MESSAGE = "pnp: driver "        # of component NTOSPNP, a warning


def run(vm, tmp_path, *commands, root=()):
    """What the commands print, and the debug log after the last of them."""
    log = tmp_path / "log"
    result = vm("exec", *root, "--log", log, *commands)
    assert result.returncode == 0, result.stderr
    return result.stdout, log.read_text(errors="replace")


def test_components_are_listed(vm):
    result = vm("exec", "log", "log ihvdriver", "log /a", "log nobody", "log ihvdriver nothing")
    short, one, *rest = result.stdout.split("IHVDRIVER")
    assert "NTOSPNP              info" in short and "All others: error" in short
    assert "error" in one.splitlines()[0]
    assert "REFS                 error" in "".join(rest)
    assert "log [" in result.stdout.splitlines()[-1] or "log" in result.stdout


def test_level_counts_at_once(vm, tmp_path):
    said, log = run(vm, tmp_path, "load nosuchone", "log ntospnp error", "load nosuchtwo", "log ntospnp",
                    "log ntospnp warning", "load nosuchthree", "log ntospnp off /p",
                    'reg query "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Debug Print Filter"')
    assert f"{MESSAGE}nosuchone does not load" in log
    assert "nosuchtwo" not in log
    assert f"{MESSAGE}nosuchthree does not load" in log
    assert "NTOSPNP              error" in said
    assert re.search(r"NTOSPNP +REG_DWORD +0x0$", said, re.MULTILINE)


def test_registry_says_what_counts_from_the_start(vm, build, tmp_path):
    root, registry = tmp_path / "root.elf", tmp_path / "filters.reg"
    registry.write_text("Windows Registry Editor Version 5.00\n\n"
                        "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Debug Print Filter]\n"
                        '"IHVDRIVER"=dword:0000000c\n"NTOSPNP"=dword:00000001\n')
    subprocess.run([REPOSITORY / "tools/boot-image", "--build", build, "-o", root, "--registry", registry], check=True)
    said, log = run(vm, tmp_path, "load nosuchone", "log ntospnp", "log ihvdriver", root=("--root", root))
    assert "nosuchone" not in log
    assert "NTOSPNP              error" in said
    assert "IHVDRIVER            0xd" in said      # WIN2000 has errors of all
