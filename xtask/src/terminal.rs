//! What a task shows while it works: one line per step, with the time it took.

use std::fmt::Display;
use std::io::{IsTerminal, Write};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::Result;

/// A step that has begun. Its line shows the time that passes; `done` and `failed` end it.
pub(crate) struct Step {
    title: String,
    began: Instant,
    shared: Arc<Mutex<Shared>>,
    ticker: Option<JoinHandle<()>>,
}

struct Shared {
    note: String,
    over: bool,
}

/// Begins a step.
pub(crate) fn step(title: impl Into<String>) -> Step {
    let title = title.into();
    let began = Instant::now();
    let shared = Arc::new(Mutex::new(Shared {
        note: String::new(),
        over: false,
    }));
    let live = std::io::stderr().is_terminal();
    if live {
        draw(&title, "", began);
    } else {
        eprintln!("  … {title}");
    }
    let ticker = std::thread::spawn({
        let (title, shared) = (title.clone(), Arc::clone(&shared));
        move || tick(&title, began, &shared, live)
    });
    Step {
        title,
        began,
        shared,
        ticker: Some(ticker),
    }
}

/// Runs `work` as a step.
pub(crate) fn timed<T>(title: &str, work: impl FnOnce(&Step) -> Result<T>) -> Result<T> {
    let step = step(title);
    match work(&step) {
        Ok(value) => {
            step.done("");
            Ok(value)
        }
        Err(error) => {
            step.failed();
            Err(error)
        }
    }
}

impl Step {
    /// Shows how far the step has come.
    pub(crate) fn note(&self, note: impl Display) {
        if let Ok(mut shared) = self.shared.lock() {
            shared.note = note.to_string();
        }
    }

    /// Ends the step well.
    pub(crate) fn done(self, note: impl Display) {
        let note = note.to_string();
        self.end("✓", &note);
    }

    /// Ends the step badly; the error itself is the caller's to show.
    pub(crate) fn failed(self) {
        self.end("✗", "");
    }

    fn end(mut self, mark: &str, note: &str) {
        if let Ok(mut shared) = self.shared.lock() {
            shared.over = true;
        }
        if let Some(ticker) = self.ticker.take() {
            ticker.thread().unpark();
            // A ticker that panicked has nothing to say.
            let _ = ticker.join();
        }
        let clear = if std::io::stderr().is_terminal() {
            "\r\x1b[K"
        } else {
            ""
        };
        let note = if note.is_empty() {
            String::new()
        } else {
            format!(" · {note}")
        };
        eprintln!(
            "{clear}  {mark} {}{note} ({})",
            self.title,
            seconds(self.began.elapsed())
        );
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        if let Ok(mut shared) = self.shared.lock() {
            shared.over = true;
        }
        if let Some(ticker) = self.ticker.take() {
            ticker.thread().unpark();
        }
    }
}

/// A duration for people.
pub(crate) fn seconds(duration: Duration) -> String {
    match duration.as_secs() {
        0..60 => format!("{:.1} s", duration.as_secs_f64()),
        whole => format!("{} min {:02} s", whole / 60, whole % 60),
    }
}

/// On a terminal the line is redrawn four times a second; elsewhere a line is written every half minute, so that a log
/// shows that the task is alive.
fn tick(title: &str, began: Instant, shared: &Mutex<Shared>, live: bool) {
    let pause = if live {
        Duration::from_millis(250)
    } else {
        Duration::from_secs(30)
    };
    loop {
        std::thread::park_timeout(pause);
        let Ok(shared) = shared.lock() else { return };
        if shared.over {
            return;
        }
        if live {
            draw(title, &shared.note, began);
        } else if began.elapsed() >= pause {
            eprintln!("    {title}: {} {}", seconds(began.elapsed()), shared.note);
        }
    }
}

fn draw(title: &str, note: &str, began: Instant) {
    eprint!("\r\x1b[K  … {title} {note} ({})", seconds(began.elapsed()));
    // Nothing to be done for a terminal that is gone.
    let _ = std::io::stderr().flush();
}
