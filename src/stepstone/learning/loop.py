"""The one training loop: draw a batch, cut it, sum gradients, clip once, step; stop, save and continue exactly."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Event
from typing import Any

import torch
from accelerate import Accelerator
from torch import nn

from stepstone.core.recipe import Recipe, Runtime
from stepstone.learning.account import PortionAccount, gradients, norm_since
from stepstone.learning.average import add_to_mean, check_average, is_averaged
from stepstone.learning.batch import cut_by_tokens
from stepstone.learning.budget import train_tokens
from stepstone.learning.device import autocast, pick_device
from stepstone.learning.objective import Objective, Share
from stepstone.learning.optimiser import make_optimiser, pack_state, rate_at, unpack_state
from stepstone.learning.resume import Point, Saving, load_point, save_point
from stepstone.learning.rows import follow_decay, num_spared
from stepstone.learning.shortage import Budget, Shortage, noticing

Report = Callable[[dict[str, Any]], None]


class Stopped(Exception):
    """Training was asked to stop; a resume point is on disk."""


@dataclass(frozen=True)
class TrainingContext:
    """The circumstances of a training: runtime, resume points of this try and earlier ones, events, stop signal."""

    runtime: Runtime
    resume: Path
    older: tuple[Path, ...] = ()
    report: Report = lambda event: None
    stop: Event = field(default_factory=Event)


@dataclass
class Progress:
    """How far training has come; everything here is saved in a resume point.

    `num_trained` counts the weights that are trained, `averaged` are the steps after which they were averaged; `dev`
    are scores by step, `dev_portions` what is noted beside them by name, `portions` a mixture's accounts.
    """

    step: int = 0
    num_tokens: int = 0
    num_trained: int = 0
    best_step: int = 0
    averaged: list[int] = field(default_factory=list)
    dev: list[tuple[int, float]] = field(default_factory=list)
    dev_portions: list[tuple[int, dict[str, float]]] = field(default_factory=list)
    losses: list[tuple[int, float]] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    portions: dict[str, PortionAccount] = field(default_factory=dict)

    def account(self) -> dict[str, Any]:
        """What a record keeps of every training."""
        return {
            "num_steps": self.step,
            "num_tokens": self.num_tokens,
            "num_trained": self.num_trained,
            "averaged": tuple(self.averaged),
            "losses": tuple(self.losses),
            "flags": tuple(self.flags),
        }


class Trainer:
    """One run of the loop over one model."""

    def __init__(
        self, model: nn.Module, objective: Objective, recipe: Recipe, seed: int, context: TrainingContext
    ) -> None:
        self.objective, self.recipe, self.seed, self.context = objective, recipe, seed, context
        self.accelerator = Accelerator(cpu=pick_device(context.runtime.device).type == "cpu")
        check_average(recipe, objective.num_steps)
        optimiser = make_optimiser(model, recipe)
        follow_decay(model, optimiser)
        self.model, self.optimiser = self.accelerator.prepare(model, optimiser)
        num_trained = sum(value.numel() for value in model.parameters() if value.requires_grad)
        self.progress = Progress(num_trained=num_trained + num_spared(model))
        self.best: dict[str, torch.Tensor] = {}
        self.recent = 0.0
        self.budget = Budget(train_tokens(context.runtime, self.accelerator.device), self._note)

    def run(self) -> Progress:
        """Train to the end, or until dev has not improved for `patience` looks; the best or mean weights are put back.

        Raises:
            Stopped: the context's stop was set; the same run continues from its resume point.
        """
        self._continue()
        saving = Saving(self.context.runtime, self._num_bytes())
        reported, tokens = time.monotonic(), self.progress.num_tokens
        while self.progress.step < self.objective.num_steps and not self._finished():
            loss = self._step()
            self._look(loss)
            if self.context.stop.is_set() or saving.is_due():
                with saving.timed():
                    save_point(self.context.resume, self.progress.step, self._point())
            if self.context.stop.is_set():
                raise Stopped
            now = time.monotonic()
            if now - reported >= 1.0:
                self._report(loss, (self.progress.num_tokens - tokens) / (now - reported))
                reported, tokens = now, self.progress.num_tokens
        self._restore_best()
        return self.progress

    def _step(self) -> float:
        """One optimiser step; returns the loss per unit of weight."""
        shares = self.objective.shares(self.progress.step)
        self.model.train()
        total = self._gradients(shares)
        self.accelerator.clip_grad_norm_(self.model.parameters(), self.recipe.clip_norm)
        rate = self.recipe.learning_rate * rate_at(
            self.progress.step, self.objective.num_steps, self.recipe.warmup_ratio
        )
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.optimiser.step()
        self.optimiser.zero_grad()
        self.progress.step += 1
        self.progress.num_tokens += sum(len(feature) for share in shares for feature in share.features)
        return total

    def _gradients(self, shares: Sequence[Share]) -> float:
        """The step's gradient, of all shares; returns its loss. Where memory is short, of smaller passes."""
        while True:
            # Dropout depends on seed and step alone, so a resumed run needs no generator state.
            torch.manual_seed((self.seed << 32) + self.progress.step)
            accounts = deepcopy(self.progress.portions)
            try:
                with noticing():
                    return sum(self._sum_gradients(share) for share in shares)
            except Shortage:
                # What a pass that failed has added to the gradient is not known: the step is begun anew.
                self.progress.portions = accounts
                self.optimiser.zero_grad()
            self.budget.halve(max(len(feature) for share in shares for feature in share.features))

    def _sum_gradients(self, share: Share) -> float:
        """Add a share's gradient, micro-batch by micro-batch; returns its part of the step's loss."""
        if share.name:
            return self._sum_gradients_of_portion(share)
        return self._backward(share)

    def _sum_gradients_of_portion(self, share: Share) -> float:
        """The same, with an account of it."""
        account = self.progress.portions.setdefault(share.name, PortionAccount())
        step, model = self.progress.step + 1, self.accelerator.unwrap_model(self.model)
        before = gradients(model) if account.is_due(step, self.objective.num_steps) else None
        loss = self._backward(share)
        account.add(share, loss / share.factor)
        if before is not None:
            account.note(step, norm_since(model, before))
        return loss

    def _backward(self, share: Share) -> float:
        cuts = cut_by_tokens([len(feature) for feature in share.features], self.budget.tokens)
        batches = [share.collate([share.features[i] for i in cut]).to(self.accelerator.device) for cut in cuts]
        weight = sum(batch.weight for batch in batches)
        losses = []
        for batch in batches:
            with autocast(self.accelerator.device, self.recipe.precision):
                loss = share.loss(self.model, batch) / max(weight, 1e-9) * share.factor
            self.accelerator.backward(loss)
            losses.append(loss.detach())
        # Read when all is under way: a GPU would be waited for at every one.
        return sum(loss.item() for loss in losses)

    def _look(self, loss: float) -> None:
        """Note the loss, and on a look-out step ask dev and keep the weights where it says they are the best."""
        step, last = self.progress.step, self.progress.step == self.objective.num_steps
        if not math.isfinite(loss):
            self.progress.flags.append(f"loss is {loss} at step {step}")
            return
        self.recent = loss if step == 1 else 0.98 * self.recent + 0.02 * loss
        if step % max(1, self.objective.num_steps // 20) == 0 or last:
            self.progress.losses.append((step, self.recent))
        if is_averaged(step, self.objective.num_steps, self.recipe):
            self.progress.averaged.append(step)
            self.best = add_to_mean(self.best, self._weights(), len(self.progress.averaged))
        if not self.objective.has_dev or not (last or step % self.recipe.eval_every == 0):
            return
        score = self.objective.look(self.accelerator.unwrap_model(self.model))
        best = max((seen for _, seen in self.progress.dev), default=-math.inf)
        self.progress.dev.append((step, score.value))
        if score.by_portion:
            self.progress.dev_portions.append((step, dict(score.by_portion)))
        if score.value > best:
            self.progress.best_step = step
        if score.value > best and self.recipe.selection != "last":
            # The last step's weights are in the model: no copy is needed unless a later look may be worse.
            self.best = {} if last else self._weights()

    def _finished(self) -> bool:
        """Whether training ends before its last step: it diverged, or dev stopped improving."""
        progress = self.progress
        waited = sum(step > progress.best_step for step, _ in progress.dev)
        return bool(progress.flags) or waited >= self.recipe.patience

    def _weights(self) -> dict[str, torch.Tensor]:
        """What training may change: a frozen weight is built again as it was."""
        model = self.accelerator.unwrap_model(self.model)
        frozen = {name for name, value in model.named_parameters(remove_duplicate=False) if not value.requires_grad}
        state = {name: value for name, value in model.state_dict().items() if name not in frozen}
        return {name: value.detach().cpu().clone() for name, value in _untied(state).items()}

    def _num_bytes(self) -> int:
        """Of a resume point: what is trained, and its two moments."""
        return 3 * sum(int(value.nbytes) for value in self.model.parameters() if value.requires_grad)

    def _point(self) -> Point:
        packed = pack_state(self.accelerator.unwrap_model(self.model), self.optimiser.optimizer)
        progress = {**asdict(self.progress), "recent": self.recent}
        return Point(self._weights(), packed, self.best, progress)

    def _continue(self) -> None:
        found = load_point(
            [self.context.resume, *self.context.older],
            lambda text: self.context.report({"event": "warning", "message": text}),
        )
        if found is None:
            return
        _, point = found
        model = self.accelerator.unwrap_model(self.model)
        shapes = {name: value.shape for name, value in model.state_dict().items()}
        if any(value.shape != shapes.get(name) for name, value in point.model.items()):
            self.context.report({"event": "warning", "message": "its resume point has other weights: it begins anew"})
            return
        model.load_state_dict(point.model, strict=False)
        unpack_state(model, self.optimiser.optimizer, point.optimiser)
        self.best = point.best
        saved = dict(point.progress)
        self.recent = saved.pop("recent")
        portions = {name: PortionAccount(**account) for name, account in saved.pop("portions").items()}
        self.progress = Progress(**saved, portions=portions)
        self.context.report({"event": "resumed", "step": self.progress.step})

    def _restore_best(self) -> None:
        if self.best:
            self.accelerator.unwrap_model(self.model).load_state_dict(self.best, strict=False)

    def _note(self, message: str) -> None:
        self.context.report({"event": "note", "message": message})

    def _report(self, loss: float, speed: float) -> None:
        self.context.report(
            {
                "event": "progress",
                "step": self.progress.step,
                "num_steps": self.objective.num_steps,
                "loss": round(loss, 4),
                "tokens_per_second": round(speed),
            }
        )


def _untied(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The state without second names of the same tensor (tied embeddings): safetensors refuses shared memory."""
    seen: set[tuple[int, torch.Size]] = set()
    kept = {}
    for name, value in state.items():
        place = (value.data_ptr(), value.shape)
        if place not in seen:
            seen.add(place)
            kept[name] = value
    return kept
