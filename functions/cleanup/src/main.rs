//! Wiring of the `cleanup` function.

use aws_lambda_events::eventbridge::EventBridgeEvent;
use cleanup::{Deps, handle};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};

#[tokio::main]
async fn main() -> Result<(), Error> {
    runtime::init_telemetry();
    let deps = Deps::new(&runtime::Config::from_env()).await?;
    run(service_fn(|event: LambdaEvent<EventBridgeEvent>| handle(&deps, event))).await
}
