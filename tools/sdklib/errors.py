"""What the caller is told instead of a traceback."""


class BuildError(Exception):
    pass
