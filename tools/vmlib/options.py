"""The command-line options of every command that starts a machine."""

import argparse
import os
import pathlib

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
DEFAULT_PROMPT = r"(?:[A-Z]:\\[^>]*> ?|proteus> ?)"


def default_build():
    return os.environ.get("PROTEUS_BUILD") or REPOSITORY / "build"


def default_kernel():
    return os.environ.get("PROTEUS_KERNEL") or "release"


def add_machine_options(parser):
    group = parser.add_argument_group("what to boot")
    group.add_argument("--build", type=pathlib.Path, default=default_build(), metavar="DIR",
                       help="build folder (default: $PROTEUS_BUILD, else build/)")
    group.add_argument("--kernel", default=default_kernel(), metavar="FILE",
                       help="seL4-compatible kernel ELF, or 'release' or 'debug' for ours (default: $PROTEUS_KERNEL, "
                       "else release)")
    group.add_argument("--root", type=pathlib.Path, metavar="FILE", help="root task ELF")
    group.add_argument("--driver", action="append", default=[], dest="drivers",
                       metavar="FILE[=NAME.sys]", help="put FILE into the boot archive in place of the "
                       "driver of this name; repeatable")
    group.add_argument("--append", default="", metavar="ARGS",
                       help="further kernel command-line options")
    group.add_argument("--boot", choices=("direct", "iso", "disk", "linux"),
                       help="direct: QEMU loads kernel and root task (default); iso: GRUB from an "
                            "ISO image; disk: from the first --disk (as make image makes it), or "
                            "from an installed disk made for it, which forgets what is written; "
                            "linux: --kernel and --root are Linux and its initial file system")
    group.add_argument("--firmware", choices=("bios", "uefi"), default="bios",
                       help="uefi boots from an ISO image unless --boot disk is given")

    group = parser.add_argument_group("the machine")
    group.add_argument("--machine", choices=("q35", "pc"), default="q35",
                       help="QEMU's: pc is the older one, without PCI Express; it gets an AHCI controller")
    group.add_argument("--memory", default="512M", metavar="SIZE")
    group.add_argument("--cpus", type=int, default=1, metavar="N")
    group.add_argument("--disk", action="append", default=[], dest="disks",
                       metavar="ahci:FILE|nvme:FILE", help="repeatable; FILE,key=value,... passes "
                       "options on to QEMU's drive or device")
    group.add_argument("--cd", action="append", default=[], dest="cds", metavar="FILE",
                       help="a CD drive on the AHCI controller with this ISO image in it, empty if FILE is "
                       "''; repeatable; the monitor's `eject cd0` and `change cd0 FILE` change its medium")
    group.add_argument("--samples", action="store_true",
                       help="two disks more, with files to try things on; what is changed on them stays")
    group.add_argument("--window", choices=("auto", "yes", "no"), default="no",
                       help="the screen in a window; auto: where there is a display for it")
    group.add_argument("--icount", action="store_true",
                       help="deterministic: the guest's time counts instructions")
    group.add_argument("--qemu", default="", metavar="ARGS", help="further QEMU arguments")
    group.add_argument("--gdb", action="store_true", help="wait for gdb on port 1234")

    group = parser.add_argument_group("the run")
    group.add_argument("--log", type=pathlib.Path, metavar="FILE",
                       help="where the debug log (COM2) goes")
    group.add_argument("--timeout", type=float, default=60, metavar="S",
                       help="seconds without a sign of life after which the guest counts as hung")


def add_prompt_options(parser):
    parser.add_argument("--prompt", default=DEFAULT_PROMPT, metavar="REGEX",
                        help="what the shell's prompt looks like")


def check(arguments):
    """Settle the choices that depend on one another. No firmware at all: a screen is wanted, which UEFI's boot gives."""
    if arguments.firmware is None:
        arguments.firmware = "bios" if arguments.boot else "uefi"
    if arguments.boot is None:
        arguments.boot = "iso" if arguments.firmware == "uefi" else "direct"
    if arguments.boot == "direct" and arguments.firmware == "uefi":
        raise argparse.ArgumentError(None, "--boot direct has no firmware; use iso or disk")
    if arguments.icount and arguments.cpus != 1:
        raise argparse.ArgumentError(None, "--icount works with one processor only")
    arguments.build = pathlib.Path(arguments.build).resolve()
