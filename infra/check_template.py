"""Translates the template as CloudFormation's SAM transform does, and checks what no linter knows to be our rule.

    python check_template.py template.yaml
"""

import os
import sys

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

PARAMETERS = {"AdminTokenSha256": "0" * 64}


class NoManagedPolicies:
    """The template names no managed policy, so that none has to be looked up in an account."""

    def load(self):
        return {}


def of_type(resources, kind):
    return {name: about["Properties"] for name, about in resources.items() if about["Type"] == kind}


def check_functions(resources):
    functions = of_type(resources, "AWS::Lambda::Function")
    roles = of_type(resources, "AWS::IAM::Role")
    assert len(functions) == 4, f"4 functions are expected, not {sorted(functions)}"
    used = [function["Role"]["Fn::GetAtt"][0] for function in functions.values()]
    assert sorted(used) == sorted(roles), "each function has a role of its own, and there are no others"
    for name, function in functions.items():
        assert function["LoggingConfig"]["LogFormat"] == "JSON", f"{name} logs JSON"
    groups = of_type(resources, "AWS::Logs::LogGroup")
    assert len(groups) == 4 and all("RetentionInDays" in group for group in groups.values()), "logs do not stay for ever"


def check_roles(resources):
    for name, role in of_type(resources, "AWS::IAM::Role").items():
        assert not role.get("ManagedPolicyArns"), f"{name} has a managed policy, which grants more than it needs"
        for policy in role["Policies"]:
            for statement in granted(policy["PolicyDocument"]["Statement"]):
                actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
                assert all("*" not in action for action in actions), f"{name}: {actions} has a wildcard"
                assert statement["Resource"] != "*", f"{name}: {actions} on every resource"


def granted(statements):
    """The statements of a policy, those under a condition included."""
    for statement in statements:
        if "Fn::If" in statement:
            _, then, otherwise = statement["Fn::If"]
            yield from granted(branch for branch in (then, otherwise) if branch != {"Ref": "AWS::NoValue"})
        else:
            yield statement


def check_queues(resources):
    queues = of_type(resources, "AWS::SQS::Queue")
    assert len(queues) == 4, f"2 queues and their dead letters are expected, not {sorted(queues)}"
    for name, queue in queues.items():
        assert queue["SqsManagedSseEnabled"] is True, f"{name} is encrypted"
        assert name.endswith("DeadLetters") or queue["RedrivePolicy"]["maxReceiveCount"] >= 5, f"{name} is redriven"
    assert queues["DownloadQueue"]["VisibilityTimeout"] >= 6 * resources["DownloadFunction"]["Properties"]["Timeout"]
    sources = of_type(resources, "AWS::Lambda::EventSourceMapping")
    assert len(sources) == 2
    for name, source in sources.items():
        assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"], f"{name} reports partial failures"
        assert source["ScalingConfig"]["MaximumConcurrency"] >= 2, f"{name} is bounded"


def check_visibility(template):
    allowed = template["Parameters"]["AnalyzeTimeout"]["AllowedValues"]
    visibility = template["Mappings"]["AnalyzeVisibility"]
    assert sorted(allowed) == sorted(visibility)
    for timeout in allowed:
        assert visibility[timeout]["Seconds"] >= 6 * int(timeout), f"visibility for a time-out of {timeout} s"


def check_storage(resources):
    (bucket,) = of_type(resources, "AWS::S3::Bucket").values()
    assert all(bucket["PublicAccessBlockConfiguration"].values()), "nothing of the bucket is public"
    assert bucket["BucketEncryption"] and bucket["LifecycleConfiguration"]
    (notification,) = bucket["NotificationConfiguration"]["QueueConfigurations"]
    assert notification["Filter"]["S3Key"]["Rules"] == [{"Name": "prefix", "Value": "raw/"}], "raw files only"
    tables = of_type(resources, "AWS::DynamoDB::Table")
    assert len(tables) == 7
    for name, table in tables.items():
        assert table["BillingMode"] == "PAY_PER_REQUEST", f"{name} is on demand"
        if name == "CountersTable":
            continue  # counts of a quarter of an hour: nothing to be restored
        assert table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True, f"{name} can be restored"
        assert resources[name]["DeletionPolicy"] == "RetainExceptOnCreate", f"{name} outlives the stack"


def check_schedules(resources):
    rules = of_type(resources, "AWS::Events::Rule")
    assert len(rules) == 2 and all("ScheduleExpression" in rule for rule in rules.values()), "two schedule rules"
    assert not of_type(resources, "AWS::Scheduler::Schedule"), "LocalStack never fires EventBridge Scheduler"


def main(path):
    with open(path, encoding="utf-8") as file:
        template = yaml_parse(file.read())
    check_visibility(template)
    for resource in template["Resources"].values():
        if "CodeUri" in resource.get("Properties", {}):
            resource["Properties"]["CodeUri"] = "s3://bucket/packaged.zip"  # as `sam package` leaves it
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")  # the translator wants one, whichever
    resources = transform(template, PARAMETERS, NoManagedPolicies())["Resources"]
    check_functions(resources)
    check_roles(resources)
    check_queues(resources)
    check_storage(resources)
    check_schedules(resources)
    print(f"{path}: translates to {len(resources)} resources")


if __name__ == "__main__":
    main(sys.argv[1])
