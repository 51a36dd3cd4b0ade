"""The one training loop: draw a batch, cut it, sum gradients, clip once, step; stop, save and continue exactly."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import asdict

import torch
from torch import nn

from stepstone.core.recipe import MAX_STEPS, Recipe
from stepstone.learning.account import PortionAccount, gradients, norm_since
from stepstone.learning.average import add_to_mean, check_average, is_averaged
from stepstone.learning.batch import Batch, cut_by_tokens
from stepstone.learning.budget import train_tokens
from stepstone.learning.device import autocast, pick_device
from stepstone.learning.objective import DevScore, LossShare, Objective
from stepstone.learning.optimiser import rate_at
from stepstone.learning.precision import describe_slowness
from stepstone.learning.progress import Progress, Stopped, TrainingContext
from stepstone.learning.ranks import SingleProcess, check_ranks, deal
from stepstone.learning.resume import ResumePoint, SaveSchedule, load_point, save_point
from stepstone.learning.shortage import Shortage, TokenBudget, noticing
from stepstone.learning.trained import TrainedModel


class Trainer:
    """One run of the loop over one model."""

    def __init__(
        self, model: nn.Module, objective: Objective, recipe: Recipe, seed: int, context: TrainingContext
    ) -> None:
        self.model, self.objective, self.recipe, self.seed, self.context = model, objective, recipe, seed, context
        check_average(recipe, objective.num_steps)
        check_ranks(model, recipe, context.runtime)
        self.device = pick_device(context.runtime.device)
        self.progress = Progress()
        self.best: dict[str, torch.Tensor] = {}
        self.recent = 0.0
        self.budget = TokenBudget(train_tokens(context.runtime, self.device), self._note)

    def run(self) -> Progress:
        """Train to the end, or until dev has not improved for `patience` looks; the best or mean weights are put back.

        Raises:
            Stopped: the context's stop was set; the same run continues from its resume point.
            RankFinished: this process trained for another one, which goes on with the model.
        """
        with self.context.join(self.device) as ranks:
            self.begin(ranks)
            self._train()
            self.trained.put_weights(self.best)
            ranks.finish()
        return self.progress

    def begin(self, ranks: SingleProcess) -> None:
        """Put the model where it is trained, and continue from a resume point where there is one."""
        self.ranks, self.trained = ranks, TrainedModel(self.model, self.recipe, ranks)
        self.progress.num_trained = self.trained.num_trained
        if slow := describe_slowness(self.recipe.precision, self.device):
            self._note(slow)
        self._continue()

    def _train(self) -> None:
        saving = SaveSchedule(self.context.runtime, self.trained.num_bytes)
        reported, tokens = time.monotonic(), self.progress.num_tokens
        while self.progress.step < self.objective.num_steps and not self._finished():
            loss = self._step()
            self._look(loss)
            stop, save = self.ranks.agree(self.context.stop.is_set(), saving.is_due())
            if stop or save:
                with saving.timed():
                    save_point(self.context.resume, self.progress.step, self._point(), self.ranks)
            if stop:
                raise Stopped
            now = time.monotonic()
            if now - reported >= 1.0:
                self._report(loss, (self.progress.num_tokens - tokens) / (now - reported))
                reported, tokens = now, self.progress.num_tokens

    def _step(self) -> float:
        """One optimiser step; returns the loss per unit of weight."""
        shares = self.objective.shares(self.progress.step)
        self.model.train()
        total = self._gradients(shares)
        self.ranks.share_gradients()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.recipe.clip_norm)
        rate = self.recipe.learning_rate * rate_at(
            self.progress.step, self.objective.num_steps, self.recipe.warmup_ratio
        )
        for group in self.trained.optimiser.param_groups:
            group["lr"] = rate
        self.trained.optimiser.step()
        self.trained.optimiser.zero_grad()
        self.progress.step += 1
        self.progress.num_tokens += sum(len(feature) for share in shares for feature in share.features)
        return total

    def _gradients(self, shares: Sequence[LossShare]) -> float:
        """The step's gradient, of all shares; returns its loss. Where memory is short, of smaller passes."""
        while True:
            # Dropout depends on seed, rank and step alone, so a resumed run needs no generator state.
            torch.manual_seed((self.seed << 32) + self.ranks.rank * MAX_STEPS + self.progress.step)
            accounts = deepcopy(self.progress.portions)
            try:
                with noticing():
                    return sum(self._sum_gradients(share) for share in shares)
            except Shortage:
                # What a pass that failed has added to the gradient is not known: the step is begun anew.
                self.progress.portions = accounts
                self.trained.optimiser.zero_grad()
            self.budget.halve(max(len(feature) for share in shares for feature in share.features))

    def _sum_gradients(self, share: LossShare) -> float:
        """Add a share's gradient, micro-batch by micro-batch; returns its part of the step's loss."""
        if share.name:
            return self._sum_gradients_of_portion(share)
        return self._backward(share)

    def _sum_gradients_of_portion(self, share: LossShare) -> float:
        """The same, with an account of it."""
        account = self.progress.portions.setdefault(share.name, PortionAccount())
        step = self.progress.step + 1
        before = gradients(self.model) if account.is_due(step, self.objective.num_steps) else None
        loss = self._backward(share)
        account.add(share, loss / share.factor)
        if before is not None:
            account.note(step, norm_since(self.model, before, self.ranks))
        return loss

    def _backward(self, share: LossShare) -> float:
        """Add the gradient of this rank's part of a share, pass by pass; returns the loss of all parts."""
        passes: list[tuple[Batch, bool]] = []
        weight = self._together(lambda: self._collate(share, passes))
        return self._together(lambda: self._passes(share, passes, weight))

    def _together(self, work: Callable[[], float]) -> float:
        """The sum over ranks of what is found; where memory is short on one of them, it is on all."""
        found, is_short = 0.0, False
        try:
            with noticing():
                found = work()
        except Shortage as shortage:
            self.ranks.give_up(shortage)
            is_short = True
        total, num_short = self.ranks.sum(found, is_short)
        if num_short:
            raise Shortage
        return total

    def _collate(self, share: LossShare, passes: list[tuple[Batch, bool]]) -> float:
        """Make this rank's batches, each with whether it counts; returns their weight."""
        lengths = [len(feature) for feature in share.features]
        for cut in cut_by_tokens(lengths, self.budget.tokens, self.ranks.num):
            own, counts = deal(cut, self.ranks)
            passes.append((share.collate([share.features[place] for place in own]).to(self.device), counts))
        return sum(batch.weight for batch, counts in passes if counts)

    def _passes(self, share: LossShare, passes: Sequence[tuple[Batch, bool]], weight: float) -> float:
        losses = [self._pass(share, batch, weight, counts) for batch, counts in passes]
        # Read when all is under way: a GPU would be waited for at every one.
        return sum(loss.item() for loss in losses)

    def _pass(self, share: LossShare, batch: Batch, weight: float, counts: bool) -> torch.Tensor:
        with autocast(self.device, self.recipe.precision):
            loss = self.ranks.call(lambda model: share.loss(model, batch)) / max(weight, 1e-9) * share.factor
        if not counts:
            loss = loss * 0.0
        self.ranks.backward(loss)
        return loss.detach()

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
            self.best = add_to_mean(self.best, self.trained.weights(), len(self.progress.averaged))
        if not self.objective.has_dev or not (last or step % self.recipe.eval_every == 0):
            return
        score = self._score()
        # A score that is no number, as a correlation of equal predictions, is neither better nor worse than any.
        best = max((seen for _, seen in self.progress.dev if math.isfinite(seen)), default=-math.inf)
        self.progress.dev.append((step, score.value))
        if score.by_portion:
            self.progress.dev_portions.append((step, dict(score.by_portion)))
        is_best = math.isfinite(score.value) and score.value > best
        if is_best:
            self.progress.best_step = step
        if is_best and self.recipe.selection != "last":
            # The last step's weights are in the model: no copy is needed unless a later look may be worse.
            self.best = {} if last else self.trained.weights()

    def _finished(self) -> bool:
        """Whether training ends before its last step: it diverged, or dev stopped improving."""
        progress = self.progress
        waited = sum(step > progress.best_step for step, _ in progress.dev)
        return bool(progress.flags) or waited >= self.recipe.patience

    def _score(self) -> DevScore:
        """What dev says to the first rank."""
        score = self.ranks.call(self.objective.look)
        value, *by_portion = self.ranks.agree(score.value, *score.by_portion.values())
        return DevScore(value, dict(zip(score.by_portion, by_portion, strict=True)))

    def _point(self) -> ResumePoint:
        progress = {**asdict(self.progress), "recent": self.recent, "seconds": self.context.clock.seconds}
        return ResumePoint(self.trained.weights(), self.trained.moments(), self.best, progress)

    def _continue(self) -> None:
        folders = [self.context.resume, *self.context.older]
        point = load_point(folders, self.ranks, self._note)
        if point is None:
            return
        if not self.trained.fits(point.model):
            self._note("its resume point has other weights: it begins anew")
            return
        self.trained.put_weights(point.model)
        self.trained.put_moments(point.optimiser)
        self.best = point.best
        saved = dict(point.progress)
        self.recent, self.context.clock.earlier = saved.pop("recent"), saved.pop("seconds", 0.0)
        portions = {name: PortionAccount(**account) for name, account in saved.pop("portions").items()}
        self.progress = Progress(**saved, portions=portions)
        self.context.report({"event": "resumed", "step": self.progress.step})

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
