#![doc = include_str!("../README.md")]

use aws_credential_types::Credentials;
use aws_sdk_s3::config::{BehaviorVersion, Region, retry::RetryConfig};
pub use aws_smithy_mocks::{MockResponse, Rule, RuleMode, mock};
use aws_smithy_mocks::{MockResponseInterceptor, create_mock_http_client};

macro_rules! mocked_client {
    ($(#[$doc:meta])* $name:ident, $sdk:ident) => {
        $(#[$doc])*
        pub fn $name(mode: RuleMode, rules: &[&Rule]) -> $sdk::Client {
            let config = $sdk::Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .region(Region::from_static("us-east-1"))
                .credentials_provider(Credentials::new("test", "test", None, None, "test"))
                .retry_config(RetryConfig::disabled())
                .http_client(create_mock_http_client())
                .interceptor(answers(mode, rules));
            $sdk::Client::from_conf(config.build())
        }
    };
}

mocked_client!(
    /// DynamoDB, answered by `rules`.
    dynamodb,
    aws_sdk_dynamodb
);
mocked_client!(
    /// S3, answered by `rules`.
    s3,
    aws_sdk_s3
);
mocked_client!(
    /// Secrets Manager, answered by `rules`.
    secrets_manager,
    aws_sdk_secretsmanager
);
mocked_client!(
    /// SQS, answered by `rules`.
    sqs,
    aws_sdk_sqs
);

/// S3 that signs requests for others, which asks nobody.
pub fn s3_signer() -> aws_sdk_s3::Client {
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("us-east-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"));
    aws_sdk_s3::Client::from_conf(config.build())
}

fn answers(mode: RuleMode, rules: &[&Rule]) -> MockResponseInterceptor {
    let none = MockResponseInterceptor::new().rule_mode(mode);
    rules.iter().fold(none, |answers, rule| answers.with_rule(rule))
}
