# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""CloudTrail of our own: its trails, selectors, tags, and the delivery of its log files."""

from __future__ import annotations

from cloudtrail_sandbox.cloudtrail.api import CloudTrail
from cloudtrail_sandbox.cloudtrail.errors import ApiError

__all__ = ["ApiError", "CloudTrail"]
