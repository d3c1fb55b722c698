//! Collections: those that files tell, and those that viewers make.

use super::support::{Shelf, names, poster};
use crate::catalog::{Filter, FoundFile, HomeRowKind, TitleQuery};
use crate::error::Kind;
use crate::ids::{CollectionId, TitleId};
use crate::limits::{COLLECTION_NAME_CHARS_MAX, COLLECTION_TITLES_MAX, COLLECTIONS_MADE_MAX};

fn told(shelf: &Shelf, name: &str, year: u16, collection: &str) -> FoundFile {
    let mut file = shelf.film(name);
    file.facts.year = Some(year);
    file.facts.collection = Some(collection.to_owned());
    let key = format!("{name}.jpg");
    file.artwork = vec![poster(&key, None)];
    file
}

async fn listed(shelf: &Shelf) -> Vec<(String, u64, bool)> {
    let all = shelf.catalog.collections().await.expect("listed");
    all.into_iter().map(|it| (it.name, it.titles, it.is_editable)).collect()
}

async fn in_collection(shelf: &Shelf, id: CollectionId) -> Vec<String> {
    let filter = Filter { collection: Some(id), ..Filter::default() };
    names(&shelf.list(TitleQuery { filter, ..TitleQuery::default() }).await)
}

async fn title(shelf: &Shelf, name: &str) -> TitleId {
    let items = shelf.list(TitleQuery::default()).await;
    items.iter().find(|item| item.name == name).map(|item| item.id).expect("is listed")
}

#[tokio::test]
async fn a_set_that_files_tell_is_listed_from_two_titles_on_and_follows_them() {
    let shelf = Shelf::new().await;
    shelf.commit(vec![told(&shelf, "Alien", 1979, "Alien set")]).await;
    assert!(listed(&shelf).await.is_empty(), "one title is no set");
    let alien = title(&shelf, "Alien").await;
    let detail = async || {
        shelf
            .catalog
            .title(shelf.catalog.viewer(), alien)
            .await
            .expect("answers")
            .expect("is there")
    };
    assert!(detail().await.collections.is_empty());
    shelf.commit(vec![told(&shelf, "Aliens", 1986, "Alien set")]).await;
    assert_eq!(listed(&shelf).await, [("Alien set".to_owned(), 2, false)]);
    let set = shelf.catalog.collections().await.expect("listed").remove(0);
    assert_eq!(set.posters[0].title, alien, "the earliest first");
    assert_eq!(set.posters.len(), 2);
    assert_eq!(detail().await.collections[0].id, set.id);
    assert_eq!(in_collection(&shelf, set.id).await, ["Alien", "Aliens"]);
    let home = shelf.catalog.home(shelf.catalog.viewer()).await.expect("a page");
    let row = home.rows.iter().find(|it| matches!(it.kind, HomeRowKind::Collection(_)));
    assert_eq!(names(&row.expect("a row of it").items), ["Alien", "Aliens"]);

    for refused in [
        shelf.catalog.rename_collection(set.id, "Other").await,
        shelf.catalog.remove_collection(set.id).await,
        shelf.catalog.put_into_collection(set.id, alien).await,
        shelf.catalog.take_out_of_collection(set.id, alien).await,
    ] {
        assert_eq!(refused.expect_err("files tell it").kind(), Kind::Conflict);
    }

    // A film that leaves its set, and one whose file goes.
    shelf.commit(vec![told(&shelf, "Aliens", 1986, "")]).await;
    assert!(listed(&shelf).await.is_empty());
    assert_eq!(shelf.catalog.collection(set.id).await.expect("answers"), None);
    shelf.commit(vec![told(&shelf, "Aliens", 1986, "Alien set")]).await;
    assert_eq!(listed(&shelf).await.len(), 1);
    let file = shelf.id_of("Aliens.mkv").await;
    shelf.catalog.mark_gone(shelf.roots[0], &[file]).await.expect("noted");
    assert!(listed(&shelf).await.is_empty());
}

#[tokio::test]
async fn a_viewer_s_collection_is_made_changed_and_removed() {
    let shelf = Shelf::new().await;
    shelf
        .commit(vec![
            shelf.film("Brazil"),
            told(&shelf, "Alien", 1979, "Alien set"),
            told(&shelf, "Aliens", 1986, "Alien set"),
        ])
        .await;
    let catalog = &shelf.catalog;
    let mine = catalog.make_collection("  Rainy Sunday ").await.expect("made");
    assert_eq!((&*mine.name, mine.titles, mine.is_editable), ("Rainy Sunday", 0, true));
    assert_eq!(catalog.collection(mine.id).await.expect("answers"), Some(mine.clone()));
    let other = catalog.make_collection("Other").await.expect("made");
    for name in ["Rainy Sunday", "Alien set"] {
        let refused = catalog.make_collection(name).await.expect_err("is taken");
        assert_eq!(refused.kind(), Kind::Conflict, "{name}");
        let refused = catalog.rename_collection(other.id, name).await.expect_err("is taken");
        assert_eq!(refused.kind(), Kind::Conflict, "{name}");
    }
    catalog.rename_collection(other.id, "Other").await.expect("its own name is no other's");

    let (brazil, alien) = (title(&shelf, "Brazil").await, title(&shelf, "Alien").await);
    for title in [brazil, alien, brazil] {
        catalog.put_into_collection(mine.id, title).await.expect("taken in");
    }
    assert_eq!(in_collection(&shelf, mine.id).await, ["Alien", "Brazil"]);
    for _ in 0..2 {
        catalog.take_out_of_collection(mine.id, alien).await.expect("taken out");
        assert_eq!(in_collection(&shelf, mine.id).await, ["Brazil"]);
    }
    let before = [("Other", 0, true), ("Rainy Sunday", 1, true), ("Alien set", 2, false)];
    let before = before.map(|(name, titles, is_editable)| (name.to_owned(), titles, is_editable));
    assert_eq!(listed(&shelf).await, before);
    // A scan that finds the film again leaves it where the viewer put it.
    shelf.commit(vec![told(&shelf, "Brazil", 1985, "")]).await;
    assert_eq!(in_collection(&shelf, mine.id).await, ["Brazil"]);
    catalog.remove_collection(mine.id).await.expect("removed");
    assert_eq!(listed(&shelf).await, [before[0].clone(), before[2].clone()]);
    assert!(in_collection(&shelf, mine.id).await.is_empty());

    let unknown = TitleId::new(999).expect("positive");
    for refused in [
        catalog.remove_collection(mine.id).await,
        catalog.rename_collection(mine.id, "Again").await,
        catalog.put_into_collection(mine.id, brazil).await,
        catalog.take_out_of_collection(mine.id, brazil).await,
        catalog.put_into_collection(other.id, unknown).await,
    ] {
        assert_eq!(refused.expect_err("is not there").kind(), Kind::NotFound);
    }
}

#[tokio::test]
async fn names_numbers_and_sizes_of_collections_have_an_end() {
    let shelf = Shelf::new().await;
    shelf.commit(vec![shelf.film("Alien"), shelf.film("Brazil")]).await;
    let catalog = &shelf.catalog;
    for (name, is_fine) in [
        ("", false),
        (" \n", false),
        (&*"é".repeat(COLLECTION_NAME_CHARS_MAX), true),
        (&*"é".repeat(COLLECTION_NAME_CHARS_MAX + 1), false),
    ] {
        let made = catalog.make_collection(name).await;
        assert_eq!(made.is_ok(), is_fine, "{name:?}");
        assert!(made.err().is_none_or(|error| error.kind() == Kind::Invalid));
    }
    let id = catalog.collections().await.expect("listed")[0].id;
    let fill = |sql: &'static str, number: i64| async move {
        sqlx::query(sql).bind(number).execute(&catalog.engine().writer).await.expect("filled");
    };
    fill(
        "with recursive n(n) as (select 1 union all select n + 1 from n where n < ?1 - 1)
         insert into collections (name, is_editable) select 'n' || n, 1 from n",
        COLLECTIONS_MADE_MAX,
    )
    .await;
    let refused = catalog.make_collection("One more").await.expect_err("there are too many");
    assert_eq!(refused.kind(), Kind::Conflict);
    fill(
        "with recursive n(n) as (select 1 union all select n + 1 from n where n < ?1 - 1)
         insert into titles (id, library_id, kind, identity, name, name_key, added_at_ms)
         select 1000 + n, 1, 1, 'n' || n, 'n', 'n', 1 from n",
        COLLECTION_TITLES_MAX,
    )
    .await;
    let sql = "insert into collection_titles select id, 1000 + ?1 from collections where false
         union all select (select min(id) from collections), id from titles where id > 1000";
    fill(sql, 0).await;
    let (alien, brazil) = (title(&shelf, "Alien").await, title(&shelf, "Brazil").await);
    catalog.put_into_collection(id, alien).await.expect("the last that fits");
    catalog.put_into_collection(id, alien).await.expect("is in it");
    let refused = catalog.put_into_collection(id, brazil).await.expect_err("is full");
    assert_eq!(refused.kind(), Kind::Conflict);
}
