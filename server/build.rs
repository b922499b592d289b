//! Chooses the page that is built into the binary.
//!
//! `scripts/web.py build` puts the workbench into assets/web. Without it the service is built all the same (nobody who
//! works on it needs Node), with a page that says how to get the workbench.

use std::path::PathBuf;
use std::{env, fs};

const BUILT: &str = "assets/web";
const NOT_BUILT: &str = include_str!("assets/web-not-built.html");

fn main() {
    // The folder above: one that is not there would make cargo build anew every time.
    println!("cargo::rerun-if-changed=assets");
    let built = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it")).join(BUILT);
    let folder = if built.join("index.html").exists() {
        built
    } else {
        let folder = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it")).join("web-not-built");
        fs::create_dir_all(&folder).expect("the build folder can be written");
        fs::write(folder.join("index.html"), NOT_BUILT).expect("the build folder can be written");
        folder
    };
    println!("cargo::rustc-env=KLARTEXT_WEB={}", folder.display());
}
