//! The report's parts that ask the real service, on a few lines: started here, over gRPC.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

use klartext_eval::behaviour::{self, read_cases};
use klartext_eval::data::read_lines;
use klartext_eval::gold::{self, GoldComment};
use klartext_eval::metrics::Bootstrap;
use klartext_eval::parts::{OwnFiles, Part, Sources, report, report_on_file};
use klartext_eval::reading::{Reading, draw};
use klartext_eval::report::Report;
use klartext_eval::service::{Service, ServiceOptions};
use klartext_models::bundle::default_cache_dir;
use klartext_models::encoder::Precision;
use tempfile::TempDir;

/// A service loads a model: one at a time is enough for a small machine.
static ALONE: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(|failed| failed.into_inner())
}

/// The `klartext` of this build: this program lies in its folder `deps`.
fn service_options() -> ServiceOptions {
    let this_program = std::env::current_exe().expect("it runs");
    let build = this_program.parent().and_then(Path::parent).expect("it lies in the build folder");
    let binary = build.join("klartext");
    assert!(binary.exists(), "build the workspace first: {} is missing", binary.display());
    ServiceOptions { binary: Some(binary), settings: vec!["log.filter=warn".to_owned()], ..ServiceOptions::default() }
}

fn sources(own: &Path) -> Sources {
    Sources::new(OwnFiles::in_folder(own), None, default_cache_dir(), Precision::Float32, service_options())
}

fn project_file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The project's files with so many lines each.
fn few_lines(lines: usize) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let copies = [
        ("gold/comments.jsonl", lines),
        ("gold/relabelled.jsonl", 1),
        ("behaviour/negation.jsonl", lines),
        ("data/languages.jsonl", lines),
    ];
    for (name, lines) in copies {
        let content = fs::read_to_string(project_file(name)).expect("the project has it");
        let first: Vec<&str> = content.lines().take(lines).collect();
        let file = folder.path().join(name);
        fs::create_dir_all(file.parent().expect("it is in a folder")).expect("a folder");
        fs::write(file, first.join("\n") + "\n").expect("a file");
    }
    folder
}

fn tasks(report: &Report) -> Vec<&str> {
    report.rows.iter().map(|row| row.task.as_str()).collect()
}

#[test]
fn the_report_asks_the_service_about_everything_it_says() {
    let _alone = alone();
    let folder = few_lines(12);
    let parts = [
        Part::Sentiment,
        Part::Span,
        Part::Touchpoint,
        Part::Topics,
        Part::Friction,
        Part::Handover,
        Part::Discrepancy,
        Part::Language,
        Part::Behaviour,
    ];
    let report = report(&parts, &mut sources(folder.path()), &Bootstrap::default()).expect("the service answers");
    let tasks = tasks(&report);
    for task in ["sentiment of mentions", "sentiment of comments", "span, exact", "touchpoint named", "topics"] {
        assert!(tasks.contains(&task), "{task} is not in {tasks:?}");
    }
    for task in ["friction", "friction: dead_end", "handover", "discrepancy", "language", "behaviour: negation"] {
        assert!(tasks.contains(&task), "{task} is not in {tasks:?}");
    }
    for row in &report.rows {
        let values = [row.micro.value, row.precision, row.recall];
        assert!(values.iter().all(|value| (0.0..=1.0).contains(value)), "{}: {values:?}", row.task);
    }
    let row = |task: &str| report.rows.iter().find(|row| row.task == task).expect("it is there");
    let comments: Vec<GoldComment> = read_lines(&project_file("gold/comments.jsonl")).expect("they are gold");
    let tested = comments[..12].iter().filter(|comment| comment.split == Some(gold::Split::Test)).count();
    assert_eq!(row("sentiment of comments").count, tested);
    assert!(row("span, half overlapping").micro.value > 0.5, "{:?}", row("span, half overlapping").micro);
    assert!(row("sentiment of mentions").calibration_error.is_some());
    assert!(row("sentiment of comments").second_labeller.is_some_and(|second| second.f1.micro > 0.0));
    assert!(report.left_out.iter().all(|reason| reason.contains("--data")), "{:?}", report.left_out);
}

#[test]
fn a_file_in_the_gold_format_is_measured_whole() {
    let _alone = alone();
    let folder = few_lines(5);
    let file = folder.path().join("gold/comments.jsonl");
    let mut sources = sources(folder.path());
    for (part, task) in [(Part::Sentiment, "sentiment of comments"), (Part::Handover, "handover")] {
        let report = report_on_file(part, &file, &mut sources, &Bootstrap::default()).expect("the service answers");
        let row = report.rows.iter().find(|row| row.task == task).expect("it is there");
        assert_eq!((row.count, row.data.as_str()), (5, "comments"));
    }
}

#[test]
fn cases_pass_or_say_what_was_said_instead() {
    let _alone = alone();
    let folder = tempfile::tempdir().expect("a folder");
    let cases = folder.path().join("cases.jsonl");
    let lines = [
        r#"{"id":"1","capability":"plain","kind":"mft","lang":"de","text":"Der Bus kam nicht und niemand half mir.","expect":{"sentiment":"negative","language":"de","mentions":{"at_least":1}}}"#,
        r#"{"id":"2","capability":"plain","kind":"mft","lang":"en","text":"Everybody was lovely, a wonderful stay!","expect":{"sentiment":"negative"}}"#,
        r#"{"id":"3","capability":"plain","kind":"inv","lang":"en","text":"The lift is broken.","variant":"The lift is broken!","expect":{"same":["language"]}}"#,
    ];
    fs::write(&cases, lines.join("\n")).expect("a file");
    let service = Service::open(&service_options()).expect("it starts");
    let report = behaviour::run(&service, read_cases(&cases).expect("they are cases")).expect("it answers");
    let passes: Vec<bool> = report.results.iter().map(|result| result.passes()).collect();
    assert_eq!(passes, [true, false, true], "{:?}", report.results);
    assert_eq!(report.results[1].failures, ["sentiment: positive instead of negative"]);
    assert_eq!(report.results[2].said.len(), 2);
    assert!(report.results[1].said[0].starts_with("positive +"), "{:?}", report.results[1].said);

    let comments: Vec<GoldComment> = read_lines(&project_file("gold/comments.jsonl")).expect("they are gold");
    let drawn = draw(comments, &["hotel".to_owned()], 2, 1);
    let insights = gold::ask(&service, &drawn).expect("it answers");
    let text = Reading::new(drawn, insights).expect("everything is there").to_string();
    assert!(text.starts_with("## hotel\n") && text.matches("- Klartext: ").count() == 2, "{text}");
}
