"""Which splits are translated, each once: the stages that make them, and what is wrong with asking for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from stepstone.core.errors import UserError, nearest
from stepstone.core.specs.translate import TranslateSpec
from stepstone.core.study import Study
from stepstone.core.task import Task
from stepstone.core.translator import (
    FileTranslator,
    FolderTranslator,
    HubTranslator,
    LabTranslator,
    TranslatorDeclaration,
)
from stepstone.core.uses import DataUse
from stepstone.data.identity import digest_file
from stepstone.data.model_folder import digest_folder
from stepstone.data.translated import refuse_untranslatable
from stepstone.lab.translator import TRANSLATOR_VERSION
from stepstone.lab.write import lab_languages
from stepstone.planning.axes import ResolvedTarget
from stepstone.planning.ledger import Ledger
from stepstone.planning.uses import UNKNOWN, Uses


class Translations:
    """Plans translations; a use of translated data names the role of the stage that makes it."""

    def __init__(self, study: Study, uses: Uses, ledger: Ledger) -> None:
        self._study, self._uses, self._ledger = study, uses, ledger
        self._contents: dict[tuple[str, str, str, str, str], str] = {}

    def data(
        self, where: str, name: str | None, task: Task, ready: DataUse, to: Sequence[str], seed: int = 0
    ) -> DataUse | None:
        """What a use asks for, put into the languages of `to` in turn by the translator of this name; None: a mistake.

        Of a use of so many examples only those are translated that a training of this seed draws.
        """
        translator = self._translator(where, name, task, (ready.language, *to))
        if translator is None:
            return None
        use, chain = ready, f"{task.name}.{ready.split}.{ready.language}"
        drawn = "" if ready.num_examples is None else f"/{ready.num_examples}/s{seed}"
        for code in to:
            content = self._content(where, translator, use, code)
            draws = 0 if use.num_examples is None else seed
            spec = TranslateSpec(data=use, to=code, translator=translator, content=content, seed=draws)
            chain = f"{chain}>{code}"
            role = f"{chain}/{translator.name}{drawn}"
            self._ledger.add_maker(spec, role, code)
            use = use.model_copy(update={"language": code, "made_by": role, "num_examples": None})
        return use

    def test(self, target: ResolvedTarget, ready: DataUse) -> DataUse:
        """Test data put into the language that its target is trained in, where the study asks for it.

        The use keeps the language that is evaluated: what is read is a stand-in for it.
        """
        where, name = f"target.{target.name}.translate_test", target.entry.translate_test
        if name is None or not target.hops or target.hops[-1].only.language == ready.language:
            return ready
        if target.task.family_declaration.projection != "label":
            self._ledger.mistakes.append(
                f"{where}: {target.name} asks for parts of its own texts, which a translation has not"
            )
            return ready
        made = self.data(where, name, target.task, ready, (target.hops[-1].only.language,))
        return ready if made is None else ready.model_copy(update={"made_by": made.made_by})

    def is_there(self, name: str | None, ready: DataUse, to: Sequence[str]) -> bool:
        """Whether a split can be translated: a model translates any, and files are of the splits that they are of."""
        entry = self._study.translator.get(name or "")
        files = entry.named(name or "") if entry else None
        if not isinstance(files, FileTranslator) or self._uses.is_size_only:
            return True
        steps = pairwise((ready.language, *to))
        return all(files.path(ready.task, ready.split, one, other).is_file() for one, other in steps)

    def _translator(
        self, where: str, name: str | None, task: Task, languages: Sequence[str]
    ) -> TranslatorDeclaration | None:
        mistakes = list(self._find_mistakes(name, task, languages))
        known = self._ledger.mistakes
        known += [f"{where}: {mistake}" for mistake in mistakes if f"{where}: {mistake}" not in known]
        return None if mistakes or name is None else self._study.translator[name].named(name)

    def _find_mistakes(self, name: str | None, task: Task, languages: Sequence[str]) -> Iterator[str]:
        known = self._study.translator
        if name is None:
            yield 'is translated, but no translator is named; give translator = "NAME" and a [translator.NAME] table'
        elif name not in known:
            yield f'translator: no translator is called "{name}"; {nearest(name, known)}'
        elif known[name].noise is not None and self._study.lab is None:
            yield f'translator: "{name}" is the lab\'s, which knows lab languages alone'
        for code in languages if self._study.lab else ():
            if code not in lab_languages():
                yield f'the lab has no language "{code}"; {nearest(code, lab_languages())}'
        for one, other in pairwise(languages):
            if one == other:
                yield f'"{one}" is not translated into itself'
        try:
            refuse_untranslatable(task, known[name].knows if name in known else "texts")
        except UserError as error:
            yield str(error)

    def _content(self, where: str, translator: TranslatorDeclaration, use: DataUse, to: str) -> str:
        """What a translator is: the lab's version, a revision, or the digest of its files."""
        wanted = (translator.name, use.task, use.split, use.language, to)
        if wanted not in self._contents:
            try:
                self._contents[wanted] = self._look_up(translator, use, to)
            except UserError as error:
                self._ledger.mistakes.append(f"{where}: translator {translator.name}: {error}")
                self._contents[wanted] = "missing"
        return self._contents[wanted]

    def _look_up(self, translator: TranslatorDeclaration, use: DataUse, to: str) -> str:
        cache = self._uses.place.cache
        if self._uses.is_size_only and isinstance(translator, FolderTranslator | FileTranslator):
            return UNKNOWN
        match translator:
            case LabTranslator():
                return f"lab:{TRANSLATOR_VERSION}"
            case HubTranslator():
                return translator.revision
            case FolderTranslator():
                return digest_folder(Path(translator.folder), cache)
            case FileTranslator():
                return digest_file(translator.path(use.task, use.split, use.language, to), cache)
