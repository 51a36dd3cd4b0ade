"""What a plan holds so far: stages and their labels, cells, and what is to be said of them."""

from __future__ import annotations

from collections import Counter

from stepstone.core.spec import Spec
from stepstone.core.stage import Stage
from stepstone.planning.cells import Cell


class Ledger:
    """Stages by key and by label: what is equal has an equal key and is there once.

    Attributes:
        stages: by key, parents first.
        labels: the key that each label names.
        cells: the scores that the study asks for.
        own_cells: the scores of the intermediate tasks themselves.
        origins: the keys of the encoders by model.
        starts: the keys of the checkpoints that targets start from, by model, condition and seed.
        requested: stages that separate runs would take, by kind.
        mistakes: what is wrong with the study, each with its key.
        notes: what was left out or is not quite what its name says.
    """

    def __init__(self) -> None:
        self.stages: dict[str, Stage] = {}
        self.labels: dict[str, str] = {}
        self.cells: list[Cell] = []
        self.own_cells: list[Cell] = []
        self.origins: dict[str, str] = {}
        self.starts: dict[tuple[str, str, int], str] = {}
        self.requested: Counter[str] = Counter()
        self.mistakes: list[str] = []
        self.notes: list[str] = []
        self._makers: dict[str, str] = {}

    def add(self, spec: Spec, parents: tuple[str, ...], label: str, coordinates: dict[str, str | int]) -> str:
        """Enter a stage, with the stages that make its data among its parents; returns its key."""
        if made_by := [use.made_by for use in spec.uses() if use.made_by]:
            parents = (*parents, *(self._makers[role] for role in dict.fromkeys(made_by)))
        stage = Stage(spec=spec, parents=parents, label=label, coordinates=coordinates)
        key = stage.key
        self.stages.setdefault(key, stage)
        known = self.labels.setdefault(label, key)
        assert known == key, f"two stages are called {label}"
        return key

    def add_maker(self, spec: Spec, role: str, language: str) -> None:
        """Enter a stage that makes examples for others, whose uses name its role; that is its label, too."""
        self._makers[role] = self.add(spec, (), role, {"language": language})
