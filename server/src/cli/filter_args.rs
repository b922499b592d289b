//! Which comments: the same flags for every command that asks for some.

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use klartext_proto::v1;
use prost_types::Timestamp;

use super::CliError;
use super::rows::parse_time;

/// The names on the command line of the proto's enums, in the order of their numbers, from 1.
pub const CHANNELS: [&str; 9] =
    ["survey", "call-centre", "e-mail", "chat", "app-store", "review-site", "social", "shop", "other"];
const SURVEY_KINDS: [&str; 3] = ["permanent", "temporary", "community"];
const POLARITIES: [&str; 4] = ["negative", "neutral", "positive", "mixed"];
/// Of a mention, which is never mixed.
pub const MENTION_POLARITIES: [&str; 3] = ["negative", "neutral", "positive"];
const ACTIONS: [&str; 4] = ["none", "answer-needed", "suggestion", "praise"];
pub const FRICTIONS: [&str; 4] = ["waiting", "repeated-contact", "uncertainty", "dead-end"];
pub const PERIODS: [&str; 3] = ["day", "week", "month"];

/// All conditions must hold; of a flag with several values one is enough.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Which comments")]
pub struct FilterArgs {
    /// Where it was made; this and all lists below: separated by commas, or the flag repeated.
    #[arg(long, value_delimiter = ',', value_parser = name_of(&CHANNELS))]
    channel: Vec<i32>,
    /// The system that it comes from.
    #[arg(long, value_delimiter = ',')]
    source: Vec<String>,
    /// The journey that it is tagged with.
    #[arg(long, value_delimiter = ',')]
    journey: Vec<String>,
    /// de, en or other.
    #[arg(long, value_delimiter = ',')]
    language: Vec<String>,
    #[arg(long, value_delimiter = ',', value_parser = name_of(&SURVEY_KINDS))]
    survey_kind: Vec<i32>,
    /// Who it is about; one subject, the flag may be repeated.
    #[arg(long)]
    subject: Vec<String>,
    /// Said at or after this time: 2026-01-31 (its beginning, UTC) or 2026-01-31T14:05:00Z.
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    since: Option<Timestamp>,
    /// Said before this time.
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    until: Option<Timestamp>,
    #[arg(long, value_name = "SCORE")]
    min_nps: Option<f64>,
    #[arg(long, value_name = "SCORE")]
    max_nps: Option<f64>,
    #[arg(long, value_name = "SCORE")]
    min_csat: Option<f64>,
    #[arg(long, value_name = "SCORE")]
    max_csat: Option<f64>,
    #[arg(long, value_name = "SCORE")]
    min_stars: Option<f64>,
    #[arg(long, value_name = "SCORE")]
    max_stars: Option<f64>,
    /// Of the comment's sentiment score, -1 to 1.
    #[arg(long, value_name = "SCORE", allow_negative_numbers = true)]
    min_sentiment: Option<f64>,
    #[arg(long, value_name = "SCORE", allow_negative_numbers = true)]
    max_sentiment: Option<f64>,
    /// Of the severity, 0 to 1.
    #[arg(long, value_name = "SCORE")]
    min_severity: Option<f64>,
    #[arg(long, value_name = "SCORE")]
    max_severity: Option<f64>,
    /// Sentiment of the comment as a whole.
    #[arg(long, value_delimiter = ',', value_parser = name_of(&POLARITIES))]
    sentiment: Vec<i32>,
    /// What it asks for.
    #[arg(long, value_delimiter = ',', value_parser = name_of(&ACTIONS))]
    action: Vec<i32>,
    /// Between whom its matter passes: "from -> to"; one, the flag may be repeated.
    #[arg(long)]
    handover: Vec<String>,
    /// Where the customer was asked, by id, whatever the text speaks of.
    #[arg(long, value_delimiter = ',')]
    given_touchpoint: Vec<String>,
    /// Touchpoint of a mention, by id. This and the flags below must hold for one and the same mention.
    #[arg(long, value_delimiter = ',')]
    touchpoint: Vec<String>,
    /// The department responsible; one, the flag may be repeated.
    #[arg(long)]
    owner: Vec<String>,
    /// awareness, consideration, purchase, retention or advocacy.
    #[arg(long, value_delimiter = ',')]
    phase: Vec<String>,
    /// Topic by id.
    #[arg(long, value_delimiter = ',')]
    topic: Vec<String>,
    #[arg(long, value_delimiter = ',', value_parser = name_of(&MENTION_POLARITIES))]
    mention_sentiment: Vec<i32>,
    /// What hurts between touchpoints.
    #[arg(long, value_delimiter = ',', value_parser = name_of(&FRICTIONS))]
    friction: Vec<i32>,
}

impl FilterArgs {
    /// As the API wants it.
    ///
    /// # Errors
    /// A time range or score range whose ends are the wrong way round.
    pub fn filter(&self) -> Result<v1::CommentFilter, CliError> {
        let time = v1::TimeRange { from: self.since, until: self.until };
        let mention = v1::MentionFilter {
            touchpoints: self.touchpoint.clone(),
            owners: self.owner.clone(),
            phases: self.phase.clone(),
            topics: self.topic.clone(),
            sentiments: self.mention_sentiment.clone(),
            frictions: self.friction.clone(),
        };
        let ends = [
            ("nps", v1::ScoreKind::Nps, self.min_nps, self.max_nps),
            ("csat", v1::ScoreKind::Csat, self.min_csat, self.max_csat),
            ("stars", v1::ScoreKind::Stars, self.min_stars, self.max_stars),
            ("sentiment", v1::ScoreKind::Sentiment, self.min_sentiment, self.max_sentiment),
            ("severity", v1::ScoreKind::Severity, self.min_severity, self.max_severity),
        ];
        let mut scores = Vec::new();
        for (name, kind, min, max) in ends {
            if min.zip(max).is_some_and(|(min, max)| min > max) {
                return Err(CliError::configuration(format!(
                    "--min-{name} is above --max-{name}: nothing would match"
                )));
            }
            if min.is_some() || max.is_some() {
                scores.push(v1::ScoreRange { kind: kind.into(), min, max });
            }
        }
        let is_after = |from: Timestamp, until: Timestamp| (from.seconds, from.nanos) > (until.seconds, until.nanos);
        if self.since.zip(self.until).is_some_and(|(from, until)| is_after(from, until)) {
            return Err(CliError::configuration("--since is after --until: nothing would match"));
        }
        Ok(v1::CommentFilter {
            channels: self.channel.clone(),
            sources: self.source.clone(),
            journeys: self.journey.clone(),
            languages: self.language.clone(),
            survey_kinds: self.survey_kind.clone(),
            subjects: self.subject.clone(),
            time: (time != v1::TimeRange::default()).then_some(time),
            scores,
            sentiments: self.sentiment.clone(),
            actions: self.action.clone(),
            handovers: self.handover.clone(),
            given_touchpoints: self.given_touchpoint.clone(),
            mention: (mention != v1::MentionFilter::default()).then_some(mention),
        })
    }
}

impl FilterArgs {
    /// For a call about one journey: its id, empty for the service's default, and the filter without it.
    ///
    /// # Errors
    /// As of [`FilterArgs::filter`], and several journeys; `why` says what speaks against them.
    pub fn of_one_journey(&self, why: &str) -> Result<(String, v1::CommentFilter), CliError> {
        let mut filter = self.filter()?;
        let journeys = std::mem::take(&mut filter.journeys);
        if journeys.len() > 1 {
            return Err(CliError::configuration(format!("{why}: name one --journey")));
        }
        Ok((journeys.into_iter().next().unwrap_or_default(), filter))
    }
}

/// One of these names, as its number in the proto: its place in the list, from 1.
pub fn name_of(names: &'static [&'static str]) -> impl TypedValueParser<Value = i32> {
    let number_of = move |name: String| names.iter().zip(1..).find(|(known, _)| **known == name);
    PossibleValuesParser::new(names).map(move |name| number_of(name).map_or(0, |(_, number)| number))
}

#[cfg(test)]
mod tests {
    use clap::{Command, FromArgMatches};

    use super::*;

    fn parse(arguments: &[&str]) -> Result<v1::CommentFilter, String> {
        let command = FilterArgs::augment_args(Command::new("test").no_binary_name(true));
        let matches = command.try_get_matches_from(arguments).map_err(|error| error.to_string())?;
        let args = FilterArgs::from_arg_matches(&matches).map_err(|error| error.to_string())?;
        args.filter().map_err(|error| error.to_string())
    }

    /// The proto's names from 1 on, as they are written on the command line.
    fn proto_names(prefix: &str, name_of: impl Fn(i32) -> Option<&'static str>) -> Vec<String> {
        let names = (1..).map_while(name_of);
        names.map(|name| name.strip_prefix(prefix).unwrap_or(name).to_lowercase().replace('_', "-")).collect()
    }

    #[test]
    fn the_names_are_the_protos() {
        let channels = proto_names("CHANNEL_", |number| v1::Channel::try_from(number).ok().map(|it| it.as_str_name()));
        assert_eq!(channels, CHANNELS);
        let kinds =
            proto_names("SURVEY_KIND_", |number| v1::SurveyKind::try_from(number).ok().map(|it| it.as_str_name()));
        assert_eq!(kinds, SURVEY_KINDS);
        let polarities =
            proto_names("POLARITY_", |number| v1::Polarity::try_from(number).ok().map(|it| it.as_str_name()));
        assert_eq!(polarities, POLARITIES);
        assert_eq!(polarities[..3], MENTION_POLARITIES);
        let actions =
            proto_names("ACTION_KIND_", |number| v1::ActionKind::try_from(number).ok().map(|it| it.as_str_name()));
        assert_eq!(actions, ACTIONS);
        let frictions =
            proto_names("FRICTION_KIND_", |number| v1::FrictionKind::try_from(number).ok().map(|it| it.as_str_name()));
        assert_eq!(frictions, FRICTIONS);
        let periods = proto_names("PERIOD_", |number| v1::Period::try_from(number).ok().map(|it| it.as_str_name()));
        assert_eq!(periods, PERIODS);
    }

    #[test]
    fn flags_become_a_filter() {
        assert_eq!(parse(&[]).expect("it is valid"), v1::CommentFilter::default());
        let filter = parse(&[
            "--channel=call-centre,chat",
            "--since=2026-01-31",
            "--max-nps=6",
            "--min-sentiment",
            "-0.5",
            "--owner=Vertrieb, Nord",
            "--mention-sentiment=negative",
        ])
        .expect("it is valid");
        assert_eq!(filter.channels, [i32::from(v1::Channel::CallCentre), i32::from(v1::Channel::Chat)]);
        assert_eq!(filter.time.and_then(|time| time.from).map(|from| from.seconds), Some(1_769_817_600));
        assert_eq!(filter.scores.len(), 2);
        assert_eq!((filter.scores[0].min, filter.scores[0].max), (None, Some(6.0)));
        assert_eq!(filter.scores[1].min, Some(-0.5));
        let mention = filter.mention.expect("it is asked for");
        assert_eq!(mention.owners, ["Vertrieb, Nord"]);
        assert_eq!(mention.sentiments, [i32::from(v1::Polarity::Negative)]);
    }

    #[test]
    fn nonsense_is_refused() {
        let cases = [
            vec!["--channel=pigeon"],
            vec!["--since=soon"],
            vec!["--min-nps=5", "--max-nps=4"],
            vec!["--since=2026-02-01", "--until=2026-01-01"],
            vec!["--mention-sentiment=mixed"],
        ];
        for arguments in cases {
            assert!(parse(&arguments).is_err(), "{arguments:?}");
        }
    }
}
