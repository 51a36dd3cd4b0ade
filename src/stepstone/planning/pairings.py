"""Arms of one intermediate that are trained on the same examples: those that every arm has, original or translated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from stepstone.core.condition import Condition, Source
from stepstone.core.specs.common import CommonSpec, PairedData
from stepstone.core.study import Study
from stepstone.core.task import By, Task
from stepstone.core.uses import DataUse
from stepstone.planning.ledger import Ledger
from stepstone.planning.translations import Translations
from stepstone.planning.uses import Uses

# A task, a language, the languages that it is translated into, and what translates it.
SourceName = tuple[str, str, tuple[str, ...], str | None]


@dataclass(frozen=True)
class TranslationChain:
    """A split that lies ready, what it is a translation of, and so on; `by` pairs each two neighbours."""

    steps: tuple[tuple[Task, str], ...]
    by: tuple[By, ...] = ()

    @property
    def names(self) -> list[tuple[str, str]]:
        """Task and language of each step."""
        return [(task.name, language) for task, language in self.steps]

    def up_to(self, name: tuple[str, str]) -> TranslationChain:
        """The line as far as this step."""
        place = self.names.index(name)
        return TranslationChain(self.steps[: place + 1], self.by[:place])


class Pairings:
    """Plans what the arms of paired intermediates train on; what cannot be paired is a mistake."""

    def __init__(self, study: Study, uses: Uses, translations: Translations, ledger: Ledger) -> None:
        self._study, self._uses, self._translations = study, uses, translations
        self._ledger = ledger
        self._groups: dict[str, dict[SourceName, tuple[Source, TranslationChain]]] = {}

    def gather(self, conditions: Iterable[Condition]) -> None:
        """Note what the arms of paired intermediates train on."""
        paired = {f"intermediate.{name}" for name, entry in self._study.intermediate.items() if entry.paired}
        groups: dict[str, dict[SourceName, Source]] = {}
        for hop in (hop for condition in conditions for hop in condition.hops if hop.where in paired):
            for source in hop.sources:
                if not source.is_text:
                    groups.setdefault(hop.where, {}).setdefault(_name(source), source)
        for where, sources in groups.items():
            if len(sources) > 1:
                self._groups[where] = self._with_lines(where, sources)

    def data(self, where: str, source: Source, seed: int) -> DataUse | None:
        """What a source is trained on where its intermediate is paired; None: all that it has."""
        group = self._groups.get(where, {})
        if _name(source) not in group:
            return None
        # Portions of an arm share its examples: what is translated is drawn for all of them at once.
        asked = [one.num_examples for one, _ in group.values()]
        most = None if None in asked else max(num for num in asked if num is not None)
        members = {name: self._member(where, one, line, most, seed) for name, (one, line) in group.items()}
        drawn = most if any(member.made for member in members.values()) else None
        spec = CommonSpec(
            members=tuple(members.values()),
            place=list(members).index(_name(source)),
            num_examples=drawn,
            seed=0 if drawn is None else seed,
        )
        role = f"{where.partition('.')[2]}.{source.name}/paired" + ("" if drawn is None else f"/{drawn}/s{seed}")
        self._ledger.add_maker(spec, role, source.trained_in)
        use = self._uses.data(source.task, "train", source.language)
        return use.model_copy(update={"language": source.trained_in, "made_by": role})

    def _member(self, where: str, source: Source, line: TranslationChain, num: int | None, seed: int) -> PairedData:
        uses = tuple(self._uses.data(task, "train", language) for task, language in line.steps)
        if not source.to:
            return PairedData(line=uses, by=line.by)
        ready = self._uses.data(source.task, "train", source.language, num)
        made = self._translations.data(
            f"{where}: {source.name}", source.translator, source.task, ready, source.to, seed
        )
        return PairedData(line=uses, by=line.by, made=made)

    def _with_lines(
        self, where: str, sources: Mapping[SourceName, Source]
    ) -> dict[SourceName, tuple[Source, TranslationChain]]:
        lines = {name: self._line(source) for name, source in sources.items()}
        shared = next((one for one in lines[next(iter(lines))].names if _is_in_all(one, lines.values())), None)
        if shared is None:
            named = ", ".join(f"{source.name}" for source in sources.values())
            self._ledger.mistakes.append(
                f"{where}.paired: {named} are not all translations of the same examples; leave out paired, or the "
                "arms that have no original in common"
            )
            return {}
        return {name: (source, lines[name].up_to(shared)) for name, source in sources.items()}

    def _line(self, source: Source) -> TranslationChain:
        """A source's ready split and what it is a translation of, as far as declarations say."""
        steps, by = [(source.task, source.language)], list[By]()
        while whose := steps[-1][0].translation:
            task, language = self._uses.catalogue.task(whose.of), whose.language or steps[-1][1]
            known = [(one.name, code) for one, code in steps]
            if "train" not in whose.splits or (task.name, language) in known:
                break
            steps.append((task, language))
            by.append(whose.by)
        return TranslationChain(tuple(steps), tuple(by))


def _name(source: Source) -> SourceName:
    return source.task.name, source.language, source.to, source.translator


def _is_in_all(name: tuple[str, str], lines: Iterable[TranslationChain]) -> bool:
    return all(name in line.names for line in lines)
