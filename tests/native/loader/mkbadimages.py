#!/usr/bin/env python3
"""Makes images with something wrong of a good one, as badimages.txt lists them, and a table for C."""

import pathlib
import struct
import sys


def find_relocations(image, optional, sections, count):
    """Offset in the file of the relocation directory."""
    rva = struct.unpack_from("<I", image, optional + 0x98)[0]
    for index in range(count):
        size, start, _, raw = struct.unpack_from("<IIII", image, sections + 40 * index + 8)
        if start <= rva < start + size:
            return raw + rva - start
    return 0


def structures(image):
    """Where the structures are that a place may be relative to."""
    pe = struct.unpack_from("<I", image, 0x3C)[0]
    count, size = struct.unpack_from("<H", image, pe + 6)[0], struct.unpack_from("<H", image, pe + 20)[0]
    sections = pe + 24 + size
    return {"p": pe, "f": pe + 4, "o": pe + 24, "s": sections,
            "r": find_relocations(image, pe + 24, sections, count), "": 0}


def change(image, places, what):
    """Apply one change; returns the new image."""
    place, value = what.split("=")
    if place.endswith("cut"):
        return image[:places[place[:-3]] + int(value, 16)]
    base = place[0] if place[0] in "pfosr" else ""
    value, size = value.split(":")
    at = places[base] + int(place[len(base):], 16)
    image[at:at + int(size)] = int(value, 16).to_bytes(int(size), "little")
    return image


def main():
    table, good, folder = map(pathlib.Path, sys.argv[1:])
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for line in table.read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        name, status, *changes = line.split()
        image = bytearray(good.read_bytes())
        places = structures(image)
        for what in changes:
            image = change(image, places, what)
        (folder / f"{name}.dll").write_bytes(image)
        lines.append(f'{{L"{name}.dll", STATUS_{status}}},\n')
    (folder / "badimages.inc").write_text("".join(lines))


if __name__ == "__main__":
    main()
