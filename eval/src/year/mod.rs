//! A year with planted effects: what does the service find, when, and how often does it find something where there is nothing?
//!
//! A year's comments are drawn from the gold comments by their labels, with times, scores, channels and context. The first
//! year is sent to the real service, stored there, and the service is asked for changes, at the end of the year and at the end
//! of every week. Further years, and the quiet ones, are counted here from what the service says about the same texts: labels
//! do not depend on a comment's neighbours, so nothing would be learnt by encoding them again. That both ways find the same in
//! the first year is part of the report.

mod asked;
mod counted;
mod plan;
mod recipe;
mod report;

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

use klartext_models::changes::ChangeOptions;
use klartext_proto::v1::{JourneyDimension, JourneyFigure};
use serde::{Serialize, Serializer};

pub use asked::{FigureReport, GapReport, HiddenComplaints, MeasureReport};
pub use plan::{Effect, JOURNEY, WEEKS};
pub use report::YearTable;

use crate::Result;
use crate::gold::GoldComment;
use crate::metrics::Interval;
use crate::service::Service;
use counted::{CountedYear, Insights};
use recipe::{Drawn, Recipe};

/// The service is asked from this week on, when it has as many as it needs.
const FIRST_ASKED: usize = 12;

#[derive(Debug, Clone)]
pub struct YearOptions {
    /// Comments a week, on average.
    pub a_week: f64,
    /// Years with planted effects; the first goes through the service.
    pub years: usize,
    /// Years without, but with season and noise.
    pub quiet_years: usize,
    /// Of those, so many are also looked at in every week.
    pub watched_quiet_years: usize,
    pub seed: u64,
    pub significance: f64,
}

/// Something that has changed, as far as it is judged. Weeks count from 1.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Found {
    #[serde(serialize_with = "name_of_dimension")]
    pub dimension: JourneyDimension,
    pub value: String,
    #[serde(serialize_with = "name_of_figure")]
    pub figure: JourneyFigure,
    pub since: usize,
    pub earliest: usize,
    pub latest: usize,
    pub before: f64,
    pub after: f64,
    /// After less before, beyond what the rest explains.
    pub difference: f64,
    pub p_value: f64,
}

/// What became of a planted effect.
#[derive(Debug, Clone, Serialize)]
pub struct EffectReport {
    pub effect: Effect,
    pub week: usize,
    /// In the year that the service was asked about, at its end: all that the effect explains, the clearest first.
    pub found: Vec<Found>,
    /// The week at whose end the service first said so, where that was asked every week.
    pub first_said: Option<usize>,
    /// Over all years: in how many it is found at the end, and how many weeks after it began it is said first, the median.
    pub found_in_years: usize,
    pub median_weeks_until_said: Option<usize>,
}

#[derive(Debug, Clone, Serialize)]
pub struct QuietReport {
    pub years: usize,
    /// Years at whose end something is found.
    pub alarmed: usize,
    /// Wilson's 95 % interval of the share.
    pub share: Option<Interval>,
}

/// Alarms at the end of quiet years.
#[derive(Debug, Clone, Serialize)]
pub struct FalseAlarms {
    #[serde(serialize_with = "name_of_dimension")]
    pub dimension: JourneyDimension,
    #[serde(serialize_with = "name_of_figure")]
    pub figure: JourneyFigure,
    /// Years with such an alarm.
    pub years: usize,
}

#[derive(Debug, Clone, Serialize)]
pub struct YearReport {
    pub comments: usize,
    pub distinct_texts: usize,
    pub tested_series: usize,
    pub years: usize,
    pub significance: f64,
    pub effects: Vec<EffectReport>,
    /// Found in the service's year in a week of an effect, but elsewhere.
    pub echoes: Vec<Found>,
    /// Found there and explained by nothing.
    pub unexplained: Vec<Found>,
    /// Unexplained by year, over all years.
    pub unexplained_a_year: f64,
    /// Do the service's counts and this program's find the same changes?
    pub service_agrees: bool,
    pub quiet: QuietReport,
    /// What the quiet years' alarms are of, the most frequent first.
    pub false_alarms: Vec<FalseAlarms>,
    /// Asked every week: an alarm in any of them.
    pub quiet_watched: QuietReport,
    /// What the service says beside the changes: about the touchpoint that is rated well, and about the measure.
    pub gap: GapReport,
    pub measure: MeasureReport,
    pub seconds_to_store: f64,
    pub seconds_to_answer: f64,
}

/// # Errors
/// Too few gold comments, or the service does not answer.
pub fn measure(gold: &[GoldComment], service: &Service, options: &YearOptions) -> Result<YearReport> {
    let recipe = Recipe::new(gold)?;
    let year = |effects: &[Effect], number: usize| {
        recipe.year(effects, options.a_week, options.seed.wrapping_add(number as u64))
    };
    let planted: Vec<Vec<Drawn>> = (0..options.years.max(1)).map(|number| year(&Effect::ALL, number)).collect();
    // Seeds of their own.
    let quiet: Vec<Vec<Drawn>> = (0..options.quiet_years).map(|number| year(&[], 1_000_000 + number)).collect();
    let insights = insights_of(planted.iter().chain(&quiet).flatten(), gold, service)?;
    let chances = ChangeOptions { significance: options.significance, ..ChangeOptions::default() };

    let first = &planted[0];
    let started = std::time::Instant::now();
    service.store(first.iter().enumerate().map(|(number, drawn)| drawn.to_send(number, gold)).collect())?;
    let seconds_to_store = started.elapsed().as_secs_f64();
    let started = std::time::Instant::now();
    let (at_the_end, tested_series) = asked::changes(service, WEEKS, options.significance)?;
    let seconds_to_answer = started.elapsed().as_secs_f64();
    let counted = CountedYear::new(first, &insights).changes(WEEKS, &chances);
    let said: Vec<Vec<Found>> = (FIRST_ASKED..=WEEKS)
        .map(|weeks| Ok(asked::changes(service, weeks, options.significance)?.0))
        .collect::<Result<_>>()?;

    let mut years = vec![Watched { at_the_end: at_the_end.clone(), weekly: said }];
    years.extend(planted[1..].iter().map(|year| Watched::counted(year, &insights, &chances)));
    let effects = Effect::ALL.map(|effect| effect_report(effect, &years)).to_vec();
    let (echoes, unexplained): (Vec<Found>, Vec<Found>) =
        at_the_end.iter().filter(|found| !is_explained(found)).cloned().partition(is_echo);
    let all_unexplained: usize = years
        .iter()
        .map(|year| year.at_the_end.iter().filter(|found| !is_explained(found) && !is_echo(found)).count())
        .sum();
    let alarms: Vec<Vec<Found>> =
        quiet.iter().map(|year| CountedYear::new(year, &insights).changes(WEEKS, &chances)).collect();
    let is_ever_alarmed =
        |year: &&Vec<Drawn>| Watched::counted(year, &insights, &chances).weekly.iter().any(|found| !found.is_empty());
    let watched = &quiet[..options.watched_quiet_years.min(quiet.len())];
    Ok(YearReport {
        comments: first.len(),
        distinct_texts: first.iter().map(|drawn| drawn.text).collect::<BTreeSet<usize>>().len(),
        tested_series,
        years: years.len(),
        significance: options.significance,
        effects,
        echoes,
        unexplained,
        unexplained_a_year: all_unexplained as f64 / years.len() as f64,
        service_agrees: agree(&at_the_end, &counted),
        quiet: QuietReport::of(quiet.len(), alarms.iter().filter(|year| !year.is_empty()).count()),
        false_alarms: FalseAlarms::of(&alarms),
        quiet_watched: QuietReport::of(watched.len(), watched.iter().filter(is_ever_alarmed).count()),
        gap: asked::gap(service)?,
        measure: asked::measure(service)?,
        seconds_to_store,
        seconds_to_answer,
    })
}

/// A year's answers: at its end, and at the end of each week from [`FIRST_ASKED`] on.
struct Watched {
    at_the_end: Vec<Found>,
    weekly: Vec<Vec<Found>>,
}

impl Watched {
    fn counted(year: &[Drawn], insights: &Insights, options: &ChangeOptions) -> Self {
        let counted = CountedYear::new(year, insights);
        let weekly: Vec<Vec<Found>> = (FIRST_ASKED..=WEEKS).map(|weeks| counted.changes(weeks, options)).collect();
        Self { at_the_end: weekly.last().cloned().unwrap_or_default(), weekly }
    }

    fn first_said(&self, effect: Effect) -> Option<usize> {
        let mut weeks = (FIRST_ASKED..).zip(&self.weekly).filter(|(weeks, _)| *weeks >= effect.week());
        weeks.find(|(_, found)| found.iter().any(|found| effect.explains(found))).map(|(weeks, _)| weeks)
    }
}

fn effect_report(effect: Effect, years: &[Watched]) -> EffectReport {
    let explained = |year: &Watched| -> Vec<Found> {
        year.at_the_end.iter().filter(|found| effect.explains(found)).cloned().collect()
    };
    let mut weeks_until: Vec<usize> =
        years.iter().filter_map(|year| Some(year.first_said(effect)? + 1 - effect.week())).collect();
    weeks_until.sort_unstable();
    EffectReport {
        effect,
        week: effect.week(),
        found: years.first().map(explained).unwrap_or_default(),
        first_said: years.first().and_then(|year| year.first_said(effect)),
        found_in_years: years.iter().filter(|year| !explained(year).is_empty()).count(),
        median_weeks_until_said: weeks_until.get(weeks_until.len() / 2).copied(),
    }
}

fn is_explained(found: &Found) -> bool {
    Effect::ALL.iter().any(|effect| effect.explains(found))
}

fn is_echo(found: &Found) -> bool {
    Effect::ALL.iter().any(|effect| effect.is_near(found))
}

/// The same figures of the same values since the same weeks.
fn agree(one: &[Found], other: &[Found]) -> bool {
    let key = |found: &Found| (found.dimension as i32, found.value.clone(), found.figure as i32, found.since);
    let [mut one, mut other] = [one, other].map(|all| all.iter().map(key).collect::<Vec<_>>());
    one.sort();
    other.sort();
    one == other
}

/// Each text once with each touchpoint that it is sent with; nothing is stored.
fn insights_of<'a>(
    drawn: impl Iterator<Item = &'a Drawn>,
    gold: &[GoldComment],
    service: &Service,
) -> Result<Insights> {
    let mut different: HashMap<(usize, &'static str), &Drawn> = HashMap::new();
    drawn.for_each(|drawn| {
        different.entry((drawn.text, drawn.touchpoint)).or_insert(drawn);
    });
    let (keys, drawn): (Vec<_>, Vec<_>) = different.into_iter().unzip();
    let sent = drawn.iter().enumerate().map(|(number, drawn)| drawn.to_send(number, gold));
    Ok(keys.into_iter().zip(service.insights(sent.collect())?).collect())
}

impl QuietReport {
    fn of(years: usize, alarmed: usize) -> Self {
        Self { years, alarmed, share: wilson(alarmed, years) }
    }
}

impl FalseAlarms {
    fn of(years: &[Vec<Found>]) -> Vec<Self> {
        let mut counts: Vec<Self> = Vec::new();
        for year in years {
            let kinds: BTreeSet<_> = year.iter().map(|found| (found.dimension, found.figure)).collect();
            for (dimension, figure) in kinds {
                match counts.iter_mut().find(|alarms| (alarms.dimension, alarms.figure) == (dimension, figure)) {
                    Some(alarms) => alarms.years += 1,
                    None => counts.push(Self { dimension, figure, years: 1 }),
                }
            }
        }
        counts.sort_by_key(|alarms| (Reverse(alarms.years), alarms.dimension, alarms.figure));
        counts
    }
}

/// The 95 % interval of a share (Wilson 1927). `None` of nothing.
fn wilson(happened: usize, count: usize) -> Option<Interval> {
    const NORMAL_QUANTILE: f64 = 1.959_964;
    let (count, square) = (count as f64, NORMAL_QUANTILE * NORMAL_QUANTILE);
    let share = happened as f64 / count;
    let middle = share + square / (2.0 * count);
    let margin = NORMAL_QUANTILE * (share * (1.0 - share) / count + square / (4.0 * count * count)).sqrt();
    let scale = 1.0 + square / count;
    (count > 0.0).then(|| Interval { low: ((middle - margin) / scale).max(0.0), high: (middle + margin) / scale })
}

fn name_of_dimension<S: Serializer>(
    dimension: &JourneyDimension,
    serializer: S,
) -> std::result::Result<S::Ok, S::Error> {
    serializer.serialize_str(dimension.as_str_name())
}

fn name_of_figure<S: Serializer>(figure: &JourneyFigure, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.serialize_str(figure.as_str_name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_of_a_share_is_wilsons() {
        let interval = wilson(3, 200).expect("there are some");
        assert!((interval.low - 0.005_113).abs() < 1e-5 && (interval.high - 0.043_166).abs() < 1e-5, "{interval:?}");
        assert_eq!(wilson(0, 0), None);
        assert_eq!(wilson(0, 100).map(|interval| interval.low), Some(0.0));
    }
}
