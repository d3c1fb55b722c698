//! Puts a page in place of the web interface where it was not built, so that `cargo build` alone
//! works: the binary embeds `web/dist`, which npm makes (`make build`).

use std::{fs, io};

const PLACEHOLDER: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
<title>Spillway</title><p>This binary was built without its web page. Run <code>make build</code>; \
the API is at <a href=\"/api/v1/docs\">/api/v1/docs</a>.\n";

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=../web/dist");
    println!("cargo::rerun-if-changed=../media/demo");
    let index = "../web/dist/index.html";
    if !fs::exists(index)? {
        fs::create_dir_all("../web/dist")?;
        fs::write(index, PLACEHOLDER)?;
    }
    Ok(())
}
