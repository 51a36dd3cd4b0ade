"""Whole submissions of XTREME and XTREME-R get the numbers that the official script prints."""

from __future__ import annotations

import pytest

from scoring.driver import file_name, score_files, score_submission
from scoring.xtreme import benchmark

TASKS = {part.task for name in ("xtreme", "xtreme-r") for part in benchmark(name).parts}


def each(table):
    """Languages with the same value may share a key: {"en de": 50, "fr": 75}."""
    return {key: value for keys, value in table.items() for key in keys.split()}


def files_of(kit):
    files = {}
    for path, texts in kit["files"].items():
        front, _, rest = path.partition("-")
        languages, _, suffix = rest.rpartition(".")
        files |= {f"{front}-{language}.{suffix}": texts for language in languages.split()}
    return files


def split_files(files, folders=None):
    chosen = {path: texts for path, texts in files.items() if not folders or path.split("/")[0] in folders}
    labels = {path: texts[0] for path, texts in chosen.items()}
    return labels, {path: texts[1] for path, texts in chosen.items()}


def change(name, kit_name, files):
    """The files of a case, whose change is told in words."""
    if name == "question answering only":
        return split_files(files, ("xquad", "mlqa", "tydiqa"))
    if name == "two of three QA tasks":
        return split_files(files, ("xquad", "mlqa"))
    if name == "tagging and retrieval":
        last = "mewslix" if kit_name.endswith("-r") else "bucc2018"
        return split_files(files, ("udpos", "panx", "tatoeba", last))
    labels, predictions = split_files(files)
    if name == "a prediction file missing":
        del predictions["xquad/test-th.json"]
    elif name == "one prediction too many":
        predictions["xnli/test-sw.tsv"] += "neutral\n"
    elif name == "no answers for one language":
        predictions["tydiqa/test-fi.json"] = "{}"
    elif name == "one perfect language":
        predictions["panx/test-de.tsv"] = labels["panx/test-de.tsv"]
    elif name == "one tag too many in one sentence":
        first, rest = predictions["panx/test-en.tsv"].split("\n\n", 1)
        predictions["panx/test-en.tsv"] = f"{first}\nO\n\n{rest}"
    elif name == "empty lareqa folders present":
        labels["lareqa/"] = predictions["lareqa/"] = ""
    else:
        assert name == "every task"
    return labels, predictions


def shown(result):
    """What the official output file holds: nothing for what is not complete."""
    output = {group: score for group, score in result.groups.items() if score is not None}
    if result.all_task is not None:
        output["all_task"] = result.all_task
    for task, score in result.tasks.items():
        named = {f"avg_{metric}": mean for metric, mean in score.means.items()}
        named = {key.replace("mrr@20", "map@20"): mean for key, mean in named.items()}
        output[task] = named | {"avg_metric": score.score}
    return output


def averages(output):
    return {
        key: {name: value for name, value in part.items() if name.startswith("avg_")}
        if isinstance(part, dict)
        else part
        for key, part in output.items()
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", ["xtreme", "xtreme-r"])
def test_a_submission_gets_the_official_averages(kit, name):
    kit = kit(f"aggregate-{name}")
    for case in kit["cases"]:
        labels, predictions = change(case["name"], name, files_of(kit))

        def score(tags, labels=labels, predictions=predictions):
            return shown(score_submission(labels, predictions, benchmark(name), tags))

        check_new(kit, case, kit.outcome(score, "seqeval-1.2.2"))
        check_old(kit, case, kit.outcome(score, "seqeval-0.0.12"))
        check_languages(kit, case, labels, predictions)
    kit.finish()


def check_new(kit, case, ours):
    expected = case["expected"]
    if "error" in expected:
        kit.check(case["name"], ours, expected)
        return
    expected = averages(expected["output_file"])
    kit.check(case["name"], ours, expected)
    kit.check(f"{case['name']}: keys", sorted(ours), sorted(expected))


def check_old(kit, case, ours):
    expected = case["expected_seqeval_0_0_12"]
    if "error" in expected:
        kit.check(f"{case['name']} (0.0.12)", ours, expected)
        return
    groups = {key: value for key, value in ours.items() if isinstance(value, float)}
    kit.check(f"{case['name']} (0.0.12)", groups, expected["groups"])
    for task in ("udpos", "panx"):
        if expected[f"{task}_averages"]:
            kit.check(f"{case['name']} {task} (0.0.12)", ours[task], expected[f"{task}_averages"])


def check_languages(kit, case, labels, predictions):
    """Every metric of every task in every language, as the official output file lists them."""
    output = case["expected"].get("output_file", {})
    for task, part in output.items():
        metrics = (
            {key: each(values) for key, values in part.items() if isinstance(values, dict)} if task in TASKS else {}
        )
        for language in {language for values in metrics.values() for language in values}:
            path = file_name(task, language)
            ours = score_files(task, language, labels[path], predictions[path])
            expected = {name.replace("map@20", "mrr@20"): values[language] for name, values in metrics.items()}
            kit.check(f"{case['name']} {path}", ours, expected)
            kit.check(f"{case['name']} {path}: names", sorted(ours), sorted(expected))
