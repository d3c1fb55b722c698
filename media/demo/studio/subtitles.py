"""What the ship's computer says in Perihelion, in three languages; two of them are spoken."""

from tools import work

TIMES = [(5.5, 10.6), (11.0, 17.4), (18.0, 21.2), (22.0, 28.2)]

LINES = {
    "en": ["Crew of the Halcyon: perihelion in thirty seconds.",
           "Sails open. Hull temperature: four hundred and ten degrees.",
           "In a moment you will see the sun.",
           "It is the last time for eleven years. Please, look up."],
    "de": ["Besatzung der Halcyon: Perihel in dreißig Sekunden.",
           "Segel gesetzt. Temperatur der Hülle: vierhundertzehn Grad.",
           "Gleich werden Sie die Sonne sehen.",
           "Es ist das letzte Mal für elf Jahre. Bitte schauen Sie hinauf."],
    "fr": ["Équipage du Halcyon : périhélie dans trente secondes.",
           "Voiles déployées. Température de la coque : quatre cent dix degrés.",
           "Dans un instant, vous verrez le soleil.",
           "C'est la dernière fois avant onze ans. S'il vous plaît, levez les yeux."],
}

CHAPTERS = [(0, "The Fall"), (11, "Sails Open"), (21.5, "Sunrise")]


def spoken(language):
    """The lines with the second at which each begins."""
    return [(start, text) for (start, _), text in zip(TIMES, LINES[language])]


def clock(second, mark):
    """`hh:mm:ss` and thousandths, as SubRip (`,`) or WebVTT (`.`) writes them."""
    return f"00:00:{int(second):02d}{mark}{round(second % 1 * 1000):03d}"


def srt(language):
    """SubRip text."""
    return "\n".join(f"{number}\n{clock(start, ',')} --> {clock(end, ',')}\n{text}\n"
                     for number, ((start, end), text) in enumerate(zip(TIMES, LINES[language]), 1))


def vtt(language):
    """WebVTT text."""
    return "WEBVTT\n\n" + "\n".join(f"{clock(start, '.')} --> {clock(end, '.')}\n{text}\n"
                                    for (start, end), text in zip(TIMES, LINES[language]))


def chapter_file(seconds):
    """The chapters in ffmpeg's metadata format."""
    path = work("chapters.txt")
    ends = [start for start, _ in CHAPTERS[1:]] + [seconds]
    path.write_text(";FFMETADATA1\n" + "".join(
        f"[CHAPTER]\nTIMEBASE=1/1000\nSTART={int(start * 1000)}\nEND={int(end * 1000)}\ntitle={name}\n"
        for (start, name), end in zip(CHAPTERS, ends)), encoding="utf-8")
    return path
