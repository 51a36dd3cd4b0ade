"""Kinds of stages in the order of work, whichever module was imported first."""

from __future__ import annotations

from stepstone.core.kinds import kinds


def test_encoders_come_first_then_other_checkpoints_then_what_is_read_off_them() -> None:
    found = kinds()
    makes = [spec.makes_checkpoint for spec in found.values()]
    assert makes == sorted(makes, reverse=True)
    assert list(found)[:3] == ["pretrain", "pretrained", "finetune"]
    for part in (True, False):
        alike = [(bool(spec.parents), name) for name, spec in found.items() if spec.makes_checkpoint is part]
        assert alike == sorted(alike)
