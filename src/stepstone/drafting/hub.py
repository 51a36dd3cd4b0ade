"""A commented study for a data set of the hub, from what it says of itself and from its rows in one language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.errors import UserError, nearest
from stepstone.data.hub_info import commit_of, configs_of, look_into
from stepstone.drafting.answers import Answers
from stepstone.drafting.ask import ask
from stepstone.drafting.draft import Draft, draft_of
from stepstone.drafting.encoder import Encoder
from stepstone.drafting.guess import guess
from stepstone.drafting.language_column import language_column, languages_in
from stepstone.drafting.names import code_of, split_of
from stepstone.drafting.peek import MAX_ROWS, Peek
from stepstone.drafting.script import language_by_text
from stepstone.drafting.sort import Sorted, texts_of
from stepstone.drafting.toml import array, value


@dataclass(frozen=True)
class _Configs:
    """The configuration that is looked into, how the study names it, and languages as they are spelled there.

    `spelled` is empty where one configuration holds what its rows say.
    """

    looked: str
    written: str | None
    spelled: dict[str, str]
    remarks: tuple[str, ...] = ()


def draft_hub(repository: str, revision: str | None, config: str | None, answers: Answers, encoder: Encoder) -> Draft:
    """A study of the task that a data set of the hub holds.

    Args:
        repository: OWNER/NAME.
        revision: a commit, or a branch or tag, whose commit is taken; None: the main branch.
        config: a configuration, where languages are none or several are no languages.
        answers: columns and languages that are not to be guessed.
        encoder: what is trained.

    Raises:
        UserError: it cannot be read, or does not show what the task is, or in which languages it is.
    """
    commit = commit_of(repository, revision)
    chosen = _choose(repository, configs_of(repository, commit), config)
    splits, peeks, remarks = _look(repository, commit, chosen.looked)
    column = None if chosen.spelled else language_column(list(peeks.values()), answers)
    first, codes = _languages(repository, chosen, list(peeks.values()), column, answers)
    found = guess(list(peeks.values()), answers.columns | ({"language": column} if column else {}))
    seen = Sorted({split: {first: peek} for split, peek in peeks.items()}, column, (), ())
    ask(seen, found)
    files = {split: dict.fromkeys(codes, peek) for split, peek in peeks.items()}
    lines = _table(repository, commit, chosen, list(codes.values()), splits)
    remarks = (*chosen.remarks, *remarks, *_by_script(repository, chosen, column, answers, first))
    return draft_of(_name(repository), found, Sorted(files, column, remarks, ()), encoder, tuple(lines), repository)


def _choose(repository: str, configs: list[str], config: str | None) -> _Configs:
    where = f"--hub {repository}"
    if config is not None:
        if config not in configs:
            raise UserError(f'has no configuration "{config}"', where=where, remedy=nearest(config, configs))
        return _Configs(config, config, {})
    spelled: dict[str, str] = {}
    for name in configs:
        if (code := code_of(name)) is not None:
            spelled.setdefault(code, name)
    if len(configs) == 1 and not spelled:
        return _Configs(configs[0], None, {})
    if not spelled:
        listed = ", ".join(configs[:20]) + (", ..." if len(configs) > 20 else "")
        remedy = "say which is meant: --config NAME"
        raise UserError(f"its configurations are no languages: {listed}", where=where, remedy=remedy)
    others = [name for name in configs if name not in spelled.values()]
    remarks = (f"{repository}: not read, its name is no language: {', '.join(others)}",) if others else ()
    return _Configs(spelled.get("en", next(iter(spelled.values()))), "{language}", spelled, remarks)


def _look(repository: str, commit: str, config: str) -> tuple[dict[str, str], dict[str, Peek], tuple[str, ...]]:
    """Splits by our names, as the hub calls them and as they look; and remarks on what is none."""
    looks = look_into(repository, commit, config, MAX_ROWS)
    splits: dict[str, str] = {}
    remarks = []
    for name in looks:
        split = split_of(Path(name))
        if split is None or split in splits:
            remarks.append(f"{repository}: the split {name} is not read, its name is none of train, dev and test")
        elif looks[name].rows:
            splits[split] = name
    if not splits:
        listed = ", ".join(looks) or "none"
        raise UserError(f"no split is a train, dev or test ({listed})", where=f"--hub {repository}")
    order: list[str] = [split for split in ("train", "dev", "test") if split in splits]
    peeks = {
        split: Peek(Path(f"{repository}/{splits[split]}.parquet"), "parquet", {}, look.rows, look.is_whole)
        for split in order
        for look in [looks[splits[split]]]
    }
    return {split: splits[split] for split in order}, peeks, tuple(remarks)


def _languages(
    repository: str, chosen: _Configs, peeks: list[Peek], column: str | None, answers: Answers
) -> tuple[str, dict[str, str]]:
    """The language that was looked into, and all of them with their spelling."""
    if chosen.spelled:
        first = next(code for code, name in chosen.spelled.items() if name == chosen.looked)
        return first, chosen.spelled
    if column is not None:
        codes = dict.fromkeys(code for peek in peeks for code in languages_in(peek, column))
        return next(iter(codes)), {code: code for code in codes}
    code = answers.usual or code_of(chosen.looked) or language_by_text(texts_of(peeks[0].rows))
    if code is None:
        remedy = "say it: --lang TAG"
        raise UserError("neither a name nor its text says its language", where=f"--hub {repository}", remedy=remedy)
    return code, {code: code}


def _by_script(repository: str, chosen: _Configs, column: str | None, answers: Answers, code: str) -> Iterator[str]:
    if not (chosen.spelled or column or answers.usual or code_of(chosen.looked)):
        yield f'{repository}: taken for "{code}" by its text, for nothing else says its language'


def _table(
    repository: str, commit: str, chosen: _Configs, languages: list[str], splits: dict[str, str]
) -> Iterator[str]:
    yield f"hub = {value(repository)}"
    yield f"revision = {value(commit)}    # a commit: what a branch holds tomorrow is another data set"
    if chosen.written is not None:
        yield f"config = {value(chosen.written)}" + ("    # as languages spell it" if chosen.spelled else "")
    yield from array("languages", languages)
    yield "splits = { " + ", ".join(f"{split} = {value(name)}" for split, name in splits.items()) + " }"


def _name(repository: str) -> str:
    name = re.sub(r"[^a-z0-9_]+", "_", repository.rpartition("/")[2].lower())
    name = re.sub(r"^[^a-z]+|_+$", "", name) or "mine"
    return f"{name}_own" if name in BUILT_IN.tasks() else name
