//! Scans, past and present, and what they could not read.

use sqlx::FromRow;

use super::Catalog;
use super::codes::{from_sql, key_of, now_ms, to_sql, unknown};
use super::engine::failed;
use super::page::{Cursor, Page, PageRequest, cut};
use crate::error::Result;
use crate::ids::{FileId, FindingId, RootId, ScanId};
use crate::limits::{CATALOG_BATCH_MAX, GONE_FILE_KEPT, MESSAGE_CHARS_MAX, SCANS_KEPT_MAX};
use crate::storage::Key;

/// Why a scan began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScanTrigger {
    /// The server started.
    Start,
    /// Something changed in a watched folder.
    Watch,
    /// The period between scans was over.
    Period,
    /// Somebody asked for it.
    Request,
}

impl ScanTrigger {
    /// The word that the catalog stores and the API shows.
    pub fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Watch => "watch",
            Self::Period => "period",
            Self::Request => "request",
        }
    }

    fn of_name(name: &str) -> Result<Self> {
        let all = [Self::Start, Self::Watch, Self::Period, Self::Request];
        all.into_iter().find(|it| it.name() == name).ok_or_else(unknown)
    }
}

/// What became of a scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScanState {
    /// It is under way.
    Running,
    /// It looked at everything it could reach.
    Done,
    /// It gave up.
    Failed,
    /// The process ended during it.
    Interrupted,
}

impl ScanState {
    /// The word that the catalog stores and the API shows.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
        }
    }

    fn of_name(name: &str) -> Result<Self> {
        let all = [Self::Running, Self::Done, Self::Failed, Self::Interrupted];
        all.into_iter().find(|it| it.name() == name).ok_or_else(unknown)
    }
}

/// How many files a scan dealt with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScanCounts {
    /// Media files that are there.
    pub files_found: u64,
    /// Of these, new or changed since the last scan.
    pub files_changed: u64,
    /// Of these, those whose headers were read.
    pub files_probed: u64,
    /// Of these, those that are in the catalog.
    pub files_committed: u64,
    /// Titles that were not known before.
    pub titles_added: u64,
    /// Files that were there and are not any more.
    pub files_gone: u64,
    /// Files that could not be read or understood.
    pub findings: u64,
}

/// A scan, past or present.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    /// Its identifier.
    pub id: ScanId,
    /// Why it began.
    pub trigger: ScanTrigger,
    /// What became of it.
    pub state: ScanState,
    /// When it began, in milliseconds since 1970.
    pub started_at_ms: i64,
    /// When it ended; absent while it runs.
    pub finished_at_ms: Option<i64>,
    /// What it dealt with; zeros while it runs, since only the end is stored.
    pub counts: ScanCounts,
    /// Why it failed, for people.
    pub message: Option<String>,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The file cannot be played, or nothing is known of it.
    Error,
    /// Something about it is wrong or missing.
    Warning,
}

impl Severity {
    /// The word that the catalog stores and the API shows.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }

    fn of_name(name: &str) -> Result<Self> {
        let all = [Self::Error, Self::Warning];
        all.into_iter().find(|it| it.name() == name).ok_or_else(unknown)
    }
}

/// Something a scan could not read or understand. One for each file: what is found later under the
/// same root and key takes its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The root.
    pub root: RootId,
    /// The file or folder below it.
    pub key: Key,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, for people; cut to [`MESSAGE_CHARS_MAX`] characters.
    pub message: String,
}

/// A finding as the catalog keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownFinding {
    /// Its identifier.
    pub id: FindingId,
    /// What was found.
    pub finding: Finding,
    /// The library that the root belongs to.
    pub library: String,
    /// The media file it is about, where the catalog has it.
    pub file: Option<FileId>,
    /// When it was first recorded, in milliseconds since 1970.
    pub first_seen_at_ms: i64,
    /// When it was last recorded.
    pub last_seen_at_ms: i64,
}

/// How much there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Titles that are listed.
    pub titles: u64,
    /// Files that are there; 0 until they are loaded.
    pub files: u64,
    /// Files that could not be read or understood.
    pub findings: u64,
}

#[derive(FromRow)]
struct ScanRow {
    id: i64,
    trigger: String,
    state: String,
    started_at_ms: i64,
    finished_at_ms: Option<i64>,
    files_found: i64,
    files_changed: i64,
    files_probed: i64,
    files_committed: i64,
    titles_added: i64,
    files_gone: i64,
    findings: i64,
    message: Option<String>,
}

impl ScanRow {
    fn scan(self) -> Result<Scan> {
        Ok(Scan {
            id: ScanId::new(self.id).map_err(|_| unknown())?,
            trigger: ScanTrigger::of_name(&self.trigger)?,
            state: ScanState::of_name(&self.state)?,
            started_at_ms: self.started_at_ms,
            finished_at_ms: self.finished_at_ms,
            counts: ScanCounts {
                files_found: from_sql(self.files_found),
                files_changed: from_sql(self.files_changed),
                files_probed: from_sql(self.files_probed),
                files_committed: from_sql(self.files_committed),
                titles_added: from_sql(self.titles_added),
                files_gone: from_sql(self.files_gone),
                findings: from_sql(self.findings),
            },
            message: self.message,
        })
    }
}

impl Catalog {
    /// Notes that a scan begins.
    pub async fn begin_scan(&self, trigger: ScanTrigger) -> Result<ScanId> {
        let failed = failed("noting that a scan begins");
        let mut tx = self.engine().write().await?;
        let id: i64 = sqlx::query_scalar(
            "insert into scans (trigger, state, started_at_ms) values (?, 'running', ?)
             returning id",
        )
        .bind(trigger.name())
        .bind(now_ms())
        .fetch_one(&mut *tx)
        .await
        .map_err(&failed)?;
        sqlx::query("delete from scans where id <= ? - ?")
            .bind(id)
            .bind(SCANS_KEPT_MAX)
            .execute(&mut *tx)
            .await
            .map_err(&failed)?;
        tx.commit().await.map_err(&failed)?;
        ScanId::new(id).map_err(|_| unknown())
    }

    /// Notes how a scan ended. After one that is done, files that have been gone for
    /// [`GONE_FILE_KEPT`] are forgotten.
    pub async fn finish_scan(
        &self,
        id: ScanId,
        state: ScanState,
        counts: &ScanCounts,
        message: Option<&str>,
    ) -> Result<()> {
        sqlx::query(
            "update scans set state = ?2, finished_at_ms = ?3, files_found = ?4,
             files_changed = ?5, files_probed = ?6, files_committed = ?7, titles_added = ?8,
             files_gone = ?9, findings = ?10, message = ?11 where id = ?1",
        )
        .bind(id.get())
        .bind(state.name())
        .bind(now_ms())
        .bind(to_sql(counts.files_found))
        .bind(to_sql(counts.files_changed))
        .bind(to_sql(counts.files_probed))
        .bind(to_sql(counts.files_committed))
        .bind(to_sql(counts.titles_added))
        .bind(to_sql(counts.files_gone))
        .bind(to_sql(counts.findings))
        .bind(message.map(shortened))
        .execute(&self.engine().writer)
        .await
        .map_err(failed("noting how a scan ended"))?;
        if state == ScanState::Done {
            let kept_ms = i64::try_from(GONE_FILE_KEPT.as_millis()).unwrap_or(i64::MAX);
            self.forget_gone_before(now_ms().saturating_sub(kept_ms)).await?;
        }
        Ok(())
    }

    /// Forgets files that were gone before `before_ms`, and titles that nothing else refers to.
    pub(super) async fn forget_gone_before(&self, before_ms: i64) -> Result<()> {
        self.memory().load(self.engine()).await?;
        loop {
            let catalog = self.clone();
            let forgotten = super::detached(async move {
                let failed = failed("forgetting files that are long gone");
                let mut tx = catalog.engine().write().await?;
                let rows: Vec<(i64, i64)> = sqlx::query_as(
                    "delete from files where id in
                     (select id from files where gone_at_ms < ?1 limit ?2) returning id, title_id",
                )
                .bind(before_ms)
                .bind(i64::try_from(CATALOG_BATCH_MAX).unwrap_or(i64::MAX))
                .fetch_all(&mut *tx)
                .await
                .map_err(&failed)?;
                let titles: Vec<i64> = rows.iter().map(|(_, title)| *title).collect();
                sqlx::query(
                    "delete from titles where id in (select value from json_each(?))
                     and is_listed = 0
                     and not exists (select 1 from files f where f.title_id = titles.id)
                     and not exists (select 1 from titles e where e.parent_id = titles.id)
                     and not exists (select 1 from progress p where p.title_id = titles.id)
                     and not exists (select 1 from favourites m where m.title_id = titles.id)
                     and not exists (select 1 from collection_titles m
                                     where m.title_id = titles.id)",
                )
                .bind(serde_json::json!(titles).to_string())
                .execute(&mut *tx)
                .await
                .map_err(&failed)?;
                tx.commit().await.map_err(&failed)?;
                let ids = rows.iter().map(|(id, _)| super::file_id(*id));
                let ids = ids.collect::<Result<Vec<FileId>>>()?;
                catalog.memory().apply(Vec::new(), &ids);
                Ok(ids.len())
            })
            .await?;
            if forgotten < CATALOG_BATCH_MAX {
                return Ok(());
            }
        }
    }

    /// Scans, newest first.
    pub async fn scans(&self, page: &PageRequest) -> Result<Page<Scan>> {
        let before = before(page, "scans")?;
        let rows: Vec<ScanRow> = sqlx::query_as(
            "select id, trigger, state, started_at_ms, finished_at_ms, files_found, files_changed,
             files_probed, files_committed, titles_added, files_gone, findings, message
             from scans where id < ? order by id desc limit ?",
        )
        .bind(before)
        .bind(to_sql(page.limit() as u64 + 1))
        .fetch_all(&self.engine().readers)
        .await
        .map_err(failed("listing scans"))?;
        let scans = rows.into_iter().map(ScanRow::scan).collect::<Result<_>>()?;
        Ok(cut("scans", scans, page.limit(), |scan: &Scan| scan.id.get()))
    }

    /// Records what a scan could not read. A finding known under the same root and key is replaced
    /// and keeps its identifier.
    pub async fn record_findings(&self, findings: &[Finding]) -> Result<()> {
        let failed = failed("recording findings");
        for batch in findings.chunks(CATALOG_BATCH_MAX) {
            let mut tx = self.engine().write().await?;
            for finding in batch {
                sqlx::query(
                    "insert into findings (root_id, key, severity, message, first_seen_at_ms,
                     last_seen_at_ms) values (?1, ?2, ?3, ?4, ?5, ?5)
                     on conflict (root_id, key) do update set severity = ?3, message = ?4,
                     last_seen_at_ms = ?5",
                )
                .bind(finding.root.get())
                .bind(finding.key.as_bytes())
                .bind(finding.severity.name())
                .bind(shortened(&finding.message))
                .bind(now_ms())
                .execute(&mut *tx)
                .await
                .map_err(&failed)?;
            }
            tx.commit().await.map_err(&failed)?;
        }
        Ok(())
    }

    /// Forgets findings of files that are fine or gone.
    pub async fn clear_findings(&self, root: RootId, keys: &[Key]) -> Result<()> {
        let failed = failed("clearing findings");
        for batch in keys.chunks(CATALOG_BATCH_MAX) {
            let keys: Vec<String> =
                batch.iter().map(|key| super::codes::to_hex(key.as_bytes())).collect();
            sqlx::query(
                "delete from findings where root_id = ?1
                 and key in (select unhex(value) from json_each(?2))",
            )
            .bind(root.get())
            .bind(serde_json::json!(keys).to_string())
            .execute(&self.engine().writer)
            .await
            .map_err(&failed)?;
        }
        Ok(())
    }

    /// Every key below `root` that has a finding, so that a scan can clear those that are fine now.
    pub async fn finding_keys(&self, root: RootId) -> Result<Vec<Key>> {
        let keys: Vec<Vec<u8>> = sqlx::query_scalar("select key from findings where root_id = ?")
            .bind(root.get())
            .fetch_all(&self.engine().readers)
            .await
            .map_err(failed("listing findings"))?;
        keys.iter().map(|key| key_of(key)).collect()
    }

    /// Findings below configured roots, newest first.
    pub async fn findings(&self, page: &PageRequest) -> Result<Page<KnownFinding>> {
        type Row = (i64, i64, Vec<u8>, String, String, Option<i64>, String, i64, i64);
        let before = before(page, "findings")?;
        let rows: Vec<Row> = sqlx::query_as(
            "select d.id, d.root_id, d.key, d.severity, d.message, f.id, l.name,
             d.first_seen_at_ms, d.last_seen_at_ms
             from findings d join roots r on r.id = d.root_id
             join libraries l on l.id = r.library_id
             left join files f on f.root_id = d.root_id and f.key = d.key
                               and f.gone_at_ms is null
             where d.id < ? and r.is_configured = 1 order by d.id desc limit ?",
        )
        .bind(before)
        .bind(to_sql(page.limit() as u64 + 1))
        .fetch_all(&self.engine().readers)
        .await
        .map_err(failed("listing findings"))?;
        let mut findings = Vec::with_capacity(rows.len());
        for (id, root, key, severity, message, file, library, first, last) in rows {
            findings.push(KnownFinding {
                id: FindingId::new(id).map_err(|_| unknown())?,
                finding: Finding {
                    root: super::root_id(root)?,
                    key: key_of(&key)?,
                    severity: Severity::of_name(&severity)?,
                    message,
                },
                library,
                file: file.map(super::file_id).transpose()?,
                first_seen_at_ms: first,
                last_seen_at_ms: last,
            });
        }
        Ok(cut("findings", findings, page.limit(), |it: &KnownFinding| it.id.get()))
    }

    /// How much there is; cheap enough to be asked every second.
    pub async fn counts(&self) -> Result<Counts> {
        let (titles, findings): (i64, i64) = sqlx::query_as(
            "select (select titles from genres where id = 0),
             (select count(*) from findings d join roots r on r.id = d.root_id
              where r.is_configured = 1)",
        )
        .fetch_one(&self.engine().readers)
        .await
        .map_err(failed("counting titles"))?;
        Ok(Counts {
            titles: from_sql(titles),
            files: self.memory().present() as u64,
            findings: from_sql(findings),
        })
    }
}

fn before(page: &PageRequest, list: &str) -> Result<i64> {
    page.cursor.as_deref().map_or(Ok(i64::MAX), |cursor| Cursor::<i64>::decode(list, cursor))
}

pub(super) fn shortened(message: &str) -> String {
    message.chars().take(MESSAGE_CHARS_MAX).collect()
}
