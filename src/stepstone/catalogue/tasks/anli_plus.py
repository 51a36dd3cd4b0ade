"""ANLI+, as the 2020 study calls it: the three rounds of ANLI joined with MultiNLI and SNLI."""

from __future__ import annotations

from stepstone.catalogue.tasks import anli
from stepstone.core.facts import REMEMBERED
from stepstone.core.task import Task

task = Task(
    name="anli_plus",
    title="ANLI+ (ANLI, MultiNLI, SNLI)",
    family="classification",
    metric="accuracy",
    definition="jiant",
    languages={"train": ("en",), "dev": ("en",)},
    labels=anli.LABELS,
    trained_on=("anli_plus",),
    joins=("anli_r1", "anli_r2", "anli_r3", "mnli", "snli"),
    rows={"train": 1_104_934, "dev": 22_857},
    intermediate_recipe={"batch_size": 24, "num_epochs": 2},
    licence="as its parts",
    citation="Phang et al. 2020 (AACL); the citations of its parts",
    url="https://arxiv.org/abs/2005.13013",
    evidence={"rows": "summed from its parts", "intermediate_recipe": REMEMBERED, "licence": "its parts say"},
    traps=("batches are drawn from all parts by size: MultiNLI and SNLI are 85 % of it",),
)
# Of a file that somebody joined already.
to_example = anli.to_example
