"""What there is in the lab world: kinds of things, qualities, times, places, names and actions, as plain tables."""

from __future__ import annotations

from dataclasses import dataclass

MEMBERS: dict[str, tuple[str, ...]] = {
    kind: tuple(words.split())
    for kind, words in {
        "being": "person animal",
        "thing": "food tool clothing vehicle writing jewel",
        "spot": "building nature",
        "person": "doctor teacher farmer baker soldier singer painter driver student king sailor hunter",
        "animal": "dog cat horse cow bird sheep fox wolf",
        "food": "apple bread cheese soup rice egg cake honey",
        "tool": "hammer knife rope saw needle shovel bucket broom",
        "clothing": "coat hat shoe shirt belt glove scarf",
        "vehicle": "car boat cart bicycle sledge",
        "writing": "book letter map ticket newspaper diary",
        "jewel": "ring coin crown pearl necklace",
        "building": "house school church shop tower bridge mill",
        "nature": "park forest river field beach mountain garden",
    }.items()
}
QUALITIES: dict[str, tuple[str, ...]] = {
    "colour": ("red", "blue", "green", "white", "black", "yellow"),
    "size": ("big", "small"),
    "age": ("old", "young"),
    "price": ("cheap", "costly"),
    "state": ("clean", "dirty"),
    "mood": ("happy", "sad"),
}
TIMES: dict[str, tuple[str, ...]] = {
    "day": ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    "season": ("spring", "summer", "autumn", "winter"),
}
THING_QUALITIES = ("colour", "size", "price", "state")
BEING_QUALITIES = ("size", "age", "mood")
NUM_NAMES, NUM_CITIES = 36, 12
NAMES = tuple(f"name{i:02d}" for i in range(NUM_NAMES))
CITIES = tuple(f"city{i:02d}" for i in range(NUM_CITIES))
COUNTS = tuple(range(2, 10))


@dataclass(frozen=True)
class Action:
    """A verb's frame: what may fill its roles, the wider verb that it implies, and its converse verb."""

    name: str
    agent: str
    patient: str | None
    partner: str | None  # "to" or "from": how a second person takes part
    wider: str | None
    converse: str | None


_ACTIONS = """
buy      person thing  from get    sell
receive  person thing  from get    give
borrow   person thing  from get    lend
steal    person thing  -    get    -
find     person thing  -    get    -
sell     person thing  to   pass   buy
give     person thing  to   pass   receive
lend     person thing  to   pass   borrow
get      person  thing  from -      pass
pass     person thing  to   -      get
paint    person thing  -    change -
clean    person thing  -    change -
repair   person thing  -    change -
break    being  thing  -    change -
change   being  thing  -    -      -
carry    being  thing  -    -      -
hide     being  thing  -    -      -
lose     person thing  -    -      -
throw    person thing  -    -      -
draw     person thing  -    -      -
eat      being  food   -    -      -
follow   being  being  -    -      lead
lead     being  being  -    -      follow
hunt     being  being  -    -      flee
flee     being  being  -    -      hunt
teach    person person -    -      obey
obey     person person -    -      teach
help     being  being  -    -      -
call     person being  -    -      -
see      being  being  -    notice -
hear     being  being  -    notice -
notice   being  being  -    -      -
walk     being  -      -    move   -
run      being  -      -    move   -
dance    being  -      -    move   -
move     being  -      -    -      -
sleep    being  -      -    rest   -
sit      being  -      -    rest   -
rest     being  -      -    -      -
work     person -      -    -      -
live     being  -      -    -      -
"""


def _action(line: str) -> Action:
    name, agent, patient, partner, wider, converse = (None if cell == "-" else cell for cell in line.split())
    assert name and agent
    return Action(name, agent, patient, partner, wider, converse)


ACTIONS = {action.name: action for action in map(_action, _ACTIONS.strip().splitlines())}

# What the same agent often does next to the same thing: the world's only causes and effects.
FOLLOWED_BY = {
    "break": "repair",
    "lose": "find",
    "steal": "hide",
    "buy": "carry",
    "borrow": "lose",
    "draw": "sell",
    "paint": "sell",
    "run": "sit",
    "walk": "sit",
    "dance": "sleep",
    "work": "sleep",
}
