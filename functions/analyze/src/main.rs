//! Wiring of the `analyze` function.

use analyze::{Deps, handle};
use aws_lambda_events::sqs::SqsEvent;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};

#[tokio::main]
async fn main() -> Result<(), Error> {
    runtime::init_telemetry();
    let deps = Deps::new(&runtime::Config::from_env()).await?;
    run(service_fn(|event: LambdaEvent<SqsEvent>| handle(&deps, event))).await
}
