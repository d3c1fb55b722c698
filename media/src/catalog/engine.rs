//! SQLite: how it is opened, who writes, who reads, and what its errors mean.
//!
//! One connection writes and several read; in WAL mode they do not wait for each other. The writer
//! syncs every commit (`synchronous = FULL`): what was acknowledged survives a power cut, and a scan
//! pays for it once a batch.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Sqlite, Transaction};

use crate::error::{Error, Kind, Result};
use crate::limits::{
    CATALOG_CACHE_KIB, CATALOG_LOCK_WAIT, CATALOG_READERS, CATALOG_ROW_BUFFER, CATALOG_WAIT,
    CATALOG_WAL_BYTES_MAX,
};

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!();

/// The open database.
#[derive(Debug)]
pub(super) struct Engine {
    pub(super) writer: SqlitePool,
    pub(super) readers: SqlitePool,
    /// The process before ended without closing the catalog.
    pub(super) was_unclean: bool,
    /// Held as long as this process uses the folder: what is kept in memory is right only while
    /// nobody else writes.
    lock: File,
}

impl Engine {
    /// Opens the catalog in `data_dir`, which is created where it is missing. Blocks for a moment.
    pub(super) async fn open(data_dir: &Path) -> Result<Self> {
        let doing = || format!("creating the data folder {}", data_dir.display());
        std::fs::create_dir_all(data_dir).map_err(|error| Error::io(doing(), error))?;
        let lock = lock(data_dir).await?;
        let path = data_dir.join("catalog.sqlite3");
        // SQLite deletes the log when the last connection closes in order.
        let wal = data_dir.join("catalog.sqlite3-wal");
        let was_unclean = wal.metadata().is_ok_and(|wal| wal.len() > 0);
        let opening = || format!("opening the catalog {}", path.display());
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(CATALOG_WAIT)
            .pragma("cache_size", format!("-{CATALOG_CACHE_KIB}"))
            .pragma("temp_store", "memory")
            .pragma("journal_size_limit", CATALOG_WAL_BYTES_MAX.to_string())
            .row_buffer_size(CATALOG_ROW_BUFFER)
            .disable_statement_logging();
        let writer = pool(1)
            .connect_with(options.clone())
            .await
            .map_err(|error| unusable(opening(), &path, error))?;
        migrate(&writer, &path).await?;
        let readers = pool(CATALOG_READERS)
            .connect_lazy_with(options.create_if_missing(false).pragma("query_only", "1"));
        Ok(Self { writer, readers, was_unclean, lock })
    }

    /// Closes the database and lets others use the folder.
    pub(super) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
        // Clones of the catalog may live on, in answers that are still being sent. A lock that cannot be
        // given back goes with the process.
        let _ = self.lock.unlock();
    }

    /// A short transaction of the only writer; waits while another one is under way, at most
    /// [`CATALOG_WAIT`]. Dropped without a commit it leaves nothing behind.
    pub(super) async fn write(&self) -> Result<Transaction<'static, Sqlite>> {
        let failed = failed("writing to the catalog");
        match self.writer.begin_with("begin immediate").await {
            // SQLite itself rolls a transaction back when the disk is full or fails; the connection
            // then still counts it as begun, and only another one can begin again.
            Err(sqlx::Error::InvalidSavePointStatement) => {
                let stale = self.writer.acquire().await.map_err(&failed)?;
                stale.close().await.map_err(&failed)?;
                self.writer.begin_with("begin immediate").await.map_err(&failed)
            }
            begun => begun.map_err(&failed),
        }
    }
}

fn pool(connections_max: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections_max)
        .acquire_timeout(CATALOG_WAIT)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
}

/// Two servers on one data folder would each remember what the other changed.
async fn lock(data_dir: &Path) -> Result<File> {
    let path = data_dir.join("catalog.lock");
    let doing = || format!("writing to the data folder {}", data_dir.display());
    let file = File::create(&path).map_err(|error| Error::io(doing(), error))?;
    let asked_at = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(std::fs::TryLockError::Error(error)) => return Err(Error::io(doing(), error)),
            // A predecessor that is just ending gets the time to do so.
            Err(std::fs::TryLockError::WouldBlock) if asked_at.elapsed() < CATALOG_LOCK_WAIT => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Err(std::fs::TryLockError::WouldBlock) => {
                let text = format!(
                    "another Spillway is using the data folder {}: stop it, or give this one a \
                     folder of its own (--data)",
                    data_dir.display()
                );
                return Err(Error::new(Kind::Unavailable, text));
            }
        }
    }
}

async fn migrate(writer: &SqlitePool, path: &Path) -> Result<()> {
    use sqlx::migrate::MigrateError;
    let doing = format!("preparing the catalog {}", path.display());
    let known = MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0);
    match MIGRATIONS.run(writer).await {
        Ok(()) => Ok(()),
        Err(MigrateError::VersionMissing(version)) if version > known => Err(Error::new(
            Kind::BadCatalog,
            format!(
                "the catalog {} was written by a newer Spillway: run that version, or move the \
                 file away to begin anew (a scan rebuilds it; only watch progress would be missing)",
                path.display()
            ),
        )),
        Err(MigrateError::VersionMissing(_) | MigrateError::VersionMismatch(_)) => Err(Error::new(
            Kind::BadCatalog,
            format!(
                "the catalog {} was written by another build of Spillway: run that build, or {}",
                path.display(),
                START_ANEW
            ),
        )),
        Err(MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _)) => {
            Err(unusable(doing, path, error))
        }
        Err(error) => Err(Error::with_source(Kind::Internal, doing, error)),
    }
}

const START_ANEW: &str = "move the file away, with those beside it that end in -wal and -shm, and \
     start again: a scan rebuilds the catalog, and only watch progress is missing (to keep it, put \
     back a copy of these files from a backup)";

/// An error that keeps the catalog from being used at all, told with what to do.
fn unusable(doing: String, path: &Path, error: sqlx::Error) -> Error {
    let kind = kind_of(&error);
    let text = match kind {
        Kind::BadCatalog => format!("the catalog {} is damaged: {START_ANEW}", path.display()),
        Kind::DiskFull => format!("{doing}: the disk is full, make room and start again"),
        Kind::Denied => format!(
            "{doing}: cannot write there, let the user that runs Spillway own the folder or name \
             another one (--data)"
        ),
        _ => doing,
    };
    Error::with_source(kind, text, error)
}

/// Turns an error of the database into one of ours that says what was being done.
pub(super) fn failed(doing: &'static str) -> impl Fn(sqlx::Error) -> Error {
    move |error| Error::with_source(kind_of(&error), doing, error)
}

/// The one place where SQLite's result codes become kinds (<https://sqlite.org/rescode.html>).
fn kind_of(error: &sqlx::Error) -> Kind {
    match error {
        sqlx::Error::PoolTimedOut => Kind::Busy,
        sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => Kind::Unavailable,
        sqlx::Error::RowNotFound => Kind::NotFound,
        sqlx::Error::Io(_) => Kind::Io,
        sqlx::Error::Database(error) => {
            let code: i32 = error.code().and_then(|code| code.parse().ok()).unwrap_or(0);
            // The low byte is the primary code, the rest tells it more precisely.
            match code & 0xff {
                5 | 6 => Kind::Busy,
                // READONLY; also CANTOPEN, which SQLite says for a missing folder and a refused file.
                8 | 3 | 14 => Kind::Denied,
                10 => Kind::Io,
                // CORRUPT; NOTADB: the first page is no catalog.
                11 | 26 => Kind::BadCatalog,
                13 => Kind::DiskFull,
                _ => Kind::Internal,
            }
        }
        _ => Kind::Internal,
    }
}

/// Reads the whole database once; `None` if it is sound. Takes a second per 100,000 titles, so it is
/// for the background.
pub(super) async fn damage(engine: &Engine) -> Option<String> {
    let rows =
        sqlx::query_scalar::<_, String>("pragma quick_check(1)").fetch_all(&engine.readers).await;
    match rows {
        Ok(lines) if lines.iter().all(|line| line == "ok") => None,
        Ok(lines) => Some(format!("the catalog is damaged ({}): {START_ANEW}", lines.join("; "))),
        Err(error) if kind_of(&error) == Kind::BadCatalog => {
            Some(format!("the catalog is damaged ({error}): {START_ANEW}"))
        }
        Err(_) => None,
    }
}

/// Bytes of a path as the catalog stores them.
pub(super) fn path_of(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
}
