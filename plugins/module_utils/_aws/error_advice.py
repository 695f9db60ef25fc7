# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What an operator can do about an error of AWS. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

The meaning of each code is the one in the API references:
https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html (Errors),
https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html (Errors),
https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""

from __future__ import annotations

_DENIED = "The credentials lack the permission for this call; the module's documentation lists those it needs."

_HINTS = {
    "AccessDenied": _DENIED,
    "AccessDeniedException": _DENIED,
    "UnauthorizedOperation": _DENIED,
    "UnrecognizedClientException": (
        "The credentials are not known in this Region. A Region that an account has to opt in to answers so until it is"
        " enabled there: enable it, or choose a home Region that is. The trail records all enabled Regions from there."
    ),
    "InvalidClientTokenId": "The access key is not known to AWS. Are the credentials those of this partition?",
    "RegionDisabledException": "The caller's account has not enabled this Region. Enable it, or choose another.",
    "ExpiredToken": "The session has expired. Get new credentials and run again.",
    "ExpiredTokenException": "The session has expired. Get new credentials and run again.",
    "NoCredentialsError": "Give credentials: a profile, an access key and secret key, or an instance role.",
    "NoRegionError": "Give region, or set AWS_REGION.",
    "EndpointConnectionError": "The endpoint cannot be reached from here. Check region, endpoint_url and the network.",
    "MaximumNumberOfTrailsExceededException": (
        "CloudTrail allows five trails per Region, the copies of multi-Region and organization trails included."
        " Delete one that is no longer needed, or take one over by giving its name."
    ),
    "TrailAlreadyExistsException": "Run again to take it over, unless its home is in another Region.",
    "InvalidHomeRegionException": "Run in the Region in which the trail was created: set region.",
    "KmsKeyNotFoundException": "The key has to exist in the Region of the bucket; from other accounts give its ARN.",
    "NoSuchBucket": "Check the name of the bucket, and that the credentials are those of this partition.",
    "KmsException": "The key has to be enabled and not pending deletion.",
    "S3BucketDoesNotExistException": "Create the log bucket first: run archive.yml, or the role log_archive.",
    "InvalidCloudWatchLogsRoleArnException": "The role has to be in the trail's account and to trust CloudTrail.",
    "InvalidCloudWatchLogsLogGroupArnException": (
        "The log group has to be in the trail's account and Region, and the role needs logs:CreateLogStream and"
        " logs:PutLogEvents on its streams."
    ),
    "NotOrganizationMasterAccountException": (
        "Only the organization's management account or a delegated administrator can have an organization trail."
    ),
    "AWSOrganizationsNotInUseException": "The account belongs to no organization. Run in a member of the organization.",
    "CloudTrailAccessNotEnabledException": (
        "The management account has to let CloudTrail into the organization first: aws organizations"
        " enable-aws-service-access --service-principal cloudtrail.amazonaws.com."
    ),
    "MethodNotAllowed": "Only the account that owns the bucket can change its policy. Run in the log-archive account.",
}


def for_code(code: str, service: str) -> str:
    """The hint for one of AWS's error codes; empty where there is none."""
    if code == "MalformedPolicyDocumentException" or code == "MalformedPolicy":
        whose = "decrypt_principals" if service == "kms" else "readers and break_glass_principals"
        return f"Every principal has to exist, in the statements of others too: check {whose} first."
    return _HINTS.get(code, "")


def assume_role(role_arn: str, caller: str, with_external_id: bool) -> str:
    """What to check when a role cannot be assumed."""
    who = caller or "the caller"
    external = "the external_id given" if with_external_id else "no external_id (give external_id if it asks for one)"
    return (
        f"{who} could not assume {role_arn}: the role has to exist, its trust policy to admit {who} with {external},"
        f" and {who} needs sts:AssumeRole on it."
    )
