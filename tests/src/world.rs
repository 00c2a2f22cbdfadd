//! Everything a test works with.

use std::time::Duration;

use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;

use crate::admin_api::AdminApi;
use crate::functions::Functions;
use crate::queues::Queues;
use crate::secrets::Secrets;
use crate::stack::Stack;
use crate::storage::Bucket;
use crate::supplier_site::SupplierSite;
use crate::tables::Tables;

/// The running stack through its doors.
pub(crate) struct World {
    pub(crate) stack: Stack,
    pub(crate) api: AdminApi,
    pub(crate) bucket: Bucket,
    pub(crate) tables: Tables,
    pub(crate) queues: Queues,
    pub(crate) secrets: Secrets,
    pub(crate) functions: Functions,
}

impl World {
    /// The stack under test; none, with a line that says so, when there is none.
    pub(crate) async fn open() -> Option<Self> {
        let Some(stack) = Stack::under_test() else {
            eprintln!("not run: E2E_STACK names no running stack (`cargo xtask test` starts one)");
            return None;
        };
        let http = http_client();
        let aws = aws_config::defaults(BehaviorVersion::latest())
            .endpoint_url(&stack.endpoint)
            .region(Region::new(stack.region.clone()))
            .credentials_provider(Credentials::new("test", "test", None, None, "e2e"))
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .load()
            .await;
        Some(Self {
            api: AdminApi::new(&stack, http.clone()),
            bucket: Bucket::new(&stack, &aws),
            tables: Tables::new(&stack, &aws),
            queues: Queues::new(&stack, &aws),
            secrets: Secrets::new(&aws),
            functions: Functions::new(&stack, http),
            stack,
        })
    }

    /// A supplier id that no other test and no other run uses.
    pub(crate) fn supplier(&self, what: &str) -> String {
        let unique = uuid::Uuid::now_v7().simple().to_string();
        format!("{what}-{}", &unique[20..])
    }

    /// A web site for suppliers.
    pub(crate) fn site(&self) -> SupplierSite {
        SupplierSite::open(&self.stack)
    }
}

#[allow(
    clippy::disallowed_methods,
    reason = "it speaks to the stack on this machine, not to suppliers"
)]
fn http_client() -> reqwest::Client {
    // A second test of the same process finds it installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .timeout(Duration::from_secs(60))
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .expect("an HTTP client")
}
