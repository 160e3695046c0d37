"""Text on a picture of the screen, recognised by the console's fonts."""

import pathlib

from conftest import load_tool

FONTS = {8: "Uni2-Terminus16", 12: "Uni2-Terminus24x12", 16: "Uni2-Terminus32x16"}
BRIGHT = 400        # of 765: letters are, grounds are not


def load_font(width):
    return load_tool("mkfont").read_psf(f"/usr/share/consolefonts/{FONTS[width]}.psf.gz")


class Screen:
    """A picture taken by tools/vm, as rows of 0 and 1: where it is bright."""

    def __init__(self, machine, folder):
        file = pathlib.Path(folder, "screen.ppm")
        machine.qmp.execute("screendump", filename=str(file))
        self.width, self.height, data = self.read(file)
        width = self.width
        self.rows = ["".join("1" if sum(data[i:i + 3]) > BRIGHT else "0"
                             for i in range(row * width * 3, (row + 1) * width * 3, 3))
                     for row in range(self.height)]

    @staticmethod
    def read(file):
        data = file.read_bytes()
        kind, size, depth, pixels = data.split(b"\n", 3)
        assert kind == b"P6" and depth == b"255"
        width, height = map(int, size.split())
        return width, height, pixels

    def find(self, text, font_width=8, scale=1, reverse=False):
        """The place of a text's left upper point, or None. Reverse: dark letters on a bright ground."""
        font = load_font(font_width)
        lines = ["".join(format(font.glyphs[ord(character)][row], f"0{font.width}b") for character in text)
                 for row in range(font.height)]
        lines = ["".join(bit * scale for bit in line) for line in lines for _ in range(scale)]
        ink = "1"
        if reverse:
            ink, lines = "0", [line.translate({48: 49, 49: 48}) for line in lines]
        first = next(index for index, line in enumerate(lines) if ink in line)
        for top in range(self.height - len(lines) + 1):
            left = self.rows[top + first].find(lines[first])
            while left >= 0:
                if all(self.rows[top + i].startswith(line, left) for i, line in enumerate(lines)):
                    return left, top
                left = self.rows[top + first].find(lines[first], left + 1)
        return None
