//! `klartext measures`: record what was done, and see whether it helped.

use clap::{Args, Subcommand};
use comfy_table::Cell;
use klartext_proto::v1;
use klartext_proto::v1::measure::Place;
use klartext_proto::v1::measure_service_client::MeasureServiceClient;
use klartext_proto::v1::{Difference, FigureEffect, Measure, MeasureEffect, MeasureFigure, MeasureWeek};
use prost_types::Timestamp;
use tonic::transport::Channel;

use super::filter_args::FilterArgs;
use super::output::{in_words, shown_time, table_with_ids};
use super::paging::all_pages;
use super::rows::parse_time;
use super::sheets::{SheetArgs, bracketed, estimate_fields, number_table, signed, sparkline};
use super::{CliError, Exit, ServerArgs, connect};

/// Between the owners of a handover, as figures write it.
const ARROW: &str = " -> ";
/// Where texts leave open which owner it is.
const OPEN: &str = "?";

#[derive(Subcommand)]
pub enum MeasuresCommand {
    /// Record what was done, where and when.
    #[command(after_help = "Examples:\n  \
        klartext measures add \"Zwei Personen mehr am Telefon\" --touchpoint hotline --start 2026-03-02 --by anna\n  \
        klartext measures add \"Übergabe mit Ticket\" --handover \"Vertrieb -> Service\" --start 2026-03-02 --by anna")]
    Add(Box<AddArgs>),
    /// List measures, latest start first.
    List(ListArgs),
    /// Show one.
    Show(OneArgs),
    /// Say it anew: everything that is not named becomes empty.
    Edit(Box<EditArgs>),
    /// The figures before and after, against those of the other touchpoints in the same time.
    Effect(Box<EffectArgs>),
    /// Take one out of the lists.
    Remove(RemoveArgs),
}

#[derive(Args)]
struct Shared {
    #[command(flatten)]
    sheet: SheetArgs,
    #[command(flatten)]
    server: ServerArgs,
}

impl Shared {
    async fn client(&self) -> Result<MeasureServiceClient<Channel>, CliError> {
        Ok(MeasureServiceClient::new(connect(&self.server).await?).max_decoding_message_size(usize::MAX))
    }

    fn show(&self, measure: &Measure) -> Result<(), CliError> {
        self.sheet.print(measure, in_full, HEADER, |measure| vec![fields(measure)])
    }
}

#[derive(Args)]
struct ContentArgs {
    /// What was done.
    title: String,
    #[command(flatten)]
    place: PlaceArgs,
    /// When it began: 2026-01-31 (its beginning, UTC) or 2026-01-31T14:05:00Z.
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    start: Timestamp,
    /// When it was in force everywhere; at once when left out.
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    rolled_out: Option<Timestamp>,
    /// Who did it: a person or a department; the owner of the touchpoint when left out.
    #[arg(long, value_name = "NAME", default_value = "")]
    done_by: String,
    #[arg(long, default_value = "")]
    note: String,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
struct PlaceArgs {
    /// By id.
    #[arg(long)]
    touchpoint: Option<String>,
    /// Between two owners, as "Vertrieb -> Service"; "?" for one that texts leave open.
    #[arg(long)]
    handover: Option<String>,
    /// By id.
    #[arg(long)]
    pain_point: Option<String>,
}

#[derive(Args)]
pub struct AddArgs {
    #[command(flatten)]
    content: ContentArgs,
    /// The journey; the service's default when left out.
    #[arg(long, default_value = "")]
    journey: String,
    /// Who records it: a name or a pseudonym.
    #[arg(long, value_name = "NAME")]
    by: String,
    /// Makes recording it twice the same as once.
    #[arg(long, value_name = "ID", default_value = "")]
    request_id: String,
    #[command(flatten)]
    shared: Shared,
}

#[derive(Args)]
pub struct EditArgs {
    /// Its id.
    id: String,
    #[command(flatten)]
    content: ContentArgs,
    /// Who changes it: a name or a pseudonym.
    #[arg(long, value_name = "NAME")]
    by: String,
    #[command(flatten)]
    shared: Shared,
}

#[derive(Args)]
pub struct ListArgs {
    /// The journey; all of them when left out.
    #[arg(long, default_value = "")]
    journey: String,
    /// Of this touchpoint, by id.
    #[arg(long, default_value = "")]
    touchpoint: String,
    /// Deleted ones too.
    #[arg(long)]
    deleted: bool,
    /// At most so many.
    #[arg(long, default_value_t = 50)]
    limit: usize,
    #[command(flatten)]
    shared: Shared,
}

#[derive(Args)]
pub struct OneArgs {
    /// Its id.
    id: String,
    #[command(flatten)]
    shared: Shared,
}

#[derive(Args)]
pub struct RemoveArgs {
    /// Its id.
    id: String,
    /// Who does it: a name or a pseudonym.
    #[arg(long, value_name = "NAME")]
    by: String,
    #[command(flatten)]
    shared: Shared,
}

/// Each figure of the measure's place before and after it, and how much more it changed than that of the other
/// touchpoints (difference in differences). A small p before the measure says that they drifted apart already.
#[derive(Args)]
pub struct EffectArgs {
    /// Its id.
    id: String,
    /// Weeks before the start and after the roll-out.
    #[arg(long, value_name = "COUNT", default_value_t = 8)]
    weeks_before: u32,
    #[arg(long, value_name = "COUNT", default_value_t = 8)]
    weeks_after: u32,
    /// Figures that rest on fewer are put in brackets.
    #[arg(long, value_name = "COUNT", default_value_t = 30)]
    minimum: u32,
    /// Community surveys too; they are left out otherwise.
    #[arg(long)]
    community: bool,
    #[command(flatten)]
    shared: Shared,
    #[command(flatten)]
    filter: FilterArgs,
}

pub async fn run(command: MeasuresCommand) -> Result<Exit, CliError> {
    match command {
        MeasuresCommand::Add(args) => add(*args).await?,
        MeasuresCommand::List(args) => list(args).await?,
        MeasuresCommand::Show(OneArgs { id, shared }) => {
            let request = v1::GetMeasureRequest { measure_id: id };
            shared.show(&shared.client().await?.get(request).await?.into_inner())?;
        }
        MeasuresCommand::Edit(args) => edit(*args).await?,
        MeasuresCommand::Effect(args) => effect(*args).await?,
        MeasuresCommand::Remove(RemoveArgs { id, by, shared }) => {
            let request = v1::DeleteMeasureRequest { measure_id: id, by };
            shared.show(&shared.client().await?.delete(request).await?.into_inner())?;
        }
    }
    Ok(Exit::Done)
}

async fn add(args: AddArgs) -> Result<(), CliError> {
    let AddArgs { content, journey, by, request_id, shared } = args;
    let measure = Some(Measure { journey, ..content.measure()? });
    let request = v1::CreateMeasureRequest { measure, by, request_id };
    shared.show(&shared.client().await?.create(request).await?.into_inner())
}

async fn edit(args: EditArgs) -> Result<(), CliError> {
    let EditArgs { id, content, by, shared } = args;
    let measure = Some(Measure { measure_id: id, ..content.measure()? });
    shared.show(&shared.client().await?.update(v1::UpdateMeasureRequest { measure, by }).await?.into_inner())
}

async fn list(args: ListArgs) -> Result<(), CliError> {
    let ListArgs { journey, touchpoint, deleted, limit, shared } = args;
    let mut client = shared.client().await?;
    let request = v1::ListMeasuresRequest { journey, touchpoint, show_deleted: deleted, ..Default::default() };
    let measures = all_pages(limit, async |page_size, page_token| {
        let request = v1::ListMeasuresRequest { page_size, page_token, ..request.clone() };
        let page = client.list(request).await?.into_inner();
        Ok((page.measures, page.next_page_token))
    });
    let found = v1::ListMeasuresResponse { measures: measures.await?, next_page_token: String::new() };
    shared.sheet.print(&found, list_table, HEADER, |found| found.measures.iter().map(fields).collect())
}

async fn effect(args: EffectArgs) -> Result<(), CliError> {
    let filter = args.filter.filter()?;
    let request = v1::GetMeasureEffectRequest {
        measure_id: args.id,
        weeks_before: args.weeks_before,
        weeks_after: args.weeks_after,
        filter: Some(filter),
        include_community: args.community,
        minimum_volume: args.minimum,
    };
    let effect = args.shared.client().await?.get_effect(request).await?.into_inner();
    args.shared.sheet.print(&effect, effect_text, EFFECT_HEADER, effect_rows)
}

impl ContentArgs {
    fn measure(self) -> Result<Measure, CliError> {
        let Self { title, place, start, rolled_out, done_by, note } = self;
        let place = Some(place.place()?);
        Ok(Measure { title, place, start: Some(start), rolled_out, done_by, note, ..Measure::default() })
    }
}

impl PlaceArgs {
    fn place(self) -> Result<Place, CliError> {
        let Self { touchpoint, handover, pain_point } = self;
        let known = touchpoint.map(Place::Touchpoint).or(pain_point.map(Place::PainPointId));
        if let Some(place) = known {
            return Ok(place);
        }
        let handover = handover.unwrap_or_default();
        let wrong = || CliError::configuration(format!("--handover {handover:?}: expected \"FROM{ARROW}TO\""));
        let (from, to) = handover.split_once(ARROW).ok_or_else(wrong)?;
        let owner = |owner: &str| if owner.trim() == OPEN { String::new() } else { owner.trim().to_owned() };
        Ok(Place::Handover(v1::MeasureHandover { from_owner: owner(from), to_owner: owner(to) }))
    }
}

/// Its kind, and its value.
fn place_of(measure: &Measure) -> (&'static str, String) {
    let owner = |owner: &str| if owner.is_empty() { OPEN.to_owned() } else { owner.to_owned() };
    match &measure.place {
        Some(Place::Touchpoint(touchpoint)) => ("touchpoint", touchpoint.clone()),
        Some(Place::Handover(handover)) => {
            ("handover", format!("{}{ARROW}{}", owner(&handover.from_owner), owner(&handover.to_owner)))
        }
        Some(Place::PainPointId(id)) => ("pain point", id.clone()),
        None => ("", String::new()),
    }
}

fn list_table(found: &v1::ListMeasuresResponse) -> String {
    let mut table = table_with_ids(&["id", "start", "rolled out", "place", "done by", "title"], 0);
    for measure in &found.measures {
        let title =
            if measure.deleted_at.is_some() { format!("{} (deleted)", measure.title) } else { measure.title.clone() };
        table.add_row([
            Cell::new(&measure.measure_id),
            Cell::new(shown_time(measure.start)),
            Cell::new(shown_time(measure.rolled_out)),
            Cell::new(place_of(measure).1),
            Cell::new(&measure.done_by),
            Cell::new(title),
        ]);
    }
    table.to_string()
}

fn in_full(measure: &Measure) -> String {
    let (kind, value) = place_of(measure);
    let mut lines = vec![format!("{}  {}", measure.measure_id, measure.title)];
    lines.push(format!("{kind} {value} · journey {} · done by {}", measure.journey, measure.done_by));
    let rolled_out = measure.rolled_out.map(|time| format!(", everywhere from {}", shown_time(Some(time))));
    lines.push(format!("from {}{}", shown_time(measure.start), rolled_out.unwrap_or_default()));
    if !measure.note.is_empty() {
        lines.push(measure.note.clone());
    }
    let signed = [
        ("recorded", &measure.created_by, measure.created_at),
        ("changed", &measure.updated_by, measure.updated_at),
        ("deleted", &measure.deleted_by, measure.deleted_at),
    ];
    let known = signed.into_iter().filter(|(_, _, at)| at.is_some());
    lines.push(
        known.map(|(what, by, at)| format!("{what} by {by}, {}", shown_time(at))).collect::<Vec<_>>().join(" · "),
    );
    lines.join("\n")
}

const HEADER: &str = "id,journey,title,note,place_kind,place,done_by,start,rolled_out,created_by,created_at,updated_by,\
                      updated_at,deleted_by,deleted_at";

fn fields(measure: &Measure) -> Vec<String> {
    let (kind, place) = place_of(measure);
    vec![
        measure.measure_id.clone(),
        measure.journey.clone(),
        measure.title.clone(),
        measure.note.clone(),
        kind.to_owned(),
        place,
        measure.done_by.clone(),
        shown_time(measure.start),
        shown_time(measure.rolled_out),
        measure.created_by.clone(),
        shown_time(measure.created_at),
        measure.updated_by.clone(),
        shown_time(measure.updated_at),
        measure.deleted_by.clone(),
        shown_time(measure.deleted_at),
    ]
}

fn effect_text(effect: &MeasureEffect) -> String {
    let header = ["figure", "before", "after", "others before", "others after", "effect", "p", "p trend before"];
    let mut table = number_table(&header, 1);
    for figure in &effect.figures {
        table.add_row(effect_cells(figure));
    }
    let series = |side: fn(&MeasureWeek) -> Option<&v1::Figures>| {
        let net_sentiment = |week: &MeasureWeek| Some(side(week)?.net_sentiment.as_ref()?.value);
        sparkline(&effect.weeks.iter().map(net_sentiment).collect::<Vec<_>>())
    };
    let time = |range: Option<v1::TimeRange>| {
        let range = range.unwrap_or_default();
        format!("{} to {}", shown_time(range.from), shown_time(range.until))
    };
    let mut lines = vec![in_full(&effect.measure.clone().unwrap_or_default())];
    lines.push(format!("before: {} · after: {}", time(effect.before), time(effect.after)));
    lines.push(table.to_string());
    lines.push(
        "effect: change of the place less that of the others, with its 95 % interval; its own change where there are no \
         others"
            .to_owned(),
    );
    lines.push("net sentiment by week".to_owned());
    lines.push(format!("  here   {}", series(|week| week.place.as_ref())));
    lines.push(format!("  others {}", series(|week| week.comparison.as_ref())));
    if !effect.overlapping.is_empty() {
        lines.push(format!("in the same time and place began: {}", effect.overlapping.join(", ")));
    }
    lines.join("\n")
}

fn figure_name(figure: &FigureEffect) -> String {
    in_words(figure.figure().as_str_name(), "MEASURE_FIGURE_")
}

fn shown_name(figure: &FigureEffect) -> String {
    let name = figure_name(figure);
    let is_abbreviation = matches!(figure.figure(), MeasureFigure::Nps | MeasureFigure::Csat);
    if is_abbreviation { name.to_uppercase() } else { name }
}

/// The effect, or, where there is nothing to compare with, the change itself.
fn judged(figure: &FigureEffect) -> Option<Difference> {
    if figure.figure() == MeasureFigure::NegativeShare { figure.change } else { figure.effect }
}

fn effect_cells(figure: &FigureEffect) -> Vec<Cell> {
    let decimals = match figure.figure() {
        MeasureFigure::MeanSentiment | MeasureFigure::Csat => 2,
        _ => 0,
    };
    let value = |estimate: &Option<v1::Estimate>| {
        estimate.as_ref().map_or_else(|| "–".to_owned(), |estimate| format!("{:.decimals$}", estimate.value + 0.0))
    };
    let judged = judged(figure);
    let shown = judged.map_or_else(
        || "–".to_owned(),
        |Difference { value, low, high, .. }| bracketed(signed(value, low, high, decimals), figure.few),
    );
    let p_value = |difference: Option<Difference>| {
        difference.map_or_else(|| "–".to_owned(), |difference| format!("{:.3}", difference.p_value))
    };
    vec![
        Cell::new(shown_name(figure)),
        Cell::new(value(&figure.before)),
        Cell::new(value(&figure.after)),
        Cell::new(value(&figure.comparison_before)),
        Cell::new(value(&figure.comparison_after)),
        Cell::new(shown),
        Cell::new(p_value(judged)),
        Cell::new(p_value(figure.trend_before)),
    ]
}

/// One line for each figure.
const EFFECT_HEADER: &str = "figure,few,before,before_low,before_high,before_count,after,after_low,after_high,after_count,\
                             others_before,others_before_low,others_before_high,others_before_count,others_after,\
                             others_after_low,others_after_high,others_after_count,change,change_low,change_high,change_p,\
                             effect,effect_low,effect_high,effect_p,trend_before,trend_before_low,trend_before_high,\
                             trend_before_p";

fn effect_rows(effect: &MeasureEffect) -> Vec<Vec<String>> {
    let difference = |difference: Option<Difference>| {
        difference.map_or([const { String::new() }; 4], |Difference { value, low, high, p_value }| {
            [value, low, high, p_value].map(|number| number.to_string())
        })
    };
    let row = |figure: &FigureEffect| {
        let mut fields = vec![figure_name(figure), figure.few.to_string()];
        let estimates = [&figure.before, &figure.after, &figure.comparison_before, &figure.comparison_after];
        fields.extend(estimates.into_iter().flat_map(|estimate| estimate_fields(estimate.as_ref())));
        fields.extend([figure.change, figure.effect, figure.trend_before].into_iter().flat_map(difference));
        fields
    };
    effect.figures.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_has_a_heading() {
        assert_eq!(fields(&Measure::default()).len(), HEADER.split(',').count());
        let effect = MeasureEffect { figures: vec![FigureEffect::default()], ..MeasureEffect::default() };
        assert_eq!(effect_rows(&effect)[0].len(), EFFECT_HEADER.split(',').count());
    }

    #[test]
    fn a_handover_is_written_as_figures_write_it() {
        let handover = |text: &str| PlaceArgs { touchpoint: None, handover: Some(text.to_owned()), pain_point: None };
        let place = handover("Vertrieb -> ?").place().expect("it is one");
        let measure = Measure { place: Some(place), ..Measure::default() };
        assert_eq!(place_of(&measure), ("handover", "Vertrieb -> ?".to_owned()));
        assert!(handover("Vertrieb").place().is_err());
    }
}
