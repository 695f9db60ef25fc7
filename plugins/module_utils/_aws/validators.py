# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The names that AWS would refuse, refused before any call with a sentence that names the option and the mend. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable

from .._core.errors import Refused
from . import arn as _arn

_TRAIL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9]|[._-](?![._-]))*[A-Za-z0-9]")
_BUCKET_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_RESERVED_STARTS = ("xn--", "sthree-", "amzn-s3-demo-")
_RESERVED_ENDS = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
_REGION = re.compile(r"[a-z]{2,5}(-[a-z]+)+-[0-9]{1,2}")
_ORGANIZATION = re.compile(r"o-[a-z0-9]{10,32}")
_PRINCIPALS = {
    "iam": re.compile(r"(root|(user|role)/[\w+=,.@/-]*[\w+=,.@-])"),
    "sts": re.compile(r"assumed-role/[\w+=,.@-]+/[\w+=,.@-]+"),
}
_PRINCIPAL_PATTERNS = {"iam": re.compile(r"(root|(user|role)/[\w+=,.@/*?-]+)")}


def _is_ip_address(text: str) -> bool:
    try:
        ipaddress.IPv4Address(text)
    except ValueError:
        return False
    return True


def account_id(value: str, where: str) -> str:
    """A 12 digit account id, leading zeros kept."""
    if not _arn.ACCOUNT_ID.fullmatch(value):
        raise Refused(
            f"{where}: {value!r} is not an AWS account id, which has exactly 12 digits. Write it in quotes,"
            f' "012345678901": without them YAML takes it for a number and may drop or convert leading zeros.'
        )
    return value


def distinct(values: Iterable[str], where: str) -> None:
    """No value stands twice."""
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise Refused(f"{where}: {value} is listed more than once. Keep one entry for each account.")
        seen.add(value)


def trail_name(value: str, where: str) -> str:
    """https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html (Name)."""
    if not (3 <= len(value) <= 128) or not _TRAIL.fullmatch(value) or _is_ip_address(value):
        raise Refused(
            f"{where}: {value!r} is no trail name. CloudTrail wants 3 to 128 of the characters a-z, A-Z, 0-9, '.', '_'"
            f" and '-', a letter or digit first and last, no two of '.', '_' and '-' together, and no IP address."
        )
    return value


def bucket_name(value: str, where: str) -> str:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html."""
    labels_fit = all(_BUCKET_LABEL.fullmatch(label) for label in value.split("."))
    if not (3 <= len(value) <= 63) or not labels_fit or _is_ip_address(value):
        raise Refused(
            f"{where}: {value!r} is no bucket name. S3 wants 3 to 63 of the characters a-z, 0-9, '-' and '.', a letter"
            f" or digit at the start and end and on both sides of each '.', and no IP address."
        )
    if value.startswith(_RESERVED_STARTS) or value.endswith(_RESERVED_ENDS):
        raise Refused(f"{where}: {value!r} begins or ends in a way that S3 reserves for itself. Choose another name.")
    return value


def key_prefix(value: str, where: str) -> str:
    """The prefix without slashes at its ends.

    C(AWSLogs/) is CloudTrail's own segment and the border between accounts:
    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-set-bucket-policy-for-multiple-accounts.html
    """
    prefix = value.strip("/")
    if "AWSLogs/" in f"{prefix}/":
        raise Refused(
            f"{where}: {value!r} contains AWSLogs/, which CloudTrail itself puts behind the prefix. Leave it out:"
            f" the logs arrive under <prefix>/AWSLogs/<account id>/."
        )
    if len(prefix) > 200:
        raise Refused(f"{where}: the prefix has {len(prefix)} characters, CloudTrail takes 200. Choose a shorter one.")
    if any(character in prefix for character in "*?${}\\") or "//" in prefix:
        raise Refused(
            f"{where}: {value!r} holds a character that has a meaning of its own in a policy (* ? $ {{ }} \\), or //."
            f" Use letters, digits, '-', '_', '.' and '/'."
        )
    return prefix


def organization_id(value: str, where: str) -> str:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_Organization.html (Id)."""
    if not is_organization_id(value):
        raise Refused(f"{where}: {value!r} is no organization id. It looks like o-a1b2c3d4e5.")
    return value


def is_organization_id(value: str) -> bool:
    """Whether the text has the form of an organization's id."""
    return _ORGANIZATION.fullmatch(value) is not None


def region(value: str, where: str) -> str:
    """The code of a Region, such as eu-west-1: https://docs.aws.amazon.com/general/latest/gr/rande.html."""
    if not is_region(value):
        raise Refused(f"{where}: {value!r} is no Region. It looks like eu-west-1.")
    return value


def is_region(value: str) -> bool:
    """Whether the text has the form of a Region's code."""
    return _REGION.fullmatch(value) is not None


def same_partition(region: str, home: str, where: str) -> None:
    """Both Regions are of one partition: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html."""
    partition, other = _arn.partition_of(region), _arn.partition_of(home)
    if partition != other:
        raise Refused(
            f"{where}: {region} is in partition {partition}, but the policy is in {other}. Bucket and key serve"
            f" accounts of their own partition only."
        )


def principal(value: str, where: str, *, wildcards: bool = False) -> str:
    """The ARN of a role, user, role session or account's root; with wildcards only where a pattern is compared."""
    arn = _arn.parse(value)
    pattern = (_PRINCIPAL_PATTERNS if wildcards else _PRINCIPALS).get(arn.service) if arn else None
    account_fits = arn is not None and not arn.region and _arn.ACCOUNT_ID.fullmatch(arn.account)
    if arn is None or pattern is None or not account_fits or not pattern.fullmatch(arn.resource):
        raise Refused(
            f"{where}: {value!r} is not the ARN of a role, a user or an account's root. It looks like"
            f" arn:aws:iam::111122223333:role/LogReader."
        )
    return value


def role_arn(value: str, where: str) -> str:
    """The ARN of an IAM role."""
    arn = _arn.parse(value)
    named = arn is not None and _PRINCIPALS["iam"].fullmatch(arn.resource) and arn.resource.startswith("role/")
    if arn is None or arn.service != "iam" or not named or not _arn.ACCOUNT_ID.fullmatch(arn.account):
        raise Refused(
            f"{where}: {value!r} is not the ARN of a role, such as arn:aws:iam::111122223333:role/CentralLogging."
        )
    return value
