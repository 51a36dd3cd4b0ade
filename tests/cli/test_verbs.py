import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main
from typer.core import TyperOption

from invented import STUDY
from stepstone.cli import app, main
from stepstone.core import arm, intermediate, mixing, model, probes, recipe, spec, stage, study, translator
from stepstone.core.kinds import kinds
from stepstone.core.place import Place
from stepstone.core.ready import READY
from stepstone.core.recipe import Runtime
from stepstone.core.result import Result
from stepstone.core.specs import merge, mixture, probe, translate
from stepstone.core.value import Value
from stepstone.store.failures import Failure

# Options that share a name with a field of a spec, and why they cannot change a key.
INNOCENT = {
    "beside": "of report alone: files of others' scores that are shown",
    "catalogue": "where declarations are looked for; keys hold what they say",
    "config": "of init alone: what is drafted from",
    "data": "where files are looked for; keys hold what they contain",
    "definition": "of rescore and score, which change no record",
    "format": "of submit alone: whose files are written",
    "hub": "of init alone: what is drafted from",
    "language": "of score alone: of a file that another program made",
    "languages": "of report alone: what is shown of them",
    "model": "of submit alone: whose kept predictions are written",
    "revision": "of export and init alone: a branch to push to; what is drafted from",
    "seed": "of submit alone: whose kept predictions are written",
    "split": "of score alone: whose golds a file is held against",
    "to": "of submit, export and seal alone: what is written",
}


@pytest.fixture
def cli(monkeypatch, capsys, tmp_path):
    """Run a command line in this process; returns exit status, output and errors."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    for name in ("STEPSTONE_STORE", "STEPSTONE_DATA", "STEPSTONE_CATALOGUE"):
        monkeypatch.delenv(name, raising=False)
    before = signal.getsignal(signal.SIGTERM)

    def call(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["stepstone", *map(str, words)])
        with pytest.raises(SystemExit) as exit_:
            main()
        shown = capsys.readouterr()
        return int(exit_.value.code or 0), shown.out, shown.err

    yield call
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def file(tmp_path) -> Path:
    """The invented study as a file."""
    path = tmp_path / "invented.toml"
    path.write_text(_toml(STUDY))
    return path


def _toml(table: dict) -> str:
    """Enough of TOML for a study: JSON's texts, numbers and lists are TOML's."""
    lines = [f"{name} = {json.dumps(value)}" for name, value in table.items() if not isinstance(value, dict)]
    for name, entries in table.items():
        for entry, fields in entries.items() if isinstance(entries, dict) else ():
            lines.append(f"[{name}.{entry}]")
            lines += [f"{field} = {_inline(value)}" for field, value in fields.items()]
    return "\n".join(lines)


def _inline(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name} = {json.dumps(item)}" for name, item in value.items()) + "}"
    return json.dumps(value)


def _keys(out: str) -> dict[str, str]:
    return {stage["label"]: stage["key"] for stage in json.loads(out)["stages"]}


_MODULES = (
    *(arm, intermediate, mixing, model, probes, recipe, spec, stage, study, translator),
    *(merge, mixture, probe, translate),
)


def test_no_option_has_the_name_of_anything_that_enters_a_key() -> None:
    classes = [
        found
        for module in _MODULES
        for found in vars(module).values()
        if isinstance(found, type) and issubclass(found, Value) and not issubclass(found, Result | Runtime)
    ]
    fields = {name for found in (*classes, *kinds().values()) for name in found.model_fields}
    assert {"learning_rate", "seed", "num_examples", "revision", "split"} <= fields
    options = _options()
    assert {"store", "workers", "device", "launcher"} <= set(options)
    assert {name for name in options if name in fields} == set(INNOCENT)
    assert options["definition"] == {"rescore", "score"}
    assert options["language"] == options["split"] == {"score"}
    assert options["revision"] == {"export", "init"} and options["beside"] == {"report"}
    assert options["hub"] == options["config"] == {"init"}
    assert options["format"] == options["seed"] == {"submit"} and options["model"] == {"init", "submit"}


def test_what_options_set_has_no_place_in_specs() -> None:
    for found in (spec.DataUse, *kinds().values()):
        held = {field.annotation for field in found.model_fields.values()}
        assert not held & {Runtime, Place} and not set(found.model_fields) & set(Runtime.model_fields)


def _options() -> dict[str, set[str]]:
    """Option name -> verbs that have it."""
    found: dict[str, set[str]] = {}
    for verb, command in typer.main.get_command(app).commands.items():
        for parameter in command.params:
            if isinstance(parameter, TyperOption):
                for name in parameter.opts:
                    found.setdefault(name.lstrip("-").replace("-", "_"), set()).add(verb)
    return found


@pytest.mark.slow
def test_all_options_varied_plan_the_same_keys(cli, file, data, tmp_path, monkeypatch) -> None:
    status, out, _ = cli("plan", file, "--json", "--data", data, "--no-hub")
    assert status == 0
    elsewhere = shutil.copytree(data, tmp_path / "else" / "where")
    (tmp_path / "empty").mkdir()
    varied = [
        ("--data", elsewhere),
        ("--data", tmp_path / "empty", "--data", data, "--store", tmp_path / "other-store", "--no-hub", "--show"),
    ]
    for options in varied:
        assert _keys(cli("plan", file, "--json", *options)[1]) == _keys(out)
    monkeypatch.setenv("STEPSTONE_DATA", os.pathsep.join([str(tmp_path / "empty"), str(elsewhere)]))
    monkeypatch.setenv("STEPSTONE_STORE", str(tmp_path / "third-store"))
    assert _keys(cli("plan", file, "--json")[1]) == _keys(out)
    assert (tmp_path / "third-store" / "cache").is_dir()


def test_plan_says_what_is_shared_and_shows_every_stage(cli, file, data) -> None:
    status, out, _ = cli("plan", file, "--data", data, "--no-hub", "--show")
    assert status == 0
    assert "invented: 36 scores from 55 stages (1 pretrained, 16 finetune, 38 evaluate)" in out
    assert "16 fine-tunes where separate runs take 24" in out
    assert re.search(r"^[0-9a-f]{12} +finetune +alpha/nli.ja/xquad/s2 *$", out, re.MULTILINE)


@pytest.mark.slow
def test_plan_says_what_is_left_out_of_the_data(cli, file, data) -> None:
    lines = (data / "XNLI-1.0" / "xnli.test.tsv").read_text() + "de\t-\tThe ferry left.\tIt may.\n"
    (data / "XNLI-1.0" / "xnli.test.tsv").write_text(lines)
    for _ in range(2):  # the second time from what was noted
        assert "Left out of xnli test: rows that are no examples (de 1)." in cli("plan", file, "--data", data)[1]
    (found,) = json.loads(cli("plan", file, "--data", data, "--json")[1])["skipped"]
    assert found == {"task": "xnli", "split": "test", "language": "de", "counts": {"rows that are no examples": 1}}


@pytest.mark.slow
def test_plan_without_data_counts_what_the_plan_with_data_does_and_shows_no_key(cli, file, data, tmp_path) -> None:
    (tmp_path / "empty").mkdir()
    status, out, _ = cli("plan", file, "--data", tmp_path / "empty", "--no-hub", "--without-data", "--show")
    assert status == 0 and "planned without its data" in out
    assert "invented: 36 scores from 55 stages (1 pretrained, 16 finetune, 38 evaluate)" in out
    assert re.search(r"^finetune +alpha/nli.ja/xquad/s2 *$", out, re.MULTILINE)
    assert not re.search(r"\b[0-9a-f]{12}\b", out)
    known = json.loads(cli("plan", file, "--data", data, "--no-hub", "--json")[1])
    found = json.loads(cli("plan", file, "--no-hub", "--without-data", "--json")[1])
    assert not any("key" in stage for stage in found["stages"]) and (known["with_data"], found["with_data"]) == (
        True,
        False,
    )
    assert [(one["kind"], one["label"]) for one in known["stages"]] == [
        (one["kind"], one["label"]) for one in found["stages"]
    ]


def test_rehearse_shows_its_size_and_runs_nothing(cli, file, tmp_path) -> None:
    status, out, _ = cli("rehearse", file, "--plan", "--store", tmp_path / "store")
    assert status == 0 and re.search(r"^invented-rehearsal: [\d,]+ scores from [\d,]+ stages \(", out, re.MULTILINE)
    assert not any((tmp_path / name).exists() for name in ("store/records", "store/tries", "store/logs", "reports"))


@pytest.mark.slow
def test_a_study_is_found_by_its_name(cli, file, data, tmp_path) -> None:
    (tmp_path / "studies").mkdir()
    file.rename(tmp_path / "studies" / "river.toml")
    assert cli("plan", "river", "--data", data, "--no-hub")[0] == 0
    status, _, err = cli("plan", "rivr", "--data", data)
    assert status == 2 and 'did you mean "river"?' in err
    rows = json.loads(cli("list", "studies", "--json")[1])
    assert {row["name"]: row["file"] for row in rows}["river"] == "studies/river.toml"
    assert cli("plan", "quickstart", "--without-data")[0] == 0


def test_a_ready_study_takes_few_lines_of_a_list_and_its_folder_is_said_once(cli, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    status, out, _ = cli("list", "studies")
    rows = json.loads(cli("list", "studies", "--json")[1])
    assert status == 0 and out.count(str(READY)) == 1 and out.endswith(f"lie in {READY}\n")
    assert len(out.splitlines()) < 5 * len(rows)
    assert all(Path(row["file"]).is_file() for row in rows)


def test_bad_input_is_one_message_without_traceback_and_status_2(cli, file, data) -> None:
    file.write_text(file.read_text().replace("mnli", "mnly"))
    status, out, err = cli("plan", file, "--data", data)
    assert status == 2 and out == "" and "Traceback" not in err
    assert err.startswith("error: study invented cannot be planned") and 'did you mean "mnli"?' in err
    assert cli("plan", file, "--learning-rate", "1")[0] == 2
    assert cli("list", "weather")[0] == 2


def test_missing_data_is_told_with_what_was_looked_for(cli, file, data) -> None:
    (data / "xquad.de.json").unlink()
    status, _, err = cli("status", file, "--data", data, "--no-hub")
    assert status == 2 and "xquad.de.json" in err and str(data) in err


@pytest.mark.slow
@pytest.mark.parametrize(
    "what", ["tasks", "models", "languages", "benchmarks", "ladders", "launchers", "trackers", "studies"]
)
def test_list_shows_every_kind_as_table_and_as_json(cli, what) -> None:
    status, out, _ = cli("list", what)
    rows = json.loads(cli("list", what, "--json")[1])
    assert status == 0 and all(str(row.get("name", row.get("ladder"))) in out for row in rows)
    if what in ("tasks", "languages"):
        assert len(rows) > 15


@pytest.mark.slow
@pytest.mark.parametrize("what", ["tasks", "models", "languages", "ladders", "studies"])
def test_a_list_in_a_narrow_terminal_breaks_no_word_and_says_what_it_leaves_out(cli, what, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    rows = json.loads(cli("list", what, "--json")[1])
    lines = cli("list", what)[1].splitlines()
    assert all(len(line) <= 80 for line in lines[:-1])
    left_out = lines[-1].removeprefix("not shown for want of room: ").partition(";")[0].split(", ")
    shown = [name for name in rows[0] if name not in left_out]
    assert 2 <= len(shown) < len(rows[0]) and left_out == list(rows[0])[len(shown) :]
    words = {word for line in lines for word in line.split()}
    assert all(set(row[name].split()) <= words for row in rows for name in shown if isinstance(row[name], str))


def test_list_names_what_is_only_remembered(cli) -> None:
    rows = {row["name"]: row for row in json.loads(cli("list", "tasks", "--json")[1])}
    assert rows["hellaswag"]["remembered"] == ["intermediate_recipe", "licence"] and rows["xnli"]["remembered"] == []
    models = {row["name"]: row for row in json.loads(cli("list", "models", "--json")[1])}
    assert models["mbert"]["remembered"] == [] and models["mbert"]["embeddings"] == 92_208_384


@pytest.mark.slow
def test_status_and_why_tell_what_is_there(cli, file, data, store, make_plan, fill) -> None:
    planned = make_plan()
    fill(planned.stages[planned.labels["alpha"]])
    store.note_failure(planned.labels["alpha/nli.ja/s1"], Failure("alpha/nli.ja/s1", "loss is nan", "a.log"))
    where = ("--data", data, "--no-hub", "--store", store.root)
    status, out, _ = cli("status", file, *where)
    assert status == 0 and "failed: alpha/nli.ja/s1: loss is nan\n  log: a.log\n" in out
    table = json.loads(cli("status", file, *where, "--json")[1])
    assert table["stages"]["finetune"] == {"done": 0, "missing": 15, "failed": 1}
    assert table["scores"][0] == {"model": "alpha", "condition": "none", "done": 0, "missing": 12, "failed": 0}
    assert "alpha: done" in cli("why", file, "alpha", *where)[1]
    reason = json.loads(cli("why", file, "alpha/nli.ja/s1", *where, "--json")[1])
    assert (reason["state"], reason["lines"]) == ("failed", ["failed: loss is nan (log: a.log)"])
    assert cli("why", file, "alpha/nowhere", *where)[0] == 2


def test_a_report_before_any_run_names_the_file_to_run_and_shows_no_table(cli, file, data, tmp_path) -> None:
    out = tmp_path / "out"
    status, said, _ = cli("report", file, "--data", data, "--no-hub", "--store", tmp_path / "none", "--out", out)
    assert status == 0 and "No score is there yet." in said and f"first: stepstone run {file}\n" in said
    assert "missing" not in said and f"stepstone report {file}" in (out / "report.html").read_text(encoding="utf-8")


def test_rescore_writes_a_table(cli, file, data, store, make_plan, fill, tmp_path) -> None:
    planned = make_plan()
    for stage_ in planned.stages.values():
        if stage_.coordinates.get("target") == "xnli":
            fill(stage_)
    out = tmp_path / "again.csv"
    words = ("rescore", file, "--data", data, "--no-hub", "--store", store.root)
    status, shown, _ = cli(*words, "--definition", "jiant", "--out", out)
    assert status == 0 and "12 evaluations rescored by jiant" in shown and len(out.read_text().splitlines()) == 13
    assert cli(*words, "--definition", "nobody")[0] == 2


@pytest.mark.slow
def test_prune_removes_only_with_yes(cli, file, data, store, make_plan, fill) -> None:
    planned = make_plan()
    for stage_ in planned.stages.values():
        fill(stage_)
    words = ("prune", file, "--weights", "--data", data, "--no-hub", "--store", store.root)
    status, shown, _ = cli(*words)
    assert status == 0 and "1,200 bytes in 12 places; free them with --yes" in shown
    key = planned.labels["alpha/none/xnli/s1"]
    assert store.usable(key)
    assert "1,200 bytes in 12 places freed" in cli(*words, "--yes")[1]
    assert store.complete(key) and not store.usable(key)
    assert cli("prune", "--others", "--store", store.root)[0] == 2
    assert cli(*words)[1] == "nothing to remove\n"


@pytest.mark.slow
@pytest.mark.parametrize("words", [["--help"], ["run", "--help"], ["list", "nonsense"]])
def test_help_and_mistakes_need_no_heavy_library(words) -> None:
    script = (
        f"import sys; sys.argv = ['stepstone', *{words!r}]\n"
        "from stepstone.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'transformers', 'pandas', 'vl_convert', 'datasets', 'numpy', 'scipy'} & set(sys.modules)\n"
        "if 'nonsense' not in sys.argv: heavy |= {'rich'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


@pytest.mark.slow
def test_help_takes_little_more_than_that_of_an_empty_command_line() -> None:
    """0.22 s of an idle core, of which typer takes 0.12."""

    def seconds(opened: str) -> float:
        script = (
            f"import sys, time; sys.argv = ['stepstone', '--help']\n{opened}\n"
            "try: main()\nexcept SystemExit: print('seconds', time.process_time())"
        )
        run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        return float(run.stdout.split()[-1])

    empty = (
        "import typer\nmain = typer.Typer(rich_markup_mode=None)\nfor name in 'ab': main.command(name)(lambda: None)"
    )
    # Once in five tries: what else the machine does slows down now the one, now the other.
    assert any(seconds("from stepstone.cli import main") < 2.5 * seconds(empty) for _ in range(5))


@pytest.mark.slow
@pytest.mark.parametrize("place", ["taken", "taken/below"])
def test_a_report_that_can_be_written_nowhere_is_told_before_anything_is_computed(
    cli, file, data, tmp_path, place
) -> None:
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    status, _, errors = cli("run", file, "--data", data, "--out", place)
    assert status == 2 and "where a folder is needed" in errors
    assert not (tmp_path / "stepstone-store" / "tries").exists()


def test_a_reader_that_goes_away_is_no_error() -> None:
    script = f"{sys.executable} -m stepstone.cli list languages | head -1"
    run = subprocess.run(["bash", "-o", "pipefail", "-c", script], capture_output=True, text=True, check=False)
    assert "Traceback" not in run.stderr and "Exception" not in run.stderr


@pytest.mark.parametrize("verb", ["run", "rehearse"])
def test_an_unknown_launcher_is_told_before_anything_is_planned(cli, verb, file, tmp_path) -> None:
    status, out, err = cli(verb, file, "--launcher", "locl")
    assert status == 2 and out == "" and 'did you mean "local"?' in err
    assert not (tmp_path / "stepstone-store").exists()


LAUNCHER = '''
from pathlib import Path

class Recording:
    """Writes down the first order, and is stopped."""
    num_slots = 1
    def num_threads(self, slots): return 1
    def submit(self, order):
        Path("order.json").write_text(order.line())
        raise KeyboardInterrupt
    def wait(self, seconds): return []
    def stop(self): pass
    kill = close = stop

def make(num_workers, logs):
    """Records."""
    return Recording()
'''


def test_the_size_of_a_micro_batch_reaches_the_worker(cli, file, data, tmp_path, monkeypatch) -> None:
    folder = tmp_path / "launchers"
    folder.mkdir()
    (folder / "recording.py").write_text(LAUNCHER)
    monkeypatch.chdir(tmp_path)
    options = ("--launcher", "recording", "--catalogue", folder, "--data", data, "--no-hub", "--store", tmp_path / "s")
    for given, wanted in ((("--train-tokens", "512"), 512), ((), None)):
        assert cli("run", file, *options, *given)[0] == 130
        assert json.loads(Path("order.json").read_text())["runtime"]["train_tokens"] == wanted
    assert cli("run", file, *options, "--train-tokens", "0")[0] == 2


@pytest.mark.parametrize("verb", ["run", "plan", "rehearse"])
@pytest.mark.parametrize("time", ["soon", "8", "-1h", "0s"])
def test_a_bad_time_is_told_before_anything_is_planned(cli, verb, time, file, tmp_path) -> None:
    status, out, err = cli(verb, file, f"--until={time}", "--store", tmp_path / "s")
    assert status == 2 and not out and err.count("\n") == 2
    assert f'--until: "{time}" is no time' in err and "as 8h, 30m, 2d or 1h30m" in err
    assert not (tmp_path / "s").exists()


@pytest.mark.slow
@pytest.mark.parametrize("verb", ["run", "rehearse"])
def test_a_bounded_run_ends_with_its_report(cli, verb, file, data, tmp_path) -> None:
    folder = tmp_path / "launchers"
    folder.mkdir()
    (folder / "recording.py").write_text(LAUNCHER.replace("raise KeyboardInterrupt", "return"))
    options = ("--launcher", "recording", "--catalogue", folder, "--store", tmp_path / "s", "--out", tmp_path / "page")
    real = ("--data", data, "--no-hub") if verb == "run" else ()
    status, out, _ = cli(verb, file, *options, *real, "--until", "1s")
    # The launcher says nothing, so that whatever was begun is left.
    assert status == 124 and "time is up: " in out and "report: " in out
