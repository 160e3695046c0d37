"""FAT images from outside: made by mkfs.vfat, judged by fsck.vfat, read by mtools."""

import os
import pathlib
import re
import shutil
import subprocess
import zlib

ENVIRONMENT = dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin:/sbin", MTOOLS_SKIP_CHECK="1",
                   LC_ALL="C.UTF-8")


def call(*command, **more):
    return subprocess.run([str(part) for part in command], env=ENVIRONMENT, capture_output=True,
                          check=False, **more)


def run(*command, **more):
    done = call(*command, **more)
    assert done.returncode == 0, (command, done.stdout, done.stderr)
    return done.stdout


def make(path, megabytes, options):
    with open(path, "wb") as file:
        file.truncate(int(megabytes * (1 << 20)))
    run("mkfs.vfat", *options.split(), path)
    return path


def check(path):
    """Nothing at all is wrong with it."""
    run("fsck.vfat", "-n", path)


def tree(image, folder):
    """{path: (size, CRC)}, of directories None: what mtools reads, copied to this folder."""
    folder = pathlib.Path(folder)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    if run("mdir", "-b", "-i", image, "::"):
        run("mcopy", "-s", "-n", "-i", image, "::/*", folder)
    found = {}
    for path in folder.rglob("*"):
        name = str(path.relative_to(folder))
        data = None if path.is_dir() else path.read_bytes()
        found[name] = None if data is None else (len(data), zlib.crc32(data))
    return found


def unescape(text):
    """What fstest's FsEscape makes of a name."""
    units = re.sub(r"\\u([0-9a-f]{4})", lambda match: chr(int(match[1], 16)), text)
    return re.sub("[\ud800-\udfff]", "_", units)      # as mtools shows the halves of a pair


def model(output):
    """The tree that fstest says is there."""
    wanted = {}
    for size, crc, name in re.findall(r"^MODEL (\S+) (\S+) (.*?)\r?$", output, re.M):
        path = unescape(name).replace("\\", "/")
        wanted[path] = None if size == "-" else (int(size), int(crc, 16))
    return wanted
