use std::io::{IsTerminal, Write};

use chrono::DateTime;
use clap::{Args, ValueEnum};
use comfy_table::{Cell, Table};
use klartext_proto::to_canonical_json;
use klartext_proto::v1::journey_service_client::JourneyServiceClient;
use klartext_proto::v1::{
    Estimate, Figures, GetJourneyInsightsRequest, GetJourneyInsightsResponse, JourneyRow, PeriodFigures,
};

use super::filter_args::{FilterArgs, name_of};
use super::output::wide_table;
use super::{CliError, Exit, ServerArgs, connect};

/// In the order of the proto's numbers, from 1.
const DIMENSIONS: [&str; 8] =
    ["touchpoint", "phase", "owner", "channel", "topic", "friction", "survey-kind", "handover"];
const PERIODS: [&str; 3] = ["day", "week", "month"];
/// From the lowest value of a series to its highest.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FiguresFormat {
    /// For people.
    Table,
    /// The GetJourneyInsightsResponse message.
    Json,
    /// One line for each row and period; the line of the whole time has an empty period.
    Csv,
}

/// The journey in figures: volume, net sentiment, NPS, CSAT and friction, with 95 % intervals.
///
/// A figure in brackets rests on fewer answers, or mentions, than `--minimum`.
#[derive(Args)]
#[command(after_help = "Examples:\n  \
    klartext journey insights --by owner\n  \
    klartext journey insights --by touchpoint --period month --since 2026-01-01 --until 2027-01-01\n  \
    klartext journey insights --by handover --channel call-centre --format csv")]
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
    /// Community surveys too; they are left out otherwise.
    #[arg(long)]
    community: bool,
    /// How to print: a table on a terminal, json elsewhere.
    #[arg(long, value_enum)]
    format: Option<FiguresFormat>,
    #[command(flatten)]
    server: ServerArgs,
    #[command(flatten)]
    filter: FilterArgs,
}

pub async fn run(args: FiguresArgs) -> Result<Exit, CliError> {
    let mut filter = args.filter.filter()?;
    let journeys = std::mem::take(&mut filter.journeys);
    if journeys.len() > 1 {
        return Err(CliError::configuration("figures are of one journey: name one --journey".to_owned()));
    }
    let request = GetJourneyInsightsRequest {
        journey: journeys.into_iter().next().unwrap_or_default(),
        dimension: args.by,
        period: args.period.unwrap_or_default(),
        filter: Some(filter),
        include_community: args.community,
        minimum_volume: args.minimum,
    };
    let mut client = JourneyServiceClient::new(connect(&args.server).await?).max_decoding_message_size(usize::MAX);
    let figures = client.get_journey_insights(request).await?.into_inner();
    let in_pipe = if std::io::stdout().is_terminal() { FiguresFormat::Table } else { FiguresFormat::Json };
    let text = match args.format.unwrap_or(in_pipe) {
        FiguresFormat::Table => table(&figures, DIMENSIONS[(args.by - 1) as usize]).to_string(),
        FiguresFormat::Json => to_canonical_json(&figures).to_string(),
        FiguresFormat::Csv => csv_text(&figures)?,
    };
    writeln!(std::io::stdout(), "{}", text.trim_end()).map_err(CliError::failed)?;
    Ok(Exit::Done)
}

fn rows(figures: &GetJourneyInsightsResponse) -> impl Iterator<Item = &JourneyRow> {
    figures.rows.iter().chain(&figures.total)
}

fn table(figures: &GetJourneyInsightsResponse, dimension: &str) -> Table {
    let has_periods = figures.total.as_ref().is_some_and(|total| !total.periods.is_empty());
    let mut header = vec![dimension, "owner", "mentions", "comments", "net sentiment", "NPS", "CSAT", "friction"];
    header.extend(has_periods.then_some("over time"));
    let mut table = wide_table(&header);
    for row in rows(figures) {
        let name = if row.value.is_empty() { "all" } else { row.name.as_str() };
        let of_row = row.figures.clone().unwrap_or_default();
        let mut cells = vec![
            Cell::new(name),
            Cell::new(&row.owner),
            Cell::new(of_row.mentions),
            Cell::new(of_row.comments),
            Cell::new(estimate(of_row.net_sentiment.as_ref(), 0)),
            Cell::new(estimate(of_row.nps.as_ref(), 0)),
            Cell::new(estimate(of_row.csat.as_ref(), 2)),
            Cell::new(frictions(&of_row)),
        ];
        cells.extend(has_periods.then(|| Cell::new(sparkline(&row.periods))));
        table.add_row(cells);
    }
    table
}

/// "+12 (+3 to +21)"; in square brackets what rests on little.
fn estimate(estimate: Option<&Estimate>, decimals: usize) -> String {
    let Some(Estimate { value, low, high, few, .. }) = estimate.copied() else {
        return "–".to_owned();
    };
    let text = if decimals == 0 {
        format!("{value:+.0} ({low:+.0} to {high:+.0})")
    } else {
        format!("{value:.decimals$} ({low:.decimals$} to {high:.decimals$})")
    };
    if few { format!("[{text}]") } else { text }
}

/// Those that occur, in per cent of the mentions.
fn frictions(figures: &Figures) -> String {
    let found = figures.frictions.iter().filter(|rate| rate.mentions > 0);
    let shown = found.map(|rate| {
        let name = rate.kind().as_str_name().trim_start_matches("FRICTION_KIND_").to_lowercase().replace('_', " ");
        format!("{name} {:.0} %", rate.share * 100.0)
    });
    shown.collect::<Vec<_>>().join(", ")
}

/// Net sentiment from period to period, between the lowest and the highest of the row; a space where there is none.
fn sparkline(periods: &[PeriodFigures]) -> String {
    let net_sentiment = |period: &PeriodFigures| Some(period.figures.as_ref()?.net_sentiment.as_ref()?.value);
    let values: Vec<Option<f64>> = periods.iter().map(net_sentiment).collect();
    let lowest = values.iter().flatten().copied().fold(f64::INFINITY, f64::min);
    let highest = values.iter().flatten().copied().fold(f64::NEG_INFINITY, f64::max);
    let bar = |value: f64| {
        let place = if highest > lowest { (value - lowest) / (highest - lowest) } else { 0.5 };
        BARS[(place * (BARS.len() - 1) as f64).round() as usize]
    };
    values.iter().map(|value| value.map_or(' ', bar)).collect()
}

fn csv_text(figures: &GetJourneyInsightsResponse) -> Result<String, CliError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut header = "value,name,owner,phase,period,mentions,comments".to_owned();
    for figure in ["net_sentiment", "mean_sentiment", "nps", "csat"] {
        header += &format!(",{figure},{figure}_low,{figure}_high,{figure}_count");
    }
    header += ",waiting,repeated_contact,uncertainty,dead_end";
    writer.write_record(header.split(',')).map_err(CliError::failed)?;
    for row in rows(figures) {
        let whole = (String::new(), row.figures.as_ref());
        let periods = row.periods.iter().map(|period| (day(period), period.figures.as_ref()));
        for (period, of_period) in std::iter::once(whole).chain(periods) {
            let of_period = of_period.cloned().unwrap_or_default();
            let mut fields = vec![row.value.clone(), row.name.clone(), row.owner.clone(), row.phase.clone(), period];
            fields.extend([of_period.mentions.to_string(), of_period.comments.to_string()]);
            let estimates = [of_period.net_sentiment, of_period.mean_sentiment, of_period.nps, of_period.csat];
            for estimate in estimates {
                fields.extend(match estimate {
                    Some(Estimate { value, low, high, count, .. }) => {
                        [value.to_string(), low.to_string(), high.to_string(), count.to_string()]
                    }
                    None => [const { String::new() }; 4],
                });
            }
            fields.extend(of_period.frictions.iter().map(|rate| rate.mentions.to_string()));
            writer.write_record(fields).map_err(CliError::failed)?;
        }
    }
    String::from_utf8(writer.into_inner().map_err(CliError::failed)?).map_err(CliError::failed)
}

fn day(period: &PeriodFigures) -> String {
    let start = period.start.and_then(|start| DateTime::from_timestamp(start.seconds, 0));
    start.map(|start| start.date_naive().to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use klartext_proto::v1::{JourneyDimension, Period};

    use super::*;

    #[test]
    fn the_names_are_the_protos() {
        for (name, number) in DIMENSIONS.iter().zip(1..) {
            let dimension = JourneyDimension::try_from(number).expect("it is known").as_str_name();
            assert_eq!(dimension, format!("JOURNEY_DIMENSION_{}", name.to_uppercase().replace('-', "_")));
        }
        assert!(JourneyDimension::try_from(DIMENSIONS.len() as i32 + 1).is_err());
        for (name, number) in PERIODS.iter().zip(1..) {
            let period = Period::try_from(number).expect("it is known").as_str_name();
            assert_eq!(period, format!("PERIOD_{}", name.to_uppercase()));
        }
        assert!(Period::try_from(PERIODS.len() as i32 + 1).is_err());
    }

    #[test]
    fn a_sparkline_goes_from_the_lowest_to_the_highest() {
        let period = |value: Option<f64>| {
            let net_sentiment = value.map(|value| Estimate { value, ..Estimate::default() });
            PeriodFigures { figures: Some(Figures { net_sentiment, ..Figures::default() }), ..Default::default() }
        };
        let periods = [Some(-50.0), None, Some(0.0), Some(50.0)].map(period);
        assert_eq!(sparkline(&periods), "▁ ▅█");
    }
}
