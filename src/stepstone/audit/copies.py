"""Files that a split could also be read from, but is not, because others go before them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydantic import Field

from stepstone.core.errors import UserError
from stepstone.core.example import Example
from stepstone.core.place import Place
from stepstone.core.task import Task
from stepstone.core.value import Value
from stepstone.data.convert import outcomes, read_file_rows
from stepstone.data.find import FoundFiles, candidate_files
from stepstone.data.formats.log import GatheringLog


class FileCopy(Value):
    """What files that are passed over hold, compared with those that are read."""

    files: tuple[str, ...]
    num_rows: int = 0
    num_unlabelled: int = 0
    num_other_texts: int = Field(0, description="examples whose texts are in none of those that are read")
    num_other_labels: int = Field(0, description="examples of the same texts with another label")
    num_errors: int = 0
    first_error: str = ""


def copies(task: Task, split: str, language: str, place: Place, read: Sequence[Example]) -> Iterator[FileCopy]:
    """Every other set of files of the split, against the examples that were read."""
    known: dict[tuple[str, ...], set[str]] = {}
    for example in read:
        known.setdefault(tuple(example.texts.values()), set()).add(example.gold_text)
    seen: set[tuple[str, ...]] = set()
    found = candidate_files(task, split, language, place)
    while True:
        try:
            paths = tuple(map(str, (other := next(found)).paths()))
        except StopIteration:
            return
        except UserError as error:
            # The search ends here, as loading would, were the better files not there.
            yield FileCopy(files=(), num_errors=1, first_error=str(error))
            return
        if seen and paths not in seen:
            yield _compare(task, split, language, other, known)
        seen.add(paths)


def _compare(
    task: Task, split: str, language: str, found: FoundFiles, known: dict[tuple[str, ...], set[str]]
) -> FileCopy:
    log = GatheringLog()
    results = list(outcomes(task, split, language, read_file_rows(found, language, log), log))
    errors = [str(result.error) for result in results if result.error is not None]
    examples = [result.example for result in results if result.example is not None]
    golds = [(known.get(tuple(example.texts.values())), example.gold_text) for example in examples]
    return FileCopy(
        files=tuple(map(str, found.paths())),
        num_rows=sum(result.row is not None for result in results),
        num_unlabelled=sum(not example.is_known for example in examples),
        num_other_texts=sum(there is None for there, _ in golds),
        num_other_labels=sum(bool(there and own and own not in there and there != {""}) for there, own in golds),
        num_errors=len(errors),
        first_error=errors[0] if errors else "",
    )
