//! What the running service does under more load than it can take.
//!
//! First the capacity is measured in a closed loop: so many callers, each with its next call as soon as the last is
//! answered. Then calls come in an open loop: at random (a Poisson process) at a fixed rate, whether or not earlier ones
//! are answered. Latency counts from the moment at which a call was meant to be sent, so a generator or a service that
//! stalls does not hide the wait (coordinated omission).

mod comments;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use comfy_table::Table;
use hdrhistogram::Histogram;
use klartext_proto::v1::analysis_service_client::AnalysisServiceClient;
use klartext_proto::v1::{AnalyzeRequest, Comment};
use serde::Serialize;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tonic::transport::Channel;
use tonic::{Code, Request, Status};

pub use comments::Comments;

use crate::process::anonymous_memory;
use crate::random::Random;
use crate::{Error, Result, service};

/// Later answers are no use to anybody: the service is told, and stops working on them.
const CALL_DEADLINE: Duration = Duration::from_secs(60);
/// Before each measurement, so that the one before has no part in it.
const SETTLING: Duration = Duration::from_secs(1);
const MEMORY_INTERVAL: Duration = Duration::from_millis(100);
/// Latencies are recorded in microseconds, up to more than any deadline.
const MOST_MICROS: u64 = 120_000_000;

/// How the load is made.
#[derive(Debug, Clone)]
pub struct Options {
    /// Of the closed loop that measures the capacity.
    pub callers: usize,
    pub comments_per_call: usize,
    pub store: bool,
    /// Offered rates, as multiples of the capacity.
    pub steps: Vec<f64>,
    pub step_time: Duration,
    /// More calls than this are never under way; those beyond count as not sent.
    pub most_outstanding: usize,
    pub connections: usize,
    pub seed: u64,
}

/// One rate.
#[derive(Debug, Serialize)]
pub struct Step {
    /// Of the capacity.
    pub multiple: f64,
    pub offered_per_second: f64,
    pub accepted_per_second: f64,
    /// Refused with RESOURCE_EXHAUSTED, of all sent; 0 to 1.
    pub refused: f64,
    /// Failed in any other way.
    pub failed: u64,
    /// Beyond the bound on outstanding calls.
    pub not_sent: u64,
    /// Of accepted calls, in seconds.
    pub p50: f64,
    pub p99: f64,
    pub longest: f64,
    /// Of refused calls.
    pub refused_p99: f64,
    /// The most during the step.
    pub memory_bytes: Option<u64>,
}

#[derive(Debug, Serialize)]
pub struct LoadReport {
    /// Comments in one call.
    pub comments_per_call: usize,
    /// Calls a second in the closed loop.
    pub capacity: f64,
    pub steps: Vec<Step>,
}

/// Load the service at `server`; `process` is its id, to read its memory.
///
/// # Errors
/// The service cannot be reached, or no call of the closed loop is answered.
pub async fn load(server: &str, process: Option<u32>, comments: Comments, options: &Options) -> Result<LoadReport> {
    let generator = Arc::new(Generator {
        clients: connect_all(server, options.connections).await?,
        comments,
        comments_per_call: options.comments_per_call,
        store: options.store,
        sent: AtomicU64::new(0),
    });
    let capacity = capacity(&generator, options).await?;
    let mut random = Random::new(options.seed);
    let mut steps = Vec::with_capacity(options.steps.len());
    for &multiple in &options.steps {
        tokio::time::sleep(SETTLING).await;
        let step = step(&generator, options, multiple, multiple * capacity, process, &mut random).await?;
        eprintln!(
            "{multiple} times the capacity: {:.0} calls/s offered, {:.0} accepted",
            step.offered_per_second, step.accepted_per_second
        );
        steps.push(step);
    }
    Ok(LoadReport { comments_per_call: options.comments_per_call, capacity, steps })
}

struct Generator {
    clients: Vec<AnalysisServiceClient<Channel>>,
    comments: Comments,
    comments_per_call: usize,
    store: bool,
    /// Calls; each takes the next comments.
    sent: AtomicU64,
}

impl Generator {
    async fn call(&self) -> std::result::Result<(), Status> {
        let number = self.sent.fetch_add(1, Ordering::Relaxed);
        let mut client = self.clients[number as usize % self.clients.len()].clone();
        let first = number * self.comments_per_call as u64;
        let comments: Vec<Comment> =
            (first..first + self.comments_per_call as u64).map(|number| self.comments.get(number)).collect();
        let mut request = Request::new(AnalyzeRequest { comments, store: self.store, analyses: Vec::new() });
        request.set_timeout(CALL_DEADLINE);
        client.analyze(request).await.map(drop)
    }
}

async fn connect_all(server: &str, connections: usize) -> Result<Vec<AnalysisServiceClient<Channel>>> {
    let mut clients = Vec::with_capacity(connections);
    for _ in 0..connections.max(1) {
        let channel = service::connect(server).await?;
        clients.push(AnalysisServiceClient::new(channel).max_decoding_message_size(usize::MAX));
    }
    Ok(clients)
}

/// Calls a second that the service answers when it is never idle and never overrun.
async fn capacity(generator: &Arc<Generator>, options: &Options) -> Result<f64> {
    let mut answered = 0;
    // The first round is thrown away: it fills caches, and the service learns how fast it is.
    for round in [options.step_time / 4, options.step_time] {
        let end = Instant::now() + round;
        let mut callers = JoinSet::new();
        for _ in 0..options.callers {
            let generator = generator.clone();
            callers.spawn(async move {
                let mut answered = 0u64;
                while Instant::now() < end {
                    match generator.call().await {
                        Ok(()) => answered += 1,
                        Err(status) if status.code() == Code::ResourceExhausted => {
                            tokio::time::sleep(Duration::from_millis(50)).await;
                        }
                        Err(status) => return Err(Error::Service(status.to_string())),
                    }
                }
                Ok(answered)
            });
        }
        answered = 0;
        while let Some(caller) = callers.join_next().await {
            answered += caller.map_err(|error| Error::Service(error.to_string()))??;
        }
    }
    if answered == 0 {
        return Err(Error::Service("no call was answered".to_owned()));
    }
    Ok(answered as f64 / options.step_time.as_secs_f64())
}

enum Outcome {
    Accepted(Duration),
    Refused(Duration),
    Failed,
}

/// Offer one rate for the step's time, then wait for what is under way.
async fn step(
    generator: &Arc<Generator>,
    options: &Options,
    multiple: f64,
    rate: f64,
    process: Option<u32>,
    random: &mut Random,
) -> Result<Step> {
    let (outcomes, mut ended) = mpsc::unbounded_channel();
    let mut tally = Tally::new()?;
    let mut outstanding = 0;
    let (mut offered, mut not_sent) = (0u64, 0u64);
    let mut memory = None;
    let mut memory_due = Instant::now();
    let start = Instant::now();
    let mut arrival = start + exponential(random, rate);
    while arrival < start + options.step_time {
        tokio::time::sleep_until(arrival.into()).await;
        offered += 1;
        while let Ok(outcome) = ended.try_recv() {
            outstanding -= 1;
            tally.add(outcome);
        }
        if outstanding < options.most_outstanding {
            outstanding += 1;
            let generator = generator.clone();
            let outcomes = outcomes.clone();
            tokio::spawn(async move {
                let outcome = match generator.call().await {
                    Ok(()) => Outcome::Accepted(arrival.elapsed()),
                    Err(status) if status.code() == Code::ResourceExhausted => Outcome::Refused(arrival.elapsed()),
                    Err(_) => Outcome::Failed,
                };
                drop(outcomes.send(outcome));
            });
        } else {
            not_sent += 1;
        }
        if memory_due.elapsed() >= MEMORY_INTERVAL {
            memory = memory.max(process.and_then(anonymous_memory));
            memory_due = Instant::now();
        }
        arrival += exponential(random, rate);
    }
    drop(outcomes);
    while let Some(outcome) = ended.recv().await {
        tally.add(outcome);
    }
    // Until the last answer: work that was accepted within the step is done after its end.
    let elapsed = start.elapsed().as_secs_f64();
    memory = memory.max(process.and_then(anonymous_memory));
    let sent = offered - not_sent;
    Ok(Step {
        multiple,
        offered_per_second: offered as f64 / options.step_time.as_secs_f64(),
        accepted_per_second: tally.accepted.len() as f64 / elapsed,
        refused: tally.refused.len() as f64 / sent.max(1) as f64,
        failed: tally.failed,
        not_sent,
        p50: seconds(tally.accepted.value_at_quantile(0.5)),
        p99: seconds(tally.accepted.value_at_quantile(0.99)),
        longest: seconds(tally.accepted.max()),
        refused_p99: seconds(tally.refused.value_at_quantile(0.99)),
        memory_bytes: memory,
    })
}

struct Tally {
    accepted: Histogram<u64>,
    refused: Histogram<u64>,
    failed: u64,
}

impl Tally {
    fn new() -> Result<Self> {
        let histogram = || {
            Histogram::new_with_bounds(1, MOST_MICROS, 3).map_err(|error| Error::Service(format!("histogram: {error}")))
        };
        Ok(Self { accepted: histogram()?, refused: histogram()?, failed: 0 })
    }

    fn add(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Accepted(latency) => self.accepted.saturating_record(latency.as_micros() as u64),
            Outcome::Refused(latency) => self.refused.saturating_record(latency.as_micros() as u64),
            Outcome::Failed => self.failed += 1,
        }
    }
}

/// The time to the next arrival of a Poisson process.
fn exponential(random: &mut Random, rate: f64) -> Duration {
    Duration::from_secs_f64(-(1.0 - random.uniform()).ln() / rate)
}

fn seconds(micros: u64) -> f64 {
    micros as f64 / 1e6
}

/// For people.
pub struct LoadTable<'a>(pub &'a LoadReport);

impl fmt::Display for LoadTable<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let report = self.0;
        let comments = match report.comments_per_call {
            1 => "1 comment".to_owned(),
            count => format!("{count} comments"),
        };
        writeln!(formatter, "capacity (closed loop): {:.1} calls/s of {comments}", report.capacity)?;
        let mut table = Table::new();
        table.load_style(comfy_table::presets::ASCII_MARKDOWN);
        table.set_header([
            "times capacity",
            "offered/s",
            "accepted/s",
            "refused",
            "p50 s",
            "p99 s",
            "longest s",
            "refused p99 s",
            "failed",
            "not sent",
            "memory MB",
        ]);
        for step in &report.steps {
            table.add_row([
                format!("{}", step.multiple),
                format!("{:.1}", step.offered_per_second),
                format!("{:.1}", step.accepted_per_second),
                format!("{:.1} %", 100.0 * step.refused),
                format!("{:.3}", step.p50),
                format!("{:.3}", step.p99),
                format!("{:.3}", step.longest),
                format!("{:.3}", step.refused_p99),
                step.failed.to_string(),
                step.not_sent.to_string(),
                step.memory_bytes.map_or("-".to_owned(), |bytes| format!("{:.0}", bytes as f64 / 1e6)),
            ]);
        }
        writeln!(formatter, "{table}")?;
        let at = |multiple: f64| report.steps.iter().find(|step| step.multiple == multiple);
        let (Some(once), Some(last)) = (at(1.0), report.steps.last()) else { return Ok(()) };
        write!(
            formatter,
            "{} times the capacity against once: p99 of accepted calls {:.3} s against {:.3} s ({:.2} times), accepted \
             {:.1}/s against {:.1}/s",
            last.multiple,
            last.p99,
            once.p99,
            last.p99 / once.p99,
            last.accepted_per_second,
            once.accepted_per_second
        )?;
        if let (Some(once), Some(last)) = (once.memory_bytes, last.memory_bytes) {
            write!(formatter, ", memory {:.0} MB against {:.0} MB", last as f64 / 1e6, once as f64 / 1e6)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrivals_come_at_the_rate() {
        let mut random = Random::new(7);
        let total: Duration = (0..20_000).map(|_| exponential(&mut random, 200.0)).sum();
        assert!((95.0..105.0).contains(&total.as_secs_f64()), "{total:?}");
    }

    #[test]
    fn the_last_line_compares_the_last_step_with_once_the_capacity() {
        let step = |multiple: f64, p99: f64| Step {
            multiple,
            offered_per_second: 100.0 * multiple,
            accepted_per_second: 90.0,
            refused: 0.5,
            failed: 0,
            not_sent: 0,
            p50: p99 / 2.0,
            p99,
            longest: p99,
            refused_p99: 0.01,
            memory_bytes: Some(700_000_000),
        };
        let report =
            LoadReport { comments_per_call: 1, capacity: 100.0, steps: vec![step(1.0, 1.0), step(10.0, 1.25)] };
        let text = LoadTable(&report).to_string();
        let last = text.lines().last().expect("there is one");
        assert!(last.contains("1.250 s against 1.000 s (1.25 times)") && last.contains("700 MB"), "{last}");
    }
}
