//! Seeing changes by themselves, where the system can.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use notify::{
    Config, ErrorKind, Event, EventKindMask, RecommendedWatcher, RecursiveMode, Watcher as _,
};
use tokio::sync::Notify;

/// Whether changes are seen by themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WatchState {
    /// Watches are being set up.
    Starting,
    /// Every folder is watched.
    Watching,
    /// Some are not, so all are scanned every few minutes.
    Polling {
        /// Why, for people.
        reason: String,
    },
    /// The settings say so.
    Off,
}

/// Watches that are in place for as long as this lives.
#[derive(Debug)]
pub(crate) struct Watching {
    /// Kept for its `Drop`.
    _watcher: Option<RecommendedWatcher>,
    roots: Vec<PathBuf>,
    state: WatchState,
}

impl Watching {
    /// Whether all of exactly these roots are watched.
    pub(crate) fn is_complete(&self, roots: &[PathBuf]) -> bool {
        self.state == WatchState::Watching && self.roots == roots
    }

    pub(crate) fn state(&self) -> &WatchState {
        &self.state
    }
}

/// Watches `roots` and whatever lies below them. Blocks: each folder is read.
pub(crate) fn start(roots: Vec<PathBuf>, changed: Arc<Notify>) -> Watching {
    // Links are not followed, as in the walk. Reading is no change, and whoever reads must not wake
    // anybody here.
    let config =
        Config::default().with_follow_symlinks(false).with_event_kinds(EventKindMask::CORE);
    // Everything else is a change, also an event queue that ran over and a watch that failed later.
    let on_event = move |_: notify::Result<Event>| changed.notify_one();
    match RecommendedWatcher::new(on_event, config) {
        Ok(mut watcher) => {
            let state = add_all(&roots, &mut |root| watcher.watch(root, RecursiveMode::Recursive));
            Watching { _watcher: Some(watcher), roots, state }
        }
        Err(error) => Watching { _watcher: None, roots, state: polling(Path::new("/"), &error) },
    }
}

/// Adds a watch for each root. One that fails makes the whole library polled: half a watch would hide
/// that the other half is missing.
fn add_all(roots: &[PathBuf], add: &mut dyn FnMut(&Path) -> notify::Result<()>) -> WatchState {
    for root in roots {
        if is_remote(root) {
            return WatchState::Polling {
                reason: format!(
                    "{} is on a network file system, which does not tell what others change",
                    root.display()
                ),
            };
        }
        if let Err(error) = add(root) {
            return polling(root, &error);
        }
    }
    WatchState::Watching
}

fn polling(root: &Path, error: &notify::Error) -> WatchState {
    let root = root.display();
    let os_error = match &error.kind {
        ErrorKind::Io(error) => error.raw_os_error(),
        _ => None,
    };
    let reason = match (&error.kind, os_error) {
        (ErrorKind::MaxFilesWatch, _) => {
            format!("the system has no watches left for {root}: raise fs.inotify.max_user_watches")
        }
        (_, Some(24 | 23)) => {
            format!(
                "the system has no descriptors left to watch {root}: raise fs.inotify.max_user_instances or the limit on open files"
            )
        }
        (ErrorKind::PathNotFound, _) => format!("{root} is not there"),
        _ => format!("{root} cannot be watched: {error}"),
    };
    WatchState::Polling { reason }
}

/// Whether a folder lies on a file system where others make changes that inotify does not see.
fn is_remote(root: &Path) -> bool {
    /// `statfs(2)`: NFS, SMB (1, 2, and as CIFS), AFS, 9P, Ceph, FUSE (sshfs, rclone).
    const REMOTE: [u64; 8] = [
        0x6969,
        0x517b,
        0xfe53_4d42,
        0xff53_4d42,
        0x5346_414f,
        0x0102_1997,
        0x00c3_6400,
        0x6573_5546,
    ];
    // The type is a signed 32-bit number on some systems, so only those bits count.
    rustix::fs::statfs(root)
        .is_ok_and(|stat| REMOTE.contains(&(stat.f_type.cast_unsigned() & 0xffff_ffff)))
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    fn state(errors: &[Option<notify::Error>]) -> WatchState {
        let roots: Vec<_> = (0..errors.len()).map(|at| PathBuf::from(format!("/m{at}"))).collect();
        let mut errors = errors.iter();
        add_all(&roots, &mut |_| match errors.next() {
            Some(Some(error)) => Err(match &error.kind {
                ErrorKind::Io(error) => notify::Error::io(io::Error::from_raw_os_error(
                    error.raw_os_error().unwrap_or(5),
                )),
                ErrorKind::MaxFilesWatch => notify::Error::new(ErrorKind::MaxFilesWatch),
                _ => notify::Error::path_not_found(),
            }),
            _ => Ok(()),
        })
    }

    #[test]
    fn one_folder_that_cannot_be_watched_is_said_with_its_reason() {
        assert_eq!(state(&[None, None]), WatchState::Watching);
        for (error, words) in [
            (notify::Error::new(ErrorKind::MaxFilesWatch), "max_user_watches"),
            (notify::Error::io(io::Error::from_raw_os_error(24)), "max_user_instances"),
            (notify::Error::path_not_found(), "is not there"),
        ] {
            let WatchState::Polling { reason } = state(&[None, Some(error)]) else {
                panic!("must fall back to polling")
            };
            assert!(reason.contains(words) && reason.contains("/m1"), "{reason}");
        }
    }

    #[tokio::test]
    async fn reading_wakes_nobody_and_writing_does() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("a"), "a").expect("written");
        let changed = Arc::new(Notify::new());
        let watching = start(vec![folder.path().to_path_buf()], Arc::clone(&changed));
        assert_eq!(watching.state(), &WatchState::Watching);
        std::fs::read(folder.path().join("a")).expect("read");
        let wait = Duration::from_millis(100);
        assert!(timeout(wait, changed.notified()).await.is_err(), "reading is no change");
        std::fs::write(folder.path().join("a"), "b").expect("written");
        timeout(Duration::from_secs(10), changed.notified()).await.expect("writing is one");
    }
}
