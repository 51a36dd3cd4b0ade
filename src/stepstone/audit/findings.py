"""How a check of data speaks: a table of what was read, and a sentence for every warning."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from stepstone.audit.check import LabelDifference, SplitReport, TaskReport
from stepstone.audit.copies import FileCopy
from stepstone.audit.overlap import Overlap
from stepstone.audit.translated import Translated
from stepstone.core.place import Place

# So many labels are shown with their shares, the most frequent first.
_NUM_LABELS = 4
# Of no more languages each is named, though none was found.
_NUM_LANGUAGES = 4


def report_table(report: TaskReport, place: Place) -> tuple[list[str], list[list[str]]]:
    """What was read: column names, and a row per split and language. Columns in which nothing stands are left out."""
    rows = [_cells(split, place) for split in report.splits if not split.missing]
    names = [name for name in rows[0] if name in ("split", "language", "rows") or any(row[name] for row in rows)]
    return names, [[row[name] for name in names] for row in rows]


NUMBERS = ("rows", "of", "dropped", "stripped", "repeated", "contradicting", "errors")


def _cells(split: SplitReport, place: Place) -> dict[str, str]:
    return {
        "split": split.split,
        "language": split.language,
        "rows": f"{split.num_examples:,}",
        "of": f"{split.num_declared:,}" if split.num_declared is not None else "",
        "dropped": _unless_zero(split.num_dropped),
        "stripped": _unless_zero(split.num_unlabelled),
        "labels": _shares(split),
        "repeated": _unless_zero(split.num_duplicates),
        "contradicting": _unless_zero(split.num_contradicting),
        "empty": ", ".join(f"{field} {num:,}" for field, num in split.empty.items()),
        "errors": _unless_zero(split.num_errors),
        "files": _files(tuple(split.files), place),
    }


def finding_sentences(report: TaskReport, place: Place) -> Iterator[str]:
    """All warnings: errors first, then what is missing, what is known from elsewhere, and the traps."""
    for split in report.splits:
        yield from (_indented(f"error: {error}") for error in split.errors)
        if split.num_errors > len(split.errors):
            yield f"  error: {split.num_errors - len(split.errors):,} more in {split.split} {split.language}"
    yield from (f"  {note}" for note in audit_notes(report, place))
    yield from (f"  {line}" for line in _read_as(report.splits))
    yield from (f"  {_paired(item)}" for item in report.translated if item.is_whole)
    if report.is_empty:
        yield _indented(report.splits[0].missing)
    if (missing := _missing(report)) and len(report.splits) > 1:
        yield f"  not found: {missing}"
    yield from (f"  trap: {trap}" for trap in report.traps)


def audit_notes(report: TaskReport, place: Place) -> Iterator[str]:
    """What can be read, with a warning."""
    partial = [_of_release(split) for split in report.splits if _differs_in_size(split)]
    if partial:
        yield f"not the release's number of rows: {', '.join(partial)}"
    stripped = [split for split in report.splits if split.num_unlabelled]
    if stripped:
        named = ", ".join(f"{split.split} {split.language}" for split in stripped)
        yield f"labels are stripped, no score can be computed: {named}"
    for split in report.splits:
        yield from (_passed_over(copy, split, place) for copy in split.passed_over)
        if split.absent_labels:
            yield f"no example of {split.split} {split.language} has the label {', '.join(split.absent_labels)}"
    yield from _differences(report.differences)
    yield from (_paired(item) for item in report.translated if not item.is_whole)
    yield from (_known(overlap) for overlap in report.overlaps if overlap.num_shared or overlap.num_shared_passages)


def _read_as(splits: Sequence[SplitReport]) -> Iterator[str]:
    """How files were read and what in them is no example, in one line for all splits of which the same is said."""
    said: dict[str, list[str]] = defaultdict(list)
    for split in splits:
        name = f"{split.split} {split.language}"
        for reading in split.readings:
            said[reading].append(name)
        for kind, num in split.skipped.items():
            said[f"{kind} were left out"].append(f"{name} {num:,}")
        if split.num_control:
            said["examples hold control characters"].append(f"{name} {split.num_control:,}")
    yield from (f"{line}: {', '.join(where)}" for line, where in said.items())


def is_spotless(report: TaskReport) -> bool:
    """Whether there is neither an error nor a warning in what was found."""
    contradicting = any(split.num_contradicting for split in report.splits)
    return not report.num_errors and not contradicting and not any(audit_notes(report, Place()))


def summary(reports: Sequence[TaskReport]) -> str:
    """How many tasks have data, how many errors there are, and which tasks have none."""
    present = [report for report in reports if not report.is_empty]
    num_rows = sum(split.num_examples for report in present for split in report.splits)
    wrong = [report.task for report in present if report.num_errors]
    num_errors = sum(report.num_errors for report in present)
    line = ", ".join(
        f"{num:,} {one if num == 1 else many}"
        for num, one, many in (
            (len(present), "task with data", "tasks with data"),
            (num_rows, "example", "examples"),
            (num_errors, "error", "errors"),
        )
    )
    line += f" (in {', '.join(wrong)})" if wrong else ""
    empty = [report.task for report in reports if report.is_empty]
    return line + (f"\nno data found for: {', '.join(empty)}" if empty else "")


def _unless_zero(number: int) -> str:
    return f"{number:,}" if number else ""


def _shares(split: SplitReport) -> str:
    labels = {label: num for label, num in split.labels.items() if label != "(none)"}
    if len(labels) > 10 and all(label.replace(".", "", 1).isdigit() for label in labels):
        values = sorted(map(float, labels))
        return f"{len(values)} values from {values[0]:g} to {values[-1]:g}"
    total = sum(labels.values())
    shown = [f"{label}: {100 * num / total:.0f} %" for label, num in list(labels.items())[:_NUM_LABELS]]
    more = len(labels) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _files(files: Sequence[str], place: Place) -> str:
    if not files:
        return ""
    return _short(files[0], place) + (f" and {len(files) - 1} more" if len(files) > 1 else "")


def _short(file: str, place: Place) -> str:
    """A path as seen from its data folder; inside an archive, from the archive's folder of members."""
    path, unpacked = Path(file), place.cache / "archives"
    if path.is_relative_to(unpacked):
        home, _, *inside = path.relative_to(unpacked).parts
        return "/".join((home.rpartition("-")[0], *inside))
    for folder in place.folders:
        if path.is_relative_to(folder):
            return str(path.relative_to(folder))
    return file


def _indented(message: str) -> str:
    return "\n".join(f"  {line}" for line in message.splitlines())


def _differs_in_size(split: SplitReport) -> bool:
    return split.num_declared is not None and bool(split.files) and split.num_examples != split.num_declared


def _of_release(split: SplitReport) -> str:
    return f"{split.split} {split.language} {split.num_examples:,} of {split.num_declared:,}"


def _missing(report: TaskReport) -> str:
    """Splits with the languages that were not found, in short where it is all of them."""
    absent: dict[str, list[str]] = defaultdict(list)
    present: dict[str, list[str]] = defaultdict(list)
    for split in report.splits:
        (absent if split.missing else present)[split.split].append(split.language)
    parts = []
    for name, languages in absent.items():
        are_few = bool(present[name]) or len(languages) <= _NUM_LANGUAGES
        shown = " ".join(languages) if are_few else f"in all {len(languages)} languages"
        parts.append(f"{name} {shown}")
    return "; ".join(parts)


def _passed_over(copy: FileCopy, split: SplitReport, place: Place) -> str:
    if not copy.files:
        return f"other files of {split.split} {split.language} cannot be used: {copy.first_error}"
    read = _files(tuple(split.files), place)
    parts = [f"{copy.num_rows:,} rows"]
    parts += [f"{copy.num_unlabelled:,} of them without labels"] if copy.num_unlabelled else []
    parts += [f"{copy.num_other_texts:,} with other texts"] if copy.num_other_texts else []
    parts += [f"{copy.num_other_labels:,} with other labels"] if copy.num_other_labels else []
    parts += [f"{copy.num_errors:,} errors, the first: {copy.first_error}"] if copy.num_errors else []
    return f"not read: {_files(copy.files, place)} ({', '.join(parts)}), since {read} goes before it"


def _differences(differences: Sequence[LabelDifference]) -> Iterator[str]:
    grouped: dict[tuple[str, str], list[LabelDifference]] = defaultdict(list)
    for difference in differences:
        grouped[difference.split, difference.other].append(difference)
    for (split, other), found in grouped.items():
        counts = ", ".join(f"{item.language} {item.num_different:,} of {item.num_compared:,}" for item in found)
        yield f"labels of {split} that differ from those in {other}, row by row: {counts}"


def _paired(item: Translated) -> str:
    """A translated split beside its originals, and what of both has no partner."""
    if item.fault:
        return f"{item.translation} is not paired with {item.original}: {item.fault}"
    lost = ", ".join(f"{num:,} have {why}" for why, num in item.lost.items())
    return f"{item.num_pairs:,} examples of {item.translation} are translations of {item.original}" + (
        f"; {lost}" if lost else ""
    )


def _known(overlap: Overlap) -> str:
    whose = f"{overlap.num_evaluated:,} examples of {overlap.evaluated}"
    if overlap.known.startswith("text "):
        return f"{overlap.num_shared_passages:,} of {whose} stand in the running text {overlap.known[5:]}"
    if not overlap.num_shared_passages:
        return f"{overlap.num_shared:,} of {whose} stand in {overlap.known} too"
    same = f", {overlap.num_shared:,} with the same question" if overlap.num_shared else ""
    return f"{overlap.num_shared_passages:,} of {whose} have their text in {overlap.known}{same}"
