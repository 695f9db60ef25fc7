# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Services of AWS that write logs of their own into the log bucket, beside the trails or elsewhere."""

from __future__ import annotations

from tests.states.fleet import ARCHIVE, BUCKET_ARN, PRODUCTION, REGION, Fleet
from tests.states.policies import LOGS, STRANGERS
from tests.states.table import broken, sound

LOAD_BALANCING = {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}
OF_LOAD_BALANCING = "for access logs of Elastic Load Balancing"
UNLIMITED = "but this one does not limit the writer"


@sound()
def aws_config_delivers_to_its_own_folder(fleet: Fleet) -> None:
    own = {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control", "aws:SourceAccount": ARCHIVE}}
    fleet.allow("s3:PutObject", f"{LOGS}/{ARCHIVE}/Config/*", Principal={"Service": "config.amazonaws.com"},
                Condition=own)  # fmt: skip


@sound(informs="separation:writer separation:foreign_statement", message="such as VPC flow logs")
def vpc_flow_logs_are_delivered_to_the_bucket(fleet: Fleet) -> None:
    """https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-permissions.html"""
    source, acl = {"aws:SourceAccount": PRODUCTION}, {"s3:x-amz-acl": "bucket-owner-full-control"}
    of_logs = {"ArnLike": {"aws:SourceArn": f"arn:aws:logs:{REGION}:{PRODUCTION}:*"}}
    delivery = {"Service": "delivery.logs.amazonaws.com"}
    fleet.allow("s3:PutObject", f"{LOGS}/{PRODUCTION}/*", Sid="AWSLogDeliveryWrite", Principal=delivery,
                Condition={"StringEquals": {**source, **acl}, **of_logs})  # fmt: skip
    fleet.allow(["s3:GetBucketAcl", "s3:ListBucket"], BUCKET_ARN, Sid="AWSLogDeliveryAclCheck", Principal=delivery,
                Condition={"StringEquals": source, **of_logs})  # fmt: skip


@sound(informs="separation:foreign_statement", message=OF_LOAD_BALANCING, absent="separation:writer")
def access_logs_of_load_balancers_have_a_prefix_of_their_own(fleet: Fleet) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html"""
    fleet.allow("s3:PutObject", f"{BUCKET_ARN}/elb/AWSLogs/{PRODUCTION}/*", Principal=LOAD_BALANCING)


@sound(informs="separation:foreign_statement", message=OF_LOAD_BALANCING, absent="separation:writer")
def load_balancers_of_an_old_region_have_a_prefix_of_their_own(fleet: Fleet) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/enable-access-logs.html"""
    add_legacy(fleet, {"AWS": "arn:aws:iam::127311923021:root"}, f"{BUCKET_ARN}/elb/AWSLogs/{PRODUCTION}/*")


def add_legacy(fleet: Fleet, principal: dict[str, str], resource: str) -> None:
    """Add a statement for an account of AWS, which the sandbox does not have."""
    statement = {"Sid": "Foreign", "Effect": "Allow", "Action": "s3:PutObject", "Principal": principal}
    fleet.bucket_policy(lambda statements: statements.append({**statement, "Resource": resource}))


@sound(informs="separation:writer separation:foreign_statement", message="for access logs of Elastic Load Balancing.")
def access_logs_of_one_account_are_delivered_beside_its_trails(fleet: Fleet) -> None:
    source = {"ArnLike": {"aws:SourceArn": f"arn:aws:elasticloadbalancing:{REGION}:{PRODUCTION}:loadbalancer/*"}}
    fleet.allow("s3:PutObject", f"{LOGS}/{PRODUCTION}/*", Principal=LOAD_BALANCING, Condition=source)


@sound(informs="separation:writer", message="AWS documents such statements for AWS Config.")
def aws_config_is_limited_to_the_folder_of_its_account(fleet: Fleet) -> None:
    own = {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control", "aws:SourceAccount": PRODUCTION}}
    fleet.allow("s3:PutObject", f"{LOGS}/{PRODUCTION}/*", Principal={"Service": "config.amazonaws.com"},
                Condition=own)  # fmt: skip


@sound(absent="separation:writer")
def services_export_to_prefixes_of_their_own(fleet: Fleet) -> None:
    """https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_exportfindings.html and
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html"""
    own = {"StringEquals": {"aws:SourceAccount": PRODUCTION}}
    for name in ("guardduty", "logging.s3"):
        fleet.allow("s3:PutObject", f"{BUCKET_ARN}/{name}/*", Sid=name.replace(".", ""),
                    Principal={"Service": f"{name}.amazonaws.com"}, Condition=own)  # fmt: skip


@broken(security="separation:writer", message=(OF_LOAD_BALANCING, UNLIMITED), remedy="a prefix of their own")
def load_balancers_of_any_account_may_write_beside_the_trails(fleet: Fleet) -> None:
    """AWS documents the statement. But it does not limit whose load balancers may use the bucket."""
    fleet.allow("s3:PutObject", f"{LOGS}/{PRODUCTION}/*", Principal=LOAD_BALANCING)


@broken(security="separation:writer", message=(OF_LOAD_BALANCING, UNLIMITED), remedy="a prefix of their own")
def load_balancers_of_an_old_region_may_write_beside_the_trails(fleet: Fleet) -> None:
    add_legacy(fleet, {"AWS": "127311923021"}, f"{LOGS}/{PRODUCTION}/*")


@broken(
    security="separation:writer",
    message=("for findings that Amazon GuardDuty exports", UNLIMITED),
    remedy="a prefix of their own",
)
def guardduty_may_write_everywhere(fleet: Fleet) -> None:
    own = {"StringEquals": {"aws:SourceAccount": PRODUCTION}}
    fleet.allow("s3:PutObject", Principal={"Service": "guardduty.amazonaws.com"}, Condition=own)


@broken(security="separation:writer", message=("for AWS Config", UNLIMITED), remedy="a prefix of their own")
def aws_config_of_any_account_may_write_beside_the_trails(fleet: Fleet) -> None:
    fleet.allow("s3:PutObject", f"{LOGS}/{PRODUCTION}/*", Principal={"Service": "config.amazonaws.com"})


@broken(security="separation:writer", message="may look like logs", never="AWS documents", remedy="Remove")
def a_service_without_logs_of_its_own_may_write(fleet: Fleet) -> None:
    own = {"StringEquals": {"aws:SourceAccount": PRODUCTION}}
    fleet.allow("s3:PutObject", f"{LOGS}/{PRODUCTION}/*", Principal={"Service": "ec2.amazonaws.com"}, Condition=own)


@broken(security="separation:unexpected_reader")
def another_account_may_read_where_load_balancers_write(fleet: Fleet) -> None:
    """The prefix of other logs becomes one of CloudTrail's, as soon as anyone else has access to it."""
    fleet.allow("s3:PutObject", f"{BUCKET_ARN}/elb/AWSLogs/{PRODUCTION}/*", Sid="ForeignLogs",
                Principal={"Service": "delivery.logs.amazonaws.com"},
                Condition={"StringEquals": {"aws:SourceAccount": PRODUCTION}})  # fmt: skip
    fleet.allow("s3:GetObject", f"{BUCKET_ARN}/elb/AWSLogs/{PRODUCTION}/*", Principal=STRANGERS)
