"""Draws every scene once, at full size and nearly without loss, for the encoders and the artwork."""

import scenes
from tools import RATE, ffmpeg, work

SCENES = {
    # name: (scene, its arguments, seconds)
    "aurora": (scenes.aurora, (), 26),
    "perihelion": (scenes.perihelion, (), 32),
    "sea": (scenes.sea, (), 22),
    "seahorse": (scenes.seahorse, (), 16),
    "loom": (scenes.loom, (), 18),
    "petri": (scenes.petri, (), 18),
    "ridges": (scenes.ridges, (), 24),
    "rain": (scenes.city, ("rain",), 16),
    "amber": (scenes.city, ("amber",), 16),
    "snow": (scenes.city, ("snow",), 16),
    "dawn": (scenes.city, ("dawn",), 16),
}


def draw_master(name):
    """The scene as a silent video; drawn unless it is there already."""
    path = work(f"master-{name}.mkv")
    if not path.exists():
        scene, arguments, seconds = SCENES[name]
        inputs, graph = scene(seconds, *arguments)
        part = work(f"part-{name}.mkv")
        ffmpeg(*inputs, "-filter_complex", graph, "-map", "[v]", "-frames:v", seconds * RATE, "-r", RATE,
               "-c:v", "libx264", "-preset", "ultrafast", "-crf", "5", "-pix_fmt", "yuv420p", part)
        part.rename(path)
    return path


def take_frame(name, second):
    """One frame of a scene as a PNG, for posters, backdrops and thumbnails."""
    path = work(f"frame-{name}-{second:g}.png")
    if not path.exists():
        ffmpeg("-ss", second, "-i", draw_master(name), "-frames:v", "1", path)
    return path
