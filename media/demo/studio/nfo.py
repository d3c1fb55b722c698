"""Kodi NFO files: what is told about a title, beside its video."""

import xml.etree.ElementTree as xml


def write_nfo(path, kind, film, series=None):
    """Writes a `movie`, `tvshow` or `episodedetails` document."""
    root = xml.Element(kind)

    def add(tag, text, parent=root):
        if text or text == 0:
            xml.SubElement(parent, tag).text = str(text)

    add("title", film.name)
    if kind == "episodedetails":
        add("showtitle", series.name)
        add("season", film.season)
        add("episode", film.episode)
        add("aired", film.premiered)
    else:
        add("year", film.year)
        add("premiered", film.premiered)
    add("plot", film.plot)
    add("tagline", film.tagline)
    add("runtime", 1)
    add("mpaa", film.certificate)
    ratings = xml.SubElement(xml.SubElement(root, "ratings"), "rating", name="demo", max="10", default="true")
    add("value", film.rating, ratings)
    for genre in film.genres:
        add("genre", genre)
    add("director", film.director)
    add("credits", film.writer)
    add("studio", film.studio)
    for order, (name, role) in enumerate(film.cast):
        actor = xml.SubElement(root, "actor")
        add("name", name, actor)
        add("role", role, actor)
        add("order", order, actor)
    xml.indent(root, "  ")
    path.write_bytes(b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' + xml.tostring(root, encoding="utf-8") + b"\n")
