"""One file per encoder: `model`, a hub repository pinned to a revision or a form to pretrain.

An encoder whose revision nobody could read is not here; a study's [model.NAME] table names it with the user's own.
"""
