//! Wiring of the `download` function.

use download::{Deps, handle};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::Value;

#[tokio::main]
async fn main() -> Result<(), Error> {
    runtime::init_telemetry();
    let deps = Deps::new(&runtime::Config::from_env()).await?;
    run(service_fn(|event: LambdaEvent<Value>| handle(&deps, event))).await
}
