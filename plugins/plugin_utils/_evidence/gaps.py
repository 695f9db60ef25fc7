# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The findings of all info modules, and findings about what the modules did not read. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from ansible_collections.central_logging.aws.plugins.module_utils._core import timestamps
from ansible_collections.central_logging.aws.plugins.module_utils._core.finding import (
    FAILED,
    INFO,
    NO_ACTION_BEFORE,
    NOT_CHECKED,
    WAITING,
    Finding,
)
from ansible_collections.central_logging.aws.plugins.module_utils._digests.problems import (
    CONTINUES_ELSEWHERE,
    EMPTY,
    NOT_COVERED,
    WAITING_FOR_DIGEST,
)

from . import encryption_gaps, inventory_gaps
from .cause_rules import CAUSES
from .coverage import hours, is_complete
from .inputs import (
    ACCESS_SOURCE,
    DELIVERY_SOURCE,
    INTEGRITY_SOURCE,
    TRAILS_SOURCE,
    InventoryAccount,
    RunContext,
    Source,
)
from .results import (
    AccessResult,
    IntegrityResult,
    ModuleFailure,
    ModuleResults,
    RegionalResult,
    RegionCoverage,
    TrailsResult,
)


@dataclass(frozen=True, kw_only=True)
class _KnownFailure:
    """Why a module failed, by a part of its message, and what to do."""

    text: re.Pattern[str]
    remediation: str
    cause: str = ""


# S3 does not name the missing permission if another account than the expected one owns the bucket:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html and
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html
# NotFoundException is of AWS KMS: https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html
_FAILURES = (
    _KnownFailure(
        text=re.compile(r"\bNoSuchBucket\b"),
        remediation=f"If the name is wrong, correct central_logging_bucket. {CAUSES['bucket_missing'].remediation}",
        cause="bucket_missing",
    ),
    _KnownFailure(
        text=re.compile(r"\bAccessDenied: Access Denied\b"),
        remediation=CAUSES["bucket_closed"].remediation,
        cause="bucket_closed",
    ),
    _KnownFailure(
        text=re.compile(r"\bNotFoundException\b"),
        remediation="Run archive.yml, or correct central_logging_key_alias or central_logging_kms_key_arn.",
    ),
    _KnownFailure(
        text=re.compile(r"\bExpiredToken(?:Exception)?\b"),
        remediation="Get new credentials, with a longer session if the run takes longer than the old one. Then run the"
        " verification again.",
    ),
    _KnownFailure(  # any other
        text=re.compile(""), remediation="Fix the cause of this error, then run the verification again."
    ),
)
UNREAD, _PARTLY_COVERED = "unread", "partly_covered"  # kinds of findings
# Of the periods of a timeline, only these have no finding of their own. Waiting for the next digest takes no hours.
_BEFORE_THE_FIRST_DIGEST = (NOT_COVERED, CONTINUES_ELSEWHERE)
_REASONS = ((WAITING, EMPTY), (WAITING, WAITING_FOR_DIGEST), (INFO, CONTINUES_ELSEWHERE))


def all_findings(context: RunContext, results: ModuleResults) -> list[Finding]:
    """The findings about this run's accounts and the archive, sorted, each once."""
    findings = [
        *inventory_gaps.about_accounts(context),
        *_of_trails(context, results),
        *_of_source(DELIVERY_SOURCE, results.delivery, context, results),
        *_of_source(INTEGRITY_SOURCE, results.integrity, context, results),
        *_partly_covered(context, results),
        *_of_access(results.access),
        *encryption_gaps.findings(context, results),
    ]
    return sorted({finding for finding in findings if not _is_recommendation(finding)})


def _is_recommendation(finding: Finding) -> bool:
    """Whether the finding only repeats a control. The list of controls has it once for all accounts."""
    return finding.kind == "control" and finding.status == INFO


def _of_trails(context: RunContext, results: ModuleResults) -> Iterator[Finding]:
    for account in context.accounts:
        result = results.trails.get(account.host)
        if result is None:
            yield _not_run(account)
        elif isinstance(result, ModuleFailure):
            yield _unread(TRAILS_SOURCE, result, account.id)
        else:
            yield from result.findings


def _of_source(
    source: Source,
    result: RegionalResult | ModuleFailure | None,
    context: RunContext,
    results: ModuleResults,
) -> Iterator[Finding]:
    """The findings of one source, without those about accounts of the inventory that are not in this run."""
    if isinstance(result, ModuleFailure):
        yield _unread(source, result)
    elif result is not None:
        deadlines = _deadlines(context, results)
        excluded = set(context.inventory) - {account.id for account in context.accounts}
        for finding in result.findings:
            if finding.account not in excluded:
                waits = finding.kind == EMPTY and finding.account in deadlines
                yield _waiting(finding, deadlines[finding.account]) if waits else finding
        for finding in _without_data(source, result, context):
            yield _waiting(finding, deadlines[finding.account]) if finding.account in deadlines else finding


def _of_access(result: AccessResult | ModuleFailure | None) -> Iterator[Finding]:
    """The findings about key and bucket. They have no account, because all accounts share both."""
    if isinstance(result, ModuleFailure):
        yield _unread(ACCESS_SOURCE, result)
    elif result is not None:
        yield from (replace(finding, account="", region="") for finding in result.findings)


def _without_data(source: Source, result: RegionalResult, context: RunContext) -> Iterator[Finding]:
    """A finding for each account of which nothing was read and no failure is reported. Else it would pass unseen."""
    reported = {finding.account for finding in result.findings if finding.status != INFO}
    mentioned = {entry.account for entry in result.covered} | reported
    gap = (
        "no digest in the time range, so its logs are not verified"
        if source is INTEGRITY_SOURCE
        else "no log file and no digest in the bucket, so its delivery is not verified"
    )
    for account in context.accounts:
        if account.id not in mentioned:
            yield Finding(
                account=account.id,
                region="",
                check=source.checks[0],
                kind=EMPTY,
                resource="",
                status=FAILED,
                message=f"Account {account.id} ({account.host}) has {gap}.",
                remediation="Check whether the trail logs, whether log file validation is enabled, and whether the"
                " trail has a delivery error.",
            )


def _partly_covered(context: RunContext, results: ModuleResults) -> Iterator[Finding]:
    """A finding for each account and Region whose digests leave out hours that nothing explains."""
    integrity = results.integrity
    if not isinstance(integrity, IntegrityResult) or not integrity.regions:
        return
    explained = {(finding.account, finding.region) for finding in integrity.findings if _is_reason(finding)}
    explained |= {
        (chain.account, chain.region)
        for chain in integrity.chains
        if any(period.status in _BEFORE_THE_FIRST_DIGEST for period in chain.timeline)
    }
    deadlines = _deadlines(context, results)
    hosts = {account.id: account.host for account in context.accounts}
    for region in integrity.regions:
        is_explained = explained & {(region.account, region.region), (region.account, "")}
        if region.account in hosts and not is_explained and not is_complete(region, integrity.end):
            finding = _short(region, hosts[region.account])
            yield _waiting(finding, deadlines[region.account]) if region.account in deadlines else finding


def _is_reason(finding: Finding) -> bool:
    """Whether the finding can be why digests leave out hours.

    The end of another trail, folders that are not expected, or the encryption are not the reason.
    """
    if finding.check != INTEGRITY_SOURCE.checks[0]:
        return False
    return finding.status in (FAILED, NOT_CHECKED) or (finding.status, finding.kind) in _REASONS


def _short(region: RegionCoverage, host: str) -> Finding:
    covered, whole = hours(region.covered_seconds), hours(region.range_seconds)
    return Finding(
        account=region.account,
        region=region.region,
        check=INTEGRITY_SOURCE.checks[0],
        kind=_PARTLY_COVERED,
        resource="",
        status=FAILED,
        message=f"Verified digests of account {region.account} ({host}) in {region.region} cover {covered} of {whole}"
        f" hours, and no other finding gives the reason.",
        remediation="Find out whether the trail was logging in the other hours, and whether digests were deleted.",
    )


def _deadlines(context: RunContext, results: ModuleResults) -> dict[str, datetime]:
    """The end of the wait for the first delivery, by account. Accounts that have nothing to wait for are left out."""
    deadlines: dict[str, datetime] = {}
    for account in context.accounts:
        result = results.trails.get(account.host)
        since = result.logging_since if isinstance(result, TrailsResult) else None
        if since is not None and context.made < since + context.first_delivery_timeout:
            deadlines[account.id] = since + context.first_delivery_timeout
    return deadlines


def _waiting(finding: Finding, deadline: datetime) -> Finding:
    """The failure as a finding that needs no remediation until the deadline."""
    return replace(finding, status=WAITING, remediation=f"{NO_ACTION_BEFORE} {timestamps.text(deadline)}.")


def _not_run(account: InventoryAccount) -> Finding:
    message = f"Account {account.id} ({account.host}) was not checked because its host failed earlier in this run."
    return _missing_result(TRAILS_SOURCE, account.id, message, "Fix that failure, then run the verification again.")


def _unread(source: Source, failure: ModuleFailure, account: str = "") -> Finding:
    known = next(known for known in _FAILURES if known.text.search(failure.message))
    message = f"{source.module} failed: {failure.message}."
    return _missing_result(source, account, message, known.remediation, known.cause)


def _missing_result(source: Source, account: str, message: str, remediation: str, cause: str = "") -> Finding:
    return Finding(
        account=account,
        region="",
        check=source.checks[0],
        kind=UNREAD,
        resource="",
        status=FAILED,
        message=message,
        remediation=remediation,
        cause=cause,
    )
