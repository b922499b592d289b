use std::{env, error::Error, fs, path::PathBuf};

const PROTOS: [&str; 10] = [
    "klartext/v1/analysis.proto",
    "klartext/v1/comment.proto",
    "klartext/v1/errors.proto",
    "klartext/v1/inbox.proto",
    "klartext/v1/insight.proto",
    "klartext/v1/journey.proto",
    "klartext/v1/measure.proto",
    "klartext/v1/painpoint.proto",
    "klartext/v1/rescoring.proto",
    "klartext/v1/system.proto",
];

fn main() -> Result<(), Box<dyn Error>> {
    // protox parses the files in Rust: no protoc has to be installed.
    let descriptors = protox::compile(PROTOS, ["."])?;
    let path = PathBuf::from(env::var("OUT_DIR")?).join("descriptors.bin");
    fs::write(path, prost::Message::encode_to_vec(&descriptors))?;
    let mut config = tonic_prost_build::Config::new();
    config.enable_type_names();
    tonic_prost_build::configure().compile_fds_with_config(descriptors, config)?;
    println!("cargo:rerun-if-changed=klartext");
    Ok(())
}
