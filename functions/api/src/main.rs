//! Wiring of the `api` function.

use std::sync::Arc;

use api::{Deps, router};
use lambda_http::Error;

#[tokio::main]
async fn main() -> Result<(), Error> {
    runtime::init_telemetry();
    let deps = Deps::new(&runtime::Config::from_env()).await?;
    lambda_http::run(router(Arc::new(deps))).await
}
