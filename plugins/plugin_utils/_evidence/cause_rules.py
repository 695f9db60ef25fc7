# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Which finding can be the cause of which other findings, as data. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

How CloudTrail behaves if it cannot use the key, and what a stopped trail no longer delivers:
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html and
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html.
What a key that is not enabled refuses: https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from ansible_collections.central_logging.aws.plugins.module_utils._core.finding import Finding

# where a cause has effects
WHOLE_ACCOUNT, SAME_REGION, OTHER_REGIONS, SAME_RESOURCE = "account", "region", "other Regions", "resource"


@dataclass(frozen=True, kw_only=True)
class CauseText:
    """A cause in plain words. C(homes) are the findings that state it, as check/kind, the best one first."""

    title: str
    remediation: str
    homes: tuple[str, ...]


_TRAIL_ERRORS = ("trail/delivery_error", "trail/digest_error")
_ENABLE = "Enable the key in the log-archive account. What CloudTrail could not deliver until then may be lost."
CAUSES: Mapping[str, CauseText] = {
    "key_disabled": CauseText(
        title="The key is disabled", remediation=_ENABLE, homes=("hardening/key_state", *_TRAIL_ERRORS)
    ),
    "key_pending_deletion": CauseText(
        title="The key is scheduled for deletion",
        remediation="Cancel the deletion of the key with kms:CancelKeyDeletion at once, then enable the key. After the"
        " deletion nobody can decrypt the logs.",
        homes=("hardening/key_state", "hardening/control", *_TRAIL_ERRORS),
    ),
    "key_missing": CauseText(
        title="The key does not exist",
        remediation="Configure an existing key in the bucket's Region for the trails: run archive.yml and members.yml.",
        homes=("hardening/key_state", "separation/unread", *_TRAIL_ERRORS),
    ),
    "key_unavailable": CauseText(
        title="The key cannot be used",
        remediation="Find out in AWS KMS why the key is not enabled, and enable it in the log-archive account.",
        homes=("hardening/key_state", *_TRAIL_ERRORS),
    ),
    "key_denied": CauseText(
        title="A role that reads the logs cannot decrypt them",
        remediation="Allow kms:Decrypt with the key of the objects to the role that reads the logs.",
        homes=("separation/cannot_decrypt",),
    ),
    "bucket_denied": CauseText(
        title="A role that reads the logs cannot read the bucket",
        remediation="Allow s3:ListBucket and s3:GetObject on the bucket to the role that reads the logs.",
        homes=("separation/cannot_read",),
    ),
    "archived": CauseText(
        title="Objects are archived, so they cannot be validated",
        remediation="Restore the archived objects. Then validate again.",
        homes=("integrity/unreadable",),
    ),
    "customer_key": CauseText(
        title="Objects are encrypted with a customer-provided key",
        remediation="Leave the bucket unchanged. Find out from its data events or access logs who wrote the objects.",
        homes=("integrity/unreadable",),
    ),
    "bucket_missing": CauseText(
        title="The log bucket does not exist",
        remediation="Create the bucket again in the log-archive account at once: run archive.yml. Anyone who registers"
        " the name of the bucket first receives the logs.",
        homes=("separation/unread", "delivery/unread", *_TRAIL_ERRORS),
    ),
    "bucket_closed": CauseText(
        title="S3 denies access to the log bucket",
        remediation="Check that the log-archive account owns the bucket. Anyone who registers the name of a deleted"
        " bucket receives the logs: then create a bucket of another name for the trails at once. If the account owns"
        " the bucket, give the role of the log archive the permissions that the messages name.",
        homes=("separation/unread", "delivery/unread", "integrity/unread"),
    ),
    "not_logging": CauseText(
        title="The trail is not logging",
        remediation="Run members.yml, or archive.yml for the log-archive account. Find the caller of StopLogging in the"
        " event history (LookupEvents).",
        homes=("trail/not_logging",),
    ),
    "trail_missing": CauseText(
        title="The expected trail does not exist",
        remediation="Run members.yml, or archive.yml for the log-archive account. If an organization trail is expected,"
        " run organization.yml.",
        homes=("trail/missing",),
    ),
    "location_changed": CauseText(
        title="The earlier digests are in another location",
        remediation="To validate the time before, name the earlier location in original_buckets.",
        homes=("integrity/continues_elsewhere",),
    ),
    "digest_invalid": CauseText(
        title="A digest does not verify, so it proves nothing about its hour",
        remediation="Leave the bucket unchanged. Find out from its data events or access logs who wrote the digest.",
        homes=tuple(f"integrity/{kind}" for kind in ("tampered", "replaced", "malformed", "unverified", "misplaced")),
    ),
    # without homes, because each of the findings has a remediation of its own
    "region_unproven": CauseText(
        title="Nothing in the folder of a Region is verified",
        remediation="Leave the bucket unchanged. Find out from its data events or access logs who wrote to the folder."
        " If the account uses the Region, find out who deleted the digests and log files that are missing.",
        homes=(),
    ),
}
# findings that state a cause even if their module does not name it: check/kind, or check/kind/resource
_CAUSE_OF_KIND = {
    "trail/not_logging": "not_logging",
    "trail/missing": "trail_missing",
    "hardening/control/KMS.3": "key_pending_deletion",
}


@dataclass(frozen=True, kw_only=True)
class Effect:
    """Findings that a cause can have as effects."""

    names: tuple[str, ...]  # check/kind
    lead: timedelta | None = None  # the effect's time may be that much before the cause's; None: times do not matter
    text: re.Pattern[str] | None = None  # must match the message, because the kind alone does not say enough


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Findings that explain others of the same account, or of all accounts if they are about the archive."""

    roots: tuple[str, ...]  # causes, or check/kind
    effects: Sequence[Effect]
    where: str = WHOLE_ACCOUNT


# The time of an effect is that of the newest object. Digests come every hour and log files only if there are events.
_HOURLY, _DAILY = timedelta(hours=2), timedelta(hours=25)
_NO_LOGS = (
    Effect(names=("delivery/silent", "delivery/missing_log"), lead=_HOURLY),
    Effect(names=("delivery/stale_log",), lead=_DAILY),
)
# a hole that has an end can be a deletion, which no later fault explains
_NO_DIGESTS = (
    Effect(names=("delivery/missing_digest", "delivery/stale_digest", "integrity/empty"), lead=_HOURLY),
    Effect(names=("integrity/missing",), lead=_HOURLY, text=re.compile(r"\bfollows\b|[Ss]ince the newest digest")),
)
_NOTHING = (*_NO_LOGS, *_NO_DIGESTS)
_ENCRYPTER = "separation/unexpected_encrypter"
_OFF = Effect(names=("integrity/gap",), lead=_HOURLY)


# The first rule that applies counts, so the causes of causes come first.
RULES: Sequence[Rule] = (
    Rule(
        roots=("key_disabled", "key_pending_deletion", "key_missing", "key_unavailable"),
        effects=(
            Effect(
                names=_TRAIL_ERRORS,
                text=re.compile(r"\bkms|the key (?:is|does|cannot)\b", re.IGNORECASE),
            ),
            Effect(
                names=("encryption/unreadable", "integrity/unreadable"),
                text=re.compile(r"\bKMS\b|\bdisabled\b|\bpending deletion\b|\breturns 40[03]\b", re.IGNORECASE),
            ),
            *_NOTHING,
        ),
    ),
    Rule(roots=("trail_missing", "not_logging"), effects=(*_NOTHING, _OFF)),
    Rule(roots=("trail/other_bucket", "trail/other_prefix"), effects=_NOTHING),
    Rule(
        roots=("trail/delivery_error",),
        effects=(Effect(names=("trail/digest_error",)), *_NOTHING),
    ),
    Rule(roots=("trail/digest_error",), effects=_NO_DIGESTS),
    Rule(
        roots=("trail/no_validation",),
        effects=(*_NO_DIGESTS, _OFF, Effect(names=("integrity/not_covered",))),
    ),
    Rule(roots=("trail/single_region",), effects=_NOTHING, where=OTHER_REGIONS),
    Rule(roots=("trail/not_encrypted",), effects=(Effect(names=("encryption/wrong_encryption",)),)),
    Rule(roots=("trail/other_key",), effects=(Effect(names=("encryption/wrong_key",)),)),
    Rule(
        roots=("key_denied",),
        effects=(
            Effect(names=("integrity/unreadable",), text=re.compile(r"\bKMS\b|AccessDenied")),
            Effect(names=("encryption/not_read",)),
        ),
    ),
    Rule(
        roots=("bucket_denied",),
        effects=(
            Effect(
                names=("integrity/unreadable", "encryption/unreadable"),
                text=re.compile(r"AccessDenied|\breturns 403\b"),
            ),
            Effect(names=("encryption/not_read",)),
        ),
    ),
    Rule(
        roots=("customer_key",),
        effects=(Effect(names=("encryption/unreadable",), text=re.compile(r"\breturns 400\b")),),
    ),
    # what one statement lets a principal do
    Rule(
        roots=("separation/public",),
        effects=(Effect(names=("hardening/control",), text=re.compile(r"^(?:CloudTrail\.6|S3\.[23]|KMS\.5),")),),
    ),
    Rule(
        roots=("deletion/unexpected_deleter",),
        effects=(Effect(names=("hardening/control",), text=re.compile(r"^S3\.6,")),),
    ),
    Rule(
        roots=("deletion/unexpected_deleter",),
        effects=(Effect(names=("separation/indirect_decrypter", "separation/indirect_reader")),),
        where=SAME_RESOURCE,
    ),
    Rule(
        roots=("separation/public",),
        effects=(Effect(names=("separation/overlap",)),),
        where=SAME_RESOURCE,
    ),
    Rule(
        roots=("separation/overlap",),
        effects=(Effect(names=("separation/unexpected_decrypter", "separation/indirect_decrypter", _ENCRYPTER)),),
        where=SAME_RESOURCE,
    ),
    Rule(
        roots=("deletion/unexpected_deleter", "separation/unexpected_decrypter"),
        effects=(Effect(names=(_ENCRYPTER,)),),
        where=SAME_RESOURCE,
    ),
    Rule(
        roots=("separation/unexpected_reader",),
        effects=(Effect(names=("separation/writer", "separation/indirect_reader")),),
        where=SAME_RESOURCE,
    ),
    # the same fact, seen by two modules
    Rule(roots=("integrity/unreadable",), effects=(Effect(names=("encryption/not_read",)),)),
    Rule(
        roots=("delivery/unreadable",),
        effects=(Effect(names=("integrity/unreadable",), text=re.compile(r"\b(?:SlowDown|ServiceUnavailable)\b")),),
    ),
    Rule(
        roots=("integrity/unexpected", "digest_invalid"),
        effects=(Effect(names=("delivery/future", "delivery/other_day")),),
        where=SAME_REGION,
    ),
    Rule(
        roots=("region_unproven",),
        effects=(Effect(names=("delivery/silent", "delivery/missing_log", "delivery/stale_digest")),),
        where=SAME_REGION,
    ),
    Rule(roots=("delivery/silent",), effects=(Effect(names=("integrity/empty",)),), where=SAME_REGION),
    Rule(
        roots=("delivery/missing_digest",),
        effects=(Effect(names=("integrity/empty", "integrity/not_covered", "integrity/waiting")),),
        where=SAME_REGION,
    ),
    Rule(roots=("delivery/stale_digest",), effects=_NO_DIGESTS[1:], where=SAME_REGION),
    # a Region in which delivery finds no digest has lost all of them, if integrity knows that there were some
    Rule(roots=("integrity/missing",), effects=(Effect(names=("delivery/missing_digest",)),), where=SAME_REGION),
)


def name_of(finding: Finding) -> str:
    """Check and kind of a finding as the rules name them, such as trail/missing."""
    return f"{finding.check}/{finding.kind}"


def cause_of(finding: Finding) -> str:
    """The cause that the finding names or states; empty if there is none."""
    name = name_of(finding)
    return finding.cause or _CAUSE_OF_KIND.get(name) or _CAUSE_OF_KIND.get(f"{name}/{finding.resource}", "")
