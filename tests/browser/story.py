# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A fleet on a bad day, for the tests and for the picture in the README.

Only the state of AWS is made up here. The info modules read it, and the findings are theirs.
"""

from __future__ import annotations

import functools
from datetime import datetime, timedelta, timezone

from ansible_collections.central_logging.aws.plugins.module_utils._delivery.report import DeliveryInfo
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence import rollup
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence.inputs import InventoryAccount
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence.model import Evidence

from tests.fakes import fake_digest_bucket, fake_log_archive, fake_trails, support
from tests.fakes.fake_digests import FakeDelivery, FakeObject, packed
from tests.fakes.fake_evidence import ARCHIVE, FOUR, MEMBERS, FakeResults, RawResult, context, parsed
from tests.fakes.fake_log_bucket import AES256, CENTRAL, NOW, FakeLogBucket
from tests.fakes.support import BUCKET, KEY, READER, REGION

PRODUCTION, STAGING, DEVELOPMENT = MEMBERS
BACKUP = f"arn:aws:iam::{PRODUCTION.id}:role/Backup"
RANGE_START = datetime(2026, 11, 24, 14, 0, tzinfo=timezone.utc)
HOURS = 24
_OF_THE_TRAIL = ("logging_since", "delivering_since", "change", "logging", "log_file_validation")  # not set
STARTED, STOPPED = RANGE_START - timedelta(days=54), RANGE_START + timedelta(hours=15, minutes=12)


@functools.cache
def bad_day() -> Evidence:
    """The evidence of four faults in member accounts and one in the key policy.

    In production two digests were deleted and a log file was changed. In staging the trail was stopped. The trail of
    development no longer encrypts. A role of production was allowed to decrypt.
    """
    objects = _delivered()
    encryption = dict.fromkeys(objects, CENTRAL)
    encryption[_logs(objects, DEVELOPMENT)[-1]] = AES256
    results = FakeResults(
        trails={account.host: _trails(account) for account in FOUR},
        delivery=_delivery(encryption),
        integrity=_integrity(objects),
        access=_access(),
    )
    return rollup.report(context(made=NOW), parsed(results))


def _delivered() -> dict[str, FakeObject]:
    """The objects of the bucket by key."""
    objects: dict[str, FakeObject] = {}
    for account in FOUR:
        name = {"trail": account.trail, "home_region": REGION}
        trail = FakeDelivery(objects=objects, account=account.id, region=REGION, at=RANGE_START, **name)
        trail.hours(15 if account is STAGING else HOURS, logs=12)
        if account is PRODUCTION:
            for digest in trail.digests[13:15]:
                del objects[digest]
            objects[trail.logs[18 * 12 + 4]] = FakeObject(packed(b'{"Records": []}'))
    return objects


def _logs(objects: dict[str, FakeObject], account: InventoryAccount) -> list[str]:
    return sorted(key for key in objects if f"/{account.id}/CloudTrail/" in key)


def _trails(account: InventoryAccount) -> RawResult:
    """What cloudtrail_central_info returns for an account."""
    trail = fake_trails.described(account.trail, account.id)
    status = fake_trails.status(StartLoggingTime=STARTED, LatestDeliveryTime=NOW, LatestDigestDeliveryTime=NOW)
    if account is STAGING:
        status |= {"IsLogging": False, "StopLoggingTime": STOPPED}
    if account is DEVELOPMENT:
        del trail["KmsKeyId"]
    selectors = {trail["TrailARN"]: fake_trails.EVERYTHING}
    gateway = fake_trails.FakeAccount([trail], statuses={trail["TrailARN"]: status}, selectors=selectors)
    gateway.account = account.id
    gateway.replies["cloudtrail", "list_tags"] = {"ResourceTagList": []}
    return fake_trails.report(gateway, trail_name=account.trail, bucket=BUCKET, kms_key=KEY)


def _delivery(encryption: dict[str, dict[str, str]]) -> RawResult:
    """What cloudtrail_delivery_info returns."""
    accounts = [
        {"id": account.id, "trail_name": account.trail, "region": REGION} | dict.fromkeys(_OF_THE_TRAIL)
        for account in FOUR
    ]
    query = DeliveryInfo(support.delivery_options(accounts=accounts, kms_key=KEY), REGION)
    return query.read(FakeLogBucket(encryption), lambda _progress: None)  # type: ignore[arg-type]


def _integrity(objects: dict[str, FakeObject]) -> RawResult:
    """What cloudtrail_integrity_info returns."""
    gateway = fake_digest_bucket.FakeDigestBucket(objects)
    start, end = (f"{RANGE_START + timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}" for hours in (0, HOURS))
    return fake_digest_bucket.run(gateway, NOW, start_time=start, end_time=end, bucket=BUCKET)


def _access() -> RawResult:
    """What log_archive_access_info returns."""
    accounts = [support.account(account.id, account.trail, REGION) for account in FOUR]
    glass = [fake_log_archive.BREAK_GLASS]
    backup = {**fake_log_archive.allow("kms:Decrypt", {"AWS": BACKUP}), "Sid": "NightlyBackup"}
    archive = fake_log_archive.FakeLogArchive(
        bucket=fake_log_archive.our_bucket_statements(
            accounts=accounts, deny_delete=True, break_glass_principals=glass, deny_insecure_transport=True
        ),
        key=[*fake_log_archive.our_key_statements(accounts=accounts), backup],
    )
    assert archive.account == ARCHIVE.id
    return fake_log_archive.report(archive, decrypt_principals=[READER], readers=[READER], break_glass_principals=glass)
