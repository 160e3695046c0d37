"""Makes a GPT disk with GRUB for BIOS and UEFI, without root and without loop devices."""

import hashlib
import pathlib
import struct
import tempfile

SECTOR = 512
MIB = 1 << 20
BIOS_BOOT_START = 2048              # sectors; the core image lives there, nothing else
ESP_START = 4096
ESP_SLACK = 40 * MIB                # a FAT32 volume must have 65,525 clusters
GPT_TAIL_SECTORS = 2048

GRUB_LIBRARY = pathlib.Path("/usr/lib/grub")
COMMON_MODULES = ("part_gpt", "fat", "search", "search_fs_uuid", "configfile", "normal",
                  "multiboot2", "all_video", "echo", "test", "boot")
MODULES = {"i386-pc": ("biosdisk", *COMMON_MODULES), "x86_64-efi": COMMON_MODULES}

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


def make_core(platform, serial, target, run_tool):
    """GRUB's core image with a configuration that goes on with the volume's grub.cfg."""
    with tempfile.NamedTemporaryFile("w", suffix=".cfg") as configuration:
        uuid = f"{serial[:4]}-{serial[4:]}".upper()
        configuration.write(f"search --no-floppy --fs-uuid --set=root {uuid}\n"
                            "set prefix=($root)/boot/grub\n"
                            "configfile $prefix/grub.cfg\n")
        configuration.flush()
        run_tool("grub-mkimage", "-O", platform, "-p", "/boot/grub", "-c", configuration.name,
                 "-o", str(target), *MODULES[platform])


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
    for entry in sorted(folder.iterdir()):
        run_tool("mcopy", "-s", "-i", volume, str(entry), "::")


def make(folder, image, run_tool):
    """folder: what the EFI system partition holds."""
    serial = volume_serial(folder)
    core = folder.parent / f"{folder.name}.core"
    loader = folder / "EFI/BOOT/BOOTX64.EFI"
    loader.parent.mkdir(parents=True)
    make_core("x86_64-efi", serial, loader, run_tool)

    esp_sectors = (content_size(folder) + ESP_SLACK + MIB - 1) // MIB * MIB // SECTOR
    with open(image, "wb") as file:
        file.truncate((ESP_START + esp_sectors + GPT_TAIL_SECTORS) * SECTOR)
    run_tool("sgdisk", "--clear",
             f"--new=1:{BIOS_BOOT_START}:{ESP_START - 1}", "--typecode=1:ef02",
             "--change-name=1:BIOS boot",
             f"--new=2:{ESP_START}:{ESP_START + esp_sectors - 1}", "--typecode=2:ef00",
             "--change-name=2:EFI system partition", str(image))
    make_esp(folder, image, serial, esp_sectors, run_tool)

    try:
        make_core("i386-pc", serial, core, run_tool)
        install_bios(image, core)
    finally:
        core.unlink(missing_ok=True)
