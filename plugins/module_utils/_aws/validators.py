# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Checks of names that AWS would reject. They return the name, or raise Refused with option, name and remedy. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable

from .._core.errors import Refused
from .arn import ACCOUNT_ID, parse, partition_of

_TRAIL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9]|[._-](?![._-]))*[A-Za-z0-9]")
_BUCKET_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_RESERVED_STARTS = ("xn--", "sthree-", "amzn-s3-demo-")
_RESERVED_ENDS = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
# the forms of all partitions, see regionRegex in https://github.com/boto/botocore/blob/develop/botocore/data/partitions.json
_REGION = re.compile(r"(?:[a-z]{2}(?:-(?:gov|iso[a-z]?))?|eusc-[a-z]{2})-[a-z]+-[0-9]{1,2}")
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


def account_id(value: str, option: str) -> str:
    """An account id: 12 digits, which may begin with zeros."""
    if not ACCOUNT_ID.fullmatch(value):
        meant = " or ".join(f'"{account}"' for account in meant_accounts(value))
        raise Refused(
            f'{option}: {value!r} is not an AWS account id. Use 12 digits in quotes, "012345678901". Without quotes'
            f" YAML reads a number, and may drop or convert leading zeros."
            f"{f' Write {meant} if that is the account.' if meant else ''}"
        )
    return value


def meant_accounts(value: object) -> list[str]:
    """The account ids that a value may stand for, the most likely first.

    YAML reads 12 digits that begin with 0 and have no 8 or 9 as an octal number: https://yaml.org/type/int.html. JSON
    and spreadsheets only drop the zeros. A text may be such a number that Ansible has converted.
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | str):
        return []
    digits = re.sub(r"[\s._'\"-]", "", str(value))
    if ACCOUNT_ID.fullmatch(digits):
        return [digits]
    if not re.fullmatch(r"[1-9][0-9]{6,10}", digits):
        return []
    number = int(digits)
    octal, dropped = f"{number:012o}", f"{number:012d}"
    if len(octal) > 12 or octal[0] != "0":  # 12 digits without a 0 at the start are a decimal number
        return [dropped]
    return [octal] if isinstance(value, int) else [octal, dropped]


def entry(option: str, position: int, account: object = "") -> str:
    """Which entry of a list option a message is about, such as C(accounts: entry 2 (444455556666)). Counted from 1."""
    return f"{option}: entry {position}{f' ({account})' if account else ''}"


def distinct(values: Iterable[str], option: str) -> None:
    """Raises Refused if a value is there twice."""
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise Refused(f"{option}: {value} is listed more than once. Use one entry for each account.")
        seen.add(value)


def trail_name(value: str, option: str) -> str:
    """The name of a trail, see Name in https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html."""
    if not (3 <= len(value) <= 128) or not _TRAIL.fullmatch(value) or _is_ip_address(value):
        raise Refused(
            f"{option}: {value!r} is not a valid trail name. Use 3-128 characters: a-z, A-Z, 0-9, '.', '_' and '-'."
            f" It must start and end with a letter or digit. It must not have two of '.', '_' and '-' in a row. It must"
            f" not be an IP address."
        )
    return value


def bucket_name(value: str, option: str) -> str:
    """The name of a bucket: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html."""
    labels_fit = all(_BUCKET_LABEL.fullmatch(label) for label in value.split("."))
    if not (3 <= len(value) <= 63) or not labels_fit or _is_ip_address(value):
        raise Refused(
            f"{option}: {value!r} is not a valid bucket name. Use 3-63 characters: a-z, 0-9, '-' and '.'. It must have"
            f" a letter or digit at the start, at the end and on both sides of each '.', and must not be an IP address."
        )
    if value.startswith(_RESERVED_STARTS) or value.endswith(_RESERVED_ENDS):
        raise Refused(f"{option}: {value!r} has a prefix or suffix that S3 reserves. Use another name.")
    return value


def key_prefix(value: str, option: str) -> str:
    """The prefix of the log files, without slashes at its ends.

    CloudTrail adds C(AWSLogs/) itself, and the account id after it:
    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-set-bucket-policy-for-multiple-accounts.html
    """
    prefix = value.strip("/")
    if "AWSLogs/" in f"{prefix}/":
        raise Refused(
            f"{option}: {value!r} contains AWSLogs/, which CloudTrail adds itself. Remove it from the prefix. The log"
            f" files arrive under <prefix>/AWSLogs/<account id>/."
        )
    if len(prefix) > 200:
        raise Refused(f"{option}: the prefix has {len(prefix)} characters. Use at most 200, the limit of CloudTrail.")
    if any(character in prefix for character in "*?${}\\") or "//" in prefix:
        raise Refused(
            f"{option}: {value!r} contains // or a character with a special meaning in policies (* ? $ {{ }} \\)."
            f" Use letters, digits, '-', '_', '.' and '/'."
        )
    return prefix


def organization_id(value: str, option: str) -> str:
    """The id of an organization, see Id in its page:

    https://docs.aws.amazon.com/organizations/latest/APIReference/API_Organization.html
    """
    if not is_organization_id(value):
        raise Refused(f"{option}: {value!r} is not a valid organization id. Use an id such as o-a1b2c3d4e5.")
    return value


def is_organization_id(value: str) -> bool:
    """True if the text has the form of an organization's id."""
    return _ORGANIZATION.fullmatch(value) is not None


def region(value: str, option: str) -> str:
    """The code of a Region: https://docs.aws.amazon.com/general/latest/gr/rande.html."""
    if not is_region(value):
        raise Refused(f"{option}: {value!r} is not a valid Region. Use a code such as eu-west-1.")
    return value


def is_region(value: str) -> bool:
    """True if the text has the form of a Region's code."""
    return _REGION.fullmatch(value) is not None


def same_partition(region: str, home: str, option: str) -> None:
    """Raises Refused if the Regions are in two partitions: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html."""
    partition, other = partition_of(region), partition_of(home)
    if partition != other:
        raise Refused(
            f"{option}: {region} is in partition {partition}, but the policy is in {other}. Use accounts in the"
            f" partition of bucket and key."
        )


def principal_arn(value: str, option: str, *, wildcards: bool = False) -> str:
    """The ARN of a role, user, role session or root user; with C(wildcards) a pattern of ARNs of roles and users."""
    arn = parse(value)
    pattern = (_PRINCIPAL_PATTERNS if wildcards else _PRINCIPALS).get(arn.service) if arn else None
    account_fits = arn is not None and not arn.region and ACCOUNT_ID.fullmatch(arn.account)
    if arn is None or pattern is None or not account_fits or not pattern.fullmatch(arn.resource):
        raise Refused(
            f"{option}: {value!r} is not the ARN of a role, a user or the root user of an account. Use an ARN such as"
            f" arn:aws:iam::111122223333:role/LogReader."
        )
    return value


def role_arn(value: str, option: str) -> str:
    """The ARN of an IAM role."""
    arn = parse(value)
    named = arn is not None and _PRINCIPALS["iam"].fullmatch(arn.resource) and arn.resource.startswith("role/")
    if arn is None or arn.service != "iam" or not named or not ACCOUNT_ID.fullmatch(arn.account):
        raise Refused(
            f"{option}: {value!r} is not the ARN of a role. Use an ARN such as"
            f" arn:aws:iam::111122223333:role/CentralLogging."
        )
    return value
