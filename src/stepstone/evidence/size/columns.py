"""What rows over sizes have beside the columns of every difference, and the kinds of them."""

from __future__ import annotations

# Kinds of rows, as the column `comparison` names them.
SLOPE = "slope"
TWO_SIZES = "two sizes"
AT_SIZE = "at one size"
OF_DISTANCE = "slope, near minus far"
OF_EXAMPLES = "per doubling of examples"
JOINT = "size by examples"
OF_SPREAD = "spread over seeds"
# The family of tests of the primary comparison; that of its means at single sizes begins so.
PRIMARY = "primary comparison over sizes"

SIZE_COLUMNS: dict[str, str] = {
    "of": "what changes with size: gain, language, control, setting; score, of a spread over seeds",
    "size_measure": "what size is counted in",
    "num_sizes": "sizes that the row has",
    "num_encoders": "encoders that it has; where they are more than sizes, they are the replicates",
    "doublings": "how often the smallest size doubles to become the largest",
    "by_size": "the value at each size, the smallest first, means over encoders and seeds",
    "value_all_parameters": "value where size is counted in all parameters, embeddings included",
    "smallest_value": "the line at the smallest size",
    "smallest_low": "lower end of its interval",
    "smallest_high": "upper end of it",
    "largest_value": "the line at the largest size",
    "largest_low": "lower end of its interval",
    "largest_high": "upper end of it",
    "var_encoders": "what pretraining anew adds to the variance beside runs and examples; empty: one encoder a size",
    "lack_of_fit": "scatter of the sizes around the line, by what seeds, encoders and examples explain; 1: all of it; "
    "of groups empty, as are form and errors",
    "p_lack_of_fit": "that the line is right and the scatter as large",
    "form": "linear or saturating, by the error on sizes left out",
    "error_linear": "root mean square error of the line on sizes left out one by one",
    "error_saturating": "the same of the curve; empty with fewer than four sizes",
    "trend": "vanishes, shrinks but holds, reverses, does not shrink, undecided",
}
