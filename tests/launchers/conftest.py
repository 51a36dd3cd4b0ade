from batch import cluster  # noqa: F401
from invented import data, fill, make_plan, place, store  # noqa: F401
