//! Scans folders and tells what came of it: `cargo run --release -p spillway-media --example scan --
//! [--data DIR] [--again N] [--no-ffprobe] DIR …`.
//!
//! Without `--data` the catalog is made anew in a temporary folder. `--again` scans so many times
//! more, which shows what an unchanged library costs.

// What people read from an example goes to standard output.
#![allow(clippy::print_stdout, reason = "the report of a command-line example")]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use spillway_media::catalog::{Catalog, LibrarySpec, PageRequest, ScanState, ScanTrigger};
use spillway_media::probe::Ffprobe;
use spillway_media::scan::{ScanSettings, Scanner};
use tokio_util::sync::CancellationToken;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (mut data, mut again, mut has_ffprobe, mut roots) = (None, 0, true, Vec::new());
    let mut arguments = std::env::args_os().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.to_str() {
            Some("--data") => data = arguments.next().map(PathBuf::from),
            Some("--again") => {
                again = arguments.next().and_then(|n| n.to_str()?.parse().ok()).unwrap_or(1);
            }
            Some("--no-ffprobe") => has_ffprobe = false,
            _ => roots.push(std::path::absolute(argument)?),
        }
    }
    let temporary = tempfile::tempdir()?;
    let data = data.unwrap_or_else(|| temporary.path().to_owned());
    let catalog = Catalog::open(&data).await?;
    catalog.set_libraries(&[LibrarySpec { name: "Library".to_owned(), roots }]).await?;

    let stop = CancellationToken::new();
    let settings = ScanSettings {
        is_watching: false,
        ffprobe: has_ffprobe.then(|| Arc::new(Ffprobe::new("ffprobe"))),
        ..ScanSettings::default()
    };
    let began = Instant::now();
    let scanner = Scanner::start(catalog.clone(), settings, stop.clone());
    scanner.first_scan_done().wait_for(|is_done| *is_done).await?;
    report(&catalog, "first scan", began).await?;
    for _ in 0..again {
        let before = newest(&catalog).await?;
        let began = Instant::now();
        scanner.request(ScanTrigger::Request);
        while newest(&catalog).await? == before {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        report(&catalog, "again", began).await?;
    }
    stop.cancel();
    scanner.stopped().await;
    findings(&catalog).await?;
    Ok(())
}

/// The newest scan that has ended.
async fn newest(catalog: &Catalog) -> Result<Option<i64>, Box<dyn std::error::Error>> {
    let scans = catalog.scans(&PageRequest { limit: 2, cursor: None }).await?;
    let ended = scans.items.iter().find(|scan| scan.state != ScanState::Running);
    Ok(ended.map(|scan| scan.id.get()))
}

async fn report(
    catalog: &Catalog,
    what: &str,
    began: Instant,
) -> Result<(), Box<dyn std::error::Error>> {
    let took = began.elapsed();
    let scans = catalog.scans(&PageRequest { limit: 1, cursor: None }).await?;
    let counts = scans.items[0].counts;
    let per_second = counts.files_found as f64 / took.as_secs_f64();
    println!("{what}: {took:.2?}, {per_second:.0} files a second, {counts:?}");
    Ok(())
}

async fn findings(catalog: &Catalog) -> Result<(), Box<dyn std::error::Error>> {
    let mut cursor = None;
    loop {
        let page = catalog.findings(&PageRequest { limit: 200, cursor }).await?;
        for known in page.items {
            let finding = known.finding;
            println!("{:8} {}: {}", finding.severity.name(), finding.key, finding.message);
        }
        cursor = page.next_cursor;
        if cursor.is_none() {
            return Ok(());
        }
    }
}
