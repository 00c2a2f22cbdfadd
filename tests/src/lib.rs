#![doc = include_str!("../README.md")]
#![cfg(test)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "tests; what surrounds them counts as production code to the lints"
)]

// What the suites work with, each a door of the running stack.
mod admin_api;
mod functions;
mod notifications;
mod queues;
mod secrets;
mod stack;
mod storage;
mod supplier_site;
mod tables;
mod waiting;
mod world;

// What is uploaded and served.
mod catalogue;
mod price_list;

// The suites.
mod access;
mod cleanup;
mod crowds;
mod deliveries;
mod exports;
mod google_sheets;
mod matching;
mod pages_of_lists;
mod poison;
mod publications;
mod remote_service;
mod retries;
mod reviews;
mod sources;
mod syncs;
mod uploads;
mod ways;
