"""A worker that trains nothing, for what a real one cannot be made to do on demand: die, hang, or fail at a stage.

It speaks the workers' protocol and commits to real stores. `behaviour.json` beside the store maps labels to
what happens there: "die" (killed), "die once", "die twice", "die thrice" (always at the same step), "die thrice,
each time further", "die after" (with its record written, but not reported), "fail", "crash", "hang" (until stopped),
"deaf" (for ever), "headless" (an encoder that can do nothing but classify), "short" (an encoder of 100 positions).
`seconds` is how long every stage takes.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from results import invented_result
from stepstone.core.specs.evaluate import EvaluateSpec
from stepstone.core.stage import Stage
from stepstone.store.store import Store

stopped = False


def say(**event: Any) -> None:
    print(json.dumps(event), flush=True)


def behave(wish: str, store: Store, stage: Stage, about: dict[str, str]) -> bool:
    """Do what is wished; returns whether the stage goes on."""
    mark = store.root.parent / f"died-{stage.key[:8]}"
    if wish == "die" or (wish == "die once" and not mark.exists()):
        mark.touch()
        print("out of patience", file=sys.stderr, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    most = {"twice": 2, "thrice": 3}.get(wish.removeprefix("die ").partition(",")[0], 0)
    if (times := len(list(mark.parent.glob(f"{mark.name}-*")))) < most:
        Path(f"{mark}-{times}").touch()
        say(event="progress", step=10 * (times + 1) if wish.endswith("further") else 10, num_steps=100, **about)
        os.kill(os.getpid(), signal.SIGKILL)
    if wish == "fail":
        say(event="failed", message="nothing to read\n  remedy: look elsewhere", **about)
        return False
    if wish == "deaf":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while wish in ("hang", "deaf") and not stopped:
        say(event="progress", step=3, num_steps=10, loss=0.5, **about)
        time.sleep(0.05)
    if stopped:
        attempt = store.start(stage.key)
        attempt.resume.mkdir()
        store.drop(attempt)
        say(event="stopped", **about)
    return not stopped


ABILITIES = {"headless": {"heads": ["classification"]}, "short": {"num_positions": 100}}


def is_there(stage: Stage, store: Store) -> bool:
    return (isinstance(stage.spec, EvaluateSpec) and store.complete(stage.key)) or store.usable(stage.key)


def do(order: dict[str, Any], behaviour: dict[str, str]) -> bool:
    store = Store(order["store"])
    for number, stage in enumerate(map(Stage.model_validate, order["stages"])):
        about = {"job": order["id"], "key": stage.key, "label": stage.label}
        if is_there(stage, store):
            say(event="skip", **about)
            continue
        say(event="start", **about)
        if not behave(behaviour.get(stage.label, ""), store, stage, about):
            return False
        while (attempt := store.start(stage.key)) is None and not is_there(stage, store):
            if number == 0:
                say(event="elsewhere", **about)
                return False
            time.sleep(0.05)
        if attempt is None or is_there(stage, store):
            if attempt is not None:
                store.drop(attempt)
            say(event="skip", **about)
            continue
        time.sleep(float(behaviour.get("seconds", 0)))
        name = "predictions.jsonl" if isinstance(stage.spec, EvaluateSpec) else "model.safetensors"
        if name == "model.safetensors":
            (attempt.folder / "config.json").write_text("{}")
        rows = [{"id": str(number), "prediction": os.getpid(), "gold": 0} for number in range(2)]
        (attempt.folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
        result = invented_result(stage, ABILITIES.get(behaviour.get(stage.label, ""), {}))
        store.commit(stage, attempt, result, 0.1, {"pid": os.getpid(), "threads": order["runtime"]["num_threads"]})
        if behaviour.get(stage.label) == "die after":
            os.kill(os.getpid(), signal.SIGKILL)
        say(event="done", seconds=0.1, value=50.0 if name == "predictions.jsonl" else None, **about)
    return True


def stop(number: int, frame: object) -> None:
    global stopped
    stopped = True


def main() -> None:
    signal.signal(signal.SIGTERM, stop)
    behaviour_file = Path(sys.argv[1])
    for line in sys.stdin:
        behaviour = json.loads(behaviour_file.read_text()) if behaviour_file.exists() else {}
        order = json.loads(line)
        say(event="idle", job=order["id"], ok=do(order, behaviour))
        if stopped:
            return


if __name__ == "__main__":
    main()
