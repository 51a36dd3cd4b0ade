"""What a passage names of the catalogue: tasks, benchmarks and languages, and the words that make a statement of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from stepstone.catalogue.available import available
from stepstone.catalogue.catalogue import Catalogue
from stepstone.core.language import LANGUAGES

_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]*[A-Za-z0-9+]|[A-Za-z0-9]")
HIGHER = re.compile(
    r"\b(improv\w+|gain\w*|outperform\w*|better|higher|best|increas\w+|benefit\w*|help\w*|more effectively|grow\w*)\b",
    re.I,
)
LOWER = re.compile(r"\b(worse|lower|hurt\w*|degrad\w+|decreas\w+|drop\w*|harm\w*|fall\w*|reduc\w+)\b", re.I)
NEGATED = re.compile(r"\b(not|neither|nor|no|never|without|cannot|fail\w*)\b|n't\b", re.I)
SIZED = re.compile(
    r"\b(model size|size of the model|parameters?|parameter increase|larger models?|scal(?:e|ing))\b", re.I
)
_NUMBER = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,6}(?:\.\d+)?|\.\d+)"
# 2.5 points, -1.5 pp, 2-3 %, 2.5 \u00b1 0.3 F1; not 10 % of the examples, nor a 95 % confidence interval.
POINTS = re.compile(
    rf"(?<![\w.,])(?P<sign>[-+\u2212]?)(?P<value>{_NUMBER})(?:\s*(?:-|\u2013|to)\s*(?P<end>{_NUMBER}))?"
    rf"(?:\s*(?:\u00b1|\+/-)\s*{_NUMBER})?"
    r"(?:[\s-]+(?:(?:absolute|percentage|accuracy|F1)\s+)*points?\b|\s*pp\b|\s+F1\b|(?:\s*%|\s+percent\b)(?!\s+(?:of|confidence)\b))",
    re.I,
)
THAN = re.compile(r"\b(than|over|against|compared (?:to|with))\b", re.I)
ON = re.compile(r"(?<!train )(?<!trained )(?<!training )(?<!tuned )(?<!tuning )\b(on|for)\b", re.I)


@dataclass(frozen=True)
class Mention:
    """A name of the catalogue's in a passage, and where it begins there."""

    name: str
    start: int


@dataclass(frozen=True)
class Vocabulary:
    """How texts spell what the catalogue has."""

    catalogue: Catalogue

    @cached_property
    def tasks(self) -> Mapping[str, str]:
        """Spelling, without case and signs -> task or benchmark; where two share one, the shorter name has it."""
        found: dict[str, str] = {}
        for benchmark in available(sorted(self.catalogue.benchmarks(), key=len), self.catalogue.benchmark):
            found.setdefault(_plain(benchmark.name), benchmark.name)
            found.setdefault(_plain(benchmark.title), benchmark.name)
        for task in available(sorted(self.catalogue.tasks(), key=len), self.catalogue.task):
            name = task.name
            title = re.split(r"[(,:]", task.title)[0]
            for spelling in (
                name,
                re.sub(r"\d{4}$", "", name),
                title,
                re.sub(r"[ -](GoldP|[\d.]+)$", "", title.strip()),
            ):
                found.setdefault(_plain(spelling), name)
        return found

    @cached_property
    def languages(self) -> Mapping[str, str]:
        """English name -> code."""
        return {language.name: code for code, language in LANGUAGES.items()}

    def tasks_in(self, text: str) -> list[Mention]:
        """Tasks and benchmarks that a text names, in order; names have a capital or a digit, as other words do not."""
        words = list(_WORD.finditer(text))
        found: dict[str, Mention] = {}
        end = -1
        for place, word in enumerate(words):
            for length in (3, 2, 1):
                said = words[place : place + length]
                spelling = text[word.start() : said[-1].end()]
                name = self.tasks.get(_plain(spelling))
                if name and len(said) == length and word.start() >= end and re.search(r"[A-Z0-9]", spelling):
                    found.setdefault(name, Mention(name, word.start()))
                    end = said[-1].end()
                    break
        return list(found.values())

    def languages_in(self, text: str) -> list[Mention]:
        """Languages that a text names, in order, by code."""
        return list(self._languages_in(text))

    def _languages_in(self, text: str) -> Iterator[Mention]:
        seen: set[str] = set()
        for word in re.finditer(r"\b[A-Z][a-z]+\b", text):
            code = self.languages.get(word.group())
            if code and code not in seen:
                seen.add(code)
                yield Mention(code, word.start())


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())
