//! Shows how far long work is: one line of the terminal, overwritten and taken away at the end.

use super::render::{Reporter, visible, width};
use std::io::Write as _;
use std::sync::Mutex;

/// How many columns the line may take; 0 while none is shown. There is one terminal.
static LINE: Mutex<usize> = Mutex::new(0);

/// The line, as long as it lives.
#[derive(Debug)]
pub(crate) struct Progress(());

impl Progress {
    /// Begins, if there is a terminal that can show it, and somebody who wants to see it.
    pub(crate) fn begin(reporter: &Reporter) -> Self {
        if reporter.shows_progress() {
            set(width());
        }
        Progress(())
    }

    /// Whether it is shown at all.
    pub(crate) fn is_shown() -> bool {
        columns() > 0
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if Self::is_shown() {
            write("");
            set(0);
        }
    }
}

/// Shows what is done now in the place of what was done before; nothing for nothing.
pub(crate) fn show(words: &str) {
    let columns = columns();
    if columns > 0 {
        // One column is left free: a cursor behind the last one is on the next line on some terminals.
        let fits = visible(words).chars().take(columns.saturating_sub(1)).collect::<String>();
        write(&fits);
    }
}

fn write(words: &str) {
    let mut out = std::io::stderr().lock();
    // Who cannot see it cannot be told so.
    let _ = write!(out, "\r\u{1b}[2K{words}").and_then(|()| out.flush());
}

fn columns() -> usize {
    LINE.lock().map_or(0, |columns| *columns)
}

fn set(columns: usize) {
    if let Ok(mut line) = LINE.lock() {
        *line = columns;
    }
}
