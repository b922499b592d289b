//! Not tests: the figures behind decisions. They are printed by
//! `cargo test --release --workspace --lib store::edge::tests::figures -- --ignored --nocapture`.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::*;

const WIDE: usize = 384;
const PER_WRITE: u128 = 500;

fn from_environment(name: &str, otherwise: u128) -> u128 {
    std::env::var(name).map_or(otherwise, |number| number.parse().unwrap())
}

/// Enough for data that only has to be spread out.
struct Random(u64);

impl Random {
    fn of(seed: u128) -> Random {
        Random((seed as u64).wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 >> 11
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn one_of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len() as u64) as usize]
    }

    fn unit_vector(&mut self) -> Vec<f32> {
        let raw: Vec<f32> = (0..WIDE).map(|_| self.below(2_001) as f32 / 1_000.0 - 1.0).collect();
        let length = raw.iter().map(|number| number * number).sum::<f32>().sqrt();
        raw.iter().map(|number| number / length).collect()
    }
}

const CHANNELS: &[&str] = &["survey", "call_centre", "email", "chat", "app_store", "shop"];
const SENTIMENTS: &[&str] = &["negative", "neutral", "positive"];
const TOUCHPOINTS: &[&str] = &["hotline", "invoice", "website", "shop", "delivery", "app", "cancellation", "advice"];
const TEXT: &str = "Ich habe vierzig Minuten in der Warteschleife gehangen, und am Ende wusste niemand, wo mein Paket ist. \
                    Die Dame war freundlich, aber geholfen hat es nicht; zurückgerufen hat mich bis heute keiner.";

fn mention_fields(random: &mut Random) -> Value {
    let touchpoint = random.one_of(TOUCHPOINTS);
    json!({
        "touchpoint": touchpoint, "phase": "retention", "owner": format!("team {touchpoint}"),
        "topics": ["waiting"], "sentiment": random.one_of(SENTIMENTS), "score": random.below(2_000) as f64 / 1_000.0 - 1.0,
    })
}

/// About as large as what the service stores.
fn fields(kind: Kind, number: u128, random: &mut Random) -> Payload {
    let mut fields = payload(json!({
        "tenant": "default", "channel": random.one_of(CHANNELS), "source": "survey 12", "journey": "generic",
        "language": "de", "survey_kind": "nps", "subject": format!("customer {}", random.below(40_000)),
        "comment_sentiment": random.one_of(SENTIMENTS), "action": "none", "score_version": "e5-small/3+generic/5",
        "time": 1_700_000_000_000_000_i64 + random.below(100_000_000_000) as i64, "nps": random.below(11),
        "comment_score": random.below(2_000) as f64 / 1_000.0 - 1.0, "severity": random.below(1_000) as f64 / 1_000.0,
    }));
    if kind == Kind::Mentions {
        fields.extend(payload(mention_fields(random)));
        fields.extend(payload(json!({"comment_id": id(number / 2), "index": number % 2, "text": &TEXT[..103],
            "mention": {"span": [0, 103], "evidence": {"from": 12, "to": 40}, "labels": [1, 2, 3]}})));
    } else {
        fields.extend(payload(json!({"mentions": [mention_fields(random), mention_fields(random)],
            "comment": {"text": TEXT, "metadata": {"region": "Nord", "order": number.to_string()}},
            "insight": {"discrepancy": null, "handling": ["call back"]}, "fingerprint": "0123456789abcdef"})));
    }
    fields
}

fn spread(number: u128) -> Uuid {
    Uuid::from_u128(number.wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835))
}

fn wide_point(kind: Kind, number: u128) -> Point {
    let mut random = Random::of(number);
    Point { id: spread(number), vector: Some(random.unit_vector()), payload: fields(kind, number, &mut random) }
}

async fn fill(store: &EdgeStore, kind: Kind, count: u128) {
    let begun = Instant::now();
    for start in (0..count).step_by(PER_WRITE as usize) {
        let points = (start..count.min(start + PER_WRITE)).map(|number| wide_point(kind, number)).collect();
        store.write(upsert(kind, points)).await.unwrap();
    }
    println!("{count} {} written in {:.1} s", kind.name(), begun.elapsed().as_secs_f64());
}

/// Returns when no tidy-up has changed anything for some time.
async fn until_tidy(store: &EdgeStore) {
    let begun = Instant::now();
    let mut segments = [0; 2];
    let mut same_since = Instant::now();
    while same_since.elapsed() < Duration::from_secs(30) {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let guard = store.shards.read().await;
        let shards = guard.as_ref().unwrap();
        let now = [Kind::Mentions, Kind::Comments].map(|kind| shards.of(kind).info().unwrap().segments_count);
        if now != segments {
            (segments, same_since) = (now, Instant::now());
        }
    }
    println!("{segments:?} segments after {:.0} s more", (same_since - begun).as_secs_f64());
}

fn megabytes(bytes: u64) -> u64 {
    bytes / 1_000_000
}

fn print_times(what: &str, mut times: Vec<Duration>) {
    times.sort();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    println!("{what}: median {:.2} ms, p99 {:.2} ms, longest {:.2} ms of {}", at(0.5), at(0.99), at(1.0), times.len());
}

/// What a call takes of the processor, for a machine that is busy with other things.
fn print_processor_time(taken: Duration, calls: usize) {
    println!("    {:.1} ms of processor time each", taken.as_secs_f64() * 1e3 / calls as f64);
}

async fn time<T>(what: &str, rounds: u128, mut work: impl AsyncFnMut(u128) -> T) {
    let mut times = Vec::new();
    let before = processor_time();
    for round in 0..rounds {
        let begun = Instant::now();
        work(round).await;
        times.push(begun.elapsed());
    }
    let taken = processor_time() - before;
    print_times(what, times);
    print_processor_time(taken, rounds as usize);
}

/// Of all threads of this process so far.
fn processor_time() -> Duration {
    let status = std::fs::read_to_string("/proc/self/stat").unwrap();
    let (_name, numbers) = status.rsplit_once(") ").unwrap();
    let ticks: u64 = numbers.split(' ').skip(11).take(2).map(|ticks| ticks.parse::<u64>().unwrap()).sum();
    Duration::from_millis(ticks * 10)
}

fn anonymous_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    status
        .lines()
        .filter(|line| line.starts_with("RssAnon") || line.starts_with("VmHWM"))
        .collect::<Vec<_>>()
        .join(", ")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "prints figures, takes minutes"]
async fn of_search_and_filters() {
    let mentions = from_environment("KLARTEXT_TEST_MENTIONS", 100_000);
    let comments = from_environment("KLARTEXT_TEST_COMMENTS", 50_000);
    let folder = tempfile::tempdir().unwrap();
    let store = EdgeStore::open(folder.path(), EdgeOptions::new(WIDE)).unwrap();
    fill(&store, Kind::Mentions, mentions).await;
    fill(&store, Kind::Comments, comments).await;
    until_tidy(&store).await;
    println!("{}", anonymous_memory());

    let searching = async |filter: Filter, seed: u128| {
        let vector = Random::of(seed + 7_000_000).unit_vector();
        let found = store.search(Kind::Mentions, vector, filter, 0, 20).await.unwrap();
        assert_eq!(found.len(), 20);
    };
    let filters = [
        ("no filter", vec![]),
        ("a tenth of the time", vec![time_range(0.1)]),
        ("one channel and negative", vec![any_of("channel", &["chat"]), any_of("sentiment", &["negative"])]),
        ("one touchpoint, a hundredth of the time", vec![any_of("touchpoint", &["hotline"]), time_range(0.01)]),
    ];
    for (name, all) in filters {
        let filter = Filter { all };
        let matching = store.count(Kind::Mentions, filter.clone()).await.unwrap();
        let what = format!("search of 20 among {matching} of {mentions} mentions, {name}");
        time(&what, 200, async |round| searching(filter.clone(), round).await).await;
    }

    let nested = |all| Condition::Nested { field: "mentions", all };
    let cases = [
        ("nested, one condition", vec![nested(vec![any_of("touchpoint", &["hotline"])])]),
        (
            "nested, three conditions",
            vec![nested(vec![
                any_of("touchpoint", &["hotline"]),
                any_of("sentiment", &["negative"]),
                any_of("owner", &["team hotline"]),
            ])],
        ),
        ("the indexed field itself", vec![any_of("mentions[].touchpoint", &["hotline"])]),
        (
            "nested and a tenth of the time",
            vec![nested(vec![any_of("touchpoint", &["hotline"]), any_of("sentiment", &["negative"])]), time_range(0.1)],
        ),
    ];
    for (name, all) in cases {
        let filter = Filter { all };
        let matching = store.count(Kind::Comments, filter.clone()).await.unwrap();
        let counting = async |_| store.count(Kind::Comments, filter.clone()).await.unwrap();
        time(&format!("count of {matching} of {comments} comments, {name}"), 20, counting).await;
        let paging = async |_| store.scroll(Kind::Comments, filter.clone(), None, 50, false).await.unwrap();
        time(&format!("page of 50 of {comments} comments, {name}"), 20, paging).await;
        let newest = Order { field: "time", descending: true };
        let ordered = async |_| store.scroll_by(Kind::Comments, filter.clone(), newest, 50, false).await.unwrap();
        time(&format!("newest 50 of {comments} comments, {name}"), 20, ordered).await;
    }
    store.close().await.unwrap();
}

fn time_range(share: f64) -> Condition {
    let bounds = Bounds { below: Some(1_700_000_000_000_000.0 + 100_000_000_000.0 * share), ..Bounds::default() };
    Condition::Range { field: "time", bounds }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "prints figures, takes minutes"]
async fn of_compaction() {
    let mentions = from_environment("KLARTEXT_TEST_MENTIONS", 100_000);
    let comments = from_environment("KLARTEXT_TEST_COMMENTS", 60_000);
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(EdgeStore::open(folder.path(), EdgeOptions::new(WIDE)).unwrap());
    fill(&store, Kind::Mentions, mentions).await;
    fill(&store, Kind::Comments, comments).await;
    until_tidy(&store).await;
    let before = folders::size_on_disk(folder.path()).unwrap();
    println!("before: {} MB on the disk; {}", megabytes(before), anonymous_memory());

    time("write of a comment alone", 300, async |round| write_one(&store, round).await).await;
    let vector = Random::of(1).unit_vector();
    let search = async |_| store.search(Kind::Mentions, vector.clone(), Filter::default(), 0, 20).await.unwrap();
    time("search alone", 100, search).await;

    let over = Arc::new(AtomicBool::new(false));
    let peak = Arc::new(AtomicU64::new(0));
    let watching = {
        let (over, peak, folder) = (Arc::clone(&over), Arc::clone(&peak), folder.path().to_owned());
        std::thread::spawn(move || {
            while !over.load(Ordering::Relaxed) {
                // Files vanish while they are looked at.
                if let Ok(size) = folders::size_on_disk(&folder) {
                    peak.fetch_max(size, Ordering::Relaxed);
                }
                std::thread::sleep(Duration::from_millis(200));
            }
        })
    };
    let mut beside = Vec::new();
    for writes in [true, false] {
        let (over, store, vector) = (Arc::clone(&over), Arc::clone(&store), vector.clone());
        beside.push(tokio::spawn(async move {
            let mut times = Vec::new();
            while !over.load(Ordering::Relaxed) {
                let begun = Instant::now();
                if writes {
                    write_one(&store, 1_000 + times.len() as u128).await;
                } else {
                    store.search(Kind::Mentions, vector.clone(), Filter::default(), 0, 20).await.unwrap();
                }
                times.push(begun.elapsed());
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            times
        }));
    }
    let begun = Instant::now();
    store.compact().await.unwrap();
    println!("compacted in {:.1} s", begun.elapsed().as_secs_f64());
    over.store(true, Ordering::Relaxed);
    let mut beside = beside.into_iter();
    print_times("write of a comment meanwhile", beside.next().unwrap().await.unwrap());
    print_times("search meanwhile", beside.next().unwrap().await.unwrap());
    watching.join().unwrap();
    let after = folders::size_on_disk(folder.path()).unwrap();
    let peak = megabytes(peak.load(Ordering::Relaxed));
    println!("{peak} MB on the disk at most, {} MB after; {}", megabytes(after), anonymous_memory());

    let begun = Instant::now();
    let processor_before = processor_time();
    store.compact().await.unwrap();
    let of_processor = (processor_time() - processor_before).as_secs_f64();
    println!("compacted alone in {:.1} s, {of_processor:.1} s of processor time", begun.elapsed().as_secs_f64());
    store.close().await.unwrap();
}

/// A comment with two mentions, as the service writes it.
async fn write_one(store: &EdgeStore, number: u128) {
    let number = 10_000_000 + number;
    let mentions = vec![wide_point(Kind::Mentions, 2 * number), wide_point(Kind::Mentions, 2 * number + 1)];
    let comment = vec![wide_point(Kind::Comments, number)];
    let writes = [upsert(Kind::Mentions, mentions), upsert(Kind::Comments, comment)].concat();
    store.write(writes).await.unwrap();
}
