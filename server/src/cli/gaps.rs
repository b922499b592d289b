use clap::Args;
use comfy_table::Cell;
use klartext_proto::v1::{Gap, GapExample, GapPart, GetGapsRequest, GetGapsResponse};

use super::counted::CountedArgs;
use super::output::{in_words, shown_time};
use super::sheets::{bracketed, estimate, estimate_fields, number_table};
use super::{CliError, Exit};

/// Parts of where a gap's complaints go that are shown.
const PARTS_SHOWN: usize = 3;

/// The gap that hides churn: touchpoints rated well whose comments complain about something else, and comments whose score
/// and text disagree.
///
/// A touchpoint counts where the customer was asked about it. In brackets: fewer ratings than `--minimum`.
#[derive(Args)]
pub struct GapsArgs {
    /// Touchpoints with fewer ratings are put in brackets.
    #[arg(long, value_name = "COUNT", default_value_t = 30)]
    minimum: u32,
    /// Examples of each gap and each kind of disagreement, at most 20.
    #[arg(long, value_name = "COUNT", default_value_t = 3)]
    examples: u32,
    #[command(flatten)]
    counted: CountedArgs,
}

pub async fn run(args: GapsArgs) -> Result<Exit, CliError> {
    let (journey, filter) = args.counted.of_one_journey("gaps")?;
    let request = GetGapsRequest {
        journey,
        filter: Some(filter),
        include_community: args.counted.community,
        minimum_volume: args.minimum,
        examples: args.examples,
    };
    let gaps = args.counted.client().await?.get_gaps(request).await?.into_inner();
    args.counted.sheet.print(&gaps, for_people, HEADER, csv_rows)?;
    Ok(Exit::Done)
}

fn for_people(gaps: &GetGapsResponse) -> String {
    let mut blocks = Vec::new();
    if gaps.gaps.is_empty() {
        blocks.push(
            "No touchpoint that customers were asked about is rated well while they complain elsewhere.".to_owned(),
        );
    } else {
        let mut table =
            number_table(&["rated well", "complaints go to", "NPS", "CSAT", "stars", "rated", "hidden", "share"], 2);
        for gap in &gaps.gaps {
            table.add_row(cells(gap));
        }
        blocks.push(table.to_string());
    }
    for gap in gaps.gaps.iter().filter(|gap| !gap.examples.is_empty()) {
        blocks.push(format!("{}:\n{}", gap.name, examples(&gap.examples)));
    }
    for found in gaps.disagreements.iter().filter(|found| found.comments > 0) {
        let kind = in_words(found.kind().as_str_name(), "DISCREPANCY_KIND_");
        let share = found.share * 100.0;
        let heading =
            format!("{kind}: {} of {} comments with a score ({share:.1} %)", found.comments, gaps.rated_comments);
        blocks.push(format!("{heading}\n{}", examples(&found.examples)));
    }
    blocks.join("\n\n")
}

fn cells(gap: &Gap) -> Vec<Cell> {
    let lists = [&gap.touchpoints, &gap.handovers, &gap.frictions, &gap.pain_points];
    let goes_to: Vec<String> = lists.iter().flat_map(|parts| parts.iter().take(PARTS_SHOWN)).map(part).collect();
    vec![
        Cell::new(bracketed(gap.name.clone(), gap.few)),
        Cell::new(goes_to.join("\n")),
        Cell::new(estimate(gap.nps.as_ref(), 0)),
        Cell::new(estimate(gap.csat.as_ref(), 2)),
        Cell::new(estimate(gap.stars.as_ref(), 2)),
        Cell::new(gap.rated_comments),
        Cell::new(gap.hidden_comments),
        Cell::new(format!("{:.0} %", gap.hidden_share * 100.0)),
    ]
}

/// "Hotline 12 (40 %)".
fn part(part: &GapPart) -> String {
    let name = if part.name.is_empty() { "no touchpoint named" } else { &part.name };
    format!("{} {} ({:.0} %)", name.replace('_', " "), part.comments, part.share * 100.0)
}

fn examples(examples: &[GapExample]) -> String {
    let line = |example: &GapExample| {
        let scores = example.scores.unwrap_or_default();
        let named = [("NPS", scores.nps), ("CSAT", scores.csat), ("stars", scores.stars)];
        let given = named.iter().filter_map(|(name, score)| score.map(|score| format!("{name} {score}")));
        let when = shown_time(example.time);
        let mut parts = vec![format!("  “{}”", example.text), given.collect::<Vec<_>>().join(", "), when];
        parts.push(format!("{}#{}", example.comment_id, example.index));
        parts.join(" · ")
    };
    examples.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// One line for each gap and each part of where its complaints go.
const HEADER: &str = "touchpoint,name,owner,phase,few,rated_comments,nps,nps_low,nps_high,nps_count,csat,csat_low,csat_high,\
                      csat_count,stars,stars_low,stars_high,stars_count,hidden_comments,hidden_share,part,value,value_name,\
                      comments,mentions,share";

fn csv_rows(gaps: &GetGapsResponse) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for gap in &gaps.gaps {
        let lists = [
            ("touchpoint", &gap.touchpoints),
            ("handover", &gap.handovers),
            ("friction", &gap.frictions),
            ("pain point", &gap.pain_points),
        ];
        for (list, part) in lists.into_iter().flat_map(|(list, parts)| parts.iter().map(move |part| (list, part))) {
            let mut fields = vec![gap.touchpoint.clone(), gap.name.clone(), gap.owner.clone(), gap.phase.clone()];
            fields.extend([gap.few.to_string(), gap.rated_comments.to_string()]);
            for figure in [&gap.nps, &gap.csat, &gap.stars] {
                fields.extend(estimate_fields(figure.as_ref()));
            }
            fields.extend([gap.hidden_comments.to_string(), gap.hidden_share.to_string()]);
            fields.extend([list.to_owned(), part.value.clone(), part.name.clone()]);
            fields.extend([part.comments.to_string(), part.mentions.to_string(), part.share.to_string()]);
            rows.push(fields);
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_has_a_heading() {
        let gap = Gap { touchpoints: vec![GapPart::default()], ..Gap::default() };
        let gaps = GetGapsResponse { gaps: vec![gap], ..GetGapsResponse::default() };
        assert_eq!(csv_rows(&gaps)[0].len(), HEADER.split(',').count());
    }
}
