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
    /// Weight of a mention in a joined text; 0 trains on single texts only.
    pub pair_weight: f32,
}

/// How settings did on the held-out singles and joined texts.
#[derive(Debug, Clone, Copy)]
pub struct Trial {
    pub settings: Settings,
    pub singles: F1,
    pub pairs: F1,
}

/// How much may be lost on single texts for the sake of mentions in longer ones.
const ALLOWED_LOSS: f64 = 0.005;

/// The best on pairs among those that lose no more than half a point on singles, by the given score.
pub fn best(trials: &[Trial], score: fn(F1) -> f64) -> Option<Trial> {
    let best_singles = trials.iter().map(|trial| score(trial.singles)).fold(f64::NEG_INFINITY, f64::max);
    let good = trials.iter().filter(|trial| score(trial.singles) >= best_singles - ALLOWED_LOSS);
    good.copied().max_by(|left, right| score(left.pairs).total_cmp(&score(right.pairs)))
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
        table.set_header([self.head, "balance", "pair weight", "singles micro", "macro", "pairs micro", "macro"]);
        for trial in self.trials {
            table.add_row([
                format!("l2 {:.0e}", trial.settings.l2),
                trial.settings.balance.to_string(),
                trial.settings.pair_weight.to_string(),
                format!("{:.4}", trial.singles.micro),
                format!("{:.4}", trial.singles.macro_),
                format!("{:.4}", trial.pairs.micro),
                format!("{:.4}", trial.pairs.macro_),
            ]);
        }
        write!(formatter, "{table}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trial(l2: f64, singles: f64, pairs: f64) -> Trial {
        let f1 = |value| F1 { micro: value, macro_: value };
        Trial { settings: Settings { l2, balance: 0.0, pair_weight: 0.0 }, singles: f1(singles), pairs: f1(pairs) }
    }

    #[test]
    fn pairs_decide_where_singles_hardly_suffer() {
        let trials = [trial(1.0, 0.700, 0.60), trial(2.0, 0.697, 0.65), trial(3.0, 0.690, 0.70)];
        assert_eq!(best(&trials, F1::mean).map(|trial| trial.settings.l2), Some(2.0));
        assert!(best(&[], F1::mean).is_none());
    }
}
