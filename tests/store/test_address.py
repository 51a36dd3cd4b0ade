"""A store is named by its folder or by a URL, and what is wrong with a URL is said before anything runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from stepstone.core.errors import UserError
from stepstone.store import address
from stepstone.store.address import url_of, working_copy
from stepstone.store.given import opened
from stepstone.store.refused import refused
from stepstone.store.store import Store


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(address, "find_spec", lambda name: object())


@pytest.mark.parametrize("given", ["s3://stones/lab", "S3://stones/lab/", Path("s3://stones/lab"), "s3://stones//lab"])
def test_one_bucket_has_one_spelling(installed: None, given: str | Path) -> None:
    assert url_of(given) == "s3://stones/lab"


@pytest.mark.parametrize("given", ["store", "/store", Path("store"), "~/store", "a:b", ".", "s3:store"])
def test_a_folder_is_a_folder(given: str | Path) -> None:
    assert url_of(given) is None


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("ftp://stones/lab", r"ftp://stones/lab: no store is opened by ftp://\n  remedy: name a folder, or s3://"),
        ("s3://", "names no bucket"),
        ("gs:///x", "write gs://BUCKET/PREFIX"),
    ],
)
def test_what_cannot_be_opened_is_said(installed: None, given: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        opened(given)


@pytest.mark.parametrize(("scheme", "extra"), [("s3", "s3"), ("gs", "gcs"), ("az", "azure")])
def test_the_extra_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch, scheme: str, extra: str) -> None:
    monkeypatch.setattr(address, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=rf"pip install 'stepstone\[{extra}\]'"):
        opened(f"{scheme}://stones/lab")


def test_two_buckets_have_two_working_copies_below_one_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STEPSTONE_CACHE", str(tmp_path))
    one, two = working_copy("s3://stones/lab"), working_copy("s3://stones-lab")
    assert one != two and one.parent == two.parent == tmp_path


def test_opening_asks_nothing(installed: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STEPSTONE_CACHE", str(tmp_path))
    store = opened("s3://stones/lab")
    assert store.address == "s3://stones/lab" and store.root.parent == tmp_path and not store.root.exists()


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("404 Not Found: <Code>NoSuchBucket</Code>", "the bucket is not there"),
        ("404: ContainerNotFound", "the bucket is not there"),
        ("403 Forbidden: <Code>InvalidAccessKeyId</Code>", "the credentials are refused.*AWS_ACCESS_KEY_ID"),
        ("403 Forbidden: <Code>AccessDenied</Code>", "may not do this here"),
        ("403 Forbidden", "may not do this here"),
        ("error sending request for url (http://169.254.169.254/latest/api/token)", "no credentials were found"),
        ("507 Insufficient Storage", "the quota is used up"),
        ("403 <Code>QuotaExceeded</Code>", "the quota is used up"),
        ("tcp connect error: Connection refused\n\nDebug source: x", "does not answer as it should .*refused[)]"),
    ],
)
def test_what_a_service_answers_is_one_message_with_a_remedy(said: str, message: str) -> None:
    with pytest.raises(UserError, match=rf"(?s)s3://stones: .*{message}") as error:
        raise refused(said, "s3://stones")
    assert "remedy" in str(error.value) and "Debug" not in str(error.value)


def test_a_url_is_not_taken_for_a_folder() -> None:
    with pytest.raises(UserError, match="s3://stones: is a URL, not a folder"):
        Store("s3://stones")
