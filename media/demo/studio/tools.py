"""Runs ffmpeg and ImageMagick, and keeps what they draw in one work folder.

Every call asks for bit-exact output, a fixed seed and one ImageMagick thread, so that the same
Debian packages draw the same files again.
"""

import os
import subprocess
from pathlib import Path

WIDTH, HEIGHT, RATE = 1920, 1080, 24

WORK = Path(__file__).resolve().parents[3] / "target" / "demo"


def run(*command):
    """Runs one command to its end and returns what it printed on stderr; a failure ends the script."""
    environment = dict(os.environ, MAGICK_THREAD_LIMIT="1", LC_ALL="C.UTF-8")
    words = [str(word) for word in command]
    done = subprocess.run(words, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(words)[:2000]}\n{done.stderr[-3000:]}")
    return done.stderr


def ffmpeg(*arguments):
    """ffmpeg, overwriting its output, silent unless something is wrong."""
    return run("ffmpeg", "-v", "error", "-nostdin", "-y", *arguments)


def convert(*arguments):
    """ImageMagick's convert."""
    return run("convert", *arguments)


def work(name):
    """The path of an intermediate file."""
    WORK.mkdir(parents=True, exist_ok=True)
    return WORK / name


def rnd(a, b="0", seed=0):
    """A geq expression for a number in 0..1 that depends on nothing but two integers and the seed."""
    return f"mod(abs(sin(({a})*12.9898+({b})*78.233+{seed}*3.77)*43758.5453),1)"


def still(name, size, red, green, blue, alpha=None):
    """One frame of ffmpeg's geq, as a PNG. The expressions give 0..255; X, Y as in geq."""
    path = work(name + ".png")
    if not path.exists():
        planes = f"geq=r='{red}':g='{green}':b='{blue}'" + (f":a='{alpha}'" if alpha else "")
        kind = "gbrap" if alpha else "gbrp"
        ffmpeg("-f", "lavfi", "-i", f"color=s={size[0]}x{size[1]},format={kind},{planes}",
               "-frames:v", "1", path)
    return path


def clouds(name, size, first=(6, 3), octaves=6, gain=0.55, seed=1):
    """Fractal value noise, seamless from right to left, as a grey PNG of the given size.

    Each octave is a small random picture, laid twice side by side and stretched smoothly; the
    middle of the result is cut out, so that both its edges continue each other.
    """
    path = work(name + ".png")
    if not path.exists():
        width, height = size
        inputs, chain, weights = [], "", []
        for octave in range(octaves):
            across, down = first[0] << octave, (first[1] << octave) + 1
            value = f"255*{rnd(f'mod(X,{across})', 'Y', seed + octave)}"
            inputs += ["-f", "lavfi", "-i", f"color=s={across * 2}x{down},format=gray,geq=lum='{value}'"]
            chain += f"[{octave}]format=gray16,scale={width * 2}:{height}:flags=bicubic,crop={width}:{height}:{width // 2}:0[o{octave}];"
            weights.append(f"{gain ** octave:.4f}")
        names = "".join(f"[o{octave}]" for octave in range(octaves))
        chain += f"{names}mix=inputs={octaves}:weights={' '.join(weights)},normalize,format=gray[v]"
        ffmpeg(*inputs, "-filter_complex", chain, "-map", "[v]", "-frames:v", "1", path)
    return path
