//! What a scan could not read.

use serde::Serialize;
use spillway_media::catalog::KnownFinding;
use utoipa::ToSchema;

/// Something a scan could not read or understand. It goes away when the file is put right.
#[derive(Debug, Serialize, ToSchema)]
pub struct FindingItem {
    /// Opaque identifier.
    pub id: String,
    /// Where, below the library's folder.
    #[schema(example = "Alien (1979)/Alien.mkv")]
    pub path: String,
    /// The library's name.
    #[schema(example = "Films")]
    pub library: String,
    /// `error`: it is not listed as it should be. `warning`: it is, but something is wrong with it.
    #[schema(example = "error")]
    pub severity: &'static str,
    /// What is wrong, in a sentence.
    pub message: String,
    /// The file, where it is listed nevertheless.
    pub file_id: Option<String>,
    /// When it was first seen, in milliseconds since 1970.
    pub first_seen_at_ms: i64,
    /// When it was last seen, in milliseconds since 1970.
    pub last_seen_at_ms: i64,
}

impl From<KnownFinding> for FindingItem {
    fn from(known: KnownFinding) -> Self {
        Self {
            id: known.id.to_string(),
            path: known.finding.key.to_string(),
            library: known.library,
            severity: known.finding.severity.name(),
            message: known.finding.message,
            file_id: known.file.map(|id| id.to_string()),
            first_seen_at_ms: known.first_seen_at_ms,
            last_seen_at_ms: known.last_seen_at_ms,
        }
    }
}
