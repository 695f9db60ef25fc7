# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The judge: what AWS's policies allow, and which policies AWS accepts. Pure: no AWS, no moto, no I/O.

It evaluates one policy, or one set of identity policies. access.py combines the verdicts of several policies (own
account, other accounts, KMS).
"""

from __future__ import annotations

from cloudtrail_sandbox.judge.evaluate import Request, Verdict, evaluate, evaluate_identity, extremes
from cloudtrail_sandbox.judge.grammar import (
    MalformedPolicy,
    check_bucket_policy,
    check_identity_policy,
    check_key_policy,
    check_trust_policy,
    minified_size,
)
from cloudtrail_sandbox.judge.principals import Principal

__all__ = [
    "MalformedPolicy",
    "Principal",
    "Request",
    "Verdict",
    "check_bucket_policy",
    "check_identity_policy",
    "check_key_policy",
    "check_trust_policy",
    "evaluate",
    "evaluate_identity",
    "extremes",
    "minified_size",
]
