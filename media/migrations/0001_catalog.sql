-- What Spillway knows of folders, files, titles, viewers and scans.
--
-- Units: times are milliseconds since 1970 in UTC (_at_ms) or nanoseconds (_ns), lengths are bytes,
-- durations milliseconds. Unsigned 64-bit numbers are stored as the signed number with the same bits.
-- Identifiers are given once and never again (autoincrement), also after what they named is gone.

-- A named collection of folders.
create table libraries (
    id            integer primary key autoincrement,
    name          text not null unique check (name <> ''),
    -- 0 when the operator no longer names it; what is known of its titles is kept.
    is_configured integer not null check (is_configured in (0, 1))
) strict;

-- A folder below which media files are found.
create table roots (
    id            integer primary key autoincrement,
    library_id    integer not null references libraries (id),
    -- Bytes of the absolute path, in whatever encoding its names have.
    path          blob not null unique,
    is_configured integer not null check (is_configured in (0, 1)),
    -- 0 while the folder cannot be reached, such as a disk that is not mounted.
    is_available  integer not null check (is_available in (0, 1))
) strict;

-- Something to watch, or a series that holds such things.
create table titles (
    id                 integer primary key autoincrement,
    library_id         integer not null references libraries (id),
    -- 1 film, 2 series, 3 audio, 4 episode, 5 extra: in the order in which equally good matches of a
    -- search are shown.
    kind               integer not null check (kind between 1 and 5),
    -- What makes two files the same title: a JSON array of kind, folded name, year and so on.
    identity           text not null,
    -- The series of an episode, the film or series that an extra belongs to.
    parent_id          integer references titles (id),
    season_number      integer check (season_number >= 0),
    -- First and last episode that the file holds; yyyymmdd for a series by date.
    episode_number     integer check (episode_number >= 0),
    episode_number_end integer check (episode_number_end >= episode_number),
    name               text not null,
    -- Folded name to sort by: lower case, no marks, no leading article, at most 64 characters.
    name_key           text not null,
    original_name      text,
    year               integer,
    premiered          text,
    plot               text,
    tagline            text,
    content_rating     text,
    -- Mean vote, 0 to 10.
    rating             real,
    collection         text,
    -- JSON arrays: names in the order told; people as {"name","character","role"}.
    genres             text not null default '[]' check (json_valid(genres)),
    studios            text not null default '[]' check (json_valid(studios)),
    people             text not null default '[]' check (json_valid(people)),
    -- Which file told the facts above, and how many it told: a version of a film that comes without
    -- an NFO file does not wipe out what another one told.
    facts_file_id      integer,
    facts_told         integer not null default 0,
    -- Playing time of the longest version, or of all parts together; absent for a series.
    duration_ms        integer check (duration_ms >= 0),
    added_at_ms        integer not null,
    -- 1 while it has a file that is not gone, or is a series with such an episode. What is not listed
    -- is kept, so that a file that returns finds its identifier and how far it was watched.
    is_listed          integer not null default 0 check (is_listed in (0, 1)),
    unique (library_id, identity)
) strict;

-- Episodes of a series in order, extras of a title.
create index titles_by_parent on titles (parent_id, kind, season_number, episode_number, id)
    where parent_id is not null;

-- Genres; 0 stands for every title, so that the whole list is read the same way as one genre.
create table genres (
    id     integer primary key,
    name   text not null unique,
    -- How many rows of listing name it, kept by the triggers below.
    titles integer not null default 0
) strict;
insert into genres (id, name) values (0, '');

-- Every listed title once for genre 0 and once for each of its genres, with what lists are sorted by,
-- so that any page of any list is one stretch of one index.
create table listing (
    title_id    integer not null references titles (id),
    genre_id    integer not null references genres (id),
    kind        integer not null,
    name_key    text not null,
    added_at_ms integer not null,
    -- 0 where unknown, so that the order is total.
    year        integer not null,
    duration_ms integer not null,
    primary key (title_id, genre_id)
) strict, without rowid;
create index listing_by_name     on listing (genre_id, kind, name_key, title_id);
create index listing_by_added    on listing (genre_id, kind, added_at_ms, title_id);
create index listing_by_year     on listing (genre_id, kind, year, title_id);
create index listing_by_duration on listing (genre_id, kind, duration_ms, title_id);

create trigger listing_inserted after insert on listing begin
    update genres set titles = titles + 1 where id = new.genre_id;
end;
create trigger listing_deleted after delete on listing begin
    update genres set titles = titles - 1 where id = old.genre_id;
end;

-- Words of every listed title; rowid is the title's identifier. The text itself stands in titles.
create virtual table search using fts5 (
    name, original_name, people, genres,
    content = '', contentless_delete = 1,
    tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2 3'
);

-- A media file that holds a title or a part of one.
create table files (
    id           integer primary key autoincrement,
    root_id      integer not null references roots (id),
    -- Bytes of the path below the root.
    key          blob not null,
    title_id     integer not null references titles (id),
    -- The state that was probed: see storage::Version.
    len_bytes    integer not null,
    modified_ns  integer not null,
    changed_ns   integer not null,
    inode        integer not null,
    -- Hash over length and a few stretches of the content.
    fingerprint  integer not null,
    -- Hash over names and versions of the NFO files, pictures and subtitles beside it; 0 makes the
    -- next scan look again.
    surroundings integer not null,
    -- The scan that committed it last.
    scan_id      integer not null,
    added_at_ms  integer not null,
    -- Since when it is not in its folder any more; null while it is there.
    gone_at_ms   integer,
    edition      text,
    -- Number of this part of a film in several files, from 1.
    part         integer check (part >= 1),
    -- What lists show of the headers; the rest stands in file_details.
    container    text not null,
    video_codec  text,
    audio_codec  text,
    -- The codecs parameter of RFC 6381 for the tracks a player would choose.
    codecs       text,
    width        integer,
    height       integer,
    duration_ms  integer,
    -- hdr10, hdr10_plus, hlg, dolby_vision
    hdr          text,
    unique (root_id, key)
) strict;
create index files_by_title on files (title_id, part, id);
create index files_gone on files (gone_at_ms) where gone_at_ms is not null;

-- What only a title's own page shows of a file.
create table file_details (
    file_id   integer primary key references files (id) on delete cascade,
    -- JSON of probe::MediaInfo.
    info      text not null check (json_valid(info)),
    -- JSON array of catalog::FoundSubtitle.
    subtitles text not null check (json_valid(subtitles))
) strict;

-- A picture that belongs to a title.
create table artwork (
    title_id    integer not null references titles (id) on delete cascade,
    -- 1 poster, 2 backdrop, 3 logo, 4 thumb
    kind        integer not null check (kind between 1 and 4),
    -- Season whose poster it is; -1 for the title's own.
    season      integer not null check (season >= -1),
    -- The media file beside or in which it was found.
    file_id     integer not null,
    root_id     integer not null references roots (id),
    key         blob not null,
    len_bytes   integer not null,
    modified_ns integer not null,
    changed_ns  integer not null,
    inode       integer not null,
    -- JSON of catalog::ArtworkSource.
    source      text not null check (json_valid(source)),
    primary key (title_id, kind, season)
) strict, without rowid;
create index artwork_by_file on artwork (file_id);
create index artwork_by_kind on artwork (kind, season, title_id);

-- Who watches. One for now; accounts come later.
create table viewers (
    id   integer primary key autoincrement,
    name text not null
) strict;
insert into viewers (id, name) values (1, '');

-- How far a viewer watched a title.
create table progress (
    viewer_id     integer not null references viewers (id),
    title_id      integer not null references titles (id) on delete cascade,
    position_ms   integer not null check (position_ms >= 0),
    duration_ms   integer not null check (duration_ms >= 0),
    is_watched    integer not null check (is_watched in (0, 1)),
    updated_at_ms integer not null,
    primary key (viewer_id, title_id)
) strict, without rowid;
create index progress_by_time on progress (viewer_id, updated_at_ms, title_id);
create index progress_by_title on progress (title_id);

-- One pass over the folders.
create table scans (
    id              integer primary key autoincrement,
    -- Why it began.
    trigger         text not null check (trigger in ('start', 'watch', 'period', 'request')),
    -- interrupted: the process ended during the scan.
    state           text not null check (state in ('running', 'done', 'failed', 'interrupted')),
    started_at_ms   integer not null,
    finished_at_ms  integer,
    files_found     integer not null default 0,
    files_changed   integer not null default 0,
    files_probed    integer not null default 0,
    files_committed integer not null default 0,
    titles_added    integer not null default 0,
    files_gone      integer not null default 0,
    findings        integer not null default 0,
    -- Why it failed, for people.
    message         text
) strict;

-- What a scan could not read or understand; one for each file, removed when the file is fine or gone.
create table findings (
    id               integer primary key autoincrement,
    root_id          integer not null references roots (id),
    key              blob not null,
    severity         text not null check (severity in ('error', 'warning')),
    -- One sentence for people.
    message          text not null,
    first_seen_at_ms integer not null,
    last_seen_at_ms  integer not null,
    unique (root_id, key)
) strict;
