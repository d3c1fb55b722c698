"""Posters, backdrops, logos and title cards: frames of the films themselves, and lettering.

The fonts come from Debian's fonts-lato, fonts-jura, fonts-gfs-didot, fonts-league-spartan,
fonts-bebas-neue, fonts-quicksand, fonts-oldstandard and fonts-yanone-kaffeesatz.
"""

from masters import take_frame
from titles import BY_SCENE, SERIES
from tools import HEIGHT, WIDTH, convert, work

FONTS = "/usr/share/fonts"
LATO = f"{FONTS}/truetype/lato/Lato-"
BILLING = f"{FONTS}/opentype/yanone-kaffeesatz/YanoneKaffeesatz-Light.otf"
POSTER = "1000x1500"

LETTERING = {
    # scene: font, letter spacing at 100 points, space between lines, the lines
    "aurora": (f"{LATO}Light.ttf", 26, 0, "THE LONG\nAURORA"),
    "perihelion": (f"{FONTS}/opentype/jura/Jura-Light.otf", 34, 0, "PERIHELION"),
    "sea": (f"{FONTS}/opentype/didot/GFSDidotItalic.otf", 0, -14, "The Salt Road\nHome"),
    "seahorse": (f"{FONTS}/opentype/league-spartan/LeagueSpartan-Bold.otf", 10, -6, "SEAHORSE\nVALLEY"),
    "loom": (f"{FONTS}/opentype/bebas-neue/BebasNeue-Bold.otf", 6, -10, "RULE 110"),
    "petri": (f"{FONTS}/truetype/quicksand/Quicksand-Bold.ttf", 0, -16, "A Kingdom\nin a Drop"),
    "ridges": (f"{FONTS}/truetype/fonts-oldstandard/OldStandard-Regular.ttf", 8, -4, "The Weight\nof Morning"),
    "trams": (f"{FONTS}/opentype/yanone-kaffeesatz/YanoneKaffeesatz-Light.otf", 16, -8, "NIGHT TRAMS"),
}


def lettering(scene, width, colour, name="", glow="", lines="", gravity="center"):
    """The title's lettering, trimmed, `width` wide on nothing; `glow` is the colour of a neon halo."""
    path = work(f"letters-{scene}-{name or width}.png")
    font, kerning, leading, text = LETTERING[scene]
    convert("-background", "none", "-fill", colour, "-font", font, "-pointsize", "200", "-kerning", kerning * 2,
            "-interline-spacing", leading * 2, "-gravity", gravity, f"label:{lines or text}",
            "-trim", "+repage", "-resize", f"{width}x", "-bordercolor", "none", "-border", "60", path)
    if glow:
        convert(path, "(", "+clone", "-alpha", "extract", "-blur", "0x16", "-level", "0,55%", "-background", glow, "-alpha", "shape", ")",
                "+swap", "-composite", path)
    return path


def small(text, points, colour, kerning=0, font=BILLING, name=""):
    """A line of small type on nothing."""
    path = work(f"small-{name}.png")
    convert("-background", "none", "-fill", colour, "-font", font, "-pointsize", points, "-kerning", kerning, "-gravity", "center", f"label:{text}", path)
    return path


def billing(film):
    """The block of credits at a poster's foot."""
    cast = " · ".join(name.upper() for name, _ in film.cast)
    first = f"{film.studio.upper()} PRESENTS   {cast}"
    second = f"WRITTEN BY {film.writer.upper()}   DIRECTED BY {film.director.upper()}"
    return f"{first}\n{second}"


def poster(name, film, background, parts, ink, foot="billing"):
    """Lays `parts`, each (picture, gravity, x, y), and the credits (or another `foot`) over a 1000x1500 background."""
    path = work(f"poster-{name}.png")
    if foot == "billing":
        credits = small(billing(film), 27, ink, 3, name=f"credits-{name}")
    else:
        credits = small(foot, 34, ink, 12, name=f"credits-{name}")
    layers = []
    for picture, gravity, x, y in [*parts, (credits, "south", 0, 62)]:
        layers += ["(", picture, "-resize", "840x>" if picture == credits else "100%", ")",
                   "-gravity", gravity, "-geometry", f"{x:+d}{y:+d}", "-composite"]
    convert(background, *layers, path)
    return path


def upright(name, frame, box, *effects):
    """A stretch (width x height + x + y) of a frame, filling the poster."""
    path = work(f"ground-{name}.png")
    convert(frame, "-crop", box, "+repage", "-resize", f"{POSTER}^", "-gravity", "center", "-extent", POSTER, *effects, path)
    return path


def shade(top, bottom, middle=0):
    """convert arguments that darken a poster towards its head and foot, so that type stands out."""
    effects = []
    for strength, gravity, turn in ((top, "north", []), (bottom, "south", ["-flip"])):
        if strength:
            effects += ["(", "-size", "1000x620", f"gradient:rgba(0,0,0,{strength})-rgba(0,0,0,0)", *turn, ")", "-gravity", gravity, "-composite"]
    return effects


def draw_posters():
    """Every poster as a PNG, by scene (and `trams`, `season-1`, `season-2`)."""
    films, made = BY_SCENE, {}

    film = films["aurora"]
    ground = upright("aurora", take_frame("aurora", 9), "720x1080+900+0", "-brightness-contrast", "6x10", *shade(0.15, 0.5))
    made["aurora"] = poster("aurora", film, ground, [
        (lettering("aurora", 700, "#f2fff8"), "south", 0, 170),
        (small(film.tagline.upper(), 34, "#c9f5df", 12, name="tag-aurora"), "north", 0, 80)], "#b8d8d0")

    film = films["perihelion"]
    ground = work("ground-perihelion.png")
    convert("-size", "1000x1500", "xc:#020104",
            "(", take_frame("perihelion", 10), "-background", "#020104", "-rotate", "-62", "-resize", "116%", ")",
            "-gravity", "center", "-geometry", "+60+250", "-composite", *shade(0.5, 0.8), ground)
    made["perihelion"] = poster("perihelion", film, ground, [
        (lettering("perihelion", 800, "#fff4e4"), "north", 0, 70),
        (small("ELEVEN YEARS OF DARK\nTHIRTY SECONDS OF SUN", 34, "#e9b98a", 14, name="tag-perihelion"), "south", 0, 170)], "#a98a72")

    film = films["sea"]
    ground = upright("sea", take_frame("sea", 9), "720x1080+820+0", *shade(0.2, 0.45))
    made["sea"] = poster("sea", film, ground, [
        (lettering("sea", 760, "#fff0dc"), "north", 0, 170),
        (small(film.tagline, 44, "#ffd9ae", 2, f"{FONTS}/opentype/didot/GFSDidotItalic.otf", "tag-sea"), "south", 0, 160)], "#d9b5b0")

    film = films["seahorse"]
    ground = work("ground-seahorse.png")
    convert("-size", "1000x1500", "xc:#071022",
            "(", take_frame("seahorse", 3), "-crop", "800x940+300+140", "+repage", "-resize", "860x1010!", ")",
            "-gravity", "north", "-geometry", "+0+70", "-composite", "-fill", "none", "-stroke", "#e2b35c",
            "-strokewidth", "5", "-draw", "rectangle 68,68 931,1081", "-strokewidth", "2", "-draw", "rectangle 40,40 959,1459", ground)
    made["seahorse"] = poster("seahorse", film, ground, [
        (lettering("seahorse", 560, "#efc878"), "south", 0, 105),
        (small(film.tagline, 34, "#9fb6d6", 3, f"{LATO}LightItalic.ttf", "tag-seahorse"), "north", 0, 1104)], "#a9bad6")

    film = films["loom"]
    ground = upright("loom", take_frame("loom", 9), "720x1080+600+0", *shade(0.0, 0.5))
    made["loom"] = poster("loom", film, ground, [
        (lettering("loom", 560, "#ff86a6", "poster", "#ff2f6e", "RULE"), "north", 0, 20),
        (lettering("loom", 820, "#fff0f4", "poster-110", "#ff2f6e", "110"), "north", 0, 330),
        (small(film.tagline.upper(), 36, "#ffd3de", 8, name="tag-loom"), "south", 0, 160)], "#e39ab0")

    film = films["petri"]
    drop, ground = work("drop-petri.png"), work("ground-petri.png")
    convert(take_frame("petri", 6), "-crop", "1044x1044+438+18", "+repage",
            "(", "-size", "1044x1044", "xc:black", "-fill", "white", "-draw", "circle 522,522 522,4", ")",
            "-alpha", "off", "-compose", "CopyOpacity", "-composite", "-resize", "820x820", drop)
    convert("-size", "1000x1500", "radial-gradient:#fbf5e9-#e9dcc4",
            "(", drop, "(", "+clone", "-background", "#5a4630", "-shadow", "60x26+0+26", ")", "+swap",
            "-background", "none", "-layers", "merge", "+repage", ")",
            "-gravity", "north", "-geometry", "+0+120", "-composite", ground)
    made["petri"] = poster("petri", film, ground, [
        (lettering("petri", 700, "#12393d"), "south", 0, 150),
        (small(film.tagline, 36, "#8a5f4d", 2, f"{FONTS}/truetype/quicksand/Quicksand-Medium.ttf", "tag-petri"), "north", 0, 60)], "#6d6250")

    film = films["ridges"]
    ground = upright("ridges", take_frame("ridges", 8), "720x1080+820+0")
    made["ridges"] = poster("ridges", film, ground, [
        (lettering("ridges", 720, "#16222f"), "north", 0, 110),
        (small(film.tagline.upper(), 34, "#e8d9cc", 14, name="tag-ridges"), "south", 0, 150)], "#a9a7a8")

    for name, scene, ink, halo, foot in (("trams", "rain", "#fff2d8", "#ff9d3c", "billing"),
                                         ("season-1", "amber", "#fff4dc", "#ff7b1c", "SEASON ONE"),
                                         ("season-2", "snow", "#f4f0ff", "#9a7bff", "SEASON TWO")):
        ground = upright(name, take_frame(scene, 8), "720x1080+420+0", *shade(0.35, 0.5))
        made[name] = poster(name, SERIES, ground, [
            (lettering("trams", 640, ink, name, halo, "NIGHT\nTRAMS"), "north", 0, 60)], ink, foot)
    return made


def draw_card(scene, episode=""):
    """The title card laid over a clip's first seconds: lettering alone, as large as the picture.

    An episode's card shows the series and, below it, the episode's name.
    """
    path = work(f"card-{scene}.png")
    where = {"perihelion": ("south", 0, 90, 620), "ridges": ("west", 120, -200, 620), "sea": ("north", 0, 90, 760),
             "petri": ("west", 20, 0, 300), "seahorse": ("west", 90, 0, 520)}
    gravity, right, down, width = where.get(scene, ("center", 0, -210 if episode else 0, 760))
    colour = "#16222f" if scene == "ridges" else "#ffffff"
    letters = lettering("trams" if episode else scene, width, colour, f"card-{scene}")
    layers = [letters, "-gravity", gravity, "-geometry", f"{right:+d}{down:+d}", "-composite"]
    if episode:
        layers += [small(episode, 62, "#ffffff", 6, name=f"card-{scene}"), "-gravity", "center", "-geometry", "+0-105", "-composite"]
    convert("-size", f"{WIDTH}x{HEIGHT}", "xc:none", *layers, path)
    return path
