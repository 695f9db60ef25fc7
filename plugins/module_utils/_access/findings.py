# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What is wrong with who can do what, compared with who should. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from .._core.finding import FAILED, INFO, Finding
from .._policy import describe
from .._policy.statement import ACCOUNT, ANYONE, DELETED, ROOT_USER, SERVICE, TRAILS, Clause, Who
from .._policy.wildcards import like
from .effective_access import Entry, Overlap
from .evaluate import DELETE_KEY, DELETE_LOGS, Place
from .hardening import ArchiveState

_TAKE_OUT = "Take {} out of the statement, or the statement out of the policy, if nobody can say what it is for."
_LIST = "Add it to {}, if that is meant."


@dataclass(frozen=True)
class Access:
    """Who can do what."""

    encrypt: Sequence[Entry]
    decrypt: Sequence[Entry]
    read: Sequence[Entry]
    write: Sequence[Entry]
    delete: Sequence[Entry]
    overlap: Sequence[Overlap]


@dataclass(frozen=True)
class Expected:
    """Who should, as ARNs; C(None) where nobody has said."""

    decrypters: tuple[str, ...] | None = None
    readers: tuple[str, ...] | None = None
    break_glass: tuple[str, ...] | None = None  # patterns


def separation(access: Access, expected: Expected, about: Finding, place: Place) -> Iterator[Finding]:
    """Findings of check C(separation): those who write the logs do not read them, and nobody else does."""
    for what, entries in (("use the key", access.encrypt), ("write to the bucket", access.write)):
        for entry in entries:
            if entry.who == Who(TRAILS, "*") and entry.certain:
                yield replace(
                    about,
                    kind="confused_deputy",
                    resource=_where(entry),
                    message=f"By {_by(entry)} CloudTrail may {what} for trails of any AWS account, so that strangers"
                    f" can deliver here.",
                    remediation="Limit the statement by aws:SourceArn, aws:SourceAccount or aws:SourceOrgID.",
                )
    for one in access.overlap:
        certainty = "" if one.certain else ", if the conditions allow it,"
        yield replace(
            about,
            kind="overlap",
            resource=_where(one.decrypter),
            message=f"{_subject(one.decrypter)} can{certainty} decrypt by {_by(one.decrypter)}, and"
            f" {_of(one.account)} encrypts by {describe.listed(one.encrypt_by)}: who writes the logs can read them.",
            remediation="Let a principal of the log-archive account, or of one without a trail to this key, decrypt.",
        )
    yield from _judged(
        access.decrypt, expected.decrypters, ("decrypt", "decrypter", "decrypt_principals"), about, place
    )
    yield from _judged(access.read, expected.readers, ("read", "reader", "readers"), about, place)
    yield from _writers(access.write, about, place)


def _writers(entries: Sequence[Entry], about: Finding, place: Place) -> Iterator[Finding]:
    """Who but CloudTrail puts objects where logs are expected; in the account itself IAM always may allow it."""
    for entry in entries:
        if entry.who.kind not in (TRAILS, DELETED) and entry.who != Who(ACCOUNT, place.account):
            status = INFO if entry.who.account == place.account else FAILED
            message = f"{_subject(entry)} can write objects by {_by(entry)}{_if(entry)}: they may look like logs."
            remediation = _TAKE_OUT.format(describe.who(entry.who))
            yield replace(
                about, kind="writer", resource=_where(entry), status=status, message=message, remediation=remediation
            )


def useless(clauses: Iterable[Clause], about: Finding) -> Iterator[Finding]:
    """Statements that never let CloudTrail in: its service principal is a member of no organization.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html (aws:PrincipalOrgID)
    """
    for clause in clauses:
        for_cloudtrail = any(one.kind == SERVICE and one.name.startswith("cloudtrail.") for one in clause.who)
        keys = {one.about for one in clause.conditions if not one.test.endswith("ifexists")}
        if clause.allows and for_cloudtrail and "aws:principalorgid" in keys:
            message = (
                f"Statement {clause.name} never lets CloudTrail in: requests of a service have no aws:PrincipalOrgID."
            )
            remediation = "Use aws:SourceOrgID, or aws:SourceArn."
            yield replace(
                about, kind="useless", resource=clause.name, status=INFO, message=message, remediation=remediation
            )


def _judged(
    entries: Sequence[Entry],
    expected: tuple[str, ...] | None,
    names: tuple[str, str, str],
    about: Finding,
    place: Place,
) -> Iterator[Finding]:
    """What those do who may decrypt, or read, whether they should, and whether those who should can."""
    verb, noun, option = names
    for entry in entries:
        kind, status, remediation = _verdict(entry, expected, noun, option, place)
        if kind:
            message = f"{_subject(entry)} can {verb} by {_by(entry)} ({describe.listed(entry.actions)}){_if(entry)}."
            yield replace(
                about, kind=kind, resource=_where(entry), status=status, message=message, remediation=remediation
            )
    able = [entry for entry in entries if not entry.indirect]
    delegated = any(entry.who == Who(ACCOUNT, place.account) for entry in able)
    for arn in expected or ():
        if not any(_is(entry, arn) for entry in able):
            yield replace(
                about,
                kind=f"cannot_{verb}",
                resource=arn,
                status=INFO if delegated else FAILED,
                message=f"{arn} is expected to {verb}, and no statement that was read lets it"
                + (" but for IAM policies in the account." if delegated else "."),
                remediation="Run archive.yml, so that the policies name it.",
            )


def _verdict(
    entry: Entry, expected: tuple[str, ...] | None, noun: str, option: str, place: Place
) -> tuple[str, str, str]:
    """Kind, status and mend for one who may decrypt or read; no kind for those who should."""
    who = entry.who
    take_out = _TAKE_OUT.format(describe.who(who))
    if who.kind == ANYONE:
        return "public", FAILED, take_out
    if who.kind == TRAILS and noun == "decrypter":
        return "bucket_key", INFO, "CloudTrail needs this with an S3 Bucket Key only; without one, take it out."
    if who.kind == DELETED:
        return f"deleted_{noun}", INFO, take_out
    if who == Who(ACCOUNT, place.account) and not entry.certain:
        return "delegated", INFO, "Review the IAM policies of the account: they decide who."
    if entry.indirect:
        return f"indirect_{noun}", INFO, "Whoever can do this can give itself access. Keep it to administrators."
    if expected is None or any(_is(entry, arn) for arn in expected):
        return "", INFO, ""
    return f"unexpected_{noun}", FAILED, f"{take_out} {_LIST.format(option)}"


def deletion(access: Access, expected: Expected, about: Finding, place: Place) -> Iterator[Finding]:
    """Findings of check C(deletion): nobody deletes, but for the break-glass principals."""
    for entry in access.delete:
        kind, status, remediation = _deleting(entry, expected, place)
        if kind:
            message = (
                f"{_subject(entry)} can delete logs or shorten how long they are kept by {_by(entry)}"
                f" ({describe.listed(entry.actions)}){_if(entry)}."
            )
            yield replace(
                about, kind=kind, resource=_where(entry), status=status, message=message, remediation=remediation
            )


def _deleting(entry: Entry, expected: Expected, place: Place) -> tuple[str, str, str]:
    who = entry.who
    deny = "Let s3_log_bucket_policy deny deletion (deny_delete), with break_glass_principals for those who may."
    on_logs = bool(set(entry.actions) & set(DELETE_LOGS.actions))
    if who.kind == ANYONE:
        return "public", FAILED, _TAKE_OUT.format(describe.who(who))
    if who.kind == ROOT_USER or who.kind == DELETED:
        return "", INFO, ""
    if any(_is(entry, pattern) for pattern in expected.break_glass or ()):
        return "", INFO, ""
    if who.account != place.account and who.kind != SERVICE:
        return "unexpected_deleter", FAILED, _TAKE_OUT.format(describe.who(who))
    if on_logs and not entry.indirect:
        status = INFO if expected.break_glass is None else FAILED
        return ("not_denied" if who.kind == ACCOUNT else "unexpected_deleter"), status, deny
    if set(entry.actions) & {*DELETE_KEY.actions, *DELETE_KEY.indirect} and not entry.indirect:
        return (
            "key_administrator",
            INFO,
            "Without the key the logs cannot be read. Keep this to few, and have it alarmed.",
        )
    return (
        "indirect_deleter",
        INFO,
        "Whoever can do this can lift the denial first. Keep it to few, and have it alarmed.",
    )


def settings(state: ArchiveState, about: Finding, key_arn: str) -> Iterator[Finding]:
    """Findings of check C(hardening) that no control tells."""
    base = replace(about, check="hardening")
    if state.key_state not in ("Enabled", "PendingDeletion"):
        message = f"Key {key_arn} is {state.key_state}: CloudTrail cannot deliver, and nobody can decrypt."
        yield replace(base, kind="key_state", resource=key_arn, message=message, remediation="Enable the key.")
    key = str(state.encryption["key"])
    if key.startswith("arn:") and key != key_arn and ":key/" in key:
        message = f"The bucket encrypts by default with {key}, not with {key_arn}."
        remediation = "Set the default encryption to the central key."
        yield replace(base, kind="other_key", resource=key, status=INFO, message=message, remediation=remediation)
    for sentence in state.expirations:
        yield replace(
            base,
            kind="expires",
            resource=sentence.split(" deletes ")[0],
            status=INFO,
            message=f"Lifecycle {sentence}.",
            remediation="Check that this is as long as the logs have to be kept.",
        )


def unreadable(sentences: Iterable[tuple[str, str]], about: Finding) -> Iterator[Finding]:
    """A policy that cannot be read as one proves nothing."""
    for where, sentence in sentences:
        remediation = "Read the policy with the AWS CLI, mend it, and run again."
        yield replace(about, kind="unreadable", resource=where, message=sentence, remediation=remediation)


def _is(entry: Entry, pattern: str) -> bool:
    """Whether an ARN, a pattern of ARNs, or an account's root names the principal."""
    return entry.who.is_same(pattern) or (entry.who.kind != ACCOUNT and like(entry.who.name, pattern))


def _subject(entry: Entry) -> str:
    everybody = entry.who.kind == ACCOUNT and entry.certain
    words = f"every principal of account {entry.who.name}" if everybody else describe.who(entry.who)
    return words[0].upper() + words[1:]


def _of(account: str) -> str:
    return {"*": "any account"}.get(account, f"account {account}" if account.isdigit() else account)


def _by(entry: Entry) -> str:
    names = [name if name.startswith("grant ") or name in ("IAM", "S3") else f"statement {name}" for name in entry.by]
    return describe.listed(names)


def _if(entry: Entry) -> str:
    return f", under these conditions: {'; '.join(entry.conditions)}" if entry.conditions else ""


def _where(entry: Entry) -> str:
    return entry.who.name
