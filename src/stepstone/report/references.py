"""What a study's results rest on, to be cited: every data set and model that it reads, as text and as BibTeX."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from stepstone.catalogue.available import available
from stepstone.core.model import FolderModel, HubModel, Model
from stepstone.core.specs.encoder import EncoderSpec
from stepstone.core.task import Task
from stepstone.planning.plan import Plan
from stepstone.report.labels import watermark
from stepstone.report.markup import for_latex

# As declarations write them: "Conneau, Rinott and Stoyanov 2018 (EMNLP)".
_CITATION = re.compile(r"^(?P<authors>[^;]+?) (?P<year>\d{4})(?: \((?P<venue>[^;]+)\))?$")
# What a key may hold; names of a study's own models may hold anything.
_NO_KEY = re.compile(r"[^A-Za-z0-9_.:+-]+")


@dataclass(frozen=True)
class Reference:
    """A data set or a model.

    Attributes:
        key: its name in the catalogue.
        title: its title.
        citation: as it is declared; empty where it declares none.
        url: where it is from.
        note: what else identifies it.
    """

    key: str
    title: str
    citation: str
    url: str
    note: str = ""

    @property
    def text(self) -> str:
        """For people."""
        about = ". ".join(part for part in (self.citation or "no citation declared", self.note) if part)
        return f"{self.title}: {about}. {self.url.removeprefix('https://')}".strip()

    @property
    def bibtex(self) -> str:
        """One entry; the title is that of the data set or model, for declarations do not hold that of the paper."""
        found = _CITATION.match(self.citation)
        fields = {"title": f"{{{for_latex(self.title)}}}"}
        if found:
            fields |= {"author": _authors(found["authors"]), "year": found["year"]}
            fields |= {"howpublished": for_latex(found["venue"])} if found["venue"] else {}
        note = "; ".join(part for part in ("" if found else self.citation, self.note) if part)
        fields |= {"note": for_latex(note)} if note else {}
        fields |= {"url": self.url} if self.url else {}
        lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items())
        key = _NO_KEY.sub("-", self.key)
        return f"@misc{{{key},\n{lines}}}\n"


def references(plan: Plan) -> list[Reference]:
    """Data sets in the order in which they are read, then models."""
    names = dict.fromkeys(name.task for stage in plan.stages.values() for name in stage.spec.tasks())
    known = plan.catalogue.tasks()
    tasks = {part.name: part for name in names if name in known for part in _parts(plan.catalogue.task(name))}
    models = {
        spec.model.name: spec.model for stage in plan.stages.values() if isinstance(spec := stage.spec, EncoderSpec)
    }
    ladders = available(plan.catalogue.ladders(), plan.catalogue.ladder)
    cited = {model: ladder.citation for ladder in ladders for model in ladder.models}
    return [*map(_of_task, tasks.values()), *(_of_model(model, cited.get(name, "")) for name, model in models.items())]


def bibliography(plan: Plan) -> str:
    """All of them as one BibTeX file."""
    mark = watermark(plan.study)
    head = f"% {mark}; generated twins of these were read, not the data sets themselves\n\n" if mark else ""
    return head + "\n".join(one.bibtex for one in references(plan))


def _parts(task: Task) -> Iterator[Task]:
    """A task, and the tasks that it joins."""
    yield task
    yield from task.resolved.parts


def _of_task(task: Task) -> Reference:
    return Reference(task.name, task.title, task.citation, task.url)


def _of_model(model: Model, citation: str) -> Reference:
    if isinstance(model, HubModel):
        url = f"https://huggingface.co/{model.repository}"
        return Reference(model.name, model.name, citation, url, f"revision {model.revision}")
    note = "a local folder" if isinstance(model, FolderModel) else "pretrained from scratch for this study"
    return Reference(model.name, model.name, citation, "", note)


def _authors(text: str) -> str:
    """BibTeX's list of names: "A, B and C" as "A and B and C", "A et al." as "A and others"."""
    names = re.split(r", | and ", text.replace(" et al.", " and others"))
    return for_latex(" and ".join(names))
