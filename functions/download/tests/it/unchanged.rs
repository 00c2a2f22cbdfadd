//! A list that is the published one is not read again; any other is.

use domain::{HeldState, JobId, Phase, Source, Summary};
use download::Fetching;
use source_server::{Server, reply};

use crate::aws::{Aws, NOW};

const LIST: &[u8] = b"sku,name,price\n1,Bolt,2.50\n";

/// Serves the list under a tag and answers 304 to who knows it; `/plain` has neither tag nor date.
async fn site() -> Server {
    Server::start(
        |_, request| match (request.target.as_str(), request.header("if-none-match")) {
            ("/list.csv", Some("\"v1\"")) => reply("304 Not Modified", &[], b""),
            ("/list.csv", _) => reply("200 OK", &[("ETag", "\"v1\"")], LIST),
            _ => reply("200 OK", &[], LIST),
        },
    )
    .await
}

fn source(url: String) -> Source {
    Source::Http { url, credential: None }
}

#[tokio::test]
async fn the_published_list_ends_its_job_at_once_whether_the_server_or_its_bytes_tell() {
    for (path, transferred) in [("/list.csv", 1), ("/plain", 2)] {
        let site = site().await;
        let aws = Aws::with(source(site.url(path)), None).await;
        let (fetching, first) = aws.fetch().await;
        assert_eq!((fetching, aws.raw(&first).as_deref()), (Fetching::Stored, Some(LIST)));
        aws.publish(first.job_id);
        let (fetching, second) = aws.fetch().await;
        assert_eq!(
            (fetching, second.phase),
            (Fetching::Unchanged, Phase::Complete),
            "{path}"
        );
        let summary = second.summary.unwrap();
        assert_eq!((summary.unchanged, summary.changed), (true, 0));
        assert!(second.lease_until.is_none() && second.file.is_none() && second.finished_at.is_some());
        let whole = site
            .requests()
            .iter()
            .filter(|r| r.header("if-none-match").is_none())
            .count();
        assert_eq!(whole, transferred, "{path}");
    }
}

#[tokio::test]
async fn numbers_are_those_of_the_job_that_brought_the_list() {
    let site = site().await;
    let aws = Aws::with(source(site.url("/list.csv")), None).await;
    let (_, first) = aws
        .fetch_with(|job| {
            job.summary = Some(Summary {
                items: 12,
                matched: 7,
                changed: 3,
                ..Summary::default()
            });
        })
        .await;
    aws.publish(first.job_id);
    let (_, second) = aws.fetch().await;
    let summary = second.summary.unwrap();
    assert_eq!((summary.items, summary.matched, summary.changed), (12, 7, 0));
}

#[tokio::test]
async fn a_list_that_was_not_published_is_read_again() {
    let site = site().await;
    let aws = Aws::with(source(site.url("/list.csv")), None).await;
    // Failed in analysis, or held: published is an older job, or none.
    aws.fetch().await;
    assert_eq!(aws.fetch().await.0, Fetching::Stored);
    aws.publish(JobId::new(NOW.parse().unwrap()));
    assert_eq!(aws.fetch().await.0, Fetching::Stored);
    assert!(
        site.requests()
            .iter()
            .all(|request| request.header("if-none-match").is_none())
    );
}

#[tokio::test]
async fn a_rejected_list_that_comes_again_stays_rejected_and_is_not_read() {
    let site = site().await;
    let aws = Aws::with(source(site.url("/list.csv")), None).await;
    let (_, first) = aws.fetch().await;
    aws.reject(&first).await;
    for _ in 0..2 {
        let (fetching, again) = aws.fetch().await;
        assert_eq!((fetching, again.phase), (Fetching::Unchanged, Phase::Complete));
        let held = again.held.unwrap();
        assert_eq!(
            (held.state, held.decided_by.as_deref()),
            (HeldState::Rejected, Some("Admin token"))
        );
        assert!(again.summary.unwrap().unchanged);
    }
    let (fetching, forced) = aws.fetch_with(|job| job.force = true).await;
    assert_eq!((fetching, forced.held), (Fetching::Stored, None));
}

#[tokio::test]
async fn another_source_another_catalogue_or_force_fetch_the_whole_list() {
    let site = site().await;
    let aws = Aws::with(source(site.url("/list.csv")), None).await;
    let publish = async || {
        let (fetching, job) = aws.fetch().await;
        assert_eq!(fetching, Fetching::Stored);
        aws.publish(job.job_id);
        assert_eq!(aws.fetch().await.0, Fetching::Unchanged);
    };
    publish().await;
    let (fetching, forced) = aws.fetch_with(|job| job.force = true).await;
    assert_eq!(fetching, Fetching::Stored);
    aws.publish(forced.job_id);
    aws.publish_catalogue(JobId::new(NOW.parse().unwrap()));
    publish().await;
    aws.change_source(source(site.url("/plain"))).await;
    publish().await;
}

#[tokio::test]
async fn a_new_tag_of_the_same_bytes_is_remembered() {
    let site = Server::start(|number, request| match (number, request.header("if-none-match")) {
        (0, _) => reply("200 OK", &[("ETag", "\"v1\"")], LIST),
        (_, Some("\"v2\"")) => reply("304 Not Modified", &[], b""),
        _ => reply("200 OK", &[("ETag", "\"v2\"")], LIST),
    })
    .await;
    let aws = Aws::with(source(site.url("/list.csv")), None).await;
    let (_, first) = aws.fetch().await;
    aws.publish(first.job_id);
    for _ in 0..2 {
        assert_eq!(aws.fetch().await.0, Fetching::Unchanged);
    }
    let asked: Vec<_> = site
        .requests()
        .iter()
        .map(|request| request.header("if-none-match").map(str::to_owned))
        .collect();
    assert_eq!(asked, [None, Some("\"v1\"".into()), Some("\"v2\"".into())]);
}
