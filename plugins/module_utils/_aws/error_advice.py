# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What an operator can do about an error code of AWS. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

The API references define the codes:
https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html (Errors),
https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html (Errors),
https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html (Errors),
https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html.
S3 denies access to the bucket of another account than the expected one:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
How long a session lasts, and when botocore renews it:
https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html (DurationSeconds) and
https://boto3.amazonaws.com/v1/documentation/api/latest/guide/credentials.html#assume-role-provider
"""

from __future__ import annotations

_DENIED = "The credentials do not have the permission for this call. The module's documentation lists the permissions."
EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException"})
_EXPIRED = (
    "The session has expired. Get new credentials and run again. If the run takes longer than a session, get a longer"
    " one: increase the maximum session duration of the role, up to 12 hours. Or set profile to a profile with a"
    " role_arn, whose session is renewed."
)

_SKEWED = "The clock of this machine differs from that of AWS by more than some minutes. Set the clock, then run again."
_NETWORK = "The endpoint did not answer. Check the network, a proxy and endpoint_url, then run again."
_SSO = "The session of AWS IAM Identity Center has expired. Run aws sso login for the profile, then run again."
# codes of AssumeRole that are about the role and its trust policy; all others have their own cause
DENIED_ROLE = frozenset({"AccessDenied", "AccessDeniedException"})

_ADVICE = {
    "AccessDenied": _DENIED,
    "AccessDeniedException": _DENIED,
    "UnauthorizedOperation": _DENIED,
    "UnrecognizedClientException": (
        "The credentials are not known in this Region. AWS returns this error for a Region that must be enabled for the"
        " account first. Enable it, or use another home Region. The trail records all enabled Regions from there."
    ),
    "InvalidClientTokenId": "AWS does not know the access key. Check that the credentials belong to this partition.",
    "RegionDisabledException": "The Region is not enabled in the caller's account. Enable it, or use another Region.",
    **dict.fromkeys(EXPIRED, _EXPIRED),
    "SignatureDoesNotMatch": (
        "The secret key does not belong to the access key, or the clock of this machine is wrong. Check both."
    ),
    "RequestTimeTooSkewed": _SKEWED,
    "RequestExpired": _SKEWED,
    "NoCredentialsError": "Set a profile, or an access key and a secret key, or use the role of an instance.",
    "PartialCredentialsError": "Set an access key and also its secret key.",
    "CredentialRetrievalError": "The program or role that gives the credentials failed. Check the profile.",
    "ProfileNotFound": "Check the name of the profile, and AWS_CONFIG_FILE.",
    **dict.fromkeys(("UnauthorizedSSOTokenError", "SSOTokenLoadError", "TokenRetrievalError"), _SSO),
    "NoRegionError": "Set region, or AWS_REGION.",
    "EndpointConnectionError": "The endpoint cannot be reached. Check region, endpoint_url and the network.",
    **dict.fromkeys(("ConnectTimeoutError", "ReadTimeoutError", "ConnectionClosedError"), _NETWORK),
    "ProxyConnectionError": "The proxy cannot be reached. Check HTTPS_PROXY and NO_PROXY.",
    "SSLError": (
        "The certificate of the endpoint cannot be verified. Set aws_ca_bundle to the certificates that this network"
        " uses, or AWS_CA_BUNDLE."
    ),
    "MaximumNumberOfTrailsExceededException": (
        "CloudTrail allows five trails per Region. Multi-Region trails and organization trails count in each Region."
        " Delete a trail that is not needed, or use an existing trail by its name."
    ),
    "TrailAlreadyExistsException": "Run again to use the existing trail, unless its home Region is another one.",
    "InvalidHomeRegionException": "Set region to the Region in which the trail was created.",
    "KmsKeyNotFoundException": (
        "The key must exist in the Region of the bucket. If it is in another account, use the ARN of the key."
    ),
    "NotFoundException": (  # of KMS
        "Check the name of the key, and the Region. If the key is in another account, set assume_role_arn to a role in"
        " that account."
    ),
    "NoSuchBucket": "Check the name of the bucket, and that the credentials belong to this partition.",
    "KmsException": "The key must be enabled and must not be pending deletion.",
    "S3BucketDoesNotExistException": "Create the log bucket first: run archive.yml, or the role log_archive.",
    "InvalidCloudWatchLogsRoleArnException": "The role must be in the trail's account and must trust CloudTrail.",
    "InvalidCloudWatchLogsLogGroupArnException": (
        "The log group must be in the trail's account and Region. The role needs logs:CreateLogStream and"
        " logs:PutLogEvents on its streams."
    ),
    "NotOrganizationMasterAccountException": (
        "Only the management account of the organization or a delegated administrator can have an organization trail."
    ),
    "AWSOrganizationsNotInUseException": "The account belongs to no organization. Run in a member of the organization.",
    "CloudTrailAccessNotEnabledException": (
        "Enable CloudTrail in the organization first. Run in the management account: aws organizations"
        " enable-aws-service-access --service-principal cloudtrail.amazonaws.com."
    ),
    "MethodNotAllowed": "Only the account that owns the bucket can change its policy. Run in the log-archive account.",
}


def for_code(code: str, service: str, role_arn: str = "") -> str:
    """The advice for one of AWS's error codes; empty if there is none.

    C(role_arn) is the role that the collection has assumed for the call; empty for the caller's own credentials.
    """
    if code in EXPIRED and role_arn:
        return (
            f"The session in {role_arn} has expired: assume_role_arn and role_arn give a session of one hour. Run"
            f" again. If the run takes longer than that, use a later start_time or fewer accounts. Or set profile to a"
            f" profile with this role_arn, whose session is renewed."
        )
    if (code, service) == ("AccessDenied", "s3"):
        return f"{_DENIED} Check also the name of the bucket, and that the account owns it."
    return _ADVICE.get(code, "")


def unknown_region(code: str, region: str) -> str:
    """A sentence that the Region may not exist, for the errors that AWS or the network return then."""
    if code not in ("EndpointConnectionError", "ConnectTimeoutError", "UnrecognizedClientException"):
        return ""
    return f"The installed version of botocore knows no Region {region}. Check its name, such as eu-west-1."


def denied_role(role_arn: str, caller: str, with_external_id: bool) -> str:
    """What to check if AWS denies to assume a role. C(caller) is an ARN; empty if it is not known.

    Other errors of AssumeRole are about the caller's own credentials, the Region or the network, not about the role.
    """
    principal = caller or "the caller"
    external_id = (
        "with this external_id" if with_external_id else "without external_id (set it if the policy needs one)"
    )
    return (
        f"{principal} could not assume {role_arn}. Check that the role exists, that its trust policy allows {principal}"
        f" {external_id}, and that {principal} has sts:AssumeRole on it."
    )
