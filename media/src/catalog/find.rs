//! One answer to what is being typed: titles, people, genres and collections.

use super::Catalog;
use super::codes::from_sql;
use super::collections::{Collection, begin_words_of};
use super::engine::failed;
use super::filters::ValueCount;
use super::home::Genre;
use super::identity::fold;
use super::items::TitleItem;
use super::list::Narrowed;
use super::model::TitleKind;
use super::page::PageRequest;
use super::search::{match_words, page_by_match};
use crate::error::Result;
use crate::ids::ViewerId;
use crate::limits::{
    FOUND_NAMES_MAX, FOUND_PEOPLE_RANKED_MAX, FOUND_TITLES_MAX, SEARCH_CHARS_MAX, SEARCH_WORDS_MAX,
};

/// What a text finds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// Titles, the best match first; at most [`FOUND_TITLES_MAX`].
    pub titles: Vec<TitleItem>,
    /// More titles match.
    pub has_more_titles: bool,
    /// People by name, those with most titles first; at most [`FOUND_NAMES_MAX`].
    pub people: Vec<ValueCount<String>>,
    /// Genres by name, likewise.
    pub genres: Vec<Genre>,
    /// Collections by name, those that a viewer made first.
    pub collections: Vec<Collection>,
}

impl Catalog {
    /// What has words that begin with those of `text`, all of them; nothing if there are none.
    pub async fn find(&self, viewer: ViewerId, text: &str) -> Result<Found> {
        let text: String = text.chars().take(SEARCH_CHARS_MAX).collect();
        let folded = fold(&text);
        let words = folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        let words: Vec<String> = words.take(SEARCH_WORDS_MAX).map(str::to_owned).collect();
        if words.is_empty() {
            return Ok(Found::default());
        }
        let ((titles, has_more_titles), people, genres, collections) = tokio::try_join!(
            self.titles_found(viewer, &text),
            self.people_found(&text),
            self.genres_found(&words),
            self.collections_named(&words, FOUND_NAMES_MAX),
        )?;
        Ok(Found { titles, has_more_titles, people, genres, collections })
    }

    async fn titles_found(&self, viewer: ViewerId, text: &str) -> Result<(Vec<TitleItem>, bool)> {
        let matches = self.matches(text, &Narrowed::to_kinds(&TitleKind::ALL)).await?;
        let page = PageRequest { limit: FOUND_TITLES_MAX, cursor: None };
        let page = page_by_match(matches, &page)?;
        Ok((self.items(viewer, &page.items).await?, page.next_cursor.is_some()))
    }

    async fn people_found(&self, text: &str) -> Result<Vec<ValueCount<String>>> {
        let Some(words) = match_words(text) else { return Ok(Vec::new()) };
        let rows: Vec<(String, i64)> = sqlx::query_as(
            "select p.name, p.titles
             from (select rowid from people_search where people_search match ?1 limit ?2) s
             cross join people p on p.id = s.rowid where p.titles > 0
             order by p.titles desc, p.name limit ?3",
        )
        .bind(words)
        .bind(FOUND_PEOPLE_RANKED_MAX)
        .bind(i64::try_from(FOUND_NAMES_MAX).unwrap_or(i64::MAX))
        .fetch_all(&self.engine().readers)
        .await
        .map_err(failed("searching people"))?;
        let rows = rows.into_iter();
        Ok(rows.map(|(value, titles)| ValueCount { value, titles: from_sql(titles) }).collect())
    }

    async fn genres_found(&self, words: &[String]) -> Result<Vec<Genre>> {
        let genres = self.genres().await?.into_iter();
        let named = genres.filter(|genre| begin_words_of(words, &genre.name));
        Ok(named.take(FOUND_NAMES_MAX).collect())
    }
}
