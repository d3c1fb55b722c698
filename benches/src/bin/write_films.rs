//! `write-films FOLDER COUNT`: very many very small films in an empty folder, for benchmarks that are
//! not written in Rust.

use std::path::PathBuf;

use spillway_benches::many_files::write_films;

fn main() {
    let mut arguments = std::env::args_os().skip(1);
    let folder = PathBuf::from(arguments.next().expect("a folder"));
    let count = arguments.next().and_then(|count| count.to_str()?.parse().ok());
    write_films(&folder, count.expect("a number of films"));
}
