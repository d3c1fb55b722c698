//! A film as long and as rich as those that people have, made where there is none.
//!
//! 1920 × 1080, 24 pictures a second, H.264 of about 8 Mb/s with a key frame every two to five
//! seconds, and sound. Three minutes are drawn and encoded, and repeated without being encoded again:
//! pictures of the same place differ between the repeats in nothing but where they lie.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use spillway_tests::tools;

use crate::random::Random;
use crate::run_folder::top;
use crate::undo::Undo;

/// A folder that the film is kept in for the next run. Without it the film lies in `target` and is
/// removed.
const KEPT_IN: &str = "SPILLWAY_BENCH_MATERIAL";

/// What is drawn at most; the rest repeats it.
const PART_SECONDS: u32 = 180;

/// Time between two key frames, which are also where scenes begin.
const SCENE_MS: std::ops::RangeInclusive<u64> = 2_000..=5_000;

/// Places that are this far apart have key frames of their own.
pub const SCENE_MS_MAX: u64 = *SCENE_MS.end();

const PICTURES_PER_SECOND: u64 = 24;

/// A film on the disk.
#[derive(Debug)]
pub struct FeatureFilm {
    path: PathBuf,
    seconds: u32,
    _removal: Option<Undo>,
}

/// The key frames of a film as `ffprobe` lists them.
#[derive(Debug, Clone, Copy)]
pub struct KeyFrames {
    /// How many.
    pub count: usize,
    /// Their mean length.
    pub mean_bytes: f64,
}

impl FeatureFilm {
    /// Makes a film of about so many seconds, or takes the one that was kept: some minutes for two
    /// hours.
    ///
    /// # Panics
    /// If ffmpeg is missing, or there is no room for it: a megabyte a second.
    pub fn of_seconds(seconds: u32) -> Self {
        let kept_in = std::env::var_os(KEPT_IN).map(PathBuf::from);
        let is_kept = kept_in.is_some();
        let folder = kept_in.unwrap_or_else(|| {
            let target = top().join("target");
            fs::create_dir_all(&target).expect("target can be made");
            tempfile::tempdir_in(target).expect("target can be written").keep()
        });
        fs::create_dir_all(&folder).expect("the folder can be made");
        let path = folder.join(format!("feature-film-{seconds}s.mp4"));
        let removal = (!is_kept).then(|| {
            let folder = folder.clone();
            Undo::with(move || drop(fs::remove_dir_all(folder)))
        });
        let film = Self { path, seconds, _removal: removal };
        if !film.path.exists() {
            film.make(&folder);
        }
        film
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How long it plays.
    pub fn duration_ms(&self) -> u64 {
        u64::from(self.seconds) * 1000
    }

    /// How long the file is.
    ///
    /// # Panics
    /// If it is gone.
    pub fn size_bytes(&self) -> u64 {
        fs::metadata(&self.path).expect("the film is there").size()
    }

    /// What `ffprobe` counts. Reads the index alone.
    ///
    /// # Panics
    /// If ffprobe is missing or finds none.
    pub fn key_frames(&self) -> KeyFrames {
        let mut command = Command::new("ffprobe");
        command.args(["-v", "error", "-select_streams", "v:0"]);
        command.args(["-show_entries", "packet=size,flags", "-of", "csv=print_section=0"]);
        let listed = tools::run(command.arg(&self.path)).stdout;
        let listed = String::from_utf8(listed).expect("ffprobe says numbers");
        let key_frames = listed.lines().filter_map(|line| line.split_once(",K"));
        let lengths: Vec<f64> = key_frames
            .map(|(len_bytes, _)| len_bytes.parse().expect("a packet has a length"))
            .collect();
        assert!(!lengths.is_empty(), "the film has key frames");
        let mean_bytes = lengths.iter().sum::<f64>() / lengths.len() as f64;
        KeyFrames { count: lengths.len(), mean_bytes }
    }

    fn make(&self, folder: &Path) {
        let part_seconds = PART_SECONDS.min(self.seconds);
        let part = format!("part-{part_seconds}s.mp4");
        // A kept one serves films of any length.
        if !folder.join(&part).exists() {
            let (still, unfinished) =
                (folder.join("still.png"), folder.join("unfinished-part.mp4"));
            draw_still(&still);
            encode(&still, part_seconds, &unfinished);
            fs::rename(unfinished, folder.join(&part)).expect("the folder can be written");
            fs::remove_file(still).expect("it was just drawn");
        }
        let list = folder.join("parts.txt");
        let count = self.seconds.div_ceil(part_seconds) as usize;
        fs::write(&list, format!("file '{part}'\n").repeat(count))
            .expect("the folder can be written");
        // Under its name once it is whole.
        let unfinished = folder.join("unfinished.mp4");
        let mut repeat = quiet_ffmpeg();
        repeat.args(["-f", "concat", "-i"]).arg(&list);
        repeat.args(["-map", "0", "-c", "copy", "-movflags", "+faststart"]);
        tools::run(repeat.args(["-t", &self.seconds.to_string()]).arg(&unfinished));
        fs::rename(&unfinished, &self.path).expect("the folder can be written");
        fs::remove_file(list).expect("it was just written");
    }
}

/// Edges, slopes and texture, four times as large as what is seen of them.
fn draw_still(to: &Path) {
    let mut command = quiet_ffmpeg();
    command.args(["-f", "lavfi", "-i"]);
    command.arg("mandelbrot=s=1280x720:start_scale=0.3:start_x=-0.743643887:start_y=0.131825904");
    command.args(["-vf", "scale=3840:2160:flags=bicubic,noise=alls=12:allf=p,gblur=sigma=3"]);
    tools::run(command.args(["-frames:v", "1"]).arg(to));
}

/// Each scene glides over another part of the still, in a direction and at a speed of its own, under
/// grain that is new in each picture and so strong that a key frame is some four times as long as the
/// others, as in films that were shot with a camera.
fn encode(still: &Path, seconds: u32, to: &Path) {
    let scenes = scenes(seconds);
    let (x, y) = (path_expression(&scenes, 1920), path_expression(&scenes, 1080));
    let filter = format!(
        "format=yuv420p,loop=loop=-1:size=1,setpts=N/{PICTURES_PER_SECOND}/TB,\
         crop=1920:1080:x='{x}':y='{y}',noise=alls=30:allf=t"
    );
    let begins: Vec<String> =
        scenes.iter().map(|begin_ms| format!("{:.3}", *begin_ms as f64 / 1000.0)).collect();
    let mut command = quiet_ffmpeg();
    command.arg("-i").arg(still);
    command.args(["-f", "lavfi", "-i", "anoisesrc=color=brown:amplitude=0.2:sample_rate=48000"]);
    command.args(["-filter_complex", &format!("[0:v]{filter}[v]"), "-map", "[v]", "-map", "1:a"]);
    command.args(["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p"]);
    command.args(["-b:v", "8M", "-maxrate", "12M", "-bufsize", "16M"]);
    // Key frames where scenes begin, and nowhere else.
    command.args(["-force_key_frames", &begins.join(","), "-g", "240", "-sc_threshold", "0"]);
    command.args(["-c:a", "aac", "-b:a", "128k", "-r", &PICTURES_PER_SECOND.to_string()]);
    tools::run(command.args(["-t", &seconds.to_string()]).arg(to));
}

/// When scenes begin, on pictures.
fn scenes(seconds: u32) -> Vec<u64> {
    let mut random = Random::new();
    let mut begins_ms = vec![0];
    let end_ms = u64::from(seconds) * 1000;
    loop {
        let left_ms = end_ms - begins_ms.last().expect("there is a first");
        if left_ms <= SCENE_MS_MAX {
            return begins_ms;
        }
        let lasts_ms = SCENE_MS.start() + random.number() % (SCENE_MS_MAX - SCENE_MS.start());
        // The last is no shorter than others.
        let lasts_ms = lasts_ms.min(left_ms - SCENE_MS.start());
        let picture = (end_ms - left_ms + lasts_ms) * PICTURES_PER_SECOND / 1000;
        begins_ms.push((picture * 1000).div_ceil(PICTURES_PER_SECOND));
    }
}

/// Where the picture's edge is, as ffmpeg reads it, over a still that has `room` pixels more: a place
/// for each scene, and so many pixels a second from there.
fn path_expression(scenes: &[u64], room: u64) -> String {
    let mut random = Random::new();
    // Across and down go ways of their own.
    for _ in 0..room {
        random.number();
    }
    let longest = SCENE_MS_MAX / 1000 + 1;
    let mut text = String::new();
    for (number, begin_ms) in scenes.iter().enumerate() {
        let begin = *begin_ms as f64 / 1000.0;
        let speed = 20 + random.number() % (room / 2 / longest);
        let place = random.number() % (room - speed * longest);
        let end = scenes.get(number + 1).map_or(f64::MAX, |end_ms| *end_ms as f64 / 1000.0);
        let plus = if number == 0 { "" } else { "+" };
        write!(
            text,
            "{plus}gte(t,{begin:.3})*lt(t,{:.3})*({place}+{speed}*(t-{begin:.3}))",
            end.min(1e6)
        )
        .expect("a string can be written");
    }
    text
}

fn quiet_ffmpeg() -> Command {
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-v", "error", "-y"]);
    command
}
