//! After a compaction no file of the data folder has anything of what was deleted or replaced before it. Proven by
//! reading all files, byte for byte, before and after.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

/// So wide that few points are enough for an immutable segment.
const WIDE: usize = 2_048;
const BYSTANDERS: u128 = 1_400;

fn wide_options() -> EdgeOptions {
    EdgeOptions {
        tidy: TidyOptions { when_quiet_for: Duration::from_millis(100), after_changes: 20_000 },
        ..EdgeOptions::new(WIDE)
    }
}

fn open_wide(folder: &Path) -> EdgeStore {
    EdgeStore::open(folder, wide_options()).unwrap()
}

/// What is stored of one secret, and what of it may be found in a file.
struct Secret {
    name: String,
    kind: Kind,
    id: Uuid,
}

impl Secret {
    fn new(name: &str, kind: Kind) -> Secret {
        // Any id would do; this one is in no other point.
        let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes());
        Secret { name: name.to_owned(), kind, id }
    }

    fn in_text(&self) -> String {
        format!("geheimer-text-{}", self.name)
    }

    fn in_index(&self) -> String {
        format!("geheimer-kunde-{}", self.name)
    }

    fn vector(&self) -> Vec<f32> {
        unit_vector(self.id.as_u128() >> 100, WIDE)
    }

    fn point(&self) -> Point {
        let fields = json!({
            "tenant": "a", "subject": self.in_index(), "journey": self.in_index(), "state": self.in_index(),
            "comment": {"text": format!("Am Montag: {}.", self.in_text())},
            "mentions": [{"touchpoint": self.in_index()}],
        });
        let vector = self.kind.has_vectors().then(|| self.vector());
        Point { id: self.id, vector, payload: payload(fields) }
    }

    /// The same id, without anything of the secret but that.
    fn replacement(&self) -> Point {
        let vector = self.kind.has_vectors().then(|| unit_vector(3, WIDE));
        Point { id: self.id, vector, payload: payload(json!({"tenant": "a", "subject": "replaced"})) }
    }

    /// All ways in which its words could lie in a file.
    fn traces(&self) -> Vec<(String, Vec<u8>)> {
        let mut traces = Vec::new();
        for word in [self.in_text(), self.in_index()] {
            let wide: Vec<u16> = word.encode_utf16().collect();
            let escaped: String = wide.iter().map(|unit| format!("\\u{unit:04x}")).collect();
            let mut little_endian: Vec<u8> = wide.iter().flat_map(|unit| unit.to_le_bytes()).collect();
            // Its last byte is zero, and so may be the page behind it.
            little_endian.pop();
            traces.push((
                format!("{word} as UTF-16, big end first"),
                wide.iter().flat_map(|u| u.to_be_bytes()).collect(),
            ));
            traces.push((format!("{word} as UTF-16, little end first"), little_endian));
            traces.push((format!("{word} escaped"), escaped.into_bytes()));
            traces.push((word.clone(), word.into_bytes()));
        }
        if self.kind.has_vectors() {
            let some_numbers = self.vector()[100..110].iter().flat_map(|number| number.to_le_bytes()).collect();
            traces.push((format!("vector of {}", self.name), some_numbers));
            // As the log, which is CBOR, has them.
            let in_cbor = |number: &f32| [vec![0xfa], number.to_be_bytes().to_vec()].concat();
            let some_numbers = self.vector()[100..110].iter().flat_map(in_cbor).collect();
            traces.push((format!("vector of {} in the log", self.name), some_numbers));
        }
        traces
    }

    fn traces_of_id(&self) -> Vec<(String, Vec<u8>)> {
        let of = |what: &str| format!("id of {} {what}", self.name);
        vec![
            (of("with hyphens"), self.id.hyphenated().to_string().into_bytes()),
            (of("without hyphens"), self.id.simple().to_string().into_bytes()),
            (of("as bytes"), self.id.as_bytes().to_vec()),
            (of("as bytes, little end first"), self.id.as_u128().to_le_bytes().to_vec()),
        ]
    }
}

/// The files below a folder without their empty pages (the logs are laid out in advance).
fn contents(folder: &Path, contents_of: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            contents(&path, contents_of);
            continue;
        }
        let content = std::fs::read(&path).unwrap();
        let pages = content.chunks(PAGE).filter(|page| page.iter().any(|byte| *byte != 0));
        contents_of.push((path, pages.flatten().copied().collect()));
    }
}

/// Which of the traces are in which file.
fn found(folder: &Path, traces: &[(String, Vec<u8>)]) -> Vec<(String, PathBuf)> {
    let mut files = Vec::new();
    contents(folder, &mut files);
    assert!(files.len() > 20, "these are not all files: {files:?}");
    let first_two = |bytes: &[u8]| usize::from(u16::from_be_bytes([bytes[0], bytes[1]]));
    let mut by_first_two = vec![Vec::new(); 1 << 16];
    for (name, trace) in traces {
        by_first_two[first_two(trace)].push((name, trace));
    }
    let mut found = Vec::new();
    for (path, content) in &files {
        for at in 0..content.len().saturating_sub(1) {
            for (name, trace) in &by_first_two[first_two(&content[at..])] {
                if content[at..].starts_with(trace) {
                    found.push((name.to_string(), path.strip_prefix(folder).unwrap().to_owned()));
                }
            }
        }
    }
    found
}

fn is_found(found: &[(String, PathBuf)], name: &str) -> bool {
    found.iter().any(|(found, _)| found == name)
}

fn bystander(number: u128) -> Point {
    let fields = json!({"tenant": "a", "subject": format!("customer {number}"), "time": number as u64, "round": 0});
    Point { id: id(number), vector: Some(unit_vector(number, WIDE)), payload: payload(fields) }
}

async fn write_bystanders(store: &EdgeStore, kind: Kind) -> Vec<Point> {
    let points: Vec<Point> = (0..BYSTANDERS).map(bystander).collect();
    for chunk in points.chunks(500) {
        store.write(upsert(kind, chunk.to_vec())).await.unwrap();
    }
    points
}

async fn delete(store: &EdgeStore, kind: Kind, condition: Condition) {
    store.write(vec![Write::Delete { kind, filter: only(condition) }]).await.unwrap();
}

fn sorted(mut points: Vec<Point>) -> Vec<Point> {
    points.sort_by_key(|point| point.id);
    points
}

/// The folders of the shards.
fn shard_folders(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = entries.filter(|name| name != "lock").collect();
    names.sort();
    names
}

#[tokio::test]
async fn nothing_deleted_or_replaced_is_left_in_any_file() {
    let folder = tempfile::tempdir().unwrap();
    let store = open_wide(folder.path());
    let mut secrets = Vec::new();
    let mut deleted_ids = Vec::new();
    let mut expected = BTreeMap::new();

    // Sealed into an immutable segment, then deleted or replaced there.
    for kind in [Kind::Comments, Kind::Mentions] {
        let of_kind = |name: &str| Secret::new(&format!("{name}-{}", kind.name()), kind);
        let sealed = ["sealed-deleted", "sealed-replaced", "sealed-by-subject"].map(of_kind);
        store.write(upsert(kind, sealed.iter().map(Secret::point).collect())).await.unwrap();
        let mut points = write_bystanders(&store, kind).await;
        until_a_segment_is_sealed(&store, kind).await;
        delete(&store, kind, Condition::Ids(vec![sealed[0].id])).await;
        store.write(upsert(kind, vec![sealed[1].replacement()])).await.unwrap();
        let by_subject = Condition::AnyOf { field: "subject", values: vec![sealed[2].in_index()] };
        delete(&store, kind, by_subject).await;
        points.push(sealed[1].replacement());
        deleted_ids.extend([0, 2].map(|at| sealed[at].traces_of_id()).into_iter().flatten());
        expected.insert(kind as usize, points);
        secrets.extend(sealed);
    }
    store.close().await.unwrap();
    let store = open_wide(folder.path());

    // In the segment that still grows: replaced in place, deleted, written again; some of it checkpointed.
    for kind in Kind::ALL {
        let of_kind = |name: &str| Secret::new(&format!("{name}-{}", kind.name()), kind);
        let fresh = ["fresh-deleted", "fresh-replaced", "fresh-replaced-deleted"].map(of_kind);
        store.write(upsert(kind, fresh.iter().map(Secret::point).collect())).await.unwrap();
        delete(&store, kind, Condition::Ids(vec![fresh[0].id])).await;
        for _ in 0..3 {
            store.write(upsert(kind, vec![fresh[1].replacement(), fresh[2].replacement()])).await.unwrap();
        }
        delete(&store, kind, Condition::Ids(vec![fresh[2].id])).await;
        expected.entry(kind as usize).or_default().push(fresh[1].replacement());
        deleted_ids.extend([0, 2].map(|at| fresh[at].traces_of_id()).into_iter().flatten());
        secrets.extend(fresh);
    }
    store.close().await.unwrap();
    let store = open_wide(folder.path());
    // Only in the log.
    let last = Secret::new("only-in-the-log", Kind::Mentions);
    store.write(upsert(last.kind, vec![last.point()])).await.unwrap();
    delete(&store, last.kind, Condition::Ids(vec![last.id])).await;
    deleted_ids.extend(last.traces_of_id());
    secrets.push(last);

    let traces: Vec<_> = secrets.iter().flat_map(Secret::traces).chain(deleted_ids).collect();
    let before = found(folder.path(), &traces);
    for secret in &secrets {
        assert!(is_found(&before, &secret.in_text()), "{}: {before:#?}", secret.name);
        assert!(is_found(&before, &secret.in_index()), "{}: {before:#?}", secret.name);
        let id_is_found = secret.traces_of_id().iter().any(|(name, _)| is_found(&before, name));
        assert!(id_is_found || !traces.iter().any(|(name, _)| *name == secret.traces_of_id()[0].0), "{}", secret.name);
        let vector_is_found =
            ["", " in the log"].iter().any(|place| is_found(&before, &format!("vector of {}{place}", secret.name)));
        assert_eq!(vector_is_found, secret.kind.has_vectors(), "{}", secret.name);
    }
    let in_a = |part: &str| before.iter().any(|(_, path)| path.to_str().unwrap().contains(part));
    for part in ["/wal/", "payload_storage", "payload_index", "vector_storage", "id_tracker"] {
        assert!(in_a(part), "{part}: {before:#?}");
    }

    assert_eq!(store.compact().await.unwrap(), Compaction::Done);
    assert_eq!(found(folder.path(), &traces), []);
    let names = Kind::ALL.map(|kind| format!("{}.rewritten-1", kind.name()));
    assert_eq!(shard_folders(folder.path()), sorted_names(names));
    let expected: Vec<_> = Kind::ALL.map(|kind| (kind, sorted(expected[&(kind as usize)].clone()))).into();
    assert_holds(&store, &expected).await;

    // Neither do later tidy-ups, checkpoints, replays or compactions bring anything back.
    until_a_segment_is_sealed(&store, Kind::Comments).await;
    store.close().await.unwrap();
    assert_eq!(found(folder.path(), &traces), []);
    let store = open_wide(folder.path());
    assert_holds(&store, &expected).await;
    assert_eq!(store.compact().await.unwrap(), Compaction::Done);
    assert_holds(&store, &expected).await;
    let names = Kind::ALL.map(|kind| format!("{}.rewritten-2", kind.name()));
    assert_eq!(shard_folders(folder.path()), sorted_names(names));
    store.close().await.unwrap();
    assert_eq!(found(folder.path(), &traces), []);
}

fn sorted_names(names: [String; Kind::ALL.len()]) -> Vec<String> {
    let mut names = names.to_vec();
    names.sort();
    names
}

async fn assert_holds(store: &EdgeStore, expected: &[(Kind, Vec<Point>)]) {
    for (kind, points) in expected {
        assert_same(&everything(store, *kind, Filter::default()).await, points);
        assert_same(&everything(store, *kind, only(any_of("tenant", &["a"]))).await, points);
    }
    let of_one = only(any_of("subject", &["customer 77"]));
    assert_eq!(numbers(store, Kind::Mentions, of_one).await, [77]);
}

#[tokio::test]
async fn vectors_are_the_same_bits_after_compaction() {
    let (_folder, store) = fresh();
    store
        .write(upsert(Kind::Mentions, (0..200).map(|n| a_point(Kind::Mentions, n, json!({}))).collect()))
        .await
        .unwrap();
    let before = everything(&store, Kind::Mentions, Filter::default()).await;
    for _ in 0..2 {
        store.compact().await.unwrap();
        assert_eq!(everything(&store, Kind::Mentions, Filter::default()).await, before);
    }
}

/// Writes, deletes and reads go on while shards are rewritten again and again, and tidied up meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn compaction_beside_writes_and_reads_keeps_everything() {
    const POINTS: u128 = 2_000;
    let options = EdgeOptions {
        tidy: TidyOptions { when_quiet_for: Duration::ZERO, after_changes: 1_000 },
        ..EdgeOptions::new(WIDE)
    };
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(EdgeStore::open(folder.path(), options).unwrap());
    let point = |number: u128, round: u64| Point {
        payload: payload(json!({"tenant": "a", "round": round})),
        ..bystander(number)
    };
    let still = |number: &u128| number.is_multiple_of(4);
    let untouched: Vec<Point> = (0..POINTS).filter(still).map(|number| point(number, 0)).collect();
    for chunk in untouched.chunks(500) {
        store.write(upsert(Kind::Mentions, chunk.to_vec())).await.unwrap();
    }

    let over = Arc::new(AtomicBool::new(false));
    let mut writing = Vec::new();
    for part in 1..4 {
        let (store, over) = (Arc::clone(&store), Arc::clone(&over));
        writing.push(tokio::spawn(async move {
            let mine: Vec<u128> = (0..POINTS).filter(|number| number % 4 == part).collect();
            let mut round = 0;
            loop {
                round += 1;
                for chunk in mine.chunks(100) {
                    store
                        .write(upsert(Kind::Mentions, chunk.iter().map(|n| point(*n, round)).collect()))
                        .await
                        .unwrap();
                }
                // A fifth goes, to come back in the next round.
                let gone = mine.iter().copied().filter(|number| number % 5 == 0).map(id).collect();
                delete(&store, Kind::Mentions, Condition::Ids(gone)).await;
                if over.load(Ordering::Relaxed) {
                    return mine.into_iter().filter(|n| n % 5 != 0).map(|n| point(n, round)).collect::<Vec<_>>();
                }
            }
        }));
    }
    let reading = {
        let (store, over, untouched) = (Arc::clone(&store), Arc::clone(&over), untouched.clone());
        tokio::spawn(async move {
            while !over.load(Ordering::Relaxed) {
                let ids: Vec<Uuid> = untouched.iter().map(|point| point.id).collect();
                assert_same(&store.get(Kind::Mentions, ids.clone(), true).await.unwrap(), &untouched);
                assert_same(&everything(&store, Kind::Mentions, only(Condition::Ids(ids))).await, &untouched);
                let nearest = untouched[7].vector.clone().unwrap();
                let best = store.search(Kind::Mentions, nearest, Filter::default(), 0, 1).await.unwrap();
                assert_eq!(best[0].point.id, untouched[7].id);
            }
        })
    };
    for _ in 0..2 {
        store.compact().await.unwrap();
    }
    over.store(true, Ordering::Relaxed);
    reading.await.unwrap();
    let mut expected = untouched;
    for task in writing {
        expected.extend(task.await.unwrap());
    }
    let expected = sorted(expected);
    assert_same(&everything(&store, Kind::Mentions, Filter::default()).await, &expected);
    store.close().await.unwrap();
    let store = open_wide(folder.path());
    assert_same(&everything(&store, Kind::Mentions, Filter::default()).await, &expected);
    assert_same(&everything(&store, Kind::Mentions, only(any_of("tenant", &["a"]))).await, &expected);
}

/// Returns when a rewriting of the kind is under way.
async fn until_rewriting(folder: &Path, kind: Kind) {
    while !folder.join(format!("{}.rewritten-1", kind.name())).exists() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_compaction_goes_on_without_its_caller() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(open_wide(folder.path()));
    let points = write_bystanders(&store, Kind::Mentions).await;
    let compaction = tokio::spawn({
        let store = Arc::clone(&store);
        async move { store.compact().await }
    });
    until_rewriting(folder.path(), Kind::Mentions).await;
    compaction.abort();
    assert!(compaction.await.unwrap_err().is_cancelled());
    let last = folder.path().join("operations.rewritten-1");
    while !last.join("complete").exists() || folder.path().join("operations").exists() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_same(&everything(&store, Kind::Mentions, Filter::default()).await, &points);
    assert_eq!(store.compact().await.unwrap(), Compaction::Done);
    assert_same(&everything(&store, Kind::Mentions, Filter::default()).await, &points);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closing_in_the_middle_of_a_compaction_leaves_the_old_shard() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(open_wide(folder.path()));
    let points = write_bystanders(&store, Kind::Mentions).await;
    let compaction = tokio::spawn({
        let store = Arc::clone(&store);
        async move { store.compact().await }
    });
    until_rewriting(folder.path(), Kind::Mentions).await;
    store.close().await.unwrap();
    assert!(matches!(compaction.await.unwrap(), Err(StoreError::Closed)));
    assert!(matches!(store.compact().await, Err(StoreError::Closed)));
    assert!(shard_folders(folder.path()).contains(&"mentions".to_owned()));
    assert_eq!(shard_folders(folder.path()).len(), Kind::ALL.len());
    let store = open_wide(folder.path());
    assert_same(&everything(&store, Kind::Mentions, Filter::default()).await, &points);
    store.compact().await.unwrap();
    assert_same(&everything(&store, Kind::Mentions, Filter::default()).await, &points);
}

#[tokio::test]
async fn a_compaction_that_cannot_be_done_is_an_error_and_nothing_else() {
    let (folder, store) = fresh();
    let point = a_point(Kind::Comments, 1, json!({"tenant": "a"}));
    store.write(upsert(Kind::Comments, vec![point.clone()])).await.unwrap();
    // A file where folders are expected cannot be deleted as one.
    let in_the_way = folder.path().join("comments.rewritten-1");
    std::fs::write(&in_the_way, "").unwrap();
    assert!(matches!(store.compact().await, Err(StoreError::Write { .. })));
    store.ready().await.unwrap();
    store.write(upsert(Kind::Comments, vec![point.clone()])).await.unwrap();
    std::fs::remove_file(in_the_way).unwrap();
    store.compact().await.unwrap();
    assert_same(&everything(&store, Kind::Comments, Filter::default()).await, &[point]);
}

/// A rewriting that was cut off before it was complete does not count; one that was complete counts, even if the folder
/// that it replaces was half deleted.
#[tokio::test]
async fn opening_after_a_cut_off_compaction_takes_the_folder_that_counts() {
    let old = a_point(Kind::Comments, 1, json!({"tenant": "old"}));
    let new = a_point(Kind::Comments, 1, json!({"tenant": "new"}));
    for (complete, expected) in [(false, &old), (true, &new)] {
        let (folder, store) = fresh();
        store.write(upsert(Kind::Comments, vec![old.clone()])).await.unwrap();
        store.close().await.unwrap();
        let (other, store) = fresh();
        store.write(upsert(Kind::Comments, vec![new.clone()])).await.unwrap();
        store.close().await.unwrap();
        let rewritten = folder.path().join("comments.rewritten-3");
        copy_folder(&other.path().join("comments"), &rewritten);
        std::fs::create_dir(folder.path().join("comments.rewritten-4")).unwrap();
        // Not ours.
        std::fs::create_dir(folder.path().join("comments.rewritten-by hand")).unwrap();
        if complete {
            std::fs::write(rewritten.join("complete"), "").unwrap();
            std::fs::remove_dir_all(folder.path().join("comments/segments")).unwrap();
        }
        let store = open(folder.path());
        assert_same(&everything(&store, Kind::Comments, Filter::default()).await, std::slice::from_ref(expected));
        let folders = shard_folders(folder.path());
        let of_comments: Vec<_> = folders.iter().filter(|name| name.starts_with("comments")).collect();
        let counting = if complete { "comments.rewritten-3" } else { "comments" };
        assert_eq!(of_comments, [counting, "comments.rewritten-by hand"]);
        store.compact().await.unwrap();
        store.close().await.unwrap();
        let store = open(folder.path());
        assert_same(&everything(&store, Kind::Comments, Filter::default()).await, std::slice::from_ref(expected));
    }
}

fn the_secrets() -> Vec<Secret> {
    let of_kind = |kind: Kind| ["one", "two"].map(|name| Secret::new(&format!("{name}-{}", kind.name()), kind));
    [Kind::Comments, Kind::Mentions].into_iter().flat_map(of_kind).collect()
}

/// Not a test of its own: the process that the next one kills. After deleting and replacing secrets it compacts, again
/// and again, and writes on meanwhile; each line that it prints is a number that was acknowledged.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_is_killed_while_compacting() {
    let Some(folder) = std::env::var_os(CHILD) else { return };
    let store = Arc::new(open_wide(Path::new(&folder)));
    for secret in the_secrets() {
        store.write(upsert(secret.kind, vec![secret.point()])).await.unwrap();
    }
    for kind in [Kind::Comments, Kind::Mentions] {
        write_bystanders(&store, kind).await;
        let [first, second] = ["one", "two"].map(|name| Secret::new(&format!("{name}-{}", kind.name()), kind));
        delete(&store, kind, Condition::Ids(vec![first.id])).await;
        store.write(upsert(kind, vec![second.replacement()])).await.unwrap();
    }
    println!("\nready");
    tokio::spawn({
        let store = Arc::clone(&store);
        async move {
            loop {
                store.compact().await.unwrap();
            }
        }
    });
    for number in BYSTANDERS.. {
        let kind = [Kind::Comments, Kind::Mentions][(number % 2) as usize];
        store.write(upsert(kind, vec![bystander(number)])).await.unwrap();
        // Half of them go again, a while later.
        if number.is_multiple_of(4) {
            delete(&store, kind, Condition::Ids(vec![id(number - 40)])).await;
        }
        println!("{number}");
        std::io::stdout().flush().unwrap();
    }
}

/// What is there when the process is killed: a rewriting that has begun, one that has just taken the place of the old
/// shard, another shard's, and one of a rewritten shard.
const KILLED_WITH: [&str; 4] =
    ["comments.rewritten-1", "comments.rewritten-1/complete", "mentions.rewritten-1/segments", "comments.rewritten-2"];

#[tokio::test]
async fn what_was_acknowledged_survives_a_kill_in_the_middle_of_a_compaction() {
    let (_crate, module) = module_path!().split_once("::").unwrap();
    let secrets = the_secrets();
    let traces: Vec<_> = secrets.iter().flat_map(Secret::traces).collect();
    for when in KILLED_WITH {
        let folder = tempfile::tempdir().unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "--nocapture", &format!("{module}::a_process_that_is_killed_while_compacting")])
            .env(CHILD, folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        assert!(lines.any(|line| line == "ready"), "the child failed");
        let mut acknowledged = 0;
        while !folder.path().join(when).exists() {
            // After a minute the harness says in between that the test is still running.
            let line = lines.by_ref().find(|line| !line.starts_with("test ")).expect("the child lives");
            acknowledged = line.parse().unwrap();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        // What it had printed by then; the last line may be cut off.
        for line in lines {
            acknowledged = line.parse().map_or(acknowledged, |number: u128| number.max(acknowledged));
        }
        let left = shard_folders(folder.path());
        assert!(left.len() > Kind::ALL.len() || when.ends_with("complete"), "{when}: {left:?}");

        let store = open_wide(folder.path());
        assert_eq!(shard_folders(folder.path()).len(), Kind::ALL.len(), "{when}");
        for (at, kind) in [Kind::Comments, Kind::Mentions].into_iter().enumerate() {
            let was_deleted = |number: u128| {
                number >= BYSTANDERS - 40
                    && number.is_multiple_of(4)
                    && number + 40 <= acknowledged
                    && ((number + 40) % 2) as usize == at
            };
            let mut expected: Vec<Point> = (0..BYSTANDERS).filter(|n| !was_deleted(*n)).map(bystander).collect();
            let written = (BYSTANDERS..=acknowledged).filter(|n| (n % 2) as usize == at && !was_deleted(*n));
            expected.extend(written.map(bystander));
            expected.push(secrets[2 * at + 1].replacement());
            let stored = everything(&store, kind, Filter::default()).await;
            // What was under way may be there or not.
            let in_flight = acknowledged + 1;
            let settled = |point: &Point| point.id != id(in_flight) && point.id != id(in_flight.saturating_sub(40));
            let stored: Vec<Point> = stored.into_iter().filter(settled).collect();
            let expected: Vec<Point> = sorted(expected).into_iter().filter(settled).collect();
            assert_same(&stored, &expected);
        }
        assert_eq!(store.compact().await.unwrap(), Compaction::Done);
        assert_eq!(found(folder.path(), &traces), [], "{when}");
        store.close().await.unwrap();
        assert_eq!(found(folder.path(), &traces), [], "{when}");
    }
}
