"""Which head of a mixture each of its sources trains, and which of them cannot share one."""

from __future__ import annotations

from collections.abc import Iterator

from stepstone.core.condition import Hop, Source

# The head of running text.
LANGUAGE_MODEL = "mlm"


def find_head(source: Source, hop: Hop) -> str:
    """The head of a source in a mixture: the one it names, else that of the first source whose outputs mean the same.

    Outputs mean the same where family and labels are equal, and questions may be unanswerable in both or in neither.
    """
    if source.is_text:
        return LANGUAGE_MODEL
    if source.head is not None:
        return source.head
    mine = _outputs(source)
    return next(one.task.name for one in hop.sources if one.head is None and not one.is_text and _outputs(one) == mine)


def _outputs(source: Source) -> tuple[object, ...]:
    if source.is_text:
        return (LANGUAGE_MODEL,)
    task = source.task
    # Labels that only the training data knows are its own.
    name = task.name if task.family_declaration.has_open_labels and not task.labels else ""
    return task.family, task.labels, task.unanswerable, name


def find_mistakes(hop: Hop) -> Iterator[str]:
    """Sources that are in a hop twice, and heads that would mean one thing in one source and another in the next."""
    names = [source.name for source in hop.sources]
    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        yield f"{name} is in one hop twice; give it a share instead"
    by_head: dict[str, list[Source]] = {}
    for source in hop.sources:
        by_head.setdefault(find_head(source, hop), []).append(source)
    for head, sources in by_head.items():
        if len({_outputs(source) for source in sources}) > 1:
            named = " and ".join(source.name for source in sources)
            yield (
                f'the head "{head}" cannot be that of {named}, whose labels or families differ; name another head, or '
                "none: portions of equal labels share one"
            )
