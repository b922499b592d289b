use clap::{ArgGroup, Args};
use klartext_proto::v1::{CorrectMentionRequest, MentionRef, TopicIds, correct_mention_request};

use super::comments::{CommentArgs, comment_client};
use super::filter_args::{MENTION_POLARITIES, name_of};
use super::output::{OutputFormat, full_comments, print_all};
use super::{CliError, Exit, ServerArgs};

/// In the order of the proto's numbers, from 1.
const LABELS: [&str; 3] = ["sentiment", "topics", "touchpoint"];

/// Set the sentiment, the topics or the touchpoint of a mention. It survives every re-scoring, and goes when the comment's
/// text is replaced.
#[derive(Args)]
#[command(
    group = ArgGroup::new("label").required(true),
    after_help = "Examples:\n  \
        klartext correct --external crm/4711 --mention 1 --sentiment negative --by a.meyer\n  \
        klartext correct 3f2c8a52-6d0f-5c0e-9a9e-0c9f4a3d2b11 --mention 0 --withdraw sentiment --by a.meyer"
)]
pub struct CorrectArgs {
    #[command(flatten)]
    comment: CommentArgs,
    /// Which mention, by its place, from 0.
    #[arg(long, value_name = "PLACE")]
    mention: u32,
    #[arg(long, group = "label", value_parser = name_of(&MENTION_POLARITIES))]
    sentiment: Option<i32>,
    /// All topics of the mention, by id, separated by commas.
    #[arg(long, group = "label", value_delimiter = ',')]
    topics: Option<Vec<String>>,
    /// None of the journey's topics.
    #[arg(long, group = "label")]
    no_topics: bool,
    /// A touchpoint of the journey, by id.
    #[arg(long, group = "label", value_name = "ID")]
    touchpoint: Option<String>,
    /// None of the journey's touchpoints.
    #[arg(long, group = "label")]
    no_touchpoint: bool,
    /// Take an earlier correction back: the machine's label counts again.
    #[arg(long, group = "label", value_name = "LABEL", value_parser = name_of(&LABELS))]
    withdraw: Option<i32>,
    /// Who says so: a name or a pseudonym.
    #[arg(long = "by", value_name = "NAME")]
    corrected_by: String,
    /// How to print the comment: for people on a terminal, jsonl elsewhere.
    #[arg(long, value_enum)]
    format: Option<OutputFormat>,
    #[command(flatten)]
    server: ServerArgs,
}

impl CorrectArgs {
    /// Exactly one of the group is given.
    fn label(&self) -> Option<correct_mention_request::Label> {
        use correct_mention_request::Label;
        let topics = self.topics.clone().or_else(|| self.no_topics.then(Vec::new));
        let touchpoint = self.touchpoint.clone().or_else(|| self.no_touchpoint.then(String::new));
        let sentiment = self.sentiment.map(Label::Sentiment);
        sentiment
            .or_else(|| topics.map(|topics| Label::Topics(TopicIds { topics })))
            .or_else(|| touchpoint.map(Label::Touchpoint))
            .or_else(|| self.withdraw.map(Label::Withdraw))
    }
}

pub async fn run(args: CorrectArgs) -> Result<Exit, CliError> {
    let mut client = comment_client(&args.server).await?;
    let stored = client.get(args.comment.request()).await?.into_inner();
    let comment_id = stored.insight.map(|insight| insight.comment_id).unwrap_or_default();
    let request = CorrectMentionRequest {
        mention: Some(MentionRef { comment_id, index: args.mention }),
        label: args.label(),
        corrected_by: args.corrected_by.clone(),
    };
    let corrected = client.correct(request).await?.into_inner();
    print_all(args.format.unwrap_or_else(OutputFormat::for_stdout), &[corrected], full_comments)?;
    Ok(Exit::Done)
}
