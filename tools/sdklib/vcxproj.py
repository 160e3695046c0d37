"""Reads a Visual C++ project as far as a driver's build needs it.

Property and item groups, item definitions with conditions, imports of files that exist beside the
project. Visual Studio's own imports, and what no compiler sees (packages, signatures, .inf), are passed
over.
"""

import fnmatch
import pathlib
import re
import xml.etree.ElementTree

from .conditions import Condition
from .errors import BuildError

PROPERTY = re.compile(r"\$\(([^()]*)\)")
METADATA = re.compile(r"%\(([^()]*)\)")
IMPORT_DEPTH = 16


def find_file(folder, name):
    """The file of this name, backslashes and any case, or None."""
    path = pathlib.Path("/" if name[:1] in "/\\" else folder)
    for part in name.replace("\\", "/").split("/"):
        if part in ("", "."):
            continue
        exact = path / part
        if part != ".." and not exact.exists() and path.is_dir():
            exact = next((entry for entry in path.iterdir()
                          if entry.name.lower() == part.lower()), exact)
        path = exact
    return path.resolve() if path.exists() else None


def split_list(text):
    return [part.strip() for part in text.split(";") if part.strip()]


class Project:
    """The project's properties, and its items with their metadata, for one configuration of x64."""

    def __init__(self, path, configuration):
        self.path = path.resolve()
        self.folder = self.path.parent
        self.definitions = {}           # of each kind of item
        self.items = {}                 # kind: list of (path, metadata)
        folder = f"{self.folder}/"
        self.properties = {
            "configuration": configuration, "platform": "x64", "platformtarget": "x64",
            "msbuildprojectname": self.path.stem, "projectname": self.path.stem,
            "msbuildprojectdirectory": str(self.folder), "msbuildthisfiledirectory": folder,
            "projectdir": folder, "solutiondir": folder, "targetname": self.path.stem,
        }
        self._read(self.path, 0)

    def get(self, name):
        return self.properties.get(name.lower(), "")

    # ---- Text

    def expand(self, text, metadata=None):
        """Properties, and metadata of the item; what is not known is empty."""
        text = text or ""
        for _ in range(IMPORT_DEPTH):
            expanded = PROPERTY.sub(lambda match: self._property(match[1]), text)
            if expanded == text:
                break
            text = expanded
        known = metadata or {}
        return METADATA.sub(lambda match: known.get(match[1].rpartition(".")[2].lower(), ""), text)

    def _property(self, name):
        if name.startswith("[") or "." in name:
            return ""                   # functions: nothing that a build here depends on
        return self.get(name)

    def _holds(self, element, metadata=None):
        text = self.expand(element.get("Condition"), metadata)
        return Condition(text, lambda name: find_file(self.folder, name) is not None).holds()

    # ---- The file

    def _read(self, path, depth):
        if depth == IMPORT_DEPTH:
            raise BuildError(f"{path}: imports itself")
        try:
            root = xml.etree.ElementTree.parse(path).getroot()
        except (xml.etree.ElementTree.ParseError, OSError) as error:
            raise BuildError(f"{path}: {error}") from error
        self._group(root, path, depth)

    def _group(self, group, path, depth):
        handlers = {
            "PropertyGroup": self._properties,
            "ItemDefinitionGroup": self._definitions,
            "ItemGroup": self._items,
        }
        for element in group:
            kind = element.tag.rpartition("}")[2]
            if kind == "Choose":
                self._choose(element, path, depth)
            elif not self._holds(element):
                continue
            elif kind in handlers:
                handlers[kind](element)
            elif kind == "Import":
                self._import(element, path, depth)
            elif kind == "ImportGroup":
                self._group(element, path, depth)

    def _choose(self, choose, path, depth):
        for branch in choose:
            if branch.tag.endswith("Otherwise") or self._holds(branch):
                self._group(branch, path, depth)
                return

    def _import(self, element, path, depth):
        name = element.get("Project", "")
        if "VCTargetsPath" in name or "UserRootDir" in name:
            return
        found = find_file(path.parent, self.expand(name))
        if found and found.is_file():
            self._read(found, depth + 1)

    def _properties(self, group):
        for element in group:
            if self._holds(element):
                name = element.tag.rpartition("}")[2].lower()
                self.properties[name] = self.expand(element.text).strip()

    def _set_metadata(self, element, metadata):
        for entry in element:
            if self._holds(entry, metadata):
                name = entry.tag.rpartition("}")[2].lower()
                metadata[name] = self.expand(entry.text, metadata).strip()

    def _definitions(self, group):
        for element in group:
            if self._holds(element):
                kind = element.tag.rpartition("}")[2]
                self._set_metadata(element, self.definitions.setdefault(kind, {}))

    def _items(self, group):
        for element in group:
            kind = element.tag.rpartition("}")[2]
            if not self._holds(element) or not element.get("Include"):
                continue
            excluded = {path for text in split_list(self.expand(element.get("Exclude")))
                        for path in self._files(text)}
            for text in split_list(self.expand(element.get("Include"))):
                for path in self._files(text):
                    if path not in excluded:
                        metadata = dict(self.definitions.get(kind, {}))
                        self._set_metadata(element, metadata)
                        self.items.setdefault(kind, []).append((path, metadata))

    def _files(self, text):
        """A file, or the files of a pattern; none for those that are not there but as a pattern."""
        folder, _, name = text.replace("\\", "/").rpartition("/")
        if not any(sign in name for sign in "*?"):
            return [find_file(self.folder, text) or self.folder / text.replace("\\", "/")]
        place = find_file(self.folder, folder) if folder else self.folder
        if not place:
            return []
        return sorted(entry for entry in place.iterdir()
                      if fnmatch.fnmatch(entry.name.lower(), name.lower()))

    # ---- What the build asks

    def files(self, kind):
        """Items of a kind, with their metadata, unless excluded."""
        return [(path, metadata) for path, metadata in self.items.get(kind, [])
                if metadata.get("excludedfrombuild", "").lower() != "true"]

    def definition(self, kind, name):
        return self.definitions.get(kind, {}).get(name.lower(), "")
