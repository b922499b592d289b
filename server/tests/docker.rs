//! What docker/compose.yaml sets is what the program reads.

mod support;

use std::path::Path;

use serde_json::{Map, Value};
use support::klartext;

fn compose() -> Value {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docker/compose.yaml");
    serde_saphyr::from_str(&std::fs::read_to_string(file).expect("it is there")).expect("it is YAML")
}

/// `${NAME:-default}` as its default, `${NAME:?message}` as some value.
fn interpolated(value: &str) -> String {
    let Some(inner) = value.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')) else {
        return value.to_owned();
    };
    inner.split_once(":-").map_or("given-by-the-operator", |(_, default)| default).to_owned()
}

fn settings(service: &Value) -> Vec<(String, String)> {
    let environment: &Map<String, Value> = service["environment"].as_object().expect("there are variables");
    environment.iter().map(|(name, value)| (name.clone(), interpolated(value.as_str().expect("it is text")))).collect()
}

/// Reads the configuration, and does nothing else with it.
fn configured(settings: &[(String, String)]) -> std::process::Output {
    let mut command = klartext();
    command.args(["journey", "show", "generic"]).envs(settings.iter().cloned());
    command.output().expect("it runs")
}

#[test]
fn every_variable_of_the_compose_file_is_a_setting() {
    let compose = compose();
    let settings = settings(&compose["services"]["klartext"]);
    assert!(settings.len() > 8, "{settings:?}");
    let output = configured(&settings);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for (name, _) in &settings {
        let misspelt: Vec<(String, String)> = vec![(format!("{name}X"), "1".to_owned())];
        assert_eq!(configured(&misspelt).status.code(), Some(64), "{name} would be ignored if it were misspelt");
    }
}

#[test]
fn the_parts_find_each_other() {
    let compose = compose();
    let services = compose["services"].as_object().expect("there are services");
    let settings = settings(&services["klartext"]);
    let url = &settings.iter().find(|(name, _)| name == "KLARTEXT_STORE__URL").expect("there is a store").1;
    let host = url.trim_start_matches("http://").split(':').next().expect("there is a host");
    assert!(services.contains_key(host), "{url}");

    let nodes: Vec<&str> = services.keys().map(String::as_str).filter(|name| name.starts_with("qdrant-")).collect();
    assert_eq!(nodes.len(), 3);
    for node in nodes {
        let command = services[node]["command"].to_string();
        assert!(command.contains(&format!("http://{node}:6335")), "{node} says where it is: {command}");
        assert_eq!(services[node]["environment"]["QDRANT__CLUSTER__ENABLED"], "true", "{node}");
        assert!(compose["volumes"].as_object().expect("there are volumes").contains_key(node), "{node} keeps its data");
    }
    let docker = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docker");
    let scraping = std::fs::read_to_string(docker.join("prometheus/prometheus.yml")).expect("it is there");
    assert!(scraping.contains("klartext:50052"));
}
