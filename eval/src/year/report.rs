use std::fmt;

use comfy_table::{Table, presets};
use klartext_proto::v1::JourneyFigure;

use super::{
    EffectReport, FalseAlarms, FigureReport, Found, GapReport, HiddenComplaints, MeasureReport, QuietReport, WEEKS,
    YearReport,
};

const NONE: &str = "–";
/// Of what an effect is seen by, the clearest are shown.
const SHOWN: usize = 3;

/// Markdown, for people.
pub struct YearTable<'a>(pub &'a YearReport);

impl fmt::Display for YearTable<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let report = self.0;
        writeln!(
            formatter,
            "{} comments of {WEEKS} weeks from {} texts; {} series looked through, significance {}; stored in {:.0} s, asked in \
             {:.1} s. The same changes counted without the service: {}.\n",
            report.comments,
            report.distinct_texts,
            report.tested_series,
            report.significance,
            report.seconds_to_store,
            report.seconds_to_answer,
            if report.service_agrees { "yes" } else { "no" },
        )?;
        writeln!(formatter, "{}\n", effects(report))?;
        writeln!(formatter, "{}\n", others(report))?;
        writeln!(formatter, "{}\n", quiet(report))?;
        writeln!(formatter, "{}\n", false_alarms(report))?;
        writeln!(formatter, "{}\n", gap(&report.gap))?;
        write!(formatter, "{}", measure(&report.measure))
    }
}

fn effects(report: &YearReport) -> Table {
    let mut table = markdown(&[
        "planted effect",
        "in week",
        "found since week",
        "said in week",
        "clearest by",
        "also by",
        "found in years",
        "weeks until said",
    ]);
    for effect in &report.effects {
        let EffectReport { found, week, first_said, found_in_years, median_weeks_until_said, .. } = effect;
        let clearest = found.first();
        table.add_row([
            effect.effect.name().to_owned(),
            week.to_string(),
            clearest.map_or(NONE.to_owned(), weeks),
            first_said.map_or(NONE.to_owned(), |week| week.to_string()),
            clearest.map_or(NONE.to_owned(), shown),
            found.iter().skip(1).take(SHOWN).map(shown).collect::<Vec<_>>().join("; "),
            format!("{found_in_years} of {}", report.years),
            median_weeks_until_said.map_or(NONE.to_owned(), |weeks| weeks.to_string()),
        ]);
    }
    table
}

fn others(report: &YearReport) -> Table {
    let mut table = markdown(&["also found in that year", "since week", "what", "p"]);
    let named = [("echo of an effect", &report.echoes), ("unexplained", &report.unexplained)];
    for (name, found) in named.iter().flat_map(|(name, all)| all.iter().map(move |found| (name, found))) {
        table.add_row([(*name).to_owned(), weeks(found), shown(found), format!("{:.4}", found.p_value)]);
    }
    table.add_row([
        "unexplained a year",
        "",
        &format!("{:.2} in {} years", report.unexplained_a_year, report.years),
        "",
    ]);
    table
}

fn quiet(report: &YearReport) -> Table {
    let mut table = markdown(&["quiet years", "years", "with an alarm", "share (95 %)"]);
    let row = |name: &str, quiet: &QuietReport| {
        let share = quiet.share.map_or(NONE.to_owned(), |interval| {
            let share = quiet.alarmed as f64 / quiet.years as f64;
            format!("{share:.3} ({:.3}–{:.3})", interval.low, interval.high)
        });
        [name.to_owned(), quiet.years.to_string(), quiet.alarmed.to_string(), share]
    };
    table.add_row(row("asked at the end of the year", &report.quiet));
    table.add_row(row("asked at the end of every week", &report.quiet_watched));
    table
}

fn false_alarms(report: &YearReport) -> Table {
    let mut table = markdown(&["alarms of quiet years", "figure", "years"]);
    for FalseAlarms { dimension, figure, years } in &report.false_alarms {
        let dimension = dimension.as_str_name().trim_start_matches("JOURNEY_DIMENSION_").to_lowercase();
        table.add_row([dimension.replace('_', " "), name_of(*figure), years.to_string()]);
    }
    table
}

fn gap(gap: &GapReport) -> Table {
    let mut table = markdown(&["gap", "rated comments", "CSAT", "hidden complaints", "mostly about", "rank"]);
    for (when, hidden) in [("before it", &gap.before), ("since then", &gap.since)] {
        let name = format!("{}, {when}", gap.touchpoint);
        match hidden {
            Some(HiddenComplaints { csat, share, rated, rank, mostly_about }) => table.add_row([
                name,
                rated.to_string(),
                csat.map_or(NONE.to_owned(), |csat| format!("{csat:.2}")),
                format!("{:.0} %", share * 100.0),
                if mostly_about.is_empty() { "no touchpoint named".to_owned() } else { mostly_about.clone() },
                rank.to_string(),
            ]),
            None => table.add_row([name.as_str(), NONE, NONE, NONE, NONE, NONE]),
        };
    }
    table
}

fn measure(measure: &MeasureReport) -> Table {
    let mut table = markdown(&["measure", "figure", "before", "after", "effect (95 %)", "p"]);
    for FigureReport { figure, before, after, effect, interval, p_value } in &measure.figures {
        table.add_row([
            measure.touchpoint.clone(),
            figure.clone(),
            format!("{before:.2}"),
            format!("{after:.2}"),
            format!("{effect:+.2} ({:+.2}–{:+.2})", interval.low, interval.high),
            format!("{p_value:.4}"),
        ]);
    }
    table
}

fn markdown(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table.set_header(header);
    table
}

/// "21 (20–23)".
fn weeks(found: &Found) -> String {
    format!("{} ({}–{})", found.since, found.earliest, found.latest)
}

/// "net sentiment at billing -20 → -55".
fn shown(found: &Found) -> String {
    let Found { value, before, after, figure, .. } = found;
    let name = name_of(*figure);
    let number = |value: f64| match figure {
        JourneyFigure::NetSentiment | JourneyFigure::Nps => format!("{value:+.0}"),
        JourneyFigure::Csat => format!("{value:.2}"),
        _ => format!("{:.0} %", value * 100.0),
    };
    format!("{name} of {value} {} → {}", number(*before), number(*after))
}

/// "net sentiment".
fn name_of(figure: JourneyFigure) -> String {
    figure.as_str_name().trim_start_matches("JOURNEY_FIGURE_").to_lowercase().replace('_', " ")
}
