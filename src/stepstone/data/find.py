"""Which files hold a split of a task in a language: patterns tried in folders, plain files before archives."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache as remember
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from stepstone.core.errors import UserError
from stepstone.core.home import expanded, possible
from stepstone.core.pattern import expand
from stepstone.core.place import Place
from stepstone.core.task import Files, HubTable, Task
from stepstone.data import archive
from stepstone.data.formats.log import DataFileError
from stepstone.data.formats.options import ReaderOptions
from stepstone.data.remedies import reported
from stepstone.data.sources import file_options

# How deep below a data folder a pattern may begin, as in LASER/data/tatoeba/v1/...
_DEPTH = 3


class FoundFiles(NamedTuple):
    """Files of one source; each group is the file that a pattern matched and the companions read with it."""

    source: Files
    options: ReaderOptions
    groups: tuple[tuple[Path, ...], ...]

    def paths(self) -> Iterator[Path]:
        """Every file, once."""
        return iter(dict.fromkeys(path for group in self.groups for path in group))


def find_split_files(task: Task, split: str, language: str, place: Place, **more: str) -> FoundFiles | None:
    """The files of a split, from the first folder that has them, or None.

    Raises:
        UserError: a folder is missing, an archive is refused, a file that belongs to another is missing, or a
            pattern matches the same file in two places of one folder.
    """
    return next(candidate_files(task, split, language, place, **more), None)


def candidate_files(task: Task, split: str, language: str, place: Place, **more: str) -> Iterator[FoundFiles]:
    """All files that a split could be read from, those that are read first; raises as `find_split_files` does."""
    for folder in place.folders:
        if not folder.is_dir():
            raise UserError("is not a folder", where=str(folder), remedy="give folders of data that exist")
    if task.own is not None:
        yield from _named_files(task, split, language, place)
        return
    for folder in place.folders:
        roots = _roots(folder)
        for source in task.sources:
            if not isinstance(source, Files):
                continue
            options = file_options(task, source)
            # A text collection holds corpora: without a name, all of them.
            names = {"corpus": "*"} | more | options.names_in(language)
            for pattern in source.files.get(split, ()):
                with reported(task, split, language):
                    found = _match(roots, expand(pattern, language, **names), place.cache, _chosen(pattern))
                    groups = _groups(found, options, language)
                if groups:
                    yield FoundFiles(source, options, groups)


def _named_files(task: Task, split: str, language: str, place: Place) -> Iterator[FoundFiles]:
    """The files that a study names for its own task: in the data folders, or else from the study's folder on."""
    for folder in (*place.folders, None):
        for source in (source for source in task.sources if isinstance(source, Files)):
            options = file_options(task, source)
            root = expanded(options.folder) if folder is None else folder
            for pattern in source.files.get(split, ()):
                found = _whole_name(root, expand(pattern, language, **options.names_in(language)))
                with reported(task, split, language):
                    groups = _groups(found, options, language)
                if groups:
                    yield FoundFiles(source, options, groups)


def _whole_name(folder: Path, name: str) -> list[Path]:
    """Files of this very name, not somewhere below; it may hold stars, and lead anywhere."""
    path = possible(folder / name)
    if not path.is_file() and any(mark in name for mark in "*?["):
        root = Path(path.anchor)
        return sorted(found for found in root.glob(str(path.relative_to(root))) if found.is_file())
    return [path] if path.is_file() else []


def describe_missing(task: Task, split: str, language: str, place: Place) -> str:
    """What was looked for, where, and which hub table would be used: the message for data that is not there."""
    looked = ", ".join(looked_for(task, split, language)) or _nothing(task)
    return "\n  ".join([f"looked for: {looked}", *describe_searched(task, place)])


def looked_for(task: Task, split: str, language: str) -> list[str]:
    """The files that would hold this data, as patterns."""
    patterns = [
        expand(pattern, language, corpus="*", **file_options(task, source).names_in(language))
        for source in task.sources
        if isinstance(source, Files)
        for pattern in source.files.get(split, ())
    ]
    # A layout of a study's own that has no file of this language leaves its pattern as it is.
    return [pattern for pattern in patterns if not (_is_of_files(task) and pattern.startswith("{"))]


def _is_of_files(task: Task) -> bool:
    return task.own is not None and not any(isinstance(source, HubTable) for source in task.sources)


def _nothing(task: Task) -> str:
    return "nothing: the study names no file" if _is_of_files(task) else "nothing, no file layout is declared"


def describe_searched(task: Task, place: Place) -> list[str]:
    """Where it was looked for, which hub table would be used, and where the task is released, a line each."""
    if _is_of_files(task):
        homes = {file_options(task, source).folder for source in task.sources if isinstance(source, Files)}
        own = [folder or "the current folder" for folder in sorted(homes)]
        return [f"in: {', '.join(map(str, (*place.folders, *own)))}"]
    hub = [source for source in task.sources if isinstance(source, HubTable)]
    folders = ", ".join(map(str, place.folders))
    lines = [f"in: {folders}" if folders else "no folder of data was given (--data)"]
    if hub:
        names = ", ".join(f"{table.repository}@{table.revision or 'main'}" for table in hub)
        lines.append(f"hub table: {names}" + ("" if place.use_hub else " (the hub is switched off)"))
    else:
        lines.append("hub table: none is known that loads without a script")
    if task.url:
        lines.append(f"released at: {task.url}")
    return [*lines, *passed_over(place)]


def passed_over(place: Place) -> Iterator[str]:
    """Archives that could hold what is missing, were they not refused."""
    for packed in (packed for folder in place.folders for packed in _archives(_roots(folder))):
        if refusal := archive.list_archive(packed, place.cache).refusal:
            yield f"passed over: {packed}: {refusal}"


def _groups(found: Iterable[Path], options: ReaderOptions, language: str) -> tuple[tuple[Path, ...], ...]:
    return tuple(_with_companions(path, options, language) for path in found)


def _with_companions(path: Path, options: ReaderOptions, language: str) -> tuple[Path, ...]:
    names = options.names_in(language)
    beside = [_beside(path, expand(name, language, **names)) for name in options.beside]
    for companion in beside:
        if not companion.is_file():
            raise DataFileError(f"is read together with {path.name}, but is missing", companion, remedy="put it there")
    optional = (_beside(path, expand(name, language, **names)) for name in options.may_beside)
    return (path, *beside, *(companion for companion in optional if companion.is_file()))


def _beside(path: Path, name: str) -> Path:
    """The file of this name beside `path`, or in the folder above, where the name begins with `../`."""
    above = name.startswith("../")
    return (path.parent if above else path).with_name(name.removeprefix("../"))


def left_behind(task: Task, split: str, language: str, place: Place) -> Path | None:
    """A file that is read together with another one, which is not there: BUCC's gold without its corpora."""
    for folder in place.folders:
        roots = _roots(folder)
        for source in task.sources:
            if not isinstance(source, Files) or split not in source.files:
                continue
            options = file_options(task, source)
            for name in (*options.beside, *options.may_beside):
                expanded = expand(name, language, **options.names_in(language))
                # A companion of all languages is nobody's sign that this one should be here.
                with reported(task, split, language):
                    found = _match(roots, expanded, place.cache) if expanded != name else ()
                if found:
                    return found[0]
    return None


Roots = list[list[Path]]


def _roots(folder: Path) -> Roots:
    """Folders at which a pattern may begin: the data folder, then those below it, level by level."""
    levels = [[folder]]
    for _ in range(_DEPTH):
        inside = (entry for root in levels[-1] for entry in os.scandir(root) if not entry.name.startswith((".", "_")))
        levels.append([Path(path) for path in sorted(entry.path for entry in inside if entry.is_dir())])
    return levels


def _chosen(pattern: str) -> tuple[int, ...]:
    """Folders of a declared pattern, by their place in it, whose star stands for one of several, as for a version."""
    return tuple(place for place, part in enumerate(pattern.split("/")[:-1]) if "*" in part)


def _match(roots: Roots, pattern: str, cache: Path, chosen: Sequence[int] = ()) -> tuple[Path, ...]:
    return _plain(roots, pattern, chosen) or _packed(roots, pattern, cache, chosen)


def _plain(roots: Roots, pattern: str, chosen: Sequence[int]) -> tuple[Path, ...]:
    has_star = any(mark in pattern for mark in "*?[")
    for level in roots:
        matches = [
            path
            for root in level
            for path in (root.glob(pattern) if has_star else (root / pattern,))
            if path.is_file() and not is_hidden(path.relative_to(root))
        ]
        if matches:
            return _one_place(matches, pattern, chosen)
    return ()


def _packed(roots: Roots, pattern: str, cache: Path, chosen: Sequence[int]) -> tuple[Path, ...]:
    wanted = re.compile(rf"(^|/){_as_regex(pattern)}$")
    for packed in _archives(roots):
        names = [
            member.name
            for member in archive.list_archive(packed, cache).members
            # The archive's own name counts as a folder: WikiAnn's ja.tar.gz holds a file called train.
            if wanted.search(f"{packed.name}/{member.name}") and not is_hidden(PurePosixPath(member.name))
        ]
        # One that is refused is looked into as far as it can be: it stops only those whose data was seen in it.
        if names:
            unpacked = archive.unpack(packed, cache)
            return _one_place([unpacked / name for name in names], pattern, chosen)
    return ()


def _archives(roots: Roots) -> list[Path]:
    # No deeper: an archive in the depths of a folder is somebody's sample or backup, not the release.
    shallow = (path for level in roots[:2] for root in level for path in root.iterdir())
    return sorted(path for path in shallow if archive.is_archive(path) and not path.name.startswith((".", "_")))


def is_hidden(path: Path | PurePosixPath) -> bool:
    """Whether a name in it begins with a dot or an underscore: .DS_Store, __MACOSX, folders set aside."""
    return any(part.startswith((".", "_")) for part in path.parts)


def _one_place(matches: list[Path], pattern: str, chosen: Sequence[int]) -> tuple[Path, ...]:
    depth = pattern.count("/") + 1
    nearest = min(len(path.parts) for path in matches)
    near = sorted(path for path in matches if len(path.parts) == nearest)
    places = {(path.parts[:-depth], *(path.parts[place - depth] for place in chosen)): path for path in reversed(near)}
    if len(places) > 1:
        first, second = sorted(places.values())[:2]
        message = f'"{pattern}" is found twice, in {first.parent} and in {second.parent}'
        raise DataFileError(message, first, remedy="keep one of them in the data folder, or name its folder alone")
    return tuple(near)


@remember
def _as_regex(pattern: str) -> str:
    # As in a shell: a star does not cross a folder.
    parts = (re.escape(part) for part in re.split(r"([*?])", pattern))
    return "".join({r"\*": "[^/]*", r"\?": "[^/]"}.get(part, part) for part in parts)
