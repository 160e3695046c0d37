"""Finds what the build made: kernels, root tasks, test programs, benchmarks."""

import pathlib

from .errors import VmError

KERNELS = {"release": "kernel/kernel.elf", "debug": "kernel/kernel-debug.elf"}
ROOT_TASKS = ("executive/executive.elf", "tests/kernel/kernel-tests.elf")


def existing(path, what):
    if not path.is_file():
        raise VmError(f"{what} {path} does not exist")
    return path


def kernel(arguments):
    if arguments.kernel in KERNELS:
        return existing(arguments.build / KERNELS[arguments.kernel], "kernel")
    return existing(pathlib.Path(arguments.kernel), "kernel")


def root_task(arguments):
    """The chosen root task, or the newest kind that the build has."""
    if arguments.root:
        return existing(arguments.root, "root task")
    for candidate in ROOT_TASKS:
        if (arguments.build / candidate).is_file():
            return arguments.build / candidate
    raise VmError(f"no root task in {arguments.build}; build one, or use --root FILE")


def programs(build, folder):
    """The ELF programs under a folder of the build."""
    return sorted(path for path in (build / folder).rglob("*.elf") if path.is_file())


def program(build, folder, name):
    """A program by its name, or by its path."""
    if "/" in name:
        return existing(pathlib.Path(name), "program")
    found = [path for path in programs(build, folder) if path.stem == name]
    if not found:
        known = " ".join(path.stem for path in programs(build, folder)) or "none"
        raise VmError(f"no program {name} under {build / folder} (there: {known})")
    if len(found) > 1:
        raise VmError(f"{name} is ambiguous: {', '.join(map(str, found))}")
    return found[0]
