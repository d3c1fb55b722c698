//! What is seen until a picture is there: its ThumbHash, noted when the picture was made.
//!
//! Whoever makes pictures tells which version of the file one is of. If the catalog knows another by
//! now nothing is noted, so that a hash never stands beside a picture that it was not made of.

use sqlx::FromRow;

use super::Catalog;
use super::codes::{season_code, season_of, to_sql};
use super::engine::failed;
use super::model::ArtworkKind;
use super::titles::{ArtworkLocation, ArtworkRow};
use crate::error::Result;
use crate::ids::{FileId, TitleId};
use crate::limits::CATALOG_ROWS_AT_ONCE;
use crate::storage::Version;

const DOING: &str = "noting what is seen until a picture is there";

/// What names a picture among those of all titles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArtworkPlace {
    /// The title it is filed under.
    pub title: TitleId,
    /// What it shows.
    pub kind: ArtworkKind,
    /// The season whose poster it is.
    pub season: Option<u32>,
}

#[derive(FromRow)]
struct PlacedRow {
    title_id: i64,
    kind: i64,
    season: i64,
    #[sqlx(flatten)]
    artwork: ArtworkRow,
}

impl Catalog {
    /// Notes the ThumbHash, in base64, of the picture that stands for a file, if it is of the version
    /// that the catalog knows. Writes nothing to the disk where it stands there already.
    pub async fn put_still_hash(&self, file: FileId, version: Version, hash: &str) -> Result<()> {
        sqlx::query(
            "update files set still_hash = ?6 where id = ?1 and len_bytes = ?2 and modified_ns = ?3
             and changed_ns = ?4 and inode = ?5 and still_hash is not ?6",
        )
        .bind(file.get())
        .bind(version.len_bytes.cast_signed())
        .bind(version.modified_ns)
        .bind(version.changed_ns)
        .bind(version.inode.cast_signed())
        .bind(hash)
        .execute(&self.engine().writer)
        .await
        .map_err(failed(DOING))?;
        Ok(())
    }

    /// Notes the ThumbHash, in base64, of a title's picture, if it is of the version that the catalog
    /// knows. Writes nothing to the disk where it stands there already.
    pub async fn put_artwork_hash(
        &self,
        place: ArtworkPlace,
        version: Version,
        hash: &str,
    ) -> Result<()> {
        sqlx::query(
            "update artwork set hash = ?8 where title_id = ?1 and kind = ?2 and season = ?3
             and len_bytes = ?4 and modified_ns = ?5 and changed_ns = ?6 and inode = ?7
             and hash is not ?8",
        )
        .bind(place.title.get())
        .bind(place.kind.code())
        .bind(season_code(place.season))
        .bind(version.len_bytes.cast_signed())
        .bind(version.modified_ns)
        .bind(version.changed_ns)
        .bind(version.inode.cast_signed())
        .bind(hash)
        .execute(&self.engine().writer)
        .await
        .map_err(failed(DOING))?;
        Ok(())
    }

    /// At most `limit` pictures of which no ThumbHash is noted, below folders that can be reached; from
    /// the beginning, or those `after` the last of the page before. Walking all pages meets each once
    /// that was there all the time. What cannot be decoded stays among them.
    pub async fn artwork_without_hash(
        &self,
        after: Option<ArtworkPlace>,
        limit: usize,
    ) -> Result<Vec<(ArtworkPlace, ArtworkLocation)>> {
        let (title, kind, season) = after.map_or((0, 0, 0), |place| {
            (place.title.get(), place.kind.code(), season_code(place.season))
        });
        let roots = self.roots();
        let rows: Vec<PlacedRow> = sqlx::query_as(ARTWORK_WITHOUT_HASH)
            .bind(title)
            .bind(kind)
            .bind(season)
            .bind(roots.available_json())
            .bind(to_sql(limit.min(CATALOG_ROWS_AT_ONCE) as u64))
            .fetch_all(&self.engine().readers)
            .await
            .map_err(failed("looking for pictures that have not been made"))?;
        let mut found = Vec::with_capacity(rows.len());
        for row in rows {
            let place = ArtworkPlace {
                title: super::title_id(row.title_id)?,
                kind: ArtworkKind::of_code(row.kind)?,
                season: season_of(row.season)?,
            };
            found.extend(row.artwork.location(&roots)?.map(|location| (place, location)));
        }
        Ok(found)
    }
}

/// After a title, kind and season (?1 to ?3), below some roots (?4), so many (?5).
pub(super) const ARTWORK_WITHOUT_HASH: &str =
    "select title_id, kind, season, file_id, root_id, key, len_bytes, modified_ns, changed_ns,
     inode, source from artwork
     where (title_id, kind, season) > (?1, ?2, ?3) and hash is null
     and root_id in (select value from json_each(?4))
     order by title_id, kind, season limit ?5";
