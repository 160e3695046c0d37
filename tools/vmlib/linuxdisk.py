"""An initial file system in which Linux measures disks or files: a program as the first one, the drivers' modules."""

import re

from . import linux
from .artifacts import existing
from .errors import VmError

DRIVERS = ("ahci", "sd_mod", "nvme", "vfat", "nls_cp437", "nls_iso8859_1", "nls_ascii")
DIRECTORY = 0o040755
REGULAR = 0o100644


def module_files(tree):
    """Every module of the unpacked kernel package, by its name."""
    return {file.name.removesuffix(".ko").replace("-", "_"): file
            for file in tree.glob("lib/modules/*/kernel/**/*.ko")}


def needed_by(module):
    depends = re.search(rb"\0depends=([^\0]*)\0", b"\0" + module.read_bytes())
    names = depends[1].decode().split(",") if depends and depends[1] else []
    return [name.replace("-", "_") for name in names]


def in_loading_order(modules, names):
    """The modules and all that they need, what is needed first."""
    order = []

    def add(name):
        if name in order:
            return
        if name not in modules:
            raise VmError(f"the kernel package has no module {name}")
        for other in needed_by(modules[name]):
            add(other)
        order.append(name)

    for name in names:
        add(name)
    return order


def prepare(build, commands, file, name="diskbench"):
    """The kernel; `file` becomes an initial file system that runs these command lines of the program."""
    folder = build / "bench/linux/debian"
    kernel = linux.fetch_kernel(folder)
    modules = module_files(folder)
    program = existing(build / f"programs/{name}/{name}-linux", "program").read_bytes()
    archive = linux.cpio_entry("init", linux.REGULAR_EXECUTABLE, program)
    archive += linux.cpio_entry("commands", REGULAR, "".join(f"{line}\n" for line in commands).encode())
    archive += linux.cpio_entry("modules", DIRECTORY, b"")
    for number, name in enumerate(in_loading_order(modules, DRIVERS)):
        archive += linux.cpio_entry(f"modules/{number:02}-{name}.ko", REGULAR, modules[name].read_bytes())
    file.write_bytes(archive + linux.cpio_entry("TRAILER!!!", 0, b""))
    return kernel
