//! Choosing settings on what was held out of training.

use std::fmt;

use comfy_table::{Table, presets};

use crate::metrics::F1;

/// What can be set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    pub l2: f64,
    /// How far rare classes are weighted up: 0 leaves the frequencies, 1 makes all classes of a set count alike.
    pub balance: f64,
}

/// How settings did on held-out texts.
#[derive(Debug, Clone, Copy)]
pub struct Trial {
    pub settings: Settings,
    pub score: F1,
}

/// The best by the given score.
pub fn best(trials: &[Trial], score: fn(F1) -> f64) -> Option<Trial> {
    trials.iter().copied().max_by(|left, right| score(left.score).total_cmp(&score(right.score)))
}

/// The trials of one head, for people to read.
pub struct TrialTable<'a> {
    pub head: &'a str,
    pub trials: &'a [Trial],
}

impl fmt::Display for TrialTable<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new();
        table.load_style(presets::ASCII_MARKDOWN);
        table.set_header([self.head, "balance", "micro-F1", "macro-F1"]);
        for trial in self.trials {
            table.add_row([
                format!("l2 {:.0e}", trial.settings.l2),
                trial.settings.balance.to_string(),
                format!("{:.4}", trial.score.micro),
                format!("{:.4}", trial.score.macro_),
            ]);
        }
        write!(formatter, "{table}")
    }
}
