"""What an object store refuses, in words, with what helps: read off the answers of S3, Google's and Azure's."""

from __future__ import annotations

from stepstone.core.errors import UserError

_CREDENTIALS = {
    "s3": "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN), as "
    "`aws configure export-credentials --format env` prints them",
    "gs": "set GOOGLE_APPLICATION_CREDENTIALS to a key file, or run `gcloud auth application-default login`",
    "az": "set AZURE_STORAGE_ACCOUNT_NAME, and AZURE_STORAGE_ACCOUNT_KEY or another of Azure's credentials",
}
_AGAIN = "see that the network and the address are right; the same command continues"
# Words of an answer, the first that is found decides; what it means; what helps, or "" for the credentials.
_REFUSALS = (
    (
        ("NoSuchBucket", "ContainerNotFound", "ContainerBeingDeleted", "The specified bucket does not exist"),
        "the bucket is not there",
        "make it with the service's own tools, or name another",
    ),
    (
        (
            "QuotaExceeded",
            "507 Insufficient",
            "StorageQuota",
            "EntityTooLarge",
            "AccountIsDisabled",
            "rateLimitExceeded",
        ),
        "the quota is used up",
        "free space (`stepstone prune`) or have the quota raised; the same command continues",
    ),
    (
        ("169.254.169.254", "metadata.google", "No credentials", "MissingCredentials", "Missing credential"),
        "no credentials were found",
        "",
    ),
    (
        ("InvalidAccessKeyId", "SignatureDoesNotMatch", "401 ", "AuthenticationFailed", "ExpiredToken", "InvalidToken"),
        "the credentials are refused",
        "",
    ),
    (
        ("403 ", "AccessDenied", "AuthorizationFailure", "AuthorizationPermissionMismatch"),
        "these credentials may not do this here",
        "have them allowed to list, read, write and delete, or name another bucket",
    ),
    (
        ("Missing account", "account name", "Account must be specified"),
        "no account is named",
        "",
    ),
)


def refused(said: str, url: str) -> UserError:
    """The error for what a store or its client said about a URL."""
    for words, message, remedy in _REFUSALS:
        if any(word in said for word in words):
            return UserError(message, where=url, remedy=remedy or _CREDENTIALS[url.partition(":")[0]])
    line = next(iter(said.strip().splitlines()), "")
    return UserError(f"the object store does not answer as it should ({line[:300]})", where=url, remedy=_AGAIN)
