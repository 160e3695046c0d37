"""An installed disk: the boot archive with what it takes to read a volume, and that volume with the system."""

import hashlib
import pathlib
import subprocess
import uuid

from . import bootdrivers, diskimage
from .errors import VmError
from .options import REPOSITORY

BOOT_START = REPOSITORY / "boot/bootstart.txt"
HIVE = "System32\\config\\SYSTEM"
PREFIX = "HKEY_LOCAL_MACHINE\\SYSTEM"
EMPTY_FOLDERS = ("Windows/TEMP",)
VOLUME_SIZE = 512 << 20


def boot_start_names():
    lines = BOOT_START.read_text(encoding="utf-8").splitlines()
    return {line.strip().lower() for line in lines if line.strip() and not line.startswith("#")}


def contents_guid(files):
    """The system partition's, by what is installed."""
    state = hashlib.sha256()
    for name, content in sorted(files):
        state.update(name.encode() + b"\0" + hashlib.sha256(content).digest())
    return str(uuid.UUID(bytes=state.digest()[:16], version=4)).upper()


def name_volume(hive, guid, work):
    """The SYSTEM hive, with the partition that the system is on, and with volumes checked at the start if need be."""
    base, text, result = work / "base", work / "volume.reg", work / "hive"
    base.write_bytes(hive)
    text.write_text("Windows Registry Editor Version 5.00\n\n"
                    f"[{PREFIX}\\CurrentControlSet\\Control]\n"
                    f'"SystemBootDevice"="gpt({{{guid.lower()}}})"\n\n'
                    f"[{PREFIX}\\CurrentControlSet\\Control\\Session Manager]\n"
                    '"BootExecute"=multi:"autocheck autochk *"\n', encoding="utf-8")
    made = subprocess.run([REPOSITORY / "tools/mkhive", "--prefix", PREFIX, "--base", base, result, text],
                          check=False, capture_output=True, text=True)
    if made.returncode:
        raise VmError(made.stderr.strip())
    return result.read_bytes()


def write_tree(files, folder):
    for name in EMPTY_FOLDERS:
        (folder / name).mkdir(parents=True)
    for name, content in files:
        path = folder.joinpath("Windows", *name.split("\\"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def prepare(root_task, work):
    """The root task for the disk, and the System for its volume, from a root task with everything in its archive."""
    elf, place, header, files = bootdrivers.open_root(root_task)
    guid = contents_guid(files)
    files = [(name, name_volume(content, guid, work) if name.lower() == HIVE.lower() else content)
             for name, content in files]
    wanted = boot_start_names()
    if missing := wanted - {name.lower() for name, _ in files}:
        raise VmError(f"{root_task}: not in its boot archive: {' '.join(sorted(missing))}")
    boot_files = [(name, content) for name, content in files if name.lower() in wanted]
    root = work / "system.elf"
    root.write_bytes(bootdrivers.with_archive(elf, place, header, boot_files))
    folder = work / "system"
    write_tree(files, folder)
    return root, diskimage.System(pathlib.Path(folder), guid, VOLUME_SIZE)
