//! Titles that belong together: told by files, or made by a viewer.
//!
//! A collection that files tell follows them and cannot be changed; one of a single title is no
//! collection and not shown. One that a viewer makes is his to change, and may be empty. Only listed
//! titles count.

use std::collections::HashMap;

use serde_json::json;

use super::Catalog;
use super::codes::{from_json, from_sql};
use super::engine::failed;
use super::identity::fold;
use super::items::ArtworkRef;
use super::model::ArtworkKind;
use crate::error::{Error, Kind, Result};
use crate::ids::{CollectionId, TitleId};
use crate::limits::{
    COLLECTION_NAME_CHARS_MAX, COLLECTION_POSTERS_MAX, COLLECTION_TITLES_MAX,
    COLLECTIONS_LISTED_MAX, COLLECTIONS_MADE_MAX, HOME_COLLECTIONS_MAX, HOME_ROW_ITEMS_MAX,
};

/// Titles that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collection {
    /// Its identifier.
    pub id: CollectionId,
    /// Its name.
    pub name: String,
    /// Listed titles in it.
    pub titles: u64,
    /// A viewer made it.
    pub is_editable: bool,
    /// Posters of its first titles, the earliest first; at most [`COLLECTION_POSTERS_MAX`].
    pub posters: Vec<ArtworkRef>,
}

/// A collection by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CollectionRef {
    /// Its identifier.
    pub id: CollectionId,
    /// Its name.
    pub name: String,
}

/// Identifier, name, whether it is editable, listed titles.
type Row = (i64, String, bool, i64);

/// Collections that are shown, with how many titles each has.
macro_rules! shown {
    ($rest:literal) => {
        concat!(
            "select * from (select c.id, c.name, c.is_editable,
                 (select count(*) from collection_titles m
                  cross join listing l on l.title_id = m.title_id and l.genre_id = 0
                  where m.collection_id = c.id) as titles
             from collections c) s where (s.is_editable = 1 or s.titles >= 2) ",
            $rest
        )
    };
}

impl Catalog {
    /// Collections, those that a viewer made first, then by name.
    pub async fn collections(&self) -> Result<Vec<Collection>> {
        let rows: Vec<Row> =
            sqlx::query_as(shown!("order by s.is_editable desc, s.name, s.id limit ?"))
                .bind(COLLECTIONS_LISTED_MAX)
                .fetch_all(&self.engine().readers)
                .await
                .map_err(failed("listing collections"))?;
        self.with_posters(rows).await
    }

    /// A collection; `None` if there is none that is shown.
    pub async fn collection(&self, id: CollectionId) -> Result<Option<Collection>> {
        let row: Option<Row> = sqlx::query_as(shown!("and s.id = ?"))
            .bind(id.get())
            .fetch_optional(&self.engine().readers)
            .await
            .map_err(failed("reading a collection"))?;
        Ok(self.with_posters(row.into_iter().collect()).await?.pop())
    }

    /// Makes an empty collection.
    ///
    /// # Errors
    /// [`Kind::Conflict`] if one of this name is shown or there are too many, [`Kind::Invalid`] for a
    /// name that is empty or longer than [`COLLECTION_NAME_CHARS_MAX`] characters.
    pub async fn make_collection(&self, name: &str) -> Result<Collection> {
        let name = collection_name(name)?;
        let failed = failed("making a collection");
        let mut tx = self.engine().write().await?;
        let made: i64 =
            sqlx::query_scalar("select count(*) from collections where is_editable = 1")
                .fetch_one(&mut *tx)
                .await
                .map_err(&failed)?;
        if made >= COLLECTIONS_MADE_MAX {
            let text = format!("there are {COLLECTIONS_MADE_MAX} collections already");
            return Err(Error::new(Kind::Conflict, text));
        }
        let is_taken: Option<i64> = sqlx::query_scalar(NAMED)
            .bind(name)
            .bind(0)
            .fetch_optional(&mut *tx)
            .await
            .map_err(&failed)?;
        if is_taken.is_some() {
            return Err(taken(name));
        }
        let id: i64 = sqlx::query_scalar(
            "insert into collections (name, is_editable) values (?, 1) returning id",
        )
        .bind(name)
        .fetch_one(&mut *tx)
        .await
        .map_err(&failed)?;
        tx.commit().await.map_err(&failed)?;
        Ok(Collection {
            id: super::collection_id(id)?,
            name: name.to_owned(),
            titles: 0,
            is_editable: true,
            posters: Vec::new(),
        })
    }

    /// Gives a collection that a viewer made another name.
    ///
    /// # Errors
    /// As [`Catalog::make_collection`]; [`Kind::NotFound`] if there is no such collection,
    /// [`Kind::Conflict`] if files tell it.
    pub async fn rename_collection(&self, id: CollectionId, name: &str) -> Result<()> {
        let name = collection_name(name)?;
        let failed = failed("renaming a collection");
        let mut tx = self.engine().write().await?;
        editable(&mut tx, id).await?;
        let is_taken: Option<i64> = sqlx::query_scalar(NAMED)
            .bind(name)
            .bind(id.get())
            .fetch_optional(&mut *tx)
            .await
            .map_err(&failed)?;
        if is_taken.is_some() {
            return Err(taken(name));
        }
        sqlx::query("update collections set name = ? where id = ?")
            .bind(name)
            .bind(id.get())
            .execute(&mut *tx)
            .await
            .map_err(&failed)?;
        tx.commit().await.map_err(&failed)
    }

    /// Removes a collection that a viewer made; its titles stay.
    ///
    /// # Errors
    /// [`Kind::NotFound`] if there is no such collection, [`Kind::Conflict`] if files tell it.
    pub async fn remove_collection(&self, id: CollectionId) -> Result<()> {
        let failed = failed("removing a collection");
        let mut tx = self.engine().write().await?;
        editable(&mut tx, id).await?;
        sqlx::query("delete from collections where id = ?")
            .bind(id.get())
            .execute(&mut *tx)
            .await
            .map_err(&failed)?;
        tx.commit().await.map_err(&failed)
    }

    /// Takes a listed title into a collection that a viewer made; one that is in it is fine.
    ///
    /// # Errors
    /// [`Kind::NotFound`] if there is no such collection or title, [`Kind::Conflict`] if files tell the
    /// collection, [`Kind::Conflict`] if it is full.
    pub async fn put_into_collection(&self, id: CollectionId, title: TitleId) -> Result<()> {
        let failed = failed("taking a title into a collection");
        let mut tx = self.engine().write().await?;
        editable(&mut tx, id).await?;
        let (titles, is_in, is_listed): (i64, bool, bool) = sqlx::query_as(
            "select (select count(*) from collection_titles where collection_id = ?1),
             exists (select 1 from collection_titles where collection_id = ?1 and title_id = ?2),
             exists (select 1 from titles where id = ?2 and is_listed = 1)",
        )
        .bind(id.get())
        .bind(title.get())
        .fetch_one(&mut *tx)
        .await
        .map_err(&failed)?;
        if !is_listed {
            return Err(Error::new(Kind::NotFound, format!("there is no title {title}")));
        }
        if is_in {
            return Ok(());
        }
        if titles >= COLLECTION_TITLES_MAX {
            let text =
                format!("there are {COLLECTION_TITLES_MAX} titles in this collection already");
            return Err(Error::new(Kind::Conflict, text));
        }
        sqlx::query("insert into collection_titles (collection_id, title_id) values (?, ?)")
            .bind(id.get())
            .bind(title.get())
            .execute(&mut *tx)
            .await
            .map_err(&failed)?;
        tx.commit().await.map_err(&failed)
    }

    /// Takes a title out of a collection that a viewer made; one that is not in it is fine.
    ///
    /// # Errors
    /// [`Kind::NotFound`] if there is no such collection, [`Kind::Conflict`] if files tell it.
    pub async fn take_out_of_collection(&self, id: CollectionId, title: TitleId) -> Result<()> {
        let failed = failed("taking a title out of a collection");
        let mut tx = self.engine().write().await?;
        editable(&mut tx, id).await?;
        sqlx::query("delete from collection_titles where collection_id = ? and title_id = ?")
            .bind(id.get())
            .bind(title.get())
            .execute(&mut *tx)
            .await
            .map_err(&failed)?;
        tx.commit().await.map_err(&failed)
    }

    /// The collections that a title belongs to and that are shown, by name.
    pub(super) async fn collections_of(&self, title: i64) -> Result<Vec<CollectionRef>> {
        let rows: Vec<Row> = sqlx::query_as(shown!(
            "and s.id in (select collection_id from collection_titles where title_id = ?)
             order by s.name, s.id"
        ))
        .bind(title)
        .fetch_all(&self.engine().readers)
        .await
        .map_err(failed("reading the collections of a title"))?;
        let refs = rows
            .into_iter()
            .map(|(id, name, ..)| Ok(CollectionRef { id: super::collection_id(id)?, name }));
        refs.collect()
    }

    /// At most `limit` collections whose names have words that begin with each of `words`, which are
    /// folded.
    pub(super) async fn collections_named(
        &self,
        words: &[String],
        limit: usize,
    ) -> Result<Vec<Collection>> {
        let all: String =
            sqlx::query_scalar("select json_group_array(json_array(id, name)) from collections")
                .fetch_one(&self.engine().readers)
                .await
                .map_err(failed("searching collections"))?;
        let all: Vec<(i64, String)> = from_json(&all)?;
        let named = all.into_iter().filter(|(_, name)| begin_words_of(words, name));
        let named: Vec<i64> = named.map(|(id, _)| id).collect();
        let rows: Vec<Row> = sqlx::query_as(shown!(
            "and s.id in (select value from json_each(?1))
             order by s.is_editable desc, s.titles desc, s.name, s.id limit ?2"
        ))
        .bind(json!(named).to_string())
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(&self.engine().readers)
        .await
        .map_err(failed("searching collections"))?;
        self.with_posters(rows).await
    }

    /// The collections with most titles, each with its first titles, for the home page.
    pub(super) async fn largest_collections(&self) -> Result<Vec<(CollectionRef, Vec<i64>)>> {
        let rows: Vec<(i64, String, String)> = sqlx::query_as(
            "select c.id, c.name,
             (select json_group_array(title_id) from (select l.title_id from collection_titles m
              cross join listing l on l.title_id = m.title_id and l.genre_id = 0
              where m.collection_id = c.id order by l.year, l.name_key, l.title_id limit ?2))
             from (select m.collection_id from collection_titles m
                   cross join listing l on l.title_id = m.title_id and l.genre_id = 0
                   group by m.collection_id
                   having count(*) >= 2 order by count(*) desc, m.collection_id limit ?1) s
             cross join collections c on c.id = s.collection_id",
        )
        .bind(i64::try_from(HOME_COLLECTIONS_MAX).unwrap_or(i64::MAX))
        .bind(i64::try_from(HOME_ROW_ITEMS_MAX).unwrap_or(i64::MAX))
        .fetch_all(&self.engine().readers)
        .await
        .map_err(failed("reading collections"))?;
        let rows = rows.into_iter().map(|(id, name, titles)| {
            let titles: Vec<i64> = from_json(&titles)?;
            Ok((CollectionRef { id: super::collection_id(id)?, name }, titles))
        });
        rows.collect()
    }

    async fn with_posters(&self, rows: Vec<Row>) -> Result<Vec<Collection>> {
        let ids: Vec<i64> = rows.iter().map(|row| row.0).collect();
        let of_each: Vec<(i64, String)> = sqlx::query_as(
            "select j.value, (select json_group_array(title_id) from (
                 select l.title_id from collection_titles m
                 cross join listing l on l.title_id = m.title_id and l.genre_id = 0
                 where m.collection_id = j.value
                 and exists (select 1 from artwork a where a.title_id = l.title_id and a.kind = 1
                             and a.season = -1)
                 order by l.year, l.name_key, l.title_id limit ?2))
             from json_each(?1) j",
        )
        .bind(json!(ids).to_string())
        .bind(i64::try_from(COLLECTION_POSTERS_MAX).unwrap_or(i64::MAX))
        .fetch_all(&self.engine().readers)
        .await
        .map_err(failed("reading the pictures of collections"))?;
        let mut titles: HashMap<i64, Vec<i64>> = HashMap::with_capacity(of_each.len());
        for (id, of_one) in of_each {
            titles.insert(id, from_json(&of_one)?);
        }
        let with_poster: Vec<i64> = titles.values().flatten().copied().collect();
        let pictures = self.pictures(&with_poster).await?;
        let poster = |title: &i64| pictures.of(*title, ArtworkKind::Poster, -1);
        let collection = |(id, name, is_editable, count): Row| {
            let titles = titles.get(&id).map_or(&[][..], Vec::as_slice);
            let posters = titles.iter().filter_map(poster).collect();
            let id = super::collection_id(id)?;
            Ok(Collection { id, name, titles: from_sql(count), is_editable, posters })
        };
        rows.into_iter().map(collection).collect()
    }
}

/// A collection of a name (?1) that is shown, but for one (?2).
const NAMED: &str = shown!("and s.name = ?1 and s.id <> ?2 limit 1");

fn taken(name: &str) -> Error {
    Error::new(Kind::Conflict, format!("there is a collection “{name}” already"))
}

/// A name for a collection, without blanks around it.
///
/// # Errors
/// [`Kind::Invalid`] for one that is too long, cannot be seen, or would turn around what stands beside it.
pub fn collection_name(name: &str) -> Result<&str> {
    let name = name.trim();
    let is_unseen = |letter: char| letter.is_whitespace() || is_for_layout(letter);
    if name.chars().all(is_unseen) || name.chars().count() > COLLECTION_NAME_CHARS_MAX {
        let text = format!("a collection's name has 1 to {COLLECTION_NAME_CHARS_MAX} characters");
        return Err(Error::new(Kind::Invalid, text));
    }
    if name.chars().any(|letter| letter.is_control() || matches!(letter, '\u{202a}'..='\u{202e}')) {
        let text = "a collection's name has no control characters";
        return Err(Error::new(Kind::Invalid, text));
    }
    Ok(name)
}

/// Characters that say how others are laid out, and have no look of their own.
fn is_for_layout(letter: char) -> bool {
    matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Refuses what is not there, and what files tell.
async fn editable(connection: &mut sqlx::SqliteConnection, id: CollectionId) -> Result<()> {
    let is_editable: Option<bool> =
        sqlx::query_scalar("select is_editable from collections where id = ?")
            .bind(id.get())
            .fetch_optional(connection)
            .await
            .map_err(failed("looking up a collection"))?;
    match is_editable {
        Some(true) => Ok(()),
        Some(false) => Err(Error::new(Kind::Conflict, format!("collection {id} is told by files"))),
        None => Err(Error::new(Kind::NotFound, format!("there is no collection {id}"))),
    }
}

/// Whether each of `words`, which are folded, begins a word of `name`.
pub(super) fn begin_words_of(words: &[String], name: &str) -> bool {
    let name = fold(name);
    let of_name: Vec<&str> = name.split(|c: char| !c.is_alphanumeric()).collect();
    words.iter().all(|word| of_name.iter().any(|it| it.starts_with(word.as_str())))
}
