# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Broken states that only the evidence of an earlier run shows."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence.comparison import FORMAT, VERSION

from tests.states.chains import EUROPE
from tests.states.fleet import BUCKET, PRODUCTION, TRAILS, Fleet
from tests.states.table import broken
from tests.states.wipes import bounce, delete_region


def newest_digests(fleet: Fleet) -> dict[str, str]:
    """The end of the newest digest of the home Region of production, by Region."""
    name = fleet.digests()[-1][-24:-8]
    return {"us-east-1": datetime.strptime(name, "%Y%m%dT%H%M%SZ").strftime("%Y-%m-%dT%H:%M:%SZ")}


def earlier_evidence(verified: Mapping[str, Mapping[str, str | None]], bucket: str = BUCKET) -> str:
    """The path of an earlier evidence with the times of the newest digests by account and Region."""
    accounts = [
        {
            "account": account,
            "host": "",
            "status": "passed",
            "coverage": {
                region: {"covered_seconds": 3600, "newest_verified_digest": end} for region, end in regions.items()
            },
        }
        for account, regions in verified.items()
    ]
    facts = {"Bucket": bucket, "Prefix": "none", "Organization": "none"}
    about = {"made": "2026-11-26T00:00:00Z", "archive": {"id": ""}, "facts": facts}
    content = {"format": FORMAT, "version": VERSION, **about}
    path = Path(tempfile.mkdtemp()) / "evidence.json"
    path.write_text(json.dumps({**content, "accounts": accounts, "findings": []}), encoding="utf-8")
    return str(path)


@broken(
    base="hours_ago",
    production="integrity:missing delivery:silent",
    not_checked={"production": "encryption"},
    problems=2,
)
def everything_was_deleted_and_the_trail_sent_to_the_same_bucket_again(fleet: Fleet) -> dict[str, str]:
    """Such a change gives no reason to wait, if an earlier evidence has digests."""
    fleet.hours(6)
    verified = newest_digests(fleet)
    fleet.update_trail(S3BucketName=BUCKET)
    fleet.purge(*fleet.digests(), *fleet.logs())
    return {"central_logging_previous_evidence": earlier_evidence({PRODUCTION: verified})}


@broken(base="hours_ago", production="integrity:missing", message="earlier evidence")
def the_newest_digests_of_an_earlier_evidence_were_deleted(fleet: Fleet) -> dict[str, str]:
    """The next digest is not due yet, so the chain itself does not show it."""
    fleet.hours(6)
    verified = newest_digests(fleet)
    fleet.purge(fleet.digests()[-1], fleet.logs()[-1])
    return {"central_logging_previous_evidence": earlier_evidence({PRODUCTION: verified})}


@broken(base="hours_ago", production="integrity:missing", message="earlier evidence")
def a_region_of_an_earlier_evidence_was_deleted_and_the_trail_restarted(fleet: Fleet) -> dict[str, str]:
    fleet.hours(6, regions=["us-east-1", EUROPE])
    verified = {EUROPE: newest_digests(fleet)["us-east-1"]}
    bounce(fleet)
    delete_region(fleet)
    return {"central_logging_previous_evidence": earlier_evidence({PRODUCTION: verified})}


@broken(
    base="hours_ago",
    security="integrity:empty",
    production="integrity:empty",
    staging="integrity:empty",
    development="integrity:empty",
    message="were validated before",
)
def r1_all_files_of_a_region_of_all_accounts_were_deleted(fleet: Fleet) -> dict[str, str]:
    fleet.hours(6, regions=["us-east-1", EUROPE])
    for account in TRAILS:
        delete_region(fleet, account)
    return {"central_logging_previous_evidence": earlier_evidence({account: {EUROPE: None} for account in TRAILS})}
