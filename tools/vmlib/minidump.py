"""Reads minidumps: what the streams say, the memory, the registers of threads."""

import collections
import struct

SIGNATURE = b"MDMP"
THREAD_LIST, MODULE_LIST, MEMORY_LIST, EXCEPTION, COMMENT, MISC_INFO = 3, 4, 5, 6, 10, 15

# CONTEXT of AMD64: the general registers from rax on, then rip; in the order of their numbers in instructions.
CONTEXT_RAX, CONTEXT_RIP, CONTEXT_XMM0 = 0x78, 0xF8, 0x1A0
RSP, REGISTERS = 4, 16

Module = collections.namedtuple("Module", "base size time name")
Thread = collections.namedtuple("Thread", "number context")
Fault = collections.namedtuple("Fault", "thread code address parameters context")


class Context:
    """The registers of a thread: general ones by number, and where it is."""

    def __init__(self, registers, rip):
        self.registers, self.rip = list(registers), rip

    @property
    def rsp(self):
        return self.registers[RSP]

    @rsp.setter
    def rsp(self, value):
        self.registers[RSP] = value

    def copy(self):
        return Context(self.registers, self.rip)


class Minidump:
    """A file, read as a whole."""

    def __init__(self, data):
        signature, _, count, directory = struct.unpack_from("<4sIII", data)
        if signature != SIGNATURE:
            raise ValueError("no minidump")
        self.data = data
        streams = (struct.unpack_from("<III", data, directory + 12 * index) for index in range(count))
        self.streams = {kind: (place, size) for kind, size, place in streams}
        self.modules = sorted(self.read_modules())
        self.threads = list(self.read_threads())
        self.memory = list(self.read_memory())
        self.fault = self.read_fault()

    def entries(self, kind, size):
        place, _ = self.streams.get(kind, (None, 0))
        if place is None:
            return
        for index in range(struct.unpack_from("<I", self.data, place)[0]):
            yield place + 4 + index * size

    def string(self, place):
        length = struct.unpack_from("<I", self.data, place)[0]
        return self.data[place + 4:place + 4 + length].decode("utf-16-le")

    def read_modules(self):
        for place in self.entries(MODULE_LIST, 108):
            base, size, _, time, name = struct.unpack_from("<QIIII", self.data, place)
            yield Module(base, size, time, self.string(name))

    def context(self, place):
        registers = struct.unpack_from(f"<{REGISTERS}Q", self.data, place + CONTEXT_RAX)
        return Context(registers, struct.unpack_from("<Q", self.data, place + CONTEXT_RIP)[0])

    def read_threads(self):
        for place in self.entries(THREAD_LIST, 48):
            number = struct.unpack_from("<I", self.data, place)[0]
            yield Thread(number, self.context(struct.unpack_from("<I", self.data, place + 44)[0]))

    def read_memory(self):
        for place in self.entries(MEMORY_LIST, 16):
            start, size, at = struct.unpack_from("<QII", self.data, place)
            yield start, self.data[at:at + size]

    def read_fault(self):
        """None: nothing has happened, somebody only wanted to look."""
        if EXCEPTION not in self.streams:
            return None
        place, _ = self.streams[EXCEPTION]
        thread, _, code, _, _, address, count = struct.unpack_from("<IIIIQQI", self.data, place)
        parameters = struct.unpack_from(f"<{count}Q", self.data, place + 40)
        return Fault(thread, code, address, parameters,
                     self.context(struct.unpack_from("<I", self.data, place + 164)[0]))

    def process(self):
        return struct.unpack_from("<I", self.data, self.streams[MISC_INFO][0] + 8)[0]

    def comment(self):
        place, size = self.streams.get(COMMENT, (0, 0))
        return self.data[place:place + size].decode("utf-16-le").rstrip("\0")

    def read_quadword(self, address):
        """None: the dump does not have it."""
        for start, data in self.memory:
            if start <= address and address + 8 <= start + len(data):
                return struct.unpack_from("<Q", data, address - start)[0]
        return None

    def module_at(self, address):
        return next((module for module in self.modules
                     if module.base <= address < module.base + module.size), None)
