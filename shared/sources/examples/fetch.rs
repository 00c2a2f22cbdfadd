//! Tries a supplier's address as the pipeline would, and throws the bytes away:
//! `cargo run -p sources --example fetch -- URL [ALLOWED_NETWORKS]`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

use std::process::ExitCode;

use sources::{FetchError, FetchPolicy, Fetched, HttpFetcher, HttpSource};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let Some(url) = arguments.next() else {
        eprintln!("usage: fetch URL [ALLOWED_NETWORKS, such as 127.0.0.0/8,::1]");
        return ExitCode::from(2);
    };
    let guard = match arguments.next().unwrap_or_default().parse() {
        Ok(guard) => guard,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
    };
    let policy = FetchPolicy {
        guard,
        ..FetchPolicy::default()
    };
    match fetch(policy, &url).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let kind = if error.is_transient() { "transient" } else { "permanent" };
            eprintln!("{} ({kind}): {error}", error.code());
            ExitCode::FAILURE
        }
    }
}

async fn fetch(policy: FetchPolicy, url: &str) -> Result<(), FetchError> {
    let source = HttpSource {
        url: url.parse()?,
        auth: None,
        known_state: None,
    };
    let Fetched::Body(mut body) = HttpFetcher::new(policy)?.open(&source).await? else {
        println!("unchanged");
        return Ok(());
    };
    println!("name      {}", body.file_name);
    println!("from      {}", body.final_url);
    println!("type      {}", body.content_type.as_deref().unwrap_or("not told"));
    println!("encoding  {}", body.content_encoding.as_deref().unwrap_or("none"));
    println!("etag      {}", body.file_state.etag.as_deref().unwrap_or("none"));
    println!(
        "modified  {}",
        body.file_state.last_modified.as_deref().unwrap_or("not told")
    );
    while body.next_chunk().await?.is_some() {}
    println!("size      {}", body.checksum().size());
    println!("md5       {}", body.checksum().clone().finish());
    Ok(())
}
