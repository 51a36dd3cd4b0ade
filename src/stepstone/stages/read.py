"""The examples that a stage reads: those that lie ready, or those that a parent made; all of them or a sample."""

from __future__ import annotations

from stepstone.core.errors import UserError
from stepstone.core.example import Example
from stepstone.core.result import ReadAs, Skipped
from stepstone.core.task import Task
from stepstone.core.uses import DataUse
from stepstone.data.formats.log import Log
from stepstone.data.load import load_examples
from stepstone.data.translated import read_translated
from stepstone.learning.batch import sample
from stepstone.stages.context import StageContext
from stepstone.stages.parsed import ParsedSplit


def read_examples(use: DataUse, task: Task, context: StageContext, seed: int) -> list[Example]:
    """The examples that a stage asks for; a sample is drawn by `seed`.

    Raises:
        UserError: there is none.
    """
    examples = read_all(use, task, context)
    if not examples:
        raise UserError("no examples", where=f"{task.name} {use.split}, language {use.language}")
    return draw_examples(examples, use.num_examples, seed)


def read_all(use: DataUse, task: Task, context: StageContext) -> list[Example]:
    """All examples of the split that a use names; the context hears of what is left out, and of how files are read."""
    context.phase(f"reading {use.task} in {use.language}")
    if use.made_by:
        return read_translated(context.parents[use.made_by], task)
    found = context.parsed.get(use, task.labels, context.place, lambda: _parse(use, task, context))
    context.skip(*found.skipped)
    context.say(*found.read_as)
    return list(found.examples)


def _parse(use: DataUse, task: Task, context: StageContext) -> ParsedSplit:
    log, where = Log(), {"task": use.task, "split": use.split, "language": use.language}
    examples = load_examples(task, use.split, use.language, context.place, log)
    skipped = (Skipped(**where, counts=dict(log.skipped)),) if log.skipped else ()
    read_as = (ReadAs(**where, said=tuple(log.readings)),) if log.readings else ()
    return ParsedSplit(tuple(examples), skipped, read_as)


def draw_examples(examples: list[Example], count: int | None, seed: int) -> list[Example]:
    """At most `count` examples, in their order; of two corpora only the side that asks is drawn from.

    What a query or source sentence is to find stays whole: among a sample of it most golds would be missing.
    """
    asking = [place for place, example in enumerate(examples) if example.is_asked]
    left_out = set(asking).difference(asking[place] for place in sample(len(asking), count, seed))
    return [example for place, example in enumerate(examples) if place not in left_out]
