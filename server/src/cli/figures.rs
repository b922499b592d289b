use chrono::DateTime;
use clap::Args;
use comfy_table::Cell;
use klartext_proto::v1::{
    Estimate, Figures, GetJourneyInsightsRequest, GetJourneyInsightsResponse, JourneyRow, PeriodFigures,
};

use super::counted::CountedArgs;
use super::filter_args::{PERIODS, name_of};
use super::sheets::{bracketed, estimate, estimate_fields, number_table, sparkline};
use super::{CliError, Exit};

/// In the order of the proto's numbers, from 1.
pub const DIMENSIONS: [&str; 9] =
    ["touchpoint", "phase", "owner", "channel", "topic", "friction", "survey-kind", "handover", "given-touchpoint"];
/// The journey in figures: volume, net sentiment, NPS, CSAT and friction, with 95 % intervals.
///
/// A figure in brackets rests on fewer answers, or mentions, than `--minimum`.
#[derive(Args)]
#[command(after_help = "Examples:\n  \
    klartext journey insights --by owner\n  \
    klartext journey insights --by touchpoint --period month --since 2026-01-01 --until 2027-01-01\n  \
    klartext journey insights --by handover --channel call-centre --csv")]
pub struct FiguresArgs {
    /// What the figures are divided by.
    #[arg(long, default_value = "touchpoint", value_parser = name_of(&DIMENSIONS))]
    by: i32,
    /// Also over time; needs --since and --until. The last column shows net sentiment, period by period.
    #[arg(long, value_parser = name_of(&PERIODS))]
    period: Option<i32>,
    /// Figures that rest on fewer are put in brackets.
    #[arg(long, value_name = "COUNT", default_value_t = 30)]
    minimum: u32,
    #[command(flatten)]
    counted: CountedArgs,
}

pub async fn run(args: FiguresArgs) -> Result<Exit, CliError> {
    let (journey, filter) = args.counted.of_one_journey("figures")?;
    let request = GetJourneyInsightsRequest {
        journey,
        dimension: args.by,
        period: args.period.unwrap_or_default(),
        filter: Some(filter),
        include_community: args.counted.community,
        minimum_volume: args.minimum,
    };
    let figures = args.counted.client().await?.get_journey_insights(request).await?.into_inner();
    let dimension = DIMENSIONS[(args.by - 1) as usize];
    args.counted.sheet.print(&figures, |figures| table(figures, dimension), &csv_header(), csv_rows)?;
    Ok(Exit::Done)
}

fn rows(figures: &GetJourneyInsightsResponse) -> impl Iterator<Item = &JourneyRow> {
    figures.rows.iter().chain(&figures.total)
}

/// With a period, the figures over time take the place of owners and frictions: a row stays on its line.
fn table(figures: &GetJourneyInsightsResponse, dimension: &str) -> String {
    let has_periods = figures.total.as_ref().is_some_and(|total| !total.periods.is_empty());
    let has_owners = !has_periods && figures.rows.iter().any(|row| !row.owner.is_empty());
    let mut header = vec![dimension];
    header.extend(has_owners.then_some("owner"));
    header.extend(["mentions", "comments", "net sentiment", "NPS", "CSAT", "answered"]);
    header.extend(if has_periods { &["over time"][..] } else { &["W", "R", "U", "D"] });
    let mut table = number_table(&header, 1 + usize::from(has_owners));
    for row in rows(figures) {
        let name = if row.value.is_empty() { "all" } else { row.name.as_str() };
        let of_row = row.figures.clone().unwrap_or_default();
        let mut cells = vec![Cell::new(name)];
        cells.extend(has_owners.then(|| Cell::new(&row.owner)));
        cells.extend([
            Cell::new(of_row.mentions),
            Cell::new(of_row.comments),
            Cell::new(estimate(of_row.net_sentiment.as_ref(), 0)),
            Cell::new(estimate(of_row.nps.as_ref(), 0)),
            Cell::new(estimate(of_row.csat.as_ref(), 2)),
            Cell::new(share(of_row.share_answered.as_ref())),
        ]);
        if has_periods {
            cells.push(Cell::new(over_time(&row.periods)));
        } else {
            cells.extend(frictions(&of_row));
        }
        table.add_row(cells);
    }
    let legend = if has_periods {
        "over time: net sentiment, from the lowest of the row to its highest"
    } else {
        "per cent of the mentions that tell of W waiting, R repeated contact, U uncertainty, D a dead end"
    };
    format!("{table}\n{legend}")
}

/// "62 % of 13"; in square brackets what rests on little.
fn share(share: Option<&Estimate>) -> String {
    let Some(Estimate { value, count, few, .. }) = share else { return "–".to_owned() };
    bracketed(format!("{:.0} % of {count}", value * 100.0), *few)
}

/// In per cent of the mentions; nothing where there is none.
fn frictions(figures: &Figures) -> impl Iterator<Item = Cell> {
    let shown = |share: f64| if share > 0.0 { format!("{:.0}", share * 100.0) } else { String::new() };
    figures.frictions.iter().map(move |rate| Cell::new(shown(rate.share)))
}

fn over_time(periods: &[PeriodFigures]) -> String {
    let net_sentiment = |period: &PeriodFigures| Some(period.figures.as_ref()?.net_sentiment.as_ref()?.value);
    sparkline(&periods.iter().map(net_sentiment).collect::<Vec<_>>())
}

/// One line for each row and period; that of the whole time has an empty period.
fn csv_header() -> String {
    let mut header = "value,name,owner,phase,period,mentions,comments".to_owned();
    for figure in ["net_sentiment", "mean_sentiment", "nps", "csat", "answered"] {
        header += &format!(",{figure},{figure}_low,{figure}_high,{figure}_count");
    }
    header + ",waiting,repeated_contact,uncertainty,dead_end"
}

fn csv_rows(figures: &GetJourneyInsightsResponse) -> Vec<Vec<String>> {
    let mut lines = Vec::new();
    for row in rows(figures) {
        let whole = (String::new(), row.figures.as_ref());
        let periods = row.periods.iter().map(|period| (day(period), period.figures.as_ref()));
        for (period, of_period) in std::iter::once(whole).chain(periods) {
            let of_period = of_period.cloned().unwrap_or_default();
            let mut fields = vec![row.value.clone(), row.name.clone(), row.owner.clone(), row.phase.clone(), period];
            fields.extend([of_period.mentions.to_string(), of_period.comments.to_string()]);
            let estimates = [
                of_period.net_sentiment,
                of_period.mean_sentiment,
                of_period.nps,
                of_period.csat,
                of_period.share_answered,
            ];
            fields.extend(estimates.iter().flat_map(|estimate| estimate_fields(estimate.as_ref())));
            fields.extend(of_period.frictions.iter().map(|rate| rate.mentions.to_string()));
            lines.push(fields);
        }
    }
    lines
}

fn day(period: &PeriodFigures) -> String {
    let start = period.start.and_then(|start| DateTime::from_timestamp(start.seconds, 0));
    start.map(|start| start.date_naive().to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use klartext_proto::v1::JourneyDimension;

    use super::*;

    #[test]
    fn the_names_are_the_protos() {
        for (name, number) in DIMENSIONS.iter().zip(1..) {
            let dimension = JourneyDimension::try_from(number).expect("it is known").as_str_name();
            assert_eq!(dimension, format!("JOURNEY_DIMENSION_{}", name.to_uppercase().replace('-', "_")));
        }
        assert!(JourneyDimension::try_from(DIMENSIONS.len() as i32 + 1).is_err());
    }
}
