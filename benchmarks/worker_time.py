"""Where the processor time of a study's workers goes: libraries, files, tokenising, models, training, passes, saving.

    python benchmarks/worker_time.py quickstart --workers 2
    python benchmarks/worker_time.py study.toml --data DATA --workers 1

The study is run whole, by the worker that always runs, into a store of its own; what these functions take, less what
others of them take inside, is counted in each worker and summed over them.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import Any

from stepstone import worker
from stepstone.core.place import Place
from stepstone.core.study import Study
from stepstone.launchers.local import Local
from stepstone.pipeline.run import run
from stepstone.planning.plan import plan
from stepstone.report.markup import table_lines
from stepstone.store.store import Store

LIBRARIES = "opening libraries"
PARTS = {
    "parsing files": ("stepstone.stages.read:_parse",),
    "opening tokenizers": ("stepstone.learning.opened:OpenTokenizers.get",),
    "tokenising": (
        "transformers:PreTrainedTokenizerFast.__call__",
        "stepstone.stages.pieces:count_pieces",
        "stepstone.learning.text:TextSampler.__init__",
        *(f"stepstone.families.{name}:family.inputs" for name in ("classification", "tagging", "span", "choice")),
    ),
    "opening models": (
        "stepstone.learning.encoder:open_model",
        "stepstone.learning.encoder:with_new_head",
        "stepstone.learning.heads:open_head",
    ),
    "training": ("stepstone.learning.loop:Trainer.run",),
    "passes of evaluation": ("stepstone.families.family:forward",),
    "scoring": ("stepstone.stages.evaluate:_result", "stepstone.families.family:TrainedFamily.trivial"),
    "saving": (
        "transformers:PreTrainedModel.save_pretrained",
        "stepstone.learning.tokenizer:copy_tokenizer",
        "stepstone.learning.resume:save_point",
        "stepstone.store.store:Store.commit",
    ),
}


class PartClock:
    """Seconds of the processor by part; what a part takes inside another is its own alone."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self._inside: list[float] = []

    def around(self, part: str, work: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, whose time is counted."""

        @wraps(work)
        def timed(*arguments: Any, **named: Any) -> Any:
            began = time.process_time()
            self._inside.append(0.0)
            try:
                return work(*arguments, **named)
            finally:
                whole = time.process_time() - began
                self.seconds[part] += whole - self._inside.pop()
                if self._inside:
                    self._inside[-1] += whole

        return timed


def main() -> None:
    """Print the table; or be a worker, for one that runs this."""
    if sys.argv[1] == "--worker":
        work(Path(sys.argv[2]))
        return
    options = _options()
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        planned = plan(
            Study.load(options.study), Place(folders=tuple(options.data), cache=out / "cache", use_hub=False)
        )
        launcher = Local(options.workers, out / "logs", (sys.executable, __file__, "--worker", folder))
        outcome = run(planned, Store(out / "store"), launcher)
        taken = [Counter(json.loads(path.read_text(encoding="utf-8"))) for path in out.glob("*.json")]
    whole = sum((one.pop("whole") for one in taken), 0.0)
    seconds = sum(taken, Counter[str]())
    seconds["the rest"] = whole - seconds.total()
    print(f"{planned.study.name}: {outcome.num_done:,} stages, {len(taken)} workers, {whole:,.1f} s of the processor")
    rows = [[part, f"{spent:,.1f}", f"{100 * spent / whole:.1f} %"] for part, spent in seconds.most_common()]
    for line in table_lines(("part", "s", "share"), rows, (1, 2)):
        print(line)


def work(folder: Path) -> None:
    """Serve jobs as a worker does, and write down where the time went."""
    clock = PartClock()
    import_module("stepstone.stages.job")
    for kind in ("finetune", "evaluate", "pretrained", "pretrain", "mixture"):
        import_module(f"stepstone.stages.{kind}")
    clock.seconds[LIBRARIES] = time.process_time()
    for part, names in PARTS.items():
        for name in names:
            _replace(name, part, clock)
    worker.main()
    text = json.dumps({**clock.seconds, "whole": time.process_time()})
    (folder / f"{os.getpid()}.json").write_text(text, encoding="utf-8")


def _replace(name: str, part: str, clock: PartClock) -> None:
    """Put a counted function in the place of one, wherever in the package its name was imported."""
    module, _, path = name.partition(":")
    *above, last = path.split(".")
    owner: Any = import_module(module)
    for step in above:
        owner = getattr(owner, step)
    found = getattr(owner, last)
    counted = clock.around(part, found)
    setattr(owner, last, counted)
    for other in _own_modules():
        if vars(other).get(last) is found:
            setattr(other, last, counted)


def _own_modules() -> Iterator[Any]:
    return (module for name, module in list(sys.modules.items()) if name.startswith("stepstone."))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("study")
    parser.add_argument("--data", type=Path, action="append", default=[])
    parser.add_argument("--workers", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    main()
