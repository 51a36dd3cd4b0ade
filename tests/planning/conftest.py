from invented import data, fill, make_plan, place, store  # noqa: F401
