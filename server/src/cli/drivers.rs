use clap::Args;
use comfy_table::Cell;
use klartext_proto::v1;
use klartext_proto::v1::{Driver, GetDriversRequest, GetDriversResponse, Influence};

use super::counted::CountedArgs;
use super::filter_args::name_of;
use super::output::in_words;
use super::sheets::{bracketed, estimate_fields, number_table, signed};
use super::{CliError, Exit};

/// In the order of the proto's numbers, from 1.
const OUTCOMES: [&str; 2] = ["nps", "csat"];
const KINDS: [&str; 4] = ["touchpoint", "topic", "friction", "handover"];

/// What matters: how much each touchpoint, topic, friction and handover moves NPS or CSAT, most important first.
///
/// Beside each figure stands its 95 % interval; what few comments speak of is in brackets.
#[derive(Args)]
#[command(
    after_help = "Quadrants: keep (important, does well), improve (important, does badly), watch (does badly, matters \
                        little), overdone (does well, matters little).\n\nExamples:\n  \
    klartext drivers\n  \
    klartext drivers --kind touchpoint --since 2026-01-01\n  \
    klartext drivers --outcome csat --channel survey --csv"
)]
pub struct DriversArgs {
    /// The score that is explained.
    #[arg(long, default_value = "nps", value_parser = name_of(&OUTCOMES))]
    outcome: i32,
    /// What is held apart; all of them when left out. A single kind shows its whole influence.
    #[arg(long, value_delimiter = ',', value_parser = name_of(&KINDS))]
    kind: Vec<i32>,
    /// What fewer comments speak of is put in brackets.
    #[arg(long, value_name = "COUNT", default_value_t = 30)]
    minimum: u32,
    /// Of the resampling behind the intervals.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    counted: CountedArgs,
}

pub async fn run(args: DriversArgs) -> Result<Exit, CliError> {
    let (journey, filter) = args.counted.of_one_journey("drivers")?;
    let request = GetDriversRequest {
        journey,
        outcome: args.outcome,
        kinds: args.kind,
        filter: Some(filter),
        include_community: args.counted.community,
        minimum_volume: args.minimum,
        seed: args.seed,
    };
    let drivers = args.counted.client().await?.get_drivers(request).await?.into_inner();
    let decimals = if args.outcome == v1::Outcome::Csat as i32 { 2 } else { 0 };
    let name = OUTCOMES[(args.outcome - 1) as usize].to_uppercase();
    args.counted.sheet.print(&drivers, |drivers| for_people(drivers, &name, decimals), HEADER, csv_rows)?;
    Ok(Exit::Done)
}

fn for_people(drivers: &GetDriversResponse, outcome: &str, decimals: usize) -> String {
    let header =
        ["driver", "kind", "quadrant", "impor-\ntance", "fulfil-\nment", "if bad", "if good", "net", "com-\nments"];
    let mut table = number_table(&header, 1);
    for driver in &drivers.drivers {
        table.add_row(cells(driver, decimals));
    }
    let fit = drivers.fit.unwrap_or_default();
    let number = |value: f64| if decimals == 0 { format!("{value:+.0}") } else { format!("{value:.decimals$}") };
    format!(
        "{table}\nif bad, if good: points of {outcome} by which a comment that says so differs; net: what that gives or \
         costs on the whole\n{outcome} {} in {} answers: {} where nothing good or bad is said, and the nets. Explains \
         {:.0} % of the variance of unseen comments ({:.0} % of those seen).",
        number(fit.mean),
        fit.comments,
        number(fit.base),
        fit.r_squared * 100.0,
        fit.r_squared_seen * 100.0
    )
}

fn cells(driver: &Driver, decimals: usize) -> Vec<Cell> {
    let shown = |influence: Option<Influence>, decimals: usize| {
        let Some(Influence { value, low, high }) = influence else { return "–".to_owned() };
        signed(value, low, high, decimals)
    };
    let importance = driver.importance.unwrap_or_default();
    let side = |side: &Option<v1::DriverSide>| {
        let said = side.filter(|side| side.comments > 0);
        shown(said.and_then(|side| side.per_mention), decimals)
    };
    let fulfilment = driver.fulfilment.map(|estimate| format!("{:+.0}", estimate.value.round() + 0.0));
    vec![
        Cell::new(bracketed(name(driver), driver.few)),
        Cell::new(kind(driver)),
        Cell::new(quadrant(driver)),
        Cell::new(format!("{:.*}", decimals.max(1), importance.value)),
        Cell::new(fulfilment.unwrap_or_default()),
        Cell::new(side(&driver.negative)),
        Cell::new(side(&driver.positive)),
        Cell::new(shown(driver.net, decimals.max(1))),
        Cell::new(driver.comments),
    ]
}

fn name(driver: &Driver) -> String {
    if driver.name.is_empty() { "anything else".to_owned() } else { driver.name.replace('_', " ") }
}

fn kind(driver: &Driver) -> String {
    in_words(driver.kind().as_str_name(), "DRIVER_KIND_")
}

fn quadrant(driver: &Driver) -> String {
    in_words(driver.quadrant().as_str_name(), "DRIVER_QUADRANT_")
}

const HEADER: &str = "kind,value,name,owner,phase,quadrant,few,comments,importance,importance_low,importance_high,\
                      fulfilment,fulfilment_low,fulfilment_high,fulfilment_mentions,net,net_low,net_high,\
                      negative_comments,negative,negative_low,negative_high,negative_net,positive_comments,positive,\
                      positive_low,positive_high,positive_net";

fn csv_rows(drivers: &GetDriversResponse) -> Vec<Vec<String>> {
    let influence = |influence: Option<Influence>| {
        influence.map_or([const { String::new() }; 3], |Influence { value, low, high }| {
            [value, low, high].map(|number| number.to_string())
        })
    };
    let side = |side: Option<v1::DriverSide>| {
        let mut fields = vec![side.map(|side| side.comments.to_string()).unwrap_or_default()];
        fields.extend(influence(side.and_then(|side| side.per_mention)));
        let net = side.and_then(|side| side.net);
        fields.push(net.map(|net| net.value.to_string()).unwrap_or_default());
        fields
    };
    let row = |driver: &Driver| {
        let mut fields = vec![
            kind(driver),
            driver.value.clone(),
            driver.name.clone(),
            driver.owner.clone(),
            driver.phase.clone(),
            quadrant(driver),
            driver.few.to_string(),
            driver.comments.to_string(),
        ];
        fields.extend(influence(driver.importance));
        fields.extend(estimate_fields(driver.fulfilment.as_ref()));
        fields.extend(influence(driver.net));
        fields.extend(side(driver.negative));
        fields.extend(side(driver.positive));
        fields
    };
    drivers.drivers.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_the_protos() {
        for (name, number) in OUTCOMES.iter().zip(1..) {
            let outcome = v1::Outcome::try_from(number).expect("it is known").as_str_name();
            assert_eq!(outcome, format!("OUTCOME_{}", name.to_uppercase()));
        }
        for (name, number) in KINDS.iter().zip(1..) {
            let kind = v1::DriverKind::try_from(number).expect("it is known").as_str_name();
            assert_eq!(kind, format!("DRIVER_KIND_{}", name.to_uppercase()));
        }
    }

    #[test]
    fn every_field_has_a_heading() {
        let drivers = GetDriversResponse { drivers: vec![Driver::default()], ..GetDriversResponse::default() };
        assert_eq!(csv_rows(&drivers)[0].len(), HEADER.split(',').count());
    }
}
