use clap::{ArgGroup, Args};
use klartext_proto::v1;
use klartext_proto::v1::{ExplainMentionRequest, ExplainMentionResponse, MentionRef, explain_mention_request};

use super::comments::comment_client;
use super::output::{OutputFormat, polarity_name, print_all};
use super::{CliError, Exit, ServerArgs};

/// Words with a smaller share, either way, are not shown to people.
const LEAST_SHARE: f64 = 0.02;

/// Say why a mention has the labels that it gets today: how much less likely each would be without each of its words.
#[derive(Args)]
#[command(
    group = ArgGroup::new("of").required(true),
    after_help = "Examples:\n  \
        klartext explain 3f2c8a52-6d0f-5c0e-9a9e-0c9f4a3d2b11 --mention 1\n  \
        klartext explain --text \"Seit drei Wochen warte ich auf mein Geld\""
)]
pub struct ExplainArgs {
    /// A stored comment, by Klartext's id: a UUID.
    #[arg(group = "of")]
    id: Option<String>,
    /// Which of its mentions, by its place, from 0.
    #[arg(long, default_value_t = 0, value_name = "PLACE", conflicts_with = "text")]
    mention: u32,
    /// A text that is not stored, read as one mention.
    #[arg(long, group = "of")]
    text: Option<String>,
    /// The text's journey; the service's default when left out.
    #[arg(long, requires = "text", default_value = "")]
    journey: String,
    /// How to print: for people on a terminal, jsonl elsewhere.
    #[arg(long, value_enum)]
    format: Option<OutputFormat>,
    #[command(flatten)]
    server: ServerArgs,
}

pub async fn run(args: ExplainArgs) -> Result<Exit, CliError> {
    use explain_mention_request::Of;
    let stored = args.id.map(|comment_id| Of::Mention(MentionRef { comment_id, index: args.mention }));
    let request = ExplainMentionRequest { of: stored.or(args.text.map(Of::Text)), journey: args.journey };
    let explained = comment_client(&args.server).await?.explain(request).await?.into_inner();
    print_all(args.format.unwrap_or_else(OutputFormat::for_stdout), &[explained], for_people)?;
    Ok(Exit::Done)
}

/// Each label with the words that speak for and against it, in the order of the text.
fn for_people(explained: &[ExplainMentionResponse]) -> String {
    let mut lines = Vec::new();
    for ExplainMentionResponse { text, explanations } in explained {
        lines.push(text.clone());
        lines.extend(explanations.iter().map(line));
    }
    lines.join("\n")
}

/// "sentiment negative .87: Wochen +0.31, warte +0.12, Geld -0.05".
fn line(explanation: &v1::Explanation) -> String {
    let polarity = polarity_name(explanation.polarity());
    let value = if polarity.is_empty() { String::new() } else { format!(" {polarity}") };
    let telling = explanation.words.iter().filter(|word| word.share.abs() >= LEAST_SHARE);
    let words: Vec<String> = telling.map(|word| format!("{} {:+.2}", word.text, word.share)).collect();
    let words = if words.is_empty() { "no single word".to_owned() } else { words.join(", ") };
    format!("  {}{value} {:.2}: {words}", explanation.label, explanation.probability)
}
