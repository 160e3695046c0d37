"""Makes an ISO image with GRUB that boots by BIOS and UEFI, from a CD and from a USB stick.

A disk's firmware finds a master boot record and a GPT in it, a CD's finds El Torito images for both kinds of firmware.
The same contents always make the same bytes.
"""

import pathlib
import tempfile
import time

from . import diskimage

LOADER = "boot/grub/eltorito.img"       # as BIOS reads it from a CD; as a disk, its MBR knows where it is
EFI_VOLUME = "efi.img"
EFI_KIB = 2880
MEDIUM_MODULES = ("iso9660", "search_fs_file")
MODULES = {"i386-pc-eltorito": (*diskimage.MODULES["i386-pc"], *MEDIUM_MODULES),
           "x86_64-efi": (*diskimage.MODULES["x86_64-efi"], *MEDIUM_MODULES)}


def make_efi_volume(core, serial, volume, run_tool):
    """The FAT volume that UEFI looks for its loader in."""
    run_tool("mformat", "-C", "-i", str(volume), "-f", str(EFI_KIB), "-N", serial, "::")
    for folder in ("::EFI", "::EFI/BOOT"):
        run_tool("mmd", "-i", str(volume), folder)
    run_tool("mcopy", "-i", str(volume), str(core), "::EFI/BOOT/BOOTX64.EFI")


def make(folder, image, epoch, run_tool):
    """folder: what the medium holds. epoch: the time of everything in it."""
    serial = diskimage.volume_serial(folder)
    marker = f"boot/{serial}.id"
    (folder / marker).write_text(f"{serial}\n", encoding="ascii")
    search = f"--file /{marker}"
    diskimage.make_core("i386-pc-eltorito", MODULES["i386-pc-eltorito"], search, folder / LOADER, run_tool)
    with tempfile.TemporaryDirectory() as work:
        core = pathlib.Path(work) / "core"
        diskimage.make_core("x86_64-efi", MODULES["x86_64-efi"], search, core, run_tool)
        make_efi_volume(core, serial, folder / EFI_VOLUME, run_tool)
    run_tool("xorriso", "-as", "mkisofs", "-o", str(image), "-V", "PROTEUS", "-r", "-J",
             "-uid", "0", "-gid", "0", "--set_all_file_dates", f"={epoch}",
             "--modification-date=" + time.strftime("%Y%m%d%H%M%S00", time.gmtime(int(epoch))),
             "-b", LOADER, "-no-emul-boot", "-boot-load-size", "4", "-boot-info-table",
             "--grub2-boot-info", "--grub2-mbr", str(diskimage.GRUB_LIBRARY / "i386-pc/boot_hybrid.img"),
             "--protective-msdos-label", "--efi-boot", EFI_VOLUME, "-efi-boot-part", "--efi-boot-image",
             str(folder))
