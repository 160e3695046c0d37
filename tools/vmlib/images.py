"""Makes what the firmware boots: a 32-bit wrap of the kernel, ISO and disk images."""

import hashlib
import os
import pathlib
import struct
import subprocess
import tempfile

from . import diskimage, installed, isoimage
from .errors import VmError
from .options import REPOSITORY

KERNEL_OPTIONS = "console_port=0x2f8 debug_port=0x2f8"
VERBOSE = "verbose"     # among the options: no kernel option, but the menu's other entry
CACHED_IMAGES = 8

# GRUB puts a module that fits there below 640 KiB; seL4 wants it behind the kernel.
SMALLEST_MODULE = 1 << 20


def command_line(append):
    return f"{KERNEL_OPTIONS} {append}".strip()


# The time of all files in an image, unless the environment has another: images of the same files are the same.
EPOCH = "1700000000"


def epoch():
    return os.environ.get("SOURCE_DATE_EPOCH", EPOCH)


def run_tool(*command):
    environment = {**os.environ, "SOURCE_DATE_EPOCH": epoch(), "TZ": "UTC",
                   "MTOOLS_SKIP_CHECK": "1", "PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"}
    result = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if result.returncode:
        raise VmError(f"{command[0]} failed:\n{result.stderr.strip()}")


def wrap_kernel(kernel, target):
    """QEMU's and GRUB's multiboot loaders want a 32-bit ELF; the code inside stays 64-bit."""
    with open(kernel, "rb") as file:
        ident = file.read(5)
    if ident[:4] != b"\x7fELF":
        raise VmError(f"{kernel} is no ELF file")
    run_tool("objcopy", "--strip-debug", "-O", "elf32-i386", str(kernel), str(target))


MULTIBOOT_SEARCH = 8192
MULTIBOOT_MAGIC = 0x1badb002
MULTIBOOT_ADDRESSES = 1 << 16


def tells_addresses(kernel):
    """Its multiboot header says where it goes: QEMU needs to know nothing of the file then."""
    start = kernel.read_bytes()[:MULTIBOOT_SEARCH]
    at = start.find(struct.pack("<I", MULTIBOOT_MAGIC))
    return 0 <= at <= len(start) - 8 and bool(struct.unpack_from("<I", start, at + 4)[0] & MULTIBOOT_ADDRESSES)


def direct_kernel(kernel, folder):
    """For QEMU's -kernel. What it loads as ELF it writes into memory again when the machine wakes up from S3."""
    if tells_addresses(kernel):
        return kernel
    wrapped = folder / "kernel32.elf"
    wrap_kernel(kernel, wrapped)
    return wrapped


def grub_configuration(append):
    template = (REPOSITORY / "boot/grub.cfg.in").read_text(encoding="utf-8")
    words = append.split()
    options = command_line(" ".join(word for word in words if word != VERBOSE))
    return template.replace("@KERNEL_OPTIONS@", options).replace("@DEFAULT@", str(int(VERBOSE in words)))


def fill_boot_folder(folder, kernel, root_task, append):
    """The files of the boot medium, the same on an ISO and in an EFI system partition."""
    (folder / "boot/grub").mkdir(parents=True)
    wrap_kernel(kernel, folder / "boot/kernel.elf")
    (folder / "boot/system.elf").write_bytes(root_task.read_bytes().ljust(SMALLEST_MODULE, b"\0"))
    (folder / "boot/grub/grub.cfg").write_text(grub_configuration(append), encoding="utf-8")


def make_iso(kernel, root_task, append, target):
    """A hybrid image: boots by BIOS and UEFI, from a CD and from a USB stick."""
    with tempfile.TemporaryDirectory(prefix="proteus-iso-") as folder:
        fill_boot_folder(pathlib.Path(folder), kernel, root_task, append)
        isoimage.make(pathlib.Path(folder), target, epoch(), run_tool)


def make_disk(kernel, root_task, append, target):
    """A GPT disk that boots by BIOS and UEFI."""
    with tempfile.TemporaryDirectory(prefix="proteus-disk-") as folder:
        fill_boot_folder(pathlib.Path(folder), kernel, root_task, append)
        diskimage.make(pathlib.Path(folder), target, run_tool)


def make_installed(kernel, root_task, append, target):
    """A GPT disk that boots by BIOS and UEFI, with the system on a volume of its own."""
    with tempfile.TemporaryDirectory(prefix="proteus-installed-") as work:
        work = pathlib.Path(work)
        root, system = installed.prepare(root_task, work)
        folder = work / "boot-files"
        fill_boot_folder(folder, kernel, root, append)
        diskimage.make(folder, target, run_tool, system)


MAKERS = {"iso": make_iso, "disk": make_disk, "installed": make_installed}


def digest(paths, text):
    state = hashlib.sha256(text.encode())
    for path in paths:
        state.update(hashlib.sha256(path.read_bytes()).digest())
    return state.hexdigest()[:16]


def cached_image(kind, kernel, root_task, append, cache):
    """The boot image of these very inputs, from the cache if it was made before."""
    here = pathlib.Path(__file__).parent
    recipe = [here / "images.py", here / "diskimage.py", here / "installed.py", here / "isoimage.py",
              installed.BOOT_START, REPOSITORY / "boot/grub.cfg.in"]
    image = cache / f"{digest([kernel, root_task, *recipe], append)}.{kind}"
    if image.exists():
        os.utime(image)
        return image
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        fresh = pathlib.Path(folder, image.name)
        MAKERS[kind](kernel, root_task, append, fresh)
        fresh.rename(image)
    for old in sorted(cache.glob(f"*.{kind}"), key=lambda path: path.stat().st_mtime)[:-CACHED_IMAGES]:
        old.unlink(missing_ok=True)
    return image
