"""The images that are loaded: without their debug information and symbols, marked by what is left.

The linker's mark (/Brepro) is of the whole file, and so of the folders that the debug information names.
"""

import hashlib
import pathlib
import struct
import subprocess

DEBUG_DIRECTORY = 6
DEBUG_ENTRY_SIZE = 28


def read(image, form, offset):
    return struct.unpack_from("<" + form, image, offset)


def file_offset(image, header, address):
    """Of what is to be at an address of a PE image, header: where its PE header is."""
    count, options_size = read(image, "H", header + 6)[0], read(image, "H", header + 20)[0]
    for section in range(header + 24 + options_size, header + 24 + options_size + 40 * count, 40):
        size, start, _, place = read(image, "4I", section + 8)
        if start <= address < start + size:
            return place + address - start
    raise ValueError(f"no section has {address:#x}")


def places(image):
    """Where in a PE image its time stamp is: in the header and in each entry of the debug directory."""
    header = read(image, "I", 0x3C)[0]
    address, size = read(image, "II", header + 24 + 112 + 8 * DEBUG_DIRECTORY)
    found = [header + 8]
    if size:
        start = file_offset(image, header, address)
        found += range(start + 4, start + size, DEBUG_ENTRY_SIZE)
    return found


def write(image, mark):
    for place in places(image):
        image[place:place + len(mark)] = mark


def strip(debug, output):
    """Make output of debug, a linked file, and give both the same mark."""
    subprocess.run(["llvm-strip-19", "--strip-all", "-o", output, debug], check=True)
    image = bytearray(pathlib.Path(output).read_bytes())
    write(image, bytes(4))
    mark = hashlib.sha256(image).digest()[:4]
    write(image, mark)
    pathlib.Path(output).write_bytes(image)
    with open(debug, "r+b") as file:
        headers = bytearray(file.read())
        for place in places(headers):
            file.seek(place)
            file.write(mark)
