"""Goes up the stack of an x64 program by the unwind data of its images (Microsoft: x64 exception handling)."""

import bisect
import mmap
import struct

from .minidump import RSP

PE_OFFSET, DIRECTORY_EXCEPTION = 0x3C, 3
CHAINED = 4
PUSH, LARGE_SPACE, SMALL_SPACE, SET_FRAME, SAVE, SAVE_FAR, EPILOG, SPARE, XMM, XMM_FAR, MACHINE = range(11)
MOST_FRAMES = 64


class Image:
    """A PE file: its bytes by offset from the base, its functions with unwind data."""

    def __init__(self, file):
        with open(file, "rb") as opened:
            self.data = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
        header = struct.unpack_from("<I", self.data, PE_OFFSET)[0]
        sections, = struct.unpack_from("<H", self.data, header + 6)
        self.time, = struct.unpack_from("<I", self.data, header + 8)
        optional_size, = struct.unpack_from("<H", self.data, header + 20)
        optional = header + 24
        table = optional + optional_size
        self.sections = [struct.unpack_from("<IIII", self.data, table + 40 * index + 8) for index in range(sections)]
        start, size = struct.unpack_from("<II", self.data, optional + 112 + 8 * DIRECTORY_EXCEPTION)
        place = self.place(start) if size else 0
        self.functions = [struct.unpack_from("<III", self.data, place + 12 * index) for index in range(size // 12)]
        self.starts = [function[0] for function in self.functions]

    def place(self, offset):
        """Where in the file."""
        for size, start, raw_size, raw in self.sections:
            if start <= offset < start + max(size, raw_size):
                return raw + offset - start
        raise ValueError(f"{offset:#x} is not in the image")

    def function_at(self, offset):
        index = bisect.bisect_right(self.starts, offset) - 1
        if index < 0 or offset >= self.functions[index][1]:
            return None
        return self.functions[index]


def codes_of(image, place):
    """[(place in the prolog, operation, its information, the operand)] of unwind information, the last of the prolog first."""
    count = image.data[place + 2]
    words = struct.unpack_from(f"<{count}H", image.data, place + 4)
    index = 0
    while index < count:
        at, operation, info = words[index] & 0xFF, words[index] >> 8 & 0xF, words[index] >> 12
        length = {LARGE_SPACE: 3 if info else 2, SAVE: 2, XMM: 2, SAVE_FAR: 3, XMM_FAR: 3}.get(operation, 1)
        operand = 0
        if length == 2:
            operand = words[index + 1]
        elif length == 3:
            operand = words[index + 1] | words[index + 2] << 16
        yield at, operation, info, operand
        index += length


class Unwinder:
    """One frame up at a time, in a process that images(address) and memory know."""

    def __init__(self, read_quadword, find_image):
        self.read, self.find_image = read_quadword, find_image

    def undo(self, context, operation, info, operand):
        """Gives back whether that has set rip, as an interrupt's frame does. None: memory is missing."""
        if operation == PUSH:
            context.registers[info] = self.read(context.rsp)
            context.rsp += 8
        elif operation == LARGE_SPACE:
            context.rsp += operand if info else operand * 8
        elif operation == SMALL_SPACE:
            context.rsp += info * 8 + 8
        elif operation in (SAVE, SAVE_FAR):
            context.registers[info] = self.read(context.rsp + (operand * 8 if operation == SAVE else operand))
        elif operation == MACHINE:
            context.rsp += 8 * info
            context.rip, context.rsp = self.read(context.rsp), self.read(context.rsp + 24)
            return True
        return False

    def undo_prolog(self, context, image, function, offset):
        returned, inside, info = False, offset - function[0], function[2]
        while True:
            place = image.place(info)
            flags, prolog, count, frame = image.data[place] >> 3, *image.data[place + 1:place + 4]
            begun = [code for code in codes_of(image, place) if inside >= code[0]]
            if frame & 0xF and (inside >= prolog or any(code[1] == SET_FRAME for code in begun)):
                context.rsp = context.registers[frame & 0xF] - (frame >> 4) * 16
            for _, operation, code_info, operand in begun:
                returned |= self.undo(context, operation, code_info, operand)
            if not flags & CHAINED:
                return returned
            _, _, info = struct.unpack_from("<III", image.data, place + 4 + (count + 1 & ~1) * 2)
            inside = 1 << 32            # all of the first part's prolog has run

    def caller(self, context):
        """The registers of the function that has called this one, or None at the end of what can be followed."""
        context = context.copy()
        image, offset = self.find_image(context.rip)
        function = image.function_at(offset) if image else None
        try:
            if function and self.undo_prolog(context, image, function, offset):
                return context if context.rip else None
            context.rip = self.read(context.rsp)
            context.registers[RSP] += 8
        except (TypeError, ValueError):     # what is not in the dump
            return None
        return context if context.rip else None

    def frames(self, context):
        count = 0
        while context and count < MOST_FRAMES:
            yield context
            below, context, count = context, self.caller(context), count + 1
            if context and context.rsp <= below.rsp:
                return
