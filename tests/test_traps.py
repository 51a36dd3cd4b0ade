"""What goes wrong in systems of this kind, and the tests here that would notice."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.scoring.definitions import scorer

TESTS = Path(__file__).parent

TRAPS = {
    # Keys, the store and continuing
    "a key without tokenizer, model or lengths": ("core/test_value.py::what_changes_numbers_changes_the_key",
                                                   "planning/test_plan.py::other_bytes_of_data_are_other_keys"),
    "done means that a folder exists": ("store/test_store.py::a_crash_before_the_record_leaves_nothing",),
    "results written in place": ("store/test_store.py::an_interrupted_atomic_write_keeps_the_old_text",
                                 "store/test_store.py::of_two_tries_of_one_key_the_first_record_stays_for_others_were_made_of_its_files"),
    "continuing without schedule, random state or place in the data": (
        "learning/test_loop.py::a_stopped_run_continues_bit_for_bit",
        "whole/test_kill.py::a_run_killed_and_stopped_at_every_moment_ends_with_the_same_bits"),
    "continuing from a checkpoint that was pruned": (
        "pipeline/test_jobs.py::released_weights_are_trained_again_only_for_an_incomplete_child",),
    "a step number read off a path": ("store/test_store.py::resume_points_are_found_newest_first",),
    # Learning
    "gradients clipped per micro-batch": ("learning/test_loop.py::gradients_are_clipped_once_per_step",),
    "a checkpoint chosen on the first rows of dev": (
        "planning/test_plan.py::numbers_of_examples_reach_the_data_that_they_are_about",),
    "samples without a seed": ("stages/test_draw.py::examples_without_sides_are_drawn",
                               "learning/test_batch.py::a_larger_sample_contains_the_smaller_one"),
    "the order of evaluation lost by sorting; scores that depend on the batch size": (
        "families/test_classification.py::predictions_do_not_depend_on_the_batch_size_or_the_order",
        "families/test_span.py::predictions_are_substrings_in_the_order_of_the_examples"),
    "words that are cut vanish from the gold": (
        "families/test_tagging_choice.py::words_that_are_cut_count_as_wrong",),
    "answers that are cut vanish": ("families/test_span.py::answers_that_no_window_can_give_are_counted",),
    # Scores
    "accuracy of tags that is F1": ("test_traps.py::a_score_of_tags_is_named_for_what_it_is",),
    "answers without blanks scored by English rules": (
        "scoring/test_text.py::mlqa_normalisation_leaves_no_punctuation",),
    "the search for a threshold reads past the end": (
        "scoring/test_bitext.py::the_last_candidate_ends_the_official_search",),
    "mining among gold pairs alone": (
        "data/test_traps.py::sentence_pairs_without_the_corpora_are_never_taken_for_bucc",),
    "an average with a task twice or missing": (
        "evidence/test_averages.py::no_benchmark_counts_anything_twice",
        "evidence/test_averages.py::one_missing_score_makes_it_a_gap"),
    "an unpaired test on paired data": ("evidence/test_bootstrap.py::a_paired_difference_varies_less",
                                        "evidence/test_compare.py::runs_on_different_examples_are_refused"),
    "too few seeds for a test": ("evidence/test_compare.py::one_seed_tells_of_its_examples_and_tests_nothing",
                                "evidence/test_calibration.py::intervals_hold_the_truth_and_few_tables"),
    # Data
    "blank lines first or doubled in CoNLL": (
        "data/test_formats.py::blank_lines_at_the_start_and_in_a_row_make_no_sentence",),
    "a missing file is a score of 0": ("data/test_damage.py::a_missing_file_is_an_error_and_not_an_empty_set",
                                       "planning/test_plan.py::all_missing_data_is_told_in_one_message"),
    "stripped labels are a score of 0": ("planning/test_preflight.py::every_fault_is_stated_with_its_file_and_line",
                                         "data/test_load.py::stripped_answers_are_unknown_and_not_unanswerable"),
    "GLUE's rows of two widths": ("data/test_traps.py::glues_rows_of_11_and_of_15_columns",),
    "marks, carriage returns": ("data/test_damage.py::marks_and_ends_of_lines_change_nothing",),
    "NUL bytes, other encodings, empty files": ("data/test_damage.py::what_is_no_text_is_told_with_its_line",
                                                "data/test_damage.py::another_encoding_is_told_with_its_line"),
    "JSON that breaks off": ("data/test_damage.py::json_that_breaks_off_is_always_told",),
    "JSON of another shape": ("data/test_damage.py::json_of_another_shape_is_refused_and_never_a_crash",),
    "columns of another layout": ("data/test_damage.py::a_file_of_another_layout_is_refused",),
    "archives that lead out, link or burst": (
        "data/test_find.py::a_member_that_leads_out_refuses_the_archive",
        "data/test_find.py::links_and_devices_refuse_the_archive",
        "data/test_find.py::a_link_in_a_zip_refuses_it",
        "data/test_find.py::a_bomb_is_refused_before_it_is_unpacked",
        "data/test_traps.py::an_archive_of_too_many_members_is_refused"),
    "labels that differ between languages": (
        "data/test_traps.py::a_language_with_labels_of_its_own_is_refused_by_name",
        "data/test_check.py::labels_that_differ_between_translations_are_counted",
        "data/test_check.py::a_label_that_a_language_never_has_is_told"),
    "gold of sentences that are not there": (
        "data/test_traps.py::gold_that_names_a_missing_sentence_is_told_with_its_line",),
    "answers elsewhere than their offsets": (
        "data/test_load.py::an_answer_elsewhere_than_its_offset_is_told_with_its_path",),
    "evaluation passages that training saw": ("data/test_check.py::xquad_is_found_inside_squads_dev_set",
                                              "data/test_check.py::mlqas_passages_are_found_in_the_text"),
    "`no` read as False": ("core/test_study.py::norwegian_is_a_language_and_not_a_no",
                           "data/test_traps.py::norwegian_files_are_found_under_no"),
    "a cache that hides that the source is gone or has changed": (
        "data/test_hub.py::a_table_that_changed_is_read_anew_and_one_that_is_gone_is_told",),
    "loading scripts": ("data/test_hub.py::a_loading_script_is_never_run",),
    "a table of another number of rows": (
        "data/test_hub.py::another_number_of_rows_than_declared_is_refused_with_both",),
}  # fmt: skip


def functions(path: Path) -> set[str]:
    """Names of the tests in a file."""
    tree = ast.parse(path.read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("trap", TRAPS)
def test_every_trap_has_a_test(trap: str) -> None:
    for name in TRAPS[trap]:
        file, _, test = name.partition("::")
        assert any(found.startswith(f"test_{test}") for found in functions(TESTS / file)), name


def test_a_score_of_tags_is_named_for_what_it_is() -> None:
    rows = [{"id": "0", "prediction": ["NOUN", "NOUN", "VERB"], "gold": ["NOUN", "ADJ", "VERB"]}]
    task = BUILT_IN.task("udpos")
    historical, mended = scorer(task.metric, "xtreme-2020"), scorer(task.metric, "corrected")
    assert (historical.main, mended.main) == ("f1", "accuracy")
    assert historical.score(rows, "en")["f1"] == pytest.approx(40)
    assert mended.score(rows, "en")["accuracy"] == pytest.approx(200 / 3)
