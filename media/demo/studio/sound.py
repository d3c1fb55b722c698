"""What is heard: slow chords, a few bells, a bed of wind or water, and a long reverberation.

Everything is computed by ffmpeg's `aevalsrc` and `anoisesrc`; the voices of the ship's computer in
Perihelion are spoken by espeak-ng. Each result is a 48 kHz stereo WAV at the same loudness.
"""

import re

from tools import ffmpeg, run, work

LOUDNESS_LUFS = -21
PEAK_DBFS = -2

STEPS = {"C": -9, "D": -7, "E": -5, "F": -4, "G": -2, "A": 0, "B": 2}


def pitch_hz(note):
    """The frequency of a note such as `C#4` or `Bb2`, in equal temperament around A4 = 440 Hz."""
    name, accidental, octave = re.fullmatch(r"([A-G])([#b]?)(\d)", note).groups()
    step = STEPS[name] + {"#": 1, "b": -1, "": 0}[accidental] + 12 * (int(octave) - 4)
    return 440 * 2 ** (step / 12)


def pad(note, start, end, side):
    """A soft voice that swells, breathes and overlaps the next chord; `side` detunes left from right."""
    f = pitch_hz(note) * (1.0013 if side else 0.9987)
    swell = f"min(1,(t-{start:.2f})/2.2)*min(1,({end:.2f}-t)/2.6)"
    voice = (f"sin({2 * 3.14159265 * f:.4f}*t)+0.6*sin({2 * 3.14159265 * f * 1.0041:.4f}*t+1)+0.30*sin({2 * 3.14159265 * f * 2:.4f}*t)"
             f"*(1+0.5*sin({0.9 + 0.2 * side}*t))+0.10*sin({2 * 3.14159265 * f * 3.002:.4f}*t)")
    return f"if(between(t,{start:.2f},{end:.2f}),{swell}*{0.9 * (220 / max(110, f)) ** 0.5:.3f}*({voice}),0)"


def bell(note, start, side, pan):
    """A struck tone whose brightness dies before its body does; `pan` is 0 at the left, 1 at the right."""
    f = 2 * 3.14159265 * pitch_hz(note)
    loud = 1.5 * ((pan if side else 1 - pan) ** 0.5)
    s = f"(t-{start:.2f})"
    return (f"if(between(t,{start:.2f},{start + 6:.2f}),{loud:.3f}*exp(-1.1*{s})*min(1,{s}*120)"
            f"*sin({f:.4f}*{s}+1.6*exp(-3.2*{s})*sin({f * 3.5:.4f}*{s})+0.5*exp(-1.5*{s})*sin({f * 1.0:.4f}*{s})),0)")


BEDS = {
    "none": None,
    # colour and seed of the noise, how it is filtered, how it rises and falls, how loud it is
    "wind": ("brown", "highpass=f=180,lowpass=f=900", "0.45+0.35*sin(0.7*t)+0.20*sin(1.9*t+1)", 1.6),
    "waves": ("pink", "highpass=f=90,lowpass=f=1900", "0.14+0.86*pow(0.5+0.5*sin(2*PI*t/6.2-1.2),3)", 2.0),
    "rain": ("white", "highpass=f=900,lowpass=f=6500", "0.85+0.15*sin(0.8*t)", 0.22),
    "snow": ("brown", "highpass=f=240,lowpass=f=600", "0.4+0.3*sin(0.5*t)", 1.7),
    "space": ("brown", "lowpass=f=120", "0.7+0.3*sin(0.4*t)", 1.5),
}


def tone(name, seconds, chords, bells, bed):
    """Chords of equal length over the whole clip, bells as (second, note, pan), and a bed of `BEDS`."""
    path = work(f"tone-{name}.wav")
    if path.exists():
        return path
    length = seconds / len(chords)
    sides = []
    for side in (0, 1):
        voices = [pad(note, number * length - (0.1 if number else 0), min(seconds, (number + 1) * length + 2.4), side)
                  for number, chord in enumerate(chords) for note in chord.split()]
        voices += [bell(note, second, side, where) for second, note, where in bells]
        sides.append("0.06*(" + "+".join(voices) + ")")
    inputs = ["-f", "lavfi", "-i", f"aevalsrc='{sides[0]}|{sides[1]}':s=48000:d={seconds}"]
    decay = "volume=volume='exp(-2.3*t)':eval=frame,highpass=f=120,lowpass=f=5200"
    for seed in (11, 12):
        inputs += ["-f", "lavfi", "-i", f"anoisesrc=c=white:seed={seed}:r=48000:d=3:a=0.5"]
    graph = (f"[1]{decay}[il];[2]{decay}[ir];[il][ir]join=inputs=2:channel_layout=stereo[impulse];"
             "[0]asplit[dry][send];[send][impulse]afir=gtype=gn[hall];[dry]volume=0.8[near];[hall]volume=0.6[far];"
             "[near][far]amix=inputs=2:normalize=0[music];")
    if BEDS[bed]:
        colour, shape, sway, loud = BEDS[bed]
        for seed in (21, 22):
            inputs += ["-f", "lavfi", "-i", f"anoisesrc=c={colour}:seed={seed}:r=48000:d={seconds}:a=0.5"]
        graph += (f"[3][4]join=inputs=2:channel_layout=stereo,{shape},volume=volume='{loud}*({sway})':eval=frame[bed];"
                  "[music][bed]amix=inputs=2:normalize=0[all];")
    else:
        graph += "[music]anull[all];"
    graph += f"[all]afade=t=in:d=1.2,afade=t=out:st={seconds - 2.2}:d=2.2,atrim=end={seconds}[a]"
    ffmpeg(*inputs, "-filter_complex", graph, "-map", "[a]", "-c:a", "pcm_f32le", path)
    return path


def level(name, source):
    """The sound at the common loudness, as 16-bit WAV."""
    path = work(f"sound-{name}.wav")
    if not path.exists():
        report = run("ffmpeg", "-hide_banner", "-nostdin", "-i", source, "-af", "ebur128=peak=sample:framelog=verbose", "-f", "null", "-")
        summary = report[report.rindex("Summary:"):]
        loudness = float(re.search(r"I:\s+(-?[\d.]+) LUFS", summary).group(1))
        peak = float(re.search(r"Peak:\s+(-?[\d.]+) dBFS", summary).group(1))
        gain = min(LOUDNESS_LUFS - loudness, PEAK_DBFS - peak)
        ffmpeg("-i", source, "-af", f"volume={gain:.2f}dB", "-c:a", "pcm_s16le", path)
    return path


def speak(name, bed, voice, lines):
    """Lines as (second, text), spoken over a radio on top of `bed`."""
    path = work(f"spoken-{name}.wav")
    if path.exists():
        return path
    inputs, graph = ["-i", bed], ""
    for number, (second, text) in enumerate(lines):
        said = work(f"say-{name}-{number}.wav")
        run("espeak-ng", "-v", voice, "-s", "128", "-p", "46", "-g", "3", "-w", said, text)
        inputs += ["-i", said]
        graph += (f"[{number + 1}]aresample=48000,highpass=f=320,lowpass=f=3300,aecho=0.8:0.7:38|61:0.22|0.15,"
                  f"volume=2.2,adelay={int(second * 1000)},aformat=channel_layouts=stereo[s{number}];")
    names = "".join(f"[s{number}]" for number in range(len(lines)))
    graph += f"[0]volume=0.35[m];[m]{names}amix=inputs={len(lines) + 1}:normalize=0:duration=first[a]"
    ffmpeg(*inputs, "-filter_complex", graph, "-map", "[a]", "-c:a", "pcm_f32le", path)
    return path


SCORES = {
    # scene: chords, bells, bed
    "aurora": (["A2 E3 C4 B4", "F2 C3 A3 E4", "D2 A2 F3 C4", "A2 E3 B3 C4"],
               [(5, "E5", .3), (7.5, "B5", .7), (9, "C6", .5), (12, "A5", .4), (15, "C6", .6), (16.4, "G5", .3), (19, "E5", .5), (21, "A5", .7)], "wind"),
    "perihelion": (["C2 G2 Eb3", "Ab1 Eb3 C4", "F2 C3 Ab3 G4", "Bb1 F3 D4 A4", "C2 G3 E4 B4"],
                   [(3, "G5", .6), (16, "C6", .3), (25.6, "E5", .5), (26.4, "G5", .6), (27.2, "B5", .4), (28.2, "E6", .5)], "space"),
    "sea": (["D2 A2 F#3 C#4", "B1 F#3 D4", "G2 D3 B3 F#4", "A2 E3 D4", "D2 A3 F#4"],
            [(2, "A4", .4), (3.1, "F#5", .6), (6.2, "D5", .5), (7.4, "E5", .6), (10.5, "B4", .3), (11.6, "A5", .6), (14.8, "E5", .4), (17.2, "D5", .5), (18.2, "F#5", .6)], "waves"),
    "seahorse": (["E2 B2 G3 F#4", "C2 G3 E4 B4", "A2 E3 C4 G4", "B1 F#3 A3 D4"],
                 [(0.8 + 1.1 * n, note, .2 + .6 * (n % 3) / 2) for n, note in enumerate("E5 F#5 B5 G5 E5 D5 G5 B5 C6 A5 E5 G5 F#5 D5 B4".split())], "none"),
    "loom": (["F#2 C#3 A3", "D2 A2 F#3", "B1 F#3 D4", "C#2 G#3 E4"],
             [(0.5 + 0.75 * n, note, .25 if n % 2 else .75) for n, note in enumerate("F#4 C#5 A4 F#4 D5 A4 F#4 D4 B4 F#5 D5 B4 C#5 G#4 E5 C#5 F#4 C#5 A4".split())], "space"),
    "petri": (["G2 D3 B3", "E2 B2 G3", "C3 G3 E4", "D2 A3 F#4"],
              [(0.6 + 0.62 * n, note, .3 + .4 * (n % 2)) for n, note in enumerate("B4 D5 G5 D5 E5 G5 B5 G5 C5 E5 G5 E5 D5 F#5 A5 F#5 B4 D5".split())], "none"),
    "ridges": (["Bb1 F3 D4", "G2 D3 Bb3 F4", "Eb2 Bb3 G4", "F2 C3 A3 F4"],
               [(4, "D5", .5), (5.5, "F5", .6), (9, "Bb5", .4), (13, "G5", .5), (14.4, "F5", .6), (18, "C5", .4), (19.6, "D5", .5)], "wind"),
    "rain": (["D2 A2 F3 E4", "Bb1 F3 D4 A4", "G2 D3 Bb3", "A2 E3 C#4 G4"],
             [(2, "F4", .4), (3.4, "E5", .6), (5.8, "D5", .5), (8, "A4", .4), (10.2, "Bb4", .6), (12.2, "C#5", .5)], "rain"),
    "amber": (["G2 D3 Bb3 A4", "Eb2 Bb3 G4", "C2 G3 Eb4 D5", "D2 A3 F#4"],
              [(2.4, "D5", .5), (4, "A4", .4), (6.6, "G4", .6), (9, "Eb5", .5), (10.4, "D5", .4), (12.4, "F#4", .6)], "space"),
    "snow": (["E2 B3 G4 D5", "C2 G3 E4 B4", "A2 E3 C4", "B1 F#3 D4"],
             [(1.5, "B5", .6), (2.5, "G5", .4), (4.6, "E6", .5), (6.6, "D5", .6), (8.8, "C6", .4), (11, "F#5", .5), (12.4, "B4", .6)], "snow"),
    "dawn": (["C2 G2 E4", "A2 E3 C4 G4", "F2 C3 A3 E4", "G2 D3 B3 D4", "C2 G3 E4"],
             [(2, "G4", .4), (3.2, "C5", .5), (4.4, "E5", .6), (7, "A5", .5), (8.2, "G5", .4), (10.6, "D5", .6), (12.4, "E5", .5)], "waves"),
}


def score(scene, seconds):
    """A scene's music over the given length."""
    return tone(f"{scene}-{seconds}", seconds, *SCORES[scene])
