from invented import data, place  # noqa: F401
