# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The bad day of the browser tests and of the README's picture, without a browser."""

from __future__ import annotations

from tests.browser.story import DEVELOPMENT, PRODUCTION, STAGING, bad_day

SHARED_BY_ALL = ""  # findings about the archive have no account


def test_the_bad_day_fails_the_checks_of_its_faults() -> None:
    failed = {
        (finding.account, finding.check, finding.kind) for finding in bad_day().findings if finding.status == "failed"
    }
    assert failed == {
        (PRODUCTION.id, "integrity", "missing"),
        (PRODUCTION.id, "integrity", "tampered"),
        (STAGING.id, "trail", "not_logging"),
        (STAGING.id, "delivery", "stale_digest"),
        (STAGING.id, "integrity", "missing"),
        (DEVELOPMENT.id, "trail", "not_encrypted"),
        (DEVELOPMENT.id, "encryption", "wrong_encryption"),
        (SHARED_BY_ALL, "separation", "overlap"),
        (SHARED_BY_ALL, "separation", "unexpected_decrypter"),
    }
