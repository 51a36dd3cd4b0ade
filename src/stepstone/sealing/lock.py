"""The lock: what data, models, weights and versions the records of a study rest on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepstone.core.model import HubModel
from stepstone.core.specs.encoder import EncoderSpec
from stepstone.core.specs.translate import TranslateSpec
from stepstone.core.value import Json, canonical_json
from stepstone.planning.plan import Plan
from stepstone.store.record import Record


def lock(planned: Plan, records: Mapping[str, Record]) -> dict[str, Json]:
    """Hub revisions and content digests of all data and models, digests of weights, and versions of packages.

    Weights are by the label of the stage that wrote them; versions with the number of stages that ran under them.
    """
    return {
        "models": _models(planned),
        "data": _data(planned),
        "translators": _translators(planned),
        "weights": _weights(records),
        "versions": _versions(records),
    }


def _models(planned: Plan) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for stage in planned.stages.values():
        if isinstance(stage.spec, EncoderSpec):
            model = stage.spec.model
            hub = {"hub": model.repository, "revision": model.revision} if isinstance(model, HubModel) else {}
            found[model.name] = {"kind": stage.kind, "identity": stage.spec.content, **hub}
    return found


def _data(planned: Plan) -> list[Json]:
    """Every split that a stage reads, once."""
    uses = (use for stage in planned.stages.values() for use in stage.spec.uses() if not use.made_by)
    found: dict[str, Json] = {f"{use.task} {use.split} {use.language}": use.content for use in uses}
    return [{"data": name, "identity": found[name]} for name in sorted(found)]


def _translators(planned: Plan) -> dict[str, Json]:
    specs = (stage.spec for stage in planned.stages.values())
    return {spec.translator.name: spec.content for spec in specs if isinstance(spec, TranslateSpec)}


def _weights(records: Mapping[str, Record]) -> dict[str, Json]:
    named = {f"{record.label} ({record.key[:12]})": record.weights for record in records.values()}
    return {name: dict(sorted(weights.items())) for name, weights in named.items() if weights}


def _versions(records: Mapping[str, Record]) -> list[Json]:
    counted: dict[str, tuple[dict[str, Any], int]] = {}
    for record in records.values():
        name = canonical_json(record.provenance)
        counted[name] = (record.provenance, counted.get(name, ({}, 0))[1] + 1)
    return [{"versions": counted[name][0], "stages": counted[name][1]} for name in sorted(counted)]
