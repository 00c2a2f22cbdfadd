//! An ml-analyze service: the stack as its own. It reads for itself by the calls that it serves to others.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, resume_unwind};

use futures::FutureExt;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};

use crate::price_list::PriceList;
use crate::world::World;

/// A port that leads to the API while this value is there, and nowhere before and after.
struct Door {
    open: tokio::task::JoinHandle<()>,
}

impl Door {
    async fn open(port: u16, target: String) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port))
            .await
            .expect("the port of before");
        let open = tokio::spawn(async move {
            while let Ok((mut inside, _)) = listener.accept().await {
                let target = target.clone();
                tokio::spawn(async move {
                    let mut outside = TcpStream::connect(target).await.expect("the API");
                    // Either side may go away.
                    let _ = tokio::io::copy_bidirectional(&mut inside, &mut outside).await;
                });
            }
        });
        Self { open }
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.open.abort();
    }
}

async fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    listener.local_addr().expect("an address").port()
}

/// Every upload of the stack goes to the service meanwhile.
#[tokio::test]
async fn alone_a_service_that_is_down_fails_jobs_or_is_stood_in_for_and_one_that_is_up_reads() {
    let Some(world) = World::open().await else { return };
    if world.stack.emulator == "docker" {
        eprintln!("not run: functions in containers do not reach a port of this test");
        return;
    }
    let before = world.functions.environment("analyze").await;
    let outcome = AssertUnwindSafe(down_and_up(&world, &before)).catch_unwind().await;
    world.functions.set_environment("analyze", &before).await;
    if let Err(panic) = outcome {
        resume_unwind(panic);
    }
}

async fn down_and_up(world: &World, before: &BTreeMap<String, String>) {
    let port = free_port().await;
    let secret = world.supplier("analysis-token");
    world.secrets.create(&secret, &world.stack.admin_token).await;
    let with = |fallback: &str| {
        let mut environment = before.clone();
        environment.insert("ML_ANALYZE_URL".into(), format!("http://127.0.0.1:{port}"));
        environment.insert("ML_ANALYZE_SECRET".into(), secret.clone());
        environment.insert("REMOTE_FALLBACK".into(), fallback.into());
        environment
    };
    world.functions.set_environment("analyze", &with("off")).await;
    let supplier = world.supplier("remote");
    world.api.add_uploading_supplier(&supplier).await;

    let job = world.api.upload(&supplier, &PriceList::of_tools("tools.csv", 15)).await;
    let job = world.api.ended(&job).await;
    assert_eq!(
        (job.phase.as_str(), job.code(), job.can_retry),
        ("failed", "remote_unavailable", true),
        "{job:#?}"
    );

    // LocalStack delivers messages one at a time: there the service could not read while the one that asked it waits.
    let reads_for_itself = world.stack.emulator != "localstack";
    if reads_for_itself {
        let api = world
            .stack
            .api_url
            .trim_start_matches("http://")
            .replace("localhost", "127.0.0.1");
        let door = Door::open(port, api).await;
        world.api.retry(&job.job_id).await;
        let job = world.api.ended(&job.job_id).await;
        assert_eq!(
            (job.phase.as_str(), job.path.as_str()),
            ("complete", "remote"),
            "{job:#?}"
        );
        assert_eq!((job.summary().items, job.summary().added), (3, 3), "{job:#?}");
        let json = world.api.get(&format!("/admin/jobs/{}", job.job_id)).await;
        assert_eq!(json["remote"]["state"], "used", "{json:#}");
        let report = world.api.get(&format!("/admin/jobs/{}/report", job.job_id)).await;
        assert_eq!(
            report["report"]["sheets"][0]["verdict"],
            json!("read"),
            "the service's report is the job's: {report:#}"
        );
        drop(door);
    }

    world.functions.set_environment("analyze", &with("builtin")).await;
    let job = world.api.upload(&supplier, &PriceList::of_tools("tools.csv", 16)).await;
    let job = world.api.ended(&job).await;
    assert_eq!((job.phase.as_str(), job.path.as_str()), ("complete", "ml"), "{job:#?}");
    let summary = job.summary();
    let published = if reads_for_itself {
        summary.changed
    } else {
        summary.added
    };
    assert_eq!(published, 3, "{job:#?}");
    let remote: Value = world.api.get(&format!("/admin/jobs/{}", job.job_id)).await["remote"].take();
    assert_eq!(remote["state"], "fell_back", "{remote:#}");
    assert!(
        remote["error"]
            .as_str()
            .is_some_and(|error| error.contains("nobody answers")),
        "{remote:#}"
    );
}
