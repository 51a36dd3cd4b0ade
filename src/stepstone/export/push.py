"""An export is sent to the hub: only files that an export holds, listed before, as one commit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from huggingface_hub import HfApi, ModelCard, get_token
from huggingface_hub.errors import HfHubHTTPError, HFValidationError
from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined]

from stepstone.core.errors import UserError, first_line
from stepstone.data.reach import is_online
from stepstone.export.files import CARD, SUFFIXES

# What the hub's answers mean to somebody who pushes.
_REASONS = {
    401: ("the hub does not accept the token", "give one that may write: HF_TOKEN, or `hf auth login`"),
    403: ("the token may not write there", "give one that may, or name a repository of your own"),
    404: ("the hub has no such place to write to, or does not show it to this token", "check owner and name"),
}


def check_repository(name: str) -> None:
    """Raise UserError for what is no OWNER/NAME of the hub."""
    try:
        validate_repo_id(name)
        wrong = "" if "/" in name else "has no owner"
    except HFValidationError as error:
        wrong = first_line(error).partition(": ")[2]
    if wrong:
        remedy = "name it as OWNER/NAME: letters, digits, '-', '_' and '.', 96 characters at most"
        raise UserError(f"is no repository of the hub: {wrong}", where=f"--push {name}", remedy=remedy)


def to_send(folder: Path) -> list[tuple[str, int]]:
    """Names and sizes, in bytes, of the files of an export that are sent: weights, JSON, text and tokenizer files.

    Raises:
        UserError: the card is missing, or its head is none that the hub reads.
    """
    try:
        ModelCard.load(folder / CARD)
    except (OSError, ValueError) as error:
        remedy = "export the checkpoint again with --force"
        raise UserError(f"is no model card: {first_line(error)}", where=str(folder / CARD), remedy=remedy) from error
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())
    sent = (path for path in files if path.suffix in SUFFIXES and not path.name.startswith("."))
    return [(path.relative_to(folder).as_posix(), path.stat().st_size) for path in sent]


def push(folder: Path, repository: str, *, private: bool = False, revision: str | None = None) -> str:
    """Send an export to a repository of the hub, which is made where there is none; returns its address.

    Args:
        folder: the export; it stays as it is, whatever happens.
        repository: OWNER/NAME.
        private: make a private one; one that is there and public is refused.
        revision: a branch, which is made where there is none; None: the main one.

    Raises:
        UserError: the name is none, there is no token, it may not write there, or the hub cannot be reached.
    """
    check_repository(repository)
    names = [name for name, _ in to_send(folder)]
    api = HfApi(token=_token(repository, folder))
    with _errors(repository, folder):
        api.create_repo(repository, private=private or None, exist_ok=True)
        if private and not api.model_info(repository).private:
            raise _kept("is there and public", repository, folder, "name another one, or leave --private out")
        if revision is not None:
            api.create_branch(repository, branch=revision, exist_ok=True)
        commit = api.upload_folder(
            repo_id=repository,
            folder_path=folder,
            allow_patterns=names,
            revision=revision,
            commit_message="A checkpoint with its model card, by Stepstone",
        )
    return str(commit.commit_url)


def _token(repository: str, folder: Path) -> str:
    token = get_token()
    if not token:
        remedy = "give a token that may write: HF_TOKEN, or `hf auth login`"
        raise _kept("there is no token for the hub", repository, folder, remedy)
    if not is_online():
        remedy = (
            "push it where there is a network, with HF_HUB_OFFLINE unset: `hf upload OWNER/NAME FOLDER` does so too"
        )
        raise _kept("the hub cannot be reached", repository, folder, remedy)
    return token


@contextmanager
def _errors(repository: str, folder: Path) -> Iterator[None]:
    """What the hub or the network answers, as one message."""
    try:
        yield
    except HfHubHTTPError as error:
        known = _REASONS.get(error.response.status_code)
        said, remedy = known or (f"the hub refused it: {first_line(error)}", "try again later")
        raise _kept(said, repository, folder, remedy) from error
    except (OSError, ValueError) as error:
        raise _kept(f"it could not be sent: {first_line(error)}", repository, folder, "try again later") from error


def _kept(message: str, repository: str, folder: Path, remedy: str) -> UserError:
    return UserError(f"{message}; the export in {folder} is kept", where=f"--push {repository}", remedy=remedy)
