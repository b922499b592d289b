use chrono::DateTime;
use clap::Args;
use comfy_table::{Cell, Table};
use klartext_proto::v1::{Estimate, JourneyChange, JourneyFigure, ListChangesRequest, ListChangesResponse};
use prost_types::Timestamp;

use super::counted::CountedArgs;
use super::figures::DIMENSIONS;
use super::filter_args::name_of;
use super::output::{in_words, wide_table};
use super::sheets::{bracketed, estimate_fields, sparkline};
use super::{CliError, Exit};

/// In the order of the proto's numbers, from 1.
const FIGURES: [&str; 9] = [
    "volume",
    "net-sentiment",
    "negative-share",
    "nps",
    "csat",
    "waiting",
    "repeated-contact",
    "uncertainty",
    "dead-end",
];

/// Figures of the journey that are others since some week, beyond chance and beyond what the rest of the journey did.
///
/// Every figure of every value is looked at, week by week; the p-values are corrected for that. In brackets 95 % intervals.
#[derive(Args)]
#[command(after_help = "Examples:\n  \
    klartext journey changes --since 2026-01-05 --until 2027-01-04\n  \
    klartext journey changes --by handover,channel --figure nps,waiting --since 2026-06-01 --until 2026-12-28 --csv")]
pub struct ChangesArgs {
    /// Whose values are looked at [default: touchpoint, owner, channel, topic, friction, handover, given-touchpoint].
    #[arg(long, value_delimiter = ',', value_parser = name_of(&DIMENSIONS))]
    by: Vec<i32>,
    /// Which figures [default: all].
    #[arg(long, value_delimiter = ',', value_parser = name_of(&FIGURES))]
    figure: Vec<i32>,
    /// Mentions, or answers, that there must be before and after a change.
    #[arg(long, value_name = "COUNT", default_value_t = 30)]
    minimum: u32,
    /// Largest p-value: the probability that anything is listed for a time without changes. Ask every week with 0.003.
    #[arg(long, value_name = "P", default_value_t = 0.02)]
    significance: f64,
    #[command(flatten)]
    counted: CountedArgs,
}

pub async fn run(args: ChangesArgs) -> Result<Exit, CliError> {
    let (journey, filter) = args.counted.of_one_journey("changes")?;
    let request = ListChangesRequest {
        journey,
        dimensions: args.by,
        figures: args.figure,
        filter: Some(filter),
        include_community: args.counted.community,
        minimum_volume: args.minimum,
        significance: args.significance,
    };
    let found = args.counted.client().await?.list_changes(request).await?.into_inner();
    args.counted.sheet.print(&found, shown_changes, &csv_header(), csv_rows)?;
    Ok(Exit::Done)
}

fn shown_changes(found: &ListChangesResponse) -> String {
    format!("{}\n{} series of {} weeks were looked through", table(found), found.tested, found.weeks)
}

fn table(found: &ListChangesResponse) -> Table {
    let mut table =
        wide_table(&["where", "figure", "since", "before", "after", "beyond the rest", "p", "rest", "week by week"]);
    for change in &found.changes {
        let values: Vec<Option<f64>> = change.weeks.iter().map(|week| week.value).collect();
        table.add_row([
            Cell::new(format!("{} ({})", change.name, dimension(change))),
            Cell::new(figure(change)),
            Cell::new(format!("{} ({}…{})", day(change.since), day(change.since_earliest), day(change.since_latest))),
            Cell::new(shown(change, change.before.as_ref())),
            Cell::new(shown(change, change.after.as_ref())),
            Cell::new(shown_with_interval(change, change.difference.as_ref())),
            Cell::new(p_value(change.p_value)),
            Cell::new(rest(change)),
            Cell::new(sparkline(&values)),
        ]);
    }
    table
}

fn dimension(change: &JourneyChange) -> String {
    in_words(change.dimension().as_str_name(), "JOURNEY_DIMENSION_")
}

fn figure(change: &JourneyChange) -> String {
    in_words(change.figure().as_str_name(), "JOURNEY_FIGURE_")
}

/// In the figure's unit: points, answers, or per cent.
fn number(figure: JourneyFigure, value: f64) -> String {
    match figure {
        JourneyFigure::NetSentiment | JourneyFigure::Nps => format!("{value:+.0}"),
        JourneyFigure::Csat => format!("{value:.2}"),
        _ => format!("{:.1} %", value * 100.0),
    }
}

/// In square brackets what rests on little.
fn shown(change: &JourneyChange, estimate: Option<&Estimate>) -> String {
    let Some(estimate) = estimate else { return "–".to_owned() };
    bracketed(number(change.figure(), estimate.value), estimate.few)
}

fn shown_with_interval(change: &JourneyChange, estimate: Option<&Estimate>) -> String {
    let Some(Estimate { value, low, high, .. }) = estimate.copied() else { return "–".to_owned() };
    let [value, low, high] = [value, low, high].map(|value| number(change.figure(), value));
    format!("{value} ({low}…{high})")
}

/// What the others did meanwhile.
fn rest(change: &JourneyChange) -> String {
    if change.rest_before.is_none() {
        return "–".to_owned();
    }
    let [before, after] = [&change.rest_before, &change.rest_after].map(|rest| shown(change, rest.as_ref()));
    let moved = if change.journey_moved { ", moved too" } else { "" };
    format!("{before} → {after}{moved}")
}

fn p_value(p_value: f64) -> String {
    if p_value < 0.001 { "< 0.001".to_owned() } else { format!("{p_value:.3}") }
}

fn day(time: Option<Timestamp>) -> String {
    let time = time.and_then(|time| DateTime::from_timestamp(time.seconds, 0));
    time.map(|time| time.date_naive().to_string()).unwrap_or_default()
}

fn csv_header() -> String {
    let mut header = "dimension,value,name,owner,phase,figure,since,since_earliest,since_latest,p_value".to_owned();
    for estimate in ["before", "after", "difference", "rest_before", "rest_after"] {
        header += &format!(",{estimate},{estimate}_low,{estimate}_high,{estimate}_count");
    }
    header + ",journey_moved"
}

fn csv_rows(found: &ListChangesResponse) -> Vec<Vec<String>> {
    let row = |change: &JourneyChange| {
        let mut fields = vec![dimension(change), change.value.clone(), change.name.clone(), change.owner.clone()];
        fields.extend([change.phase.clone(), figure(change)]);
        fields.extend([change.since, change.since_earliest, change.since_latest].map(day));
        fields.push(change.p_value.to_string());
        let estimates = [change.before, change.after, change.difference, change.rest_before, change.rest_after];
        fields.extend(estimates.iter().flat_map(|estimate| estimate_fields(estimate.as_ref())));
        fields.push(change.journey_moved.to_string());
        fields
    };
    found.changes.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_the_protos() {
        for (name, number) in FIGURES.iter().zip(1..) {
            let figure = JourneyFigure::try_from(number).expect("it is known").as_str_name();
            assert_eq!(figure, format!("JOURNEY_FIGURE_{}", name.to_uppercase().replace('-', "_")));
        }
        assert!(JourneyFigure::try_from(FIGURES.len() as i32 + 1).is_err());
    }

    #[test]
    fn figures_are_shown_in_their_unit() {
        let change = |figure: JourneyFigure| JourneyChange { figure: figure.into(), ..JourneyChange::default() };
        let estimate = |value: f64| Estimate { value, low: value, high: value, count: 50, few: false };
        assert_eq!(shown(&change(JourneyFigure::Nps), Some(&estimate(-12.4))), "-12");
        assert_eq!(shown(&change(JourneyFigure::Waiting), Some(&estimate(0.125))), "12.5 %");
        let few = Estimate { few: true, ..estimate(3.5) };
        assert_eq!(shown(&change(JourneyFigure::Csat), Some(&few)), "[3.50]");
        assert_eq!(rest(&change(JourneyFigure::Volume)), "–");
    }
}
