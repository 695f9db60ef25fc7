# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A fleet on a bad day, for the tests and for the picture in the README."""

from __future__ import annotations

from typing import Any

from tests.fakes import fake_evidence as evidence
from tests.fakes.fake_evidence import ARCHIVE, FOUR, KEY, MEMBERS, READER, finding, hours, principal

PRODUCTION, STAGING, DEVELOPMENT = MEMBERS
BACKUP = f"arn:aws:iam::{PRODUCTION.id}:role/Backup"
REGION = "us-east-1"
LOGS = f"AWSLogs/{DEVELOPMENT.id}/CloudTrail/{REGION}/2026/11/25/{DEVELOPMENT.id}_CloudTrail_{REGION}"
STOP = "2026-11-25T05:12:09Z"
DIGESTS = f"AWSLogs/{PRODUCTION.id}/CloudTrail-Digest/{REGION}/2026/11/25/{PRODUCTION.id}_CloudTrail-Digest_{REGION}"


def bad_day() -> dict[str, Any]:
    """A trail was stopped, a log file changed, digests deleted, a key forgotten, and somebody let in to decrypt."""
    stopped = finding(
        STAGING.id,
        "trail",
        "not_logging",
        resource=f"arn:aws:cloudtrail:{REGION}:{STAGING.id}:trail/{STAGING.trail}",
        message=f"Trail {STAGING.trail} is not logging since {STOP}, so it records no events.",
        remediation="Start logging. Search the logs of other trails for the principal that called StopLogging.",
        since=STOP,
    )
    silent = finding(
        STAGING.id,
        "delivery",
        "stale_digest",
        region=REGION,
        message=f"The newest digest of account {STAGING.id} in {REGION} is 9 h 8 min old, more than 3 h.",
        remediation="Look at the status of its trail (LatestDeliveryError of GetTrailStatus), and at the two policies.",
        since="2026-11-25T05:12:00Z",
    )
    plain = finding(
        DEVELOPMENT.id,
        "encryption",
        "wrong_encryption",
        region=REGION,
        resource=f"{LOGS}_20261125T1415Z_qKNjyK4AfpNF6wvd.json.gz",
        message=f"The newest log file of account {DEVELOPMENT.id} in {REGION} is encrypted with AES256, and not with"
        f" key {KEY}.",
        remediation="Admit the account with kms_key_grant_accounts, and give its trail the key with kms_key of"
        " cloudtrail_central.",
        since="2026-11-25T14:15:00Z",
    )
    missing = finding(
        PRODUCTION.id,
        "integrity",
        "missing",
        region=REGION,
        resource=f"{DIGESTS}_{PRODUCTION.trail}_{REGION}_20261125T030000Z.json.gz",
        message="No digest covers the time from 2026-11-25T03:00:00Z to 2026-11-25T05:00:00Z (2:00:00).",
        remediation="Look for a delete marker or an older version of the object, and for DeleteObject in the"
        " remaining logs.",
        since="2026-11-25T03:00:00Z",
    )
    tampered = finding(
        PRODUCTION.id,
        "integrity",
        "tampered",
        region=REGION,
        resource=f"{LOGS}_20261125T0820Z_oW3XJm5N1lUPvZ1c.json.gz".replace(DEVELOPMENT.id, PRODUCTION.id),
        message="The log file does not have the hash that its digest names.",
        remediation="Keep the bucket as it is, find out from its data events who wrote to it, and get the file back"
        " from an older version of the object.",
        since="2026-11-25T08:00:00Z",
    )
    ended = finding(
        STAGING.id,
        "integrity",
        "missing",
        region=REGION,
        resource=f"{DIGESTS}_{STAGING.trail}_{REGION}_20261125T050000Z.json.gz".replace(PRODUCTION.id, STAGING.id),
        message=f"After this one there is no digest of trail {STAGING.trail}: logging or log file validation was"
        " stopped, or the digests were deleted, and none covers the time from 2026-11-25T05:00:00Z"
        " to 2026-11-25T14:00:00Z.",
        remediation=missing.remediation,
        since="2026-11-25T05:00:00Z",
    )
    overlap = finding(
        ARCHIVE.id,
        "separation",
        "overlap",
        resource=BACKUP,
        message=f"Role {BACKUP} can decrypt by statement NightlyBackup, and account {PRODUCTION.id} encrypts by"
        f" statement CentralLoggingEncrypt: whoever writes the logs can read them.",
        remediation="Let a principal of the log-archive account, or of one without a trail to this key, decrypt.",
    )
    broken = {
        PRODUCTION.id: hours(*["valid"] * 13, "missing", "missing", *["valid"] * 3, "tampered", *["valid"] * 5),
        STAGING.id: hours(*["valid"] * 15, *["missing"] * 9),
    }
    trails = {account.host: evidence.trails_of(account, [stopped] if account is STAGING else []) for account in FOUR}
    both = {"account": PRODUCTION.id, "principal": BACKUP, "kind": "role", "certain": True}
    return evidence.report(
        trails=trails,
        delivery=evidence.delivery(FOUR, [silent, plain]),
        integrity=evidence.integrity(FOUR, [missing, ended, tampered], broken),
        access=evidence.access(
            FOUR,
            [overlap],
            decrypt=[principal(READER), principal(BACKUP, by="NightlyBackup")],
            overlap=[{**both, "encrypt_by": ["CentralLoggingEncrypt"], "decrypt_by": ["NightlyBackup"]}],
            foreign_statements=[
                {
                    "policy": "key",
                    "sid": "NightlyBackup",
                    "altered": False,
                    "words": f"Allows role {BACKUP} to kms:Decrypt with this key.",
                }
            ],
        ),
    )
