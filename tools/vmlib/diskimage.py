"""Makes a GPT disk with GRUB for BIOS and UEFI, without root and without loop devices.

The same contents always make the same bytes: identifiers come from the contents, and times from the environment (images.py).
"""

import hashlib
import pathlib
import struct
import tempfile
import uuid

SECTOR = 512
MIB = 1 << 20
BIOS_BOOT_START = 2048              # sectors; the core image lives there, nothing else
ESP_START = 4096
ESP_SLACK = 40 * MIB                # a FAT32 volume must have 65,525 clusters
GPT_TAIL_SECTORS = 2048

GRUB_LIBRARY = pathlib.Path("/usr/lib/grub")
COMMON_MODULES = ("part_gpt", "fat", "search", "search_fs_uuid", "configfile", "normal",
                  "multiboot2", "echo", "test", "boot", "iorw", "keystatus")
# All that are in the core are asked for a mode: of UEFI's the one that knows what the screen prefers, alone.
VIDEO_MODULES = {"i386-pc": ("all_video",), "x86_64-efi": ("efi_gop",)}
MODULES = {"i386-pc": ("biosdisk", *COMMON_MODULES, *VIDEO_MODULES["i386-pc"]),
           "x86_64-efi": (*COMMON_MODULES, *VIDEO_MODULES["x86_64-efi"])}

# GRUB 2 boot.img and diskboot.img, i386-pc: where the first stage learns the second's sector, and the
# last entry of the second stage's own list of sectors (start, count, load segment).
BOOT_SECTOR_FIELD = 0x5C
BLOCK_LIST_FIELD = SECTOR - 12
BOOT_CODE_SIZE = 440


def volume_serial(folder):
    """Eight hexadecimal digits by which GRUB finds the volume: one of its own for each content."""
    state = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            state.update(path.read_bytes())
    return state.hexdigest()[:8]


def make_core(platform, modules, search, target, run_tool):
    """GRUB's core image: it goes on with the grub.cfg of the volume that the options of its search find."""
    with tempfile.NamedTemporaryFile("w", suffix=".cfg") as configuration:
        configuration.write(f"search --no-floppy --set=root {search}\n"
                            "set prefix=($root)/boot/grub\n"
                            "configfile $prefix/grub.cfg\n")
        configuration.flush()
        run_tool("grub-mkimage", "-O", platform, "-p", "/boot/grub", "-c", configuration.name,
                 "-o", str(target), *modules)


def content_size(folder):
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def install_bios(image, core):
    """The first stage into the MBR, the second into the BIOS boot partition."""
    core = bytearray(core.read_bytes())
    if len(core) > (ESP_START - BIOS_BOOT_START) * SECTOR:
        raise ValueError("GRUB's core image does not fit the BIOS boot partition")
    struct.pack_into("<Q", core, BLOCK_LIST_FIELD, BIOS_BOOT_START + 1)
    boot = bytearray((GRUB_LIBRARY / "i386-pc/boot.img").read_bytes())
    struct.pack_into("<Q", boot, BOOT_SECTOR_FIELD, BIOS_BOOT_START)
    with open(image, "r+b") as file:
        file.write(boot[:BOOT_CODE_SIZE])
        file.seek(BIOS_BOOT_START * SECTOR)
        file.write(core)


def make_esp(folder, image, serial, sectors, run_tool):
    volume = f"{image}@@{ESP_START * SECTOR}"
    run_tool("mformat", "-i", volume, "-F", "-v", "PROTEUS", "-N", serial, "-T", str(sectors), "::")
    copy_tree(folder, volume, run_tool)


def copy_tree(folder, volume, run_tool):
    """In an order of its own: a folder's is as it comes."""
    paths = sorted(folder.rglob("*"))
    names = {path: f"::{path.relative_to(folder).as_posix()}" for path in paths}
    for path in paths:
        if path.is_dir():
            run_tool("mmd", "-i", volume, names[path])
        else:
            run_tool("mcopy", "-i", volume, str(path), names[path])


def make_system_volume(system, image, start, serial, run_tool):
    """The FAT32 volume that the system is installed on."""
    run_tool("mkfs.vfat", "--invariant", "-F", "32", "-s", "8", "-n", "SYSTEM", "-i", serial,
             "-h", str(start), "--offset", str(start), str(image),
             str(system.sectors * SECTOR // 1024))
    copy_tree(system.folder, f"{image}@@{start * SECTOR}", run_tool)


def identifier(serial, what):
    """A GUID that is the same for the same contents."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{serial} {what}")).upper()


class System:
    """What becomes the system volume: a folder, the partition's GUID and the volume's size."""

    def __init__(self, folder, guid, size):
        self.folder, self.guid = folder, guid
        self.sectors = (size + MIB - 1) // MIB * MIB // SECTOR


def make_partitions(image, serial, esp_sectors, system, run_tool):
    """The table; gives back where the system volume starts."""
    system_start = ESP_START + esp_sectors
    words = [f"--new=1:{BIOS_BOOT_START}:{ESP_START - 1}", "--typecode=1:ef02", "--change-name=1:BIOS boot",
             f"--new=2:{ESP_START}:{system_start - 1}", "--typecode=2:ef00",
             "--change-name=2:EFI system partition"]
    if system:
        words += [f"--new=3:{system_start}:{system_start + system.sectors - 1}", "--typecode=3:0700",
                  "--change-name=3:System", f"--partition-guid=3:{system.guid}"]
    words += [f"--disk-guid={identifier(serial, 'disk')}"]
    words += [f"--partition-guid={number}:{identifier(serial, number)}" for number in (1, 2)]
    total = system_start + (system.sectors if system else 0) + GPT_TAIL_SECTORS
    with open(image, "wb") as file:
        file.truncate(total * SECTOR)
    run_tool("sgdisk", "--clear", *words, str(image))
    return system_start


def make(folder, image, run_tool, system=None):
    """folder: what the EFI system partition holds. system: a System, or None for a disk without one."""
    serial = volume_serial(folder)
    core = folder.parent / f"{folder.name}.core"
    loader = folder / "EFI/BOOT/BOOTX64.EFI"
    loader.parent.mkdir(parents=True)
    search = f"--fs-uuid {serial[:4].upper()}-{serial[4:].upper()}"
    make_core("x86_64-efi", MODULES["x86_64-efi"], search, loader, run_tool)

    esp_sectors = (content_size(folder) + ESP_SLACK + MIB - 1) // MIB * MIB // SECTOR
    system_start = make_partitions(image, serial, esp_sectors, system, run_tool)
    make_esp(folder, image, serial, esp_sectors, run_tool)
    if system:
        make_system_volume(system, image, system_start, system.guid.replace("-", "")[:8], run_tool)

    try:
        make_core("i386-pc", MODULES["i386-pc"], search, core, run_tool)
        install_bios(image, core)
    finally:
        core.unlink(missing_ok=True)
