"""Those of one arm's examples that every arm has: in the order of their originals, so that all draw the same."""

from __future__ import annotations

from pathlib import Path

from stepstone.core.errors import UserError
from stepstone.core.example import Example
from stepstone.core.specs.common import CommonResult, CommonSpec, PairedData
from stepstone.core.uses import DataUse
from stepstone.data.common import find_common, find_originals
from stepstone.data.translated import write_translated
from stepstone.stages.context import StageContext
from stepstone.stages.read import draw_examples, read_all


def run(spec: CommonSpec, folder: Path, context: StageContext) -> CommonResult:
    """Write the examples into `folder`, as a translation's are written.

    Raises:
        UserError: the arms have no example in common, or cannot be paired.
    """
    reader = _Reader(context)
    originals = [example.id for example in reader.read(spec.members[0].line[-1])]
    arms = [reader.by_original(member) for member in spec.members]
    for member, paired in zip(spec.members, arms, strict=True):
        if member.made:
            drawn = draw_examples(reader.read(member.line[0]), spec.num_examples, spec.seed)
            asked = {paired.original[example.id] for example in drawn if example.id in paired.original}
            originals = [name for name in originals if name in asked]
    names = [member.name for member in spec.members]
    common = find_common(originals, dict(zip(names, (one.examples for one in arms), strict=True)))
    if not common.ids:
        raise UserError("no example is in all arms", where=", ".join(names))
    write_translated(folder, [arms[spec.place].examples[name] for name in common.ids], {})
    return CommonResult(num_given=len(originals), num_examples=len(common.ids), lost=common.lost)


class _Paired:
    """The examples of a member by the ids of their originals; `original` are those by the ids of its ready split."""

    def __init__(self, examples: list[Example], original: dict[str, str]) -> None:
        self.original = original
        self.examples = {original[example.id]: example for example in examples if example.id in original}


class _Reader:
    """Reads every split once."""

    def __init__(self, context: StageContext) -> None:
        self._context = context
        self._read: dict[DataUse, list[Example]] = {}

    def read(self, use: DataUse) -> list[Example]:
        """All examples of a split."""
        if use not in self._read:
            self._read[use] = read_all(use, self._context.catalogue.task(use.task), self._context)
        return self._read[use]

    def by_original(self, member: PairedData) -> _Paired:
        """A member's examples, paired with the originals."""
        original = find_originals([self.read(use) for use in member.line], member.by)
        return _Paired(self.read(member.data), original)
