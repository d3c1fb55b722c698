-- What lists are narrowed by, and what viewers mark. Existing catalogs are filled here from what they
-- hold already: no file has to be looked at again. The statements are those of catalog/refresh.rs and
-- catalog/watching.rs; a test compares what both make.

-- JSON array of the languages of the sound, each once.
alter table files add column audio_languages text not null default '[]'
    check (json_valid(audio_languages));
update files set audio_languages = (
    select json_group_array(language) from (
        select distinct t.value ->> 'language' as language
        from file_details d cross join json_each(d.info, '$.tracks') t
        where d.file_id = files.id and t.value ->> '$.details.kind' = 'audio'
        and t.value ->> 'language' is not null order by 1 limit 32));

-- How many episodes of a series are listed; 0 for everything else.
alter table titles add column episodes_listed integer not null default 0
    check (episodes_listed >= 0);
-- What its files are made of, as facets.told; empty while it is not listed.
alter table titles add column facets text not null default '';

-- What the files of titles are made of, each combination once: a library has some hundred. A list is
-- narrowed by looking through these, then walking an index for titles that have one of them.
create table facets (
    id     integer primary key,
    -- JSON array: kind of title; 1 if a file has high dynamic range; resolutions (1 sd, 2 hd,
    -- 3 full_hd, 4 ultra_hd: of a series those of its episodes, of others the best);
    -- codecs of the picture; languages of the sound.
    told   text not null unique check (json_valid(told)),
    -- How many listed titles have it, kept by the triggers below.
    titles integer not null default 0
) strict;

update titles set facets = json_array(kind,
    exists (select 1 from files f where f.title_id = titles.id and f.gone_at_ms is null
            and f.hdr is not null),
    json((select json_group_array(r) from (
        select max(case when f.height >= 2160 or f.width >= 3840 then 4
                        when f.height >= 1080 or f.width >= 1920 then 3
                        when f.height >= 720 or f.width >= 1280 then 2
                        when f.height > 0 and f.width > 0 then 1 end) as r
        from files f where f.title_id = titles.id and f.gone_at_ms is null)
        where r is not null)),
    json((select json_group_array(c) from (
        select distinct f.video_codec as c from files f
        where f.title_id = titles.id and f.gone_at_ms is null and f.video_codec is not null
        order by 1 limit 8))),
    json((select json_group_array(l) from (
        select distinct j.value as l from files f cross join json_each(f.audio_languages) j
        where f.title_id = titles.id and f.gone_at_ms is null order by 1 limit 32))))
where is_listed = 1 and kind <> 2;
update titles set
    episodes_listed = (select count(*) from titles e
                       where e.parent_id = titles.id and e.kind = 4 and e.is_listed = 1),
    facets = json_array(2,
    ifnull((select max(e.facets ->> 1) from titles e
            where e.parent_id = titles.id and e.kind = 4 and e.is_listed = 1), 0),
    json((select json_group_array(v) from (
        select distinct j.value as v from titles e cross join json_each(e.facets, '$[2]') j
        where e.parent_id = titles.id and e.kind = 4 and e.is_listed = 1 order by 1))),
    json((select json_group_array(v) from (
        select distinct j.value as v from titles e cross join json_each(e.facets, '$[3]') j
        where e.parent_id = titles.id and e.kind = 4 and e.is_listed = 1 order by 1 limit 8))),
    json((select json_group_array(v) from (
        select distinct j.value as v from titles e cross join json_each(e.facets, '$[4]') j
        where e.parent_id = titles.id and e.kind = 4 and e.is_listed = 1 order by 1 limit 32))))
where is_listed = 1 and kind = 2;
insert into facets (told) select distinct facets from titles where is_listed = 1;

-- Lists are walked along an index that holds what most of them are narrowed by: a title that does
-- not belong there costs no look at its row.
drop index listing_by_name;
drop index listing_by_added;
drop index listing_by_year;
drop index listing_by_duration;
alter table listing add column facets_id integer not null default 0;
update listing set facets_id =
    (select f.id from titles t join facets f on f.told = t.facets where t.id = listing.title_id);
create index listing_by_name     on listing (genre_id, kind, name_key, title_id, year, facets_id);
create index listing_by_added    on listing (genre_id, kind, added_at_ms, title_id, year, facets_id);
create index listing_by_year     on listing (genre_id, kind, year, title_id, facets_id);
create index listing_by_duration on listing (genre_id, kind, duration_ms, title_id, year, facets_id);

update facets set titles = c.titles from (
    select facets_id, count(*) as titles from listing where genre_id = 0 group by facets_id) c
where c.facets_id = facets.id;
create trigger listing_inserted_facets after insert on listing when new.genre_id = 0 begin
    update facets set titles = titles + 1 where id = new.facets_id;
end;
create trigger listing_deleted_facets after delete on listing when old.genre_id = 0 begin
    update facets set titles = titles - 1 where id = old.facets_id;
end;

-- Who made listed titles, by exact name.
create table people (
    id     integer primary key,
    name   text not null unique check (name <> ''),
    -- How many listed titles name them, kept by the triggers below.
    titles integer not null default 0
) strict;
-- Words of their names; rowid is people.id. Never shrinks, as people does not.
create virtual table people_search using fts5 (
    name, content = '', tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2 3'
);
create trigger people_inserted after insert on people begin
    insert into people_search (rowid, name) values (new.id, new.name);
end;
create table credits (
    person_id integer not null references people (id),
    title_id  integer not null references titles (id) on delete cascade,
    primary key (person_id, title_id)
) strict, without rowid;
insert into people (name)
    select distinct p.value ->> 'name' from titles t cross join json_each(t.people) p
    where t.is_listed = 1 and p.value ->> 'name' <> '';
insert into credits (person_id, title_id)
    select distinct n.id, t.id from titles t cross join json_each(t.people) p
    cross join people n on n.name = p.value ->> 'name' where t.is_listed = 1;
create index credits_by_title on credits (title_id);
update people set titles = (select count(*) from credits c where c.person_id = people.id);
create trigger credits_inserted after insert on credits begin
    update people set titles = titles + 1 where id = new.person_id;
end;
create trigger credits_deleted after delete on credits begin
    update people set titles = titles - 1 where id = old.person_id;
end;

-- What a viewer likes.
create table favourites (
    viewer_id   integer not null references viewers (id),
    title_id    integer not null references titles (id) on delete cascade,
    added_at_ms integer not null,
    primary key (viewer_id, title_id)
) strict, without rowid;
create index favourites_by_time on favourites (viewer_id, added_at_ms, title_id);
create index favourites_by_title on favourites (title_id);

-- Titles that belong together.
create table collections (
    id          integer primary key autoincrement,
    name        text not null check (name <> ''),
    -- 1 made by a viewer, 0 told by files: of titles.collection, and of listed titles only.
    is_editable integer not null check (is_editable in (0, 1)),
    unique (is_editable, name)
) strict;
create table collection_titles (
    collection_id integer not null references collections (id) on delete cascade,
    title_id      integer not null references titles (id) on delete cascade,
    primary key (collection_id, title_id)
) strict, without rowid;
create index collection_titles_by_title on collection_titles (title_id);
insert into collections (name, is_editable)
    select distinct collection, 0 from titles where is_listed = 1 and collection <> '';
insert into collection_titles (collection_id, title_id)
    select c.id, t.id from titles t join collections c on c.is_editable = 0 and c.name = t.collection
    where t.is_listed = 1;

-- Listed titles that a viewer has begun, made of progress whenever that or what is listed changes.
create table watching (
    viewer_id        integer not null references viewers (id),
    title_id         integer not null references titles (id) on delete cascade,
    kind             integer not null,
    -- 1 started, 2 watched; of a series watched when every listed episode is.
    state            integer not null check (state in (1, 2)),
    -- Of a series.
    episodes_watched integer not null,
    -- When it, or an episode of the series, was watched last.
    updated_at_ms    integer not null,
    primary key (viewer_id, title_id)
) strict, without rowid;
create index watching_by_state on watching (viewer_id, state, updated_at_ms, title_id, kind);
create index watching_by_title on watching (title_id);
insert into watching (viewer_id, title_id, kind, state, episodes_watched, updated_at_ms)
    select w.viewer_id, t.id, t.kind, 1 + w.is_watched, 0, w.updated_at_ms
    from progress w join titles t on t.id = w.title_id where t.is_listed = 1 and t.kind <> 2;
insert into watching (viewer_id, title_id, kind, state, episodes_watched, updated_at_ms)
    select w.viewer_id, t.id, 2, iif(sum(w.is_watched) = t.episodes_listed, 2, 1),
    sum(w.is_watched), max(w.updated_at_ms)
    from progress w join titles e on e.id = w.title_id join titles t on t.id = e.parent_id
    where e.kind = 4 and e.is_listed = 1 and t.kind = 2 and t.is_listed = 1
    group by t.id, w.viewer_id;

-- The last players that told how far a title was watched, so that a report that comes late or twice
-- changes nothing.
create table progress_sessions (
    viewer_id    integer not null references viewers (id),
    title_id     integer not null references titles (id) on delete cascade,
    -- What the player calls itself, for as long as it plays.
    session      text not null,
    -- The greatest it has sent; an unsigned number.
    sequence     integer not null,
    -- Greater than that of every session of the title that was heard before.
    heard_number integer not null,
    primary key (viewer_id, title_id, session)
) strict, without rowid;
create index progress_sessions_by_title on progress_sessions (title_id);
