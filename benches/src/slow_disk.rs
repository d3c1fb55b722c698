//! A disk as slow as a spinning one, for one process: the kernel's block throttle (cgroup v1).

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::cpu::with_descendants;
use crate::undo::Undo;

/// A limit on what processes read from one device, gone when dropped.
#[derive(Debug)]
pub struct SlowDisk {
    _lift: Undo,
}

impl SlowDisk {
    /// Limits the device that holds `folder` for a process and its descendants.
    ///
    /// # Errors
    /// Without root or the `blkio` controller of cgroup v1.
    pub fn for_process(
        pid: u32,
        folder: &Path,
        reads_per_second: u32,
        bytes_per_second: u64,
    ) -> io::Result<Self> {
        let device = fs::metadata(folder)?.dev();
        let device = format!("{}:{}", rustix::fs::major(device), rustix::fs::minor(device));
        let group = PathBuf::from(format!("/sys/fs/cgroup/blkio/spillway-bench-{pid}"));
        fs::create_dir(&group)?;
        let disk = Self {
            _lift: Undo::with({
                let group = group.clone();
                move || lift(&group)
            }),
        };
        let limit = |file: &str, value: String| fs::write(group.join(file), value);
        limit("blkio.throttle.read_iops_device", format!("{device} {reads_per_second}"))?;
        limit("blkio.throttle.read_bps_device", format!("{device} {bytes_per_second}"))?;
        for pid in with_descendants(pid) {
            limit("cgroup.procs", pid.to_string())?;
        }
        Ok(disk)
    }
}

/// What Linux reads ahead by default, for the device that holds a folder; put back when dropped.
///
/// A file keeps what the device had when it was opened. Some machines have much more, which helps who
/// leaves reading ahead to the kernel as long as few read at once.
#[derive(Debug)]
pub struct DefaultReadAhead {
    _put_back: Undo,
}

impl DefaultReadAhead {
    /// # Errors
    /// Without root, or where the device has no such setting.
    pub fn of_device_with(folder: &Path) -> io::Result<Self> {
        const DEFAULT_KIB: &str = "128";
        let device = fs::metadata(folder)?.dev();
        let (major, minor) = (rustix::fs::major(device), rustix::fs::minor(device));
        let setting = PathBuf::from(format!("/sys/class/bdi/{major}:{minor}/read_ahead_kb"));
        let before = fs::read_to_string(&setting)?;
        let put_back = Undo::with({
            let setting = setting.clone();
            move || drop(fs::write(setting, before.trim()))
        });
        fs::write(&setting, DEFAULT_KIB)?;
        Ok(Self { _put_back: put_back })
    }
}

fn lift(group: &Path) {
    // A group can be removed once nobody is in it.
    let members = fs::read_to_string(group.join("cgroup.procs")).unwrap_or_default();
    for pid in members.lines() {
        let _ = fs::write("/sys/fs/cgroup/blkio/cgroup.procs", pid);
    }
    let _ = fs::remove_dir(group);
}
