-- What is seen until a picture is there: its ThumbHash in base64 (RFC 4648 §4), 24 to 36 characters.
-- Null until the picture was made for the first time, and again when the file that it is of changed.

-- Of the picture that stands for the film.
alter table files add column still_hash text;

alter table artwork add column hash text;
create index artwork_without_hash on artwork (title_id, kind, season) where hash is null;
