"""Puts other drivers into a root task's boot archive, without a build.

The archive is the last program header of the ELF (tools/pe2elf), and the descriptor in the image says where
it is and how long (boot/bootarchive.h).
"""

import importlib.machinery
import importlib.util
import pathlib
import struct

from .errors import VmError
from .options import REPOSITORY

FOLDER = "System32\\drivers\\"
DESCRIPTOR = struct.Struct("<8sQQ")
DESCRIPTOR_MAGIC = b"PROTDESC"
ELF_PROGRAM_HEADERS = struct.Struct("<32xQ14xHH")
PROGRAM_HEADER = struct.Struct("<IIQQQQQQ")


def load_bootarchive():
    """The tool has no .py in its name, and is a module all the same."""
    loader = importlib.machinery.SourceFileLoader("bootarchive", str(REPOSITORY / "tools/bootarchive"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


def parse(text):
    """'FILE.sys=storahci.sys' as (file, name in the archive); FILE.sys alone replaces the one of its name."""
    file, separator, name = text.rpartition("=")
    if not separator:
        file, name = text, pathlib.PurePath(text).name
    if not name.lower().endswith(".sys") or "\\" in name or "/" in name:
        raise VmError(f"--driver {text}: must be FILE or FILE=NAME.sys")
    path = pathlib.Path(file)
    if not path.is_file():
        raise VmError(f"--driver {text}: {path} does not exist")
    return path, name


def archive_header(elf, root):
    """Where the program header of the archive is, and its fields."""
    if elf[:5] != b"\x7fELF\x02":
        raise VmError(f"{root} is no ELF64 file")
    table, size, count = ELF_PROGRAM_HEADERS.unpack_from(elf)
    place = table + (count - 1) * size
    return place, list(PROGRAM_HEADER.unpack_from(elf, place))


def replace(files, drivers):
    """The archive's files with others in place of these drivers."""
    names = {name.lower(): index for index, (name, _) in enumerate(files)}
    for text in drivers:
        path, name = parse(text)
        index = names.get((FOLDER + name).lower())
        if index is None:
            raise VmError(f"--driver {text}: the boot archive has no driver {name}")
        files[index] = (files[index][0], path.read_bytes())
    return files


def open_root(root):
    """The root task's bytes, its archive's place in them, and the archive's files."""
    bootarchive = load_bootarchive()
    elf = bytearray(root.read_bytes())
    place, header = archive_header(elf, root)
    offset, length = header[2], header[5]
    try:
        files = bootarchive.parse(bytes(elf[offset:offset + length]))
    except bootarchive.ArchiveError as error:
        raise VmError(f"{root}: {error}") from error
    return elf, place, header, files


def with_archive(elf, place, header, files):
    """The root task with these files in its archive."""
    bootarchive = load_bootarchive()
    offset, address, length = header[2], header[3], header[5]
    where = elf.find(DESCRIPTOR.pack(DESCRIPTOR_MAGIC, address, length))
    if where < 0:
        raise VmError("the root task has no boot archive")
    try:
        archive = bootarchive.build(files)
    except bootarchive.ArchiveError as error:
        raise VmError(str(error)) from error
    elf, header = bytearray(elf), list(header)
    elf[where:where + DESCRIPTOR.size] = DESCRIPTOR.pack(DESCRIPTOR_MAGIC, address, len(archive))
    header[5] = header[6] = len(archive)
    PROGRAM_HEADER.pack_into(elf, place, *header)
    return bytes(elf[:offset]) + archive


def root_with(root, drivers, target):
    """Write the root task with these drivers in its boot archive to the file target."""
    elf, place, header, files = open_root(root)
    target.write_bytes(with_archive(elf, place, header, replace(files, drivers)))
    return target
