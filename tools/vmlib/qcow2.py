"""Writes disk images as compressed qcow2 files (QEMU's docs/interop/qcow2.txt): what is zero takes no room, and QEMU boots from
the file as it is. The same image always makes the same bytes."""

import os
import struct
import zlib

MAGIC, VERSION, HEADER_SIZE = b"QFI\xfb", 3, 104
CLUSTER_BITS, REFCOUNT_ORDER = 16, 4
CLUSTER, SECTOR = 1 << CLUSTER_BITS, 512
ENTRIES = CLUSTER // 8                  # of a table
COPIED, COMPRESSED = 1 << 63, 1 << 62
SIZE_SHIFT = 62 - (CLUSTER_BITS - 8)
WINDOW_BITS = -12                       # raw deflate, with the window that readers have

# The first clusters of the file: header, table of reference counts, the one block of them, L1 table; L2 tables follow.
COUNT_TABLE, COUNTS, L1, L2 = range(1, 5)
MOST_CLUSTERS = CLUSTER // 2            # that one block counts


def data_clusters(file, size):
    """(number, bytes) of each cluster that is not zero. Holes of the file are not even read."""
    number = 0
    while number * CLUSTER < size:
        try:
            number = max(number, os.lseek(file.fileno(), number * CLUSTER, os.SEEK_DATA) // CLUSTER)
        except OSError:                 # nothing but a hole from here on
            return
        file.seek(number * CLUSTER)
        data = file.read(CLUSTER).ljust(CLUSTER, b"\0")
        if data.strip(b"\0"):
            yield number, data
        number += 1


class Writer:
    """The file that is being made."""

    def __init__(self, file, tables):
        self.file = file
        self.end = (L2 + tables) * CLUSTER
        self.counts = [1] * (L2 + tables)
        self.entries = [0] * (tables * ENTRIES)

    def count(self, start, end):
        """One more reference to the clusters that hold these bytes."""
        last = (end - 1) // CLUSTER
        if last >= MOST_CLUSTERS:
            raise ValueError("the image is too large")
        self.counts += [0] * (last + 1 - len(self.counts))
        for cluster in range(start // CLUSTER, last + 1):
            self.counts[cluster] += 1

    def add(self, number, data):
        deflate = zlib.compressobj(9, zlib.DEFLATED, WINDOW_BITS)
        packed = deflate.compress(data) + deflate.flush()
        if len(packed) >= CLUSTER:
            start = -(-self.end // CLUSTER) * CLUSTER
            self.entries[number] = start | COPIED
            packed = data
            self.count(start, start + CLUSTER)
        else:
            start = self.end
            sectors = (start + len(packed) - 1) // SECTOR - start // SECTOR
            self.entries[number] = start | sectors << SIZE_SHIFT | COMPRESSED
            self.count(start // SECTOR * SECTOR, (start // SECTOR + sectors + 1) * SECTOR)
        self.file.seek(start)
        self.file.write(packed)
        self.end = start + len(packed)

    def finish(self, size):
        tables = len(self.entries) // ENTRIES
        self.file.truncate(-(-self.end // CLUSTER) * CLUSTER)
        self.file.seek(0)
        self.file.write(struct.pack(">4sIQIIQIIQQIIQQQQII", MAGIC, VERSION, 0, 0, CLUSTER_BITS, size, 0, tables,
                                    L1 * CLUSTER, COUNT_TABLE * CLUSTER, 1, 0, 0, 0, 0, 0, REFCOUNT_ORDER, HEADER_SIZE))
        self.table(COUNT_TABLE, "Q", [COUNTS * CLUSTER])
        self.table(COUNTS, "H", self.counts)
        self.table(L1, "Q", [(L2 + index) * CLUSTER | COPIED for index in range(tables)])
        self.table(L2, "Q", self.entries)

    def table(self, cluster, kind, values):
        self.file.seek(cluster * CLUSTER)
        self.file.write(struct.pack(f">{len(values)}{kind}", *values))


def write(source, target):
    size = source.stat().st_size
    with open(source, "rb") as image, open(target, "wb") as file:
        writer = Writer(file, -(-size // (CLUSTER * ENTRIES)))
        for number, data in data_clusters(image, size):
            writer.add(number, data)
        writer.finish(size)
