#!/usr/bin/env python3
"""Makes the demo library: films/ and series/ beside this file, with artwork and NFO files.

Nothing is downloaded and nothing is random: every picture and sound is computed by ffmpeg (and
espeak-ng for two short voices), lettered by ImageMagick. On Debian 12:

    apt-get install ffmpeg imagemagick espeak-ng fonts-lato fonts-jura fonts-gfs-didot fonts-quicksand \\
        fonts-league-spartan fonts-bebas-neue fonts-oldstandard fonts-yanone-kaffeesatz
    media/demo/make.py            # about half an hour on two cores
    media/demo/make.py --check    # only checks what is there

Intermediate files stay in target/demo; what exists there is not drawn again, so remove what should
change. README.md says what each clip is and which container and codecs it is there for.
"""

import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "studio"))

import artwork  # noqa: E402
import sound  # noqa: E402
import subtitles  # noqa: E402
from masters import draw_master, take_frame  # noqa: E402
from nfo import write_nfo  # noqa: E402
from titles import BY_SCENE, EPISODES, FILMS, SERIES  # noqa: E402
from tools import RATE, convert, ffmpeg  # noqa: E402

MOST_BYTES_IN_ALL, MOST_BYTES_EACH = 15_000_000, 5_000_000

# A key frame every two seconds makes seeking crisp.
KEY = RATE * 2


def h264(crf):
    return ["-c:v", "libx264", "-preset", "slow", "-crf", crf, "-x264-params", f"aq-mode=3:keyint={KEY}"]


def hevc(crf):
    return ["-c:v", "libx265", "-preset", "medium", "-crf", crf, "-tag:v", "hvc1",
            "-x265-params", f"log-level=error:keyint={KEY}:open-gop=0"]


def vp9(crf):
    return ["-c:v", "libvpx-vp9", "-crf", crf, "-b:v", "0", "-deadline", "good", "-cpu-used", "2", "-g", KEY]


def av1(crf):
    return ["-c:v", "libsvtav1", "-preset", "6", "-crf", crf, "-g", KEY]


AAC = ["-c:a", "aac", "-b:a", "96k"]
OPUS = ["-c:a", "libopus", "-b:a", "64k"]
MP3 = ["-c:a", "libmp3lame", "-b:a", "96k"]
FLAC = ["-c:a", "flac", "-compression_level", "12", "-ar", "32000", "-strict", "experimental"]
MOOV_FIRST = ["-movflags", "+faststart"]
MOOV_LAST = []
FRAGMENTS = ["-movflags", "+frag_keyframe+empty_moov+default_base_moof+global_sidx"]

BIT_EXACT = ["-map_metadata:g", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact"]

# scene: (file name's end, seconds, height, video, sound, how the container is written)
CLIPS = {
    "aurora": (".mp4", 22, 720, h264(27), AAC, MOOV_FIRST),
    "perihelion": (".mkv", 30, 1080, h264(30), [*AAC, "-c:a:1", "libopus", "-b:a:1", "64k"], []),
    "sea": (".webm", 20, 1080, vp9(37), OPUS, []),
    "seahorse": (".mp4", 15, 720, av1(53), OPUS, MOOV_FIRST),
    "loom": (".mp4", 10, 720, h264(30), MP3, MOOV_LAST),
    "petri": (".mp4", 14, 720, h264(31), FLAC, FRAGMENTS),
    "ridges": (".mp4", 20, 1080, hevc(25), AAC, MOOV_FIRST),
    "rain": (".webm", 16, 1080, av1(46), OPUS, []),
    "amber": (".webm", 15, 720, vp9(41), OPUS, []),
    "snow": (".mkv", 15, 720, vp9(49), OPUS, []),
    "dawn": (".mp4", 15, 720, h264(29), AAC, MOOV_FIRST),
}


def encode(scene, path, seconds, height, video, audio, container, name, card, start=0, extra=None):
    """One clip: picture with fades and a title card, sound, tags; `extra` replaces the plain sound by its own inputs and maps."""
    path.parent.mkdir(parents=True, exist_ok=True)
    inputs = ["-ss", start, "-i", draw_master(scene), "-loop", "1", "-framerate", RATE, "-i", card]
    # The masters' colours follow BT.601, swscale's default; high definition is read as BT.709.
    graph = ("[1]format=yuva420p,fade=t=in:st=1.4:d=1.3:alpha=1,fade=t=out:st=4.8:d=1.2:alpha=1[card];"
             f"[0][card]overlay=shortest=1,scale=-2:{height}:flags=area:in_color_matrix=bt601:out_color_matrix=bt709:out_range=tv,"
             f"fade=t=in:d=1.2,fade=t=out:st={seconds - 1.5}:d=1.5,format=yuv420p,"
             "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709[v]")
    if extra is None:
        tones = sound.level(f"{scene}-{seconds}", sound.score(scene, seconds))
        extra = ["-i", tones], ["-map", "2:a", "-metadata:s:a:0", "language=zxx"]
    more_inputs, maps = extra
    ffmpeg(*inputs, *more_inputs, "-filter_complex", graph, "-map", "[v]", *maps, *BIT_EXACT, "-metadata", f"title={name}",
           *video, *audio, *container, "-t", seconds, path)


def perihelion_streams(seconds):
    """Two spoken languages, two embedded subtitles and chapters."""
    tones = sound.score("perihelion", seconds)
    inputs = []
    for language, voice in (("en", "en-gb"), ("de", "de")):
        spoken = sound.speak(language, tones, voice, subtitles.spoken(language))
        inputs += ["-i", sound.level(f"perihelion-{language}", spoken)]
    for language in ("en", "de"):
        text = artwork.work(f"perihelion.{language}.srt")
        text.write_text(subtitles.srt(language), encoding="utf-8")
        inputs += ["-i", text]
    inputs += ["-i", subtitles.chapter_file(seconds)]
    maps = ["-map", "2:a", "-map", "3:a", "-map", "4:s", "-map", "5:s", "-map_chapters", "6", "-c:s", "srt",
            "-metadata:s:a:0", "language=eng", "-metadata:s:a:0", "title=English",
            "-metadata:s:a:1", "language=ger", "-metadata:s:a:1", "title=Deutsch",
            "-metadata:s:s:0", "language=eng", "-metadata:s:s:1", "language=ger",
            "-disposition:a:0", "default", "-disposition:a:1", "0", "-disposition:s:0", "0", "-disposition:s:1", "0"]
    return inputs, maps


def jpeg(source, path, size, quality):
    """A picture as a JPEG of the given size, without its history."""
    convert(source, "-resize", f"{size}^", "-gravity", "center", "-extent", size, "-strip", "-interlace", "JPEG",
            "-sampling-factor", "4:2:0", "-quality", quality, path)


def logo(scene, path, colour="#ffffff"):
    """The title's lettering on nothing."""
    convert(artwork.lettering(scene, 800, colour, f"logo-{scene}"), "-trim", "+repage", "-strip", "-depth", "8",
            "-define", "png:compression-level=9", path)


# Which second makes the backdrop.
BACKDROP = {"aurora": 9, "perihelion": 24, "sea": 6, "seahorse": 1, "loom": 9, "petri": 6, "ridges": 8,
            "rain": 8, "amber": 7, "snow": 9, "dawn": 8}


def make_film(film, posters):
    scene, folder = film.scene, HERE / "films" / film.folder
    folder.mkdir(parents=True, exist_ok=True)
    end, seconds, height, video, audio, container = CLIPS[scene]
    path, card = folder / (film.folder + end), artwork.draw_card(scene)
    extra = perihelion_streams(seconds) if scene == "perihelion" else None
    encode(scene, path, seconds, height, video, audio, container, film.name, card, extra=extra)
    if scene == "aurora":
        trailer = f"{film.name} - Trailer"
        encode(scene, folder / "Trailers" / f"{trailer}.mp4", 8, 720, h264(30), AAC, MOOV_FIRST, trailer, card, start=14)
    if scene == "loom":
        longer = folder / f"{film.folder} {{edition-Director's Cut}}.webm"
        encode(scene, longer, 15, height, vp9(42), OPUS, [], f"{film.name} (Director's Cut)", card)
    if scene == "perihelion":
        for language in ("en", "de"):
            (folder / f"{film.folder}.{language}.srt").write_text(subtitles.srt(language), encoding="utf-8")
        (folder / f"{film.folder}.fr.vtt").write_text(subtitles.vtt("fr"), encoding="utf-8")
    # Both of Kodi's names for the same thing are in use, so both are in the demo.
    write_nfo(folder / (f"{film.folder}.nfo" if scene in ("perihelion", "sea") else "movie.nfo"), "movie", film)
    jpeg(posters[scene], folder / "poster.jpg", "600x900", 84)
    jpeg(take_frame(scene, BACKDROP[scene]), folder / ("backdrop.jpg" if scene == "ridges" else "fanart.jpg"), "1280x720", 82)
    if scene in ("aurora", "perihelion", "sea", "seahorse", "loom"):
        logo(scene, folder / "logo.png")


def make_series(posters):
    folder = HERE / "series" / SERIES.folder
    for episode in EPISODES:
        season = folder / f"Season {episode.season:02d}"
        season.mkdir(parents=True, exist_ok=True)
        stem = f"{SERIES.name} - S{episode.season:02d}E{episode.episode:02d} - {episode.name}"
        end, seconds, height, video, audio, container = CLIPS[episode.scene]
        card = artwork.draw_card(episode.scene, episode.name)
        encode(episode.scene, season / (stem + end), seconds, height, video, audio, container, episode.name, card)
        write_nfo(season / f"{stem}.nfo", "episodedetails", episode, SERIES)
        jpeg(take_frame(episode.scene, BACKDROP[episode.scene]), season / f"{stem}-thumb.jpg", "640x360", 82)
    write_nfo(folder / "tvshow.nfo", "tvshow", SERIES)
    jpeg(posters["trams"], folder / "poster.jpg", "600x900", 84)
    jpeg(take_frame("rain", BACKDROP["rain"]), folder / "fanart.jpg", "1280x720", 82)
    for number in (1, 2):
        jpeg(posters[f"season-{number}"], folder / f"season{number:02d}-poster.jpg", "600x900", 84)
    logo("trams", folder / "logo.png", "#fff2d8")


def check():
    """Decodes every clip from end to end and holds all files to their sizes."""
    files = sorted(path for part in ("films", "series") for path in (HERE / part).rglob("*") if path.is_file())
    total = 0
    for path in files:
        size = path.stat().st_size
        total += size
        if size > MOST_BYTES_EACH:
            raise SystemExit(f"{path} has {size} bytes, more than {MOST_BYTES_EACH}")
        if path.suffix in (".mp4", ".mkv", ".webm"):
            ffmpeg("-xerror", "-i", path, "-map", "0:v", "-map", "0:a", "-f", "null", "-")
            probe = ["ffprobe", "-v", "error", "-of", "json", "-show_format", "-show_streams", path]
            facts = json.loads(subprocess.run(probe, check=True, capture_output=True).stdout)
            streams = " ".join(stream["codec_name"] for stream in facts["streams"])
            print(f"{size / 1000:7.0f} kB {float(facts['format']['duration']):5.1f} s  {streams:28} {path.relative_to(HERE)}")
    print(f"{total / 1000:7.0f} kB in {len(files)} files")
    if total > MOST_BYTES_IN_ALL:
        raise SystemExit(f"that is more than {MOST_BYTES_IN_ALL} bytes")


def main():
    if sys.argv[1:] != ["--check"]:
        posters = artwork.draw_posters()
        for film in FILMS:
            make_film(film, posters)
        make_series(posters)
    check()


if __name__ == "__main__":
    main()
