"""The QEMU command line of a machine."""

import os
import pathlib
import shlex
import shutil

from . import artifacts, bootdrivers, images
from .errors import VmError

QEMU = "qemu-system-x86_64"
GTK_MODULE = pathlib.Path("/usr/lib/x86_64-linux-gnu/qemu/ui-gtk.so")
OVMF_CODE = pathlib.Path("/usr/share/OVMF/OVMF_CODE_4M.fd")
OVMF_VARS = pathlib.Path("/usr/share/OVMF/OVMF_VARS_4M.fd")

# --disk FILE,key=value: these keys belong to QEMU's -drive, all others to its -device.
DRIVE_KEYS = {"format", "cache", "aio", "snapshot", "readonly", "discard", "detect-zeroes",
              "werror", "rerror", "copy-on-read", "node-name", "throttling"}
DISK_KINDS = ("ahci", "nvme")

# The bus of the AHCI controller's ports; and what adds one to a machine that has none of its own.
AHCI_BUS = {"q35": "ide", "pc": "sata"}
AHCI_CONTROLLER = {"q35": [], "pc": ["-device", "ahci,id=sata"]}


def has_hardware_virtualisation():
    """/dev/kvm alone proves nothing: it may exist where no guest can run."""
    flags = pathlib.Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").split()
    return ("vmx" in flags or "svm" in flags) and os.access("/dev/kvm", os.R_OK | os.W_OK)


def accelerator(icount):
    if icount:
        return ["-accel", "tcg", "-icount", "shift=0"]
    return ["-accel", "kvm" if has_hardware_virtualisation() else "tcg"]


def disk_format(path):
    with open(path, "rb") as file:
        return "qcow2" if file.read(4) == b"QFI\xfb" else "raw"


def parse_disk(text):
    """'ahci:FILE,key=value' as (kind, file, drive options, device options)."""
    kind, separator, rest = text.partition(":")
    if not separator or kind not in DISK_KINDS:
        raise VmError(f"--disk {text}: must start with {' or '.join(k + ':' for k in DISK_KINDS)}")
    path, *pairs = rest.split(",")
    if not os.path.exists(path):
        raise VmError(f"--disk {text}: {path} does not exist")
    drive, device = {}, {}
    for pair in pairs:
        key, separator, value = pair.partition("=")
        if not separator:
            raise VmError(f"--disk {text}: {pair} is not key=value")
        (drive if key.partition(".")[0] in DRIVE_KEYS else device)[key] = value
    drive.setdefault("format", disk_format(path))
    return kind, path, drive, device


def join(head, options):
    return ",".join([head] + [f"{key}={value}" for key, value in options.items()])


def disk_arguments(index, port, text):
    """Port: the next one of the AHCI controller, with its bus."""
    kind, path, drive, device = parse_disk(text)
    name = f"disk{index}"
    escaped = path.replace(",", ",,")
    arguments = ["-drive", join(f"if=none,id={name},file={escaped}", drive)]
    if kind == "ahci":
        return arguments + ["-device", join(f"ide-hd,drive={name},bus={port}", device)]
    device.setdefault("serial", f"proteus{index}")
    return arguments + ["-device", join(f"nvme,drive={name}", device)]


def cd_arguments(index, port, text):
    """A drive with this medium, on a port of the AHCI controller; an empty one if there is no FILE."""
    path, *pairs = text.split(",")
    if path and not os.path.exists(path):
        raise VmError(f"--cd {text}: {path} does not exist")
    name = f"cd{index}"
    medium = f",format=raw,file={path}" if path else ""
    return ["-drive", f"if=none,id={name},media=cdrom,readonly=on{medium}",
            "-device", ",".join([f"ide-cd,drive={name},id=cddrive{index},bus={port}", *pairs])]


def ahci_disks(disks):
    return sum(disk.startswith("ahci:") for disk in disks)


def ahci_port(arguments, number):
    return f"{AHCI_BUS[arguments.machine]}.{number}"


def firmware_arguments(firmware, run_folder):
    if firmware == "bios":
        return []
    variables = run_folder / "uefi-variables.fd"
    try:
        shutil.copyfile(OVMF_VARS, variables)
    except OSError as error:
        raise VmError(f"UEFI firmware (package ovmf): {error}") from error
    return ["-drive", f"if=pflash,format=raw,readonly=on,file={OVMF_CODE}",
            "-drive", f"if=pflash,format=raw,file={variables}"]


def boot_arguments(arguments, run_folder):
    """Kernel and root task, however they are loaded; and the disks, as one may boot."""
    disks = list(arguments.disks)
    if arguments.boot == "disk" and disks:
        disks[0] += ",bootindex=0"
        return disks, []

    kernel, root_task = artifacts.kernel(arguments), artifacts.root_task(arguments)
    if arguments.drivers:
        root_task = bootdrivers.root_with(root_task, arguments.drivers, run_folder / "root.elf")
    if arguments.boot == "linux":
        return disks, ["-kernel", str(kernel), "-initrd", str(root_task),
                       "-append", f"console=ttyS0 quiet {arguments.append}"]
    if arguments.boot == "direct":
        return disks, ["-kernel", str(images.direct_kernel(kernel, run_folder)), "-initrd", str(root_task),
                       "-append", images.command_line(arguments.append)]

    # A root task of its own kind (a test) is all in its boot archive.
    kind = "installed" if arguments.boot == "disk" and not arguments.root else arguments.boot
    image = images.cached_image(kind, kernel, root_task, arguments.append, arguments.build / "vm/cache")
    if arguments.boot == "disk":
        return [f"ahci:{image},snapshot=on,bootindex=0"] + disks, []
    return disks, ["-drive", f"if=none,id=cd,media=cdrom,readonly=on,format=raw,file={image}",
                   "-device", f"ide-cd,drive=cd,bus={ahci_port(arguments, ahci_disks(disks))},bootindex=0"]


def display(window):
    """gtk: Debian's package of QEMU has it when qemu-system-gui is installed."""
    has_display = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return "gtk" if window == "yes" or window == "auto" and has_display and GTK_MODULE.exists() else "none"


def command(arguments, run_folder, log):
    """Everything but the character devices of console and control."""
    disks, boot = boot_arguments(arguments, run_folder)
    line = [QEMU, "-nodefaults", "-no-user-config", "-machine", arguments.machine, "-cpu", "max",
            "-m", arguments.memory, "-smp", str(arguments.cpus), *accelerator(arguments.icount),
            "-vga", "std", "-display", display(arguments.window),
            *AHCI_CONTROLLER[arguments.machine], *firmware_arguments(arguments.firmware, run_folder), *boot]
    for index, disk in enumerate(disks):
        line += disk_arguments(index, ahci_port(arguments, ahci_disks(disks[:index])), disk)
    first = ahci_disks(disks) + sum("ide-cd" in word for word in boot)
    for index, text in enumerate(arguments.cds):
        line += cd_arguments(index, ahci_port(arguments, first + index), text)
    if arguments.gdb:
        line += ["-gdb", "tcp:localhost:1234", "-S"]
    line += ["-serial", "chardev:console",
             "-chardev", f"file,id=debug,path={log}", "-serial", "chardev:debug"]
    return line + shlex.split(arguments.qemu)
