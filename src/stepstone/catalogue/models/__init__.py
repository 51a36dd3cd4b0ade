"""One file per encoder: `model`, a hub repository pinned to a revision or a form to pretrain."""
