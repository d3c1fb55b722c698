//! A process that reads one file, or some bytes, answers, and can do nothing else.
//!
//! `ffprobe`, `ffmpeg` and the decoder of AV1 take apart files that anybody may have made, with code
//! that is not ours and not safe Rust. So each runs once for one file, and what it may do ends with that:
//!
//! - The file goes in as standard input's descriptor. No name of ours is ever parsed.
//! - Landlock leaves it the programs and libraries of the system, and this one file, to read.
//!   Nothing can be written, and no process outside can be sent a signal.
//! - seccomp leaves it no socket of any kind, no file's rights and times to change, no other
//!   process' memory, and no way out of its process group.
//! - Memory, computing time, open files, what it prints and how long it takes have an end.
//! - It dies with whoever asked, and so does all that it started.
//!
//! Both restrictions belong to a thread and are inherited by what that thread starts. So a thread
//! of its own restricts itself, starts the process, and ends; nothing has to run between `fork` and
//! `exec`.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt as _;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Once;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use landlock::{
    ABI, Access, AccessFs, AccessNet, PathBeneath, PathFd, RestrictionStatus, Ruleset, RulesetAttr,
    RulesetCreatedAttr, RulesetError, RulesetStatus, Scope, path_beneath_rules,
};
use rustix::fs::{MemfdFlags, memfd_create};
use rustix::process::{Pid, Resource, Rlimit, Signal};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch,
};

use crate::error::{Error, Kind, Result};
use crate::limits;
use crate::storage::Object;

/// Folders of programs and libraries, which a process may read and run. Those that do not exist are
/// passed over.
const SYSTEM_FOLDERS: &[&str] =
    &["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/nix/store", "/gnu/store"];

/// Where the dynamic linker looks libraries up, and what programs take randomness from.
const SYSTEM_FILES: &[&str] = &["/etc/ld.so.cache", "/dev/urandom"];

/// How long a wait lasts before the asker is looked at again.
const STOP_LOOKED_AT_EVERY: Duration = Duration::from_millis(50);

/// What all processes have read that have ended.
static READ_BYTES: AtomicU64 = AtomicU64::new(0);

/// Bytes that all processes have read that have ended, from memory or from a disk.
pub(crate) fn read_bytes() -> u64 {
    READ_BYTES.load(Relaxed)
}

/// What a process may use.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Allowance {
    /// From its start to the end of its answer; the same for computing time, in whole seconds.
    pub(crate) wait: Duration,
    /// Bytes of address space.
    pub(crate) memory_bytes_max: u64,
    /// Bytes of standard output; one more is an error.
    pub(crate) output_bytes_max: u64,
    /// Bytes of standard error that are kept; the rest is thrown away.
    pub(crate) complaint_bytes_max: u64,
}

/// What a process is given as its standard input.
#[derive(Clone, Copy)]
pub(crate) enum Input<'a> {
    /// A file, which it may open anew as `/dev/fd/0`.
    File(&'a Object),
    /// Bytes, which are copied into a file in memory.
    Bytes(&'a [u8]),
}

impl Input<'_> {
    fn to_file(self) -> io::Result<File> {
        match self {
            Self::File(object) => object.as_fd().try_clone_to_owned().map(File::from),
            Self::Bytes(bytes) => {
                let file = File::from(memfd_create("input", MemfdFlags::CLOEXEC)?);
                // Leaves the place from which is read at the beginning.
                file.write_all_at(bytes, 0)?;
                Ok(file)
            }
        }
    }
}

/// What a process said.
#[derive(Debug)]
pub(crate) struct Answer {
    /// All of its standard output.
    pub(crate) output: Vec<u8>,
    /// The beginning of its standard error.
    pub(crate) complaints: Vec<u8>,
}

/// Runs a program once with this standard input, and returns what it says. How it ends is
/// not asked: only its answer tells what it is worth.
///
/// `program` is a path, or a name in `/bin` or `/usr/bin`. No argument may come from a file or a
/// viewer.
///
/// Blocks until the process has ended, until its time is over, or until it `is_unwanted` (asked every
/// 50 ms). However this returns, the process and all that it started are gone.
///
/// # Errors
/// [`Kind::Busy`] for a process that does not end in time, [`Kind::Invalid`] for one that prints too
/// much; [`Kind::Unavailable`] once it is unwanted; what starting the program failed with.
pub(crate) fn run(
    program: &Path,
    arguments: &[&str],
    input: Input<'_>,
    allowance: Allowance,
    is_unwanted: &dyn Fn() -> bool,
) -> Result<Answer> {
    let name = program.file_name().unwrap_or(program.as_os_str()).to_string_lossy().into_owned();
    let process = LimitedProcess::start(program, arguments, input)?;
    process.limit(allowance);
    process.answer(&name, allowance, is_unwanted)
}

/// A process and its group, which do not outlive this value.
struct LimitedProcess {
    child: Child,
    group: Group,
}

impl LimitedProcess {
    fn start(program: &Path, arguments: &[&str], input: Input<'_>) -> Result<Self> {
        let starting = || format!("starting {}", program.display());
        let file = input.to_file().map_err(|error| Error::io(starting(), error))?;
        let group = Group::new();
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env_clear()
            .stdin(file)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(group.number().map_or(0, |number| number.as_raw_nonzero().get()));
        let confined = move || {
            // Inherited like the rest; the process could not be caught in time from outside.
            let _ = rustix::process::setpriority_process(None, 19);
            tell_once(restrict_files(program, input), restrict_calls(group.number()));
            let child = command.spawn().map_err(|error| Error::io(starting(), error))?;
            Ok(Self { child, group })
        };
        let started = thread::scope(|scope| {
            let thread = thread::Builder::new().name("process-start".to_owned());
            thread.spawn_scoped(scope, confined).map(thread::ScopedJoinHandle::join)
        });
        match started {
            Ok(Ok(started)) => started,
            Ok(Err(_)) => {
                Err(Error::new(Kind::Internal, format!("{}: a fault of ours", starting())))
            }
            Err(error) => Err(Error::io("starting a thread for a process", error)),
        }
    }

    /// Ends memory, computing time, open and written files. The process is still loading its
    /// libraries, or about to: it has not read a byte of the file.
    fn limit(&self, allowance: Allowance) {
        let Some(pid) = number_of(&self.child) else { return };
        for (resource, value) in [
            (Resource::As, allowance.memory_bytes_max),
            (Resource::Cpu, allowance.wait.as_secs().max(1)),
            (Resource::Nofile, limits::PROCESS_OPEN_FILES_MAX),
            (Resource::Fsize, 0),
            (Resource::Core, 0),
        ] {
            let limit = Rlimit { current: Some(value), maximum: Some(value) };
            // This only fails when the process has ended already.
            let _ = rustix::process::prlimit(Some(pid), resource, limit);
        }
    }

    fn answer(
        mut self,
        name: &str,
        allowance: Allowance,
        is_unwanted: &dyn Fn() -> bool,
    ) -> Result<Answer> {
        let began = Instant::now();
        let output = self.child.stdout.take().expect("standard output is a pipe");
        let complaints = self.child.stderr.take().expect("standard error is a pipe");
        let output = read_aside(output, allowance.output_bytes_max + 1, |_| {})?;
        // What stands behind the first words is thrown away, or the process would wait for a reader.
        let complaints = read_aside(complaints, allowance.complaint_bytes_max, |rest: &mut _| {
            let _ = io::copy(rest, &mut io::sink());
        })?;
        let receive = |from: Receiver<io::Result<Vec<u8>>>| loop {
            if is_unwanted() {
                return Err(Error::new(Kind::Unavailable, format!("{name} was stopped")));
            }
            let left = allowance.wait.saturating_sub(began.elapsed());
            match from.recv_timeout(left.min(STOP_LOOKED_AT_EVERY)) {
                Ok(Ok(bytes)) => return Ok(bytes),
                Ok(Err(error)) => {
                    return Err(Error::io(format!("reading the answer of {name}"), error));
                }
                Err(RecvTimeoutError::Timeout) if !left.is_zero() => {}
                Err(_) => {
                    let text = format!("{name} did not end within {:?}", allowance.wait);
                    return Err(Error::new(Kind::Busy, text));
                }
            }
        };
        let output = receive(output)?;
        if output.len() as u64 > allowance.output_bytes_max {
            let text = format!("the answer of {name} is longer than any file should need");
            return Err(Error::new(Kind::Invalid, text));
        }
        Ok(Answer { output, complaints: receive(complaints)? })
    }
}

impl Drop for LimitedProcess {
    fn drop(&mut self) {
        // There until it has been waited for.
        let account = fs::read_to_string(format!("/proc/{}/io", self.child.id()));
        READ_BYTES.fetch_add(account.map_or(0, |account| read_by(&account)), Relaxed);
        // Errors say that all have ended, which is what is wanted. No number is anybody else's until
        // its process has been waited for.
        if let Some(group) = self.group.number().or(number_of(&self.child)) {
            let _ = rustix::process::kill_process_group(group, Signal::KILL);
        }
        let _ = self.child.wait();
    }
}

/// Bytes that were read, by the text of `/proc/PID/io` (proc(5)); 0 if it does not tell.
pub(crate) fn read_by(account: &str) -> u64 {
    let read = account.lines().find_map(|line| line.strip_prefix("rchar: "));
    read.and_then(|bytes| bytes.parse().ok()).unwrap_or_default()
}

/// A process group that is there before the process.
///
/// A process that makes its own group may make another one later and so survive the end of the
/// first. Only a group whose number is known beforehand can be the single one that seccomp lets it
/// enter. A process that has ended, and is not waited for, keeps the number taken.
struct Group(Option<Child>);

impl Group {
    /// A group led by `true`, which is on every Linux; without it the process leads its own.
    fn new() -> Self {
        let leader = Command::new("true")
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn();
        Self(leader.ok())
    }

    fn number(&self) -> Option<Pid> {
        self.0.as_ref().and_then(number_of)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(leader) = &mut self.0 {
            let _ = leader.wait();
        }
    }
}

fn number_of(child: &Child) -> Option<Pid> {
    i32::try_from(child.id()).ok().and_then(Pid::from_raw)
}

/// Leaves this thread, and what it starts, the system's programs and libraries and the one file, if
/// there is one, to read. As much of it as the kernel knows: files since Linux 5.13, TCP since 6.7, signals and
/// sockets without a path since 6.12.
fn restrict_files(
    program: &Path,
    input: Input<'_>,
) -> std::result::Result<RestrictionStatus, RulesetError> {
    let strictest = ABI::V9;
    let run = AccessFs::Execute | AccessFs::ReadFile;
    let mut rules = Ruleset::default()
        .handle_access(AccessFs::from_all(strictest))?
        .handle_access(AccessNet::from_all(strictest))?
        .scope(Scope::from_all(strictest))?
        .create()?
        .add_rules(path_beneath_rules(SYSTEM_FOLDERS, run))?
        .add_rules(path_beneath_rules(SYSTEM_FILES, AccessFs::ReadFile))?
        .add_rules(path_beneath_rules(["/dev/null"], AccessFs::ReadFile | AccessFs::WriteFile))?;
    if let Input::File(object) = input {
        rules = rules.add_rule(PathBeneath::new(object, AccessFs::ReadFile))?;
    }
    // A program in another place has a rule for itself alone; who knows what lies beside it.
    if let Ok(program) = PathFd::new(program) {
        rules = rules.add_rule(PathBeneath::new(program, run))?;
    }
    rules.restrict_self()
}

/// Takes system calls from this thread and what it starts, which then fail with `EPERM`. Kernels
/// that know no Landlock know these.
fn restrict_calls(group: Option<Pid>) -> std::result::Result<(), seccompiler::Error> {
    let mut denied: BTreeMap<i64, Vec<SeccompRule>> = DENIED.iter().map(|c| (*c, vec![])).collect();
    // Another process' limits, and other limits for itself.
    let others = differs(0, SeccompCmpArgLen::Dword, 0)?;
    denied.insert(libc::SYS_prlimit64, vec![others, differs(2, SeccompCmpArgLen::Qword, 0)?]);
    if let Some(group) = group {
        let number = u64::from(group.as_raw_nonzero().get().unsigned_abs());
        let another = differs(1, SeccompCmpArgLen::Dword, number)?;
        let others = differs(0, SeccompCmpArgLen::Dword, 0)?;
        denied.insert(libc::SYS_setpgid, vec![others, another]);
    }
    // The same calls have second numbers there, those of the x32 ABI.
    #[cfg(target_arch = "x86_64")]
    {
        denied.extend(DENIED_OLD.iter().map(|call| (*call, vec![])));
        let x32 = denied.clone().into_iter().map(|(call, rules)| (call | 0x4000_0000, rules));
        denied.extend(x32.collect::<Vec<_>>());
    }
    let filter: BpfProgram = SeccompFilter::new(
        denied,
        SeccompAction::Allow,
        SeccompAction::Errno(libc::EPERM.unsigned_abs()),
        TargetArch::try_from(std::env::consts::ARCH)?,
    )?
    .try_into()?;
    seccompiler::apply_filter(&filter)
}

/// System calls that describing or decoding a file needs none of.
const DENIED: &[i64] = &[
    // The network, and the ring that opens sockets without the call of that name.
    libc::SYS_socket,
    libc::SYS_io_uring_setup,
    // Other processes: what they hold, and what is open in them.
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_pidfd_getfd,
    // What stands with a file and not in it, of which Landlock knows nothing: rights, owners, times,
    // attributes.
    libc::SYS_fchmod,
    libc::SYS_fchmodat,
    FCHMODAT2,
    libc::SYS_fchown,
    libc::SYS_fchownat,
    libc::SYS_utimensat,
    libc::SYS_setxattr,
    libc::SYS_lsetxattr,
    libc::SYS_fsetxattr,
    libc::SYS_removexattr,
    libc::SYS_lremovexattr,
    libc::SYS_fremovexattr,
    SETXATTRAT,
    REMOVEXATTRAT,
    FILE_SETATTR,
    // A session of its own, in which it would survive its group.
    libc::SYS_setsid,
    // More of the processors than it was given, or less for others.
    libc::SYS_setpriority,
    libc::SYS_sched_setscheduler,
    libc::SYS_sched_setparam,
    libc::SYS_sched_setattr,
    libc::SYS_ioprio_set,
    // Corners of the kernel in which most of its faults are found.
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_mount,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
];

/// The same for calls that newer architectures never had.
#[cfg(target_arch = "x86_64")]
const DENIED_OLD: &[i64] = &[
    libc::SYS_setrlimit,
    libc::SYS_chmod,
    libc::SYS_chown,
    libc::SYS_lchown,
    libc::SYS_utime,
    libc::SYS_utimes,
    libc::SYS_futimesat,
];

/// Since Linux 6.6, 6.13 and 6.17, with one number on all architectures.
const FCHMODAT2: i64 = 452;
const SETXATTRAT: i64 = 463;
const REMOVEXATTRAT: i64 = 466;
const FILE_SETATTR: i64 = 469;

/// Matches a call whose argument is another than `value`.
fn differs(
    argument: u8,
    len: SeccompCmpArgLen,
    value: u64,
) -> std::result::Result<SeccompRule, seccompiler::BackendError> {
    SeccompRule::new(vec![SeccompCondition::new(argument, len, SeccompCmpOp::Ne, value)?])
}

/// Says once what this kernel lacks; the process runs nevertheless, under its limits.
fn tell_once(
    files: std::result::Result<RestrictionStatus, RulesetError>,
    calls: std::result::Result<(), seccompiler::Error>,
) {
    static FILES: Once = Once::new();
    static CALLS: Once = Once::new();
    let reason = match files {
        Ok(status) if status.ruleset == RulesetStatus::NotEnforced => {
            Some("the kernel has no Landlock".to_owned())
        }
        Ok(_) => None,
        Err(error) => Some(error.to_string()),
    };
    if let Some(reason) = reason {
        FILES.call_once(|| {
            tracing::warn!(%reason, "ffmpeg and ffprobe can open any file that Spillway can");
        });
    }
    if let Err(reason) = calls {
        CALLS.call_once(|| tracing::warn!(%reason, "ffmpeg and ffprobe can use the network"));
    }
}

/// Reads a pipe on a thread of its own, up to `len_bytes_max` bytes, then does `at_end` with what
/// is left of it. The thread ends with the process.
fn read_aside<P: Read + Send + 'static>(
    mut pipe: P,
    len_bytes_max: u64,
    at_end: impl FnOnce(&mut P) + Send + 'static,
) -> Result<Receiver<io::Result<Vec<u8>>>> {
    let (sender, receiver) = mpsc::sync_channel(1);
    let reader = thread::Builder::new().name("process-output".to_owned()).spawn(move || {
        let mut bytes = Vec::new();
        let read = pipe.by_ref().take(len_bytes_max).read_to_end(&mut bytes);
        at_end(&mut pipe);
        // The asker may have stopped waiting.
        let _ = sender.send(read.map(|_| bytes));
    });
    reader.map_err(|error| Error::io("starting a thread for the answer of a process", error))?;
    Ok(receiver)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::os::unix::fs::PermissionsExt;
    use std::sync::atomic::AtomicBool;

    use super::*;
    use crate::storage::{Key, Root};

    const LONG: Duration = Duration::from_mins(1);

    /// A folder with a film, a secret, and a script in a program's place.
    struct Stage {
        folder: tempfile::TempDir,
        object: Object,
    }

    impl Stage {
        fn new(script: &str) -> Self {
            let folder = tempfile::tempdir().expect("a folder");
            let film = folder.path().join("film");
            let program = folder.path().join("program");
            fs::write(&film, b"FILM").expect("written");
            fs::write(folder.path().join("secret"), b"SECRET").expect("written");
            fs::write(&program, format!("#!/bin/bash\n{script}\n")).expect("written");
            fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("executable");
            let key = Key::new("film").expect("a name");
            let object = Root::new(folder.path()).open(&key).expect("opened");
            Self { folder, object }
        }

        /// The script gets the folder as its argument.
        fn run(&self, wait: Duration, is_unwanted: &dyn Fn() -> bool) -> Result<Answer> {
            let allowance = Allowance {
                wait,
                memory_bytes_max: 1 << 30,
                output_bytes_max: 1 << 20,
                complaint_bytes_max: 1 << 10,
            };
            let program = self.folder.path().join("program");
            let folder = self.folder.path().to_str().expect("letters");
            run(&program, &[folder], Input::File(&self.object), allowance, is_unwanted)
        }

        /// The same script with nothing to hold it.
        fn run_free(&self) -> String {
            let output = Command::new(self.folder.path().join("program"))
                .arg(self.folder.path())
                .stdin(File::open(self.folder.path().join("film")).expect("opened"))
                .output()
                .expect("it runs");
            String::from_utf8(output.stdout).expect("letters")
        }

        /// Processes whose working directory is the folder: scripts that went there, and all that
        /// they started, in whatever group.
        fn living(&self) -> usize {
            let here = self.folder.path().canonicalize().expect("there");
            let processes = fs::read_dir("/proc").expect("listed").filter_map(io::Result::ok);
            let at = |entry: &fs::DirEntry| fs::read_link(entry.path().join("cwd"));
            processes.filter(|entry| at(entry).is_ok_and(|at| at == here)).count()
        }

        fn wait_for_living(&self, expected: impl Fn(usize) -> bool) {
            let began = Instant::now();
            while !expected(self.living()) {
                assert!(began.elapsed() < LONG, "{} are there", self.living());
                thread::sleep(Duration::from_millis(10));
            }
        }
    }

    /// What a script does without limits, it does not do with them. That it can without shows that
    /// the limits are what keeps it from it.
    #[test]
    fn nothing_can_be_done_but_to_read_the_film_and_answer() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let asker = std::process::id();
        let cases = [
            ("another file is read", "cat $1/secret".to_owned()),
            ("a system file with secrets is read", "cat /etc/passwd".to_owned()),
            ("a folder is listed", "ls $1".to_owned()),
            ("a file is made", "rm -f $1/made; : > $1/made".to_owned()),
            ("a folder is made", "mkdir $1/$$".to_owned()),
            ("the film is written", "echo >> $1/film".to_owned()),
            ("the film gets another time", "touch -c -d yesterday $1/film".to_owned()),
            ("the film gets other rights", "chmod 640 $1/film".to_owned()),
            ("the film gets another owner", "chown $(id -u) $1/film".to_owned()),
            ("a file is removed", "rm -f $1/removed && cp $1/film $1/removed".to_owned()),
            ("TCP goes out", format!("true 3<>/dev/tcp/127.0.0.1/{port}")),
            ("UDP goes out", "true 3<>/dev/udp/127.0.0.1/9".to_owned()),
            ("its asker gets a signal", format!("kill -0 {asker}")),
            ("its asker's memory is seen", format!("head -c 1 /proc/{asker}/environ")),
            ("a session begins", "setsid true".to_owned()),
            ("another gets other limits", format!("prlimit --pid {asker} --fsize")),
            ("4 GiB are taken", "dd if=/dev/fd/0 of=/dev/null bs=4G count=1".to_owned()),
        ];
        for (name, act) in cases {
            // The limits that come from outside must have come.
            let stage =
                Stage::new(&format!("sleep 0.1; if {act} >/dev/null 2>&1; then echo did; fi"));
            assert_eq!(stage.run_free(), "did\n", "{name}, when it may");
            let answer = stage.run(LONG, &|| false).expect("an answer");
            let said = String::from_utf8_lossy(&answer.output);
            assert_eq!(said, "", "{name}");
        }
        let may = Stage::new("head -c 2 /dev/fd/0; head -c 2 <&0; nice; echo no >&2");
        let answer = may.run(LONG, &|| false).expect("an answer");
        assert_eq!(String::from_utf8_lossy(&answer.output), "FIFI19\n");
        assert_eq!(answer.complaints, b"no\n");
    }

    #[test]
    fn what_has_no_end_is_ended() {
        let short = Duration::from_secs(2);
        let cases = [
            ("while :; do :; done", "did not end within 2s"),
            ("exec sleep 300", "did not end within 2s"),
            ("exec yes >&2", "did not end within 2s"),
            ("exec yes", "longer than any file should need"),
            ("sleep 300 &", "did not end within 2s"),
        ];
        for (script, expected) in cases {
            let stage = Stage::new(&format!("cd $1; {script}"));
            let began = Instant::now();
            let error = stage.run(short, &|| false).expect_err("no end");
            let is_late = expected.starts_with("did not");
            assert_eq!(error.kind() == Kind::Busy, is_late, "{script}");
            assert!(error.chain().contains(expected), "{script}: {}", error.chain());
            assert!(began.elapsed() < LONG, "{script}");
            stage.wait_for_living(|living| living == 0);
        }
    }

    #[test]
    fn nothing_outlives_the_answer() {
        let scripts = [
            "sleep 300 &",
            "trap '' TERM HUP; (trap '' TERM HUP; sleep 300) &",
            "nohup sleep 300 &",
            "setsid sleep 300 &",
            "setsid -f sleep 300",
            // Each job gets a group of its own.
            "set -m; sleep 300 & disown",
            "set -m; (set -m; (sleep 300 &) &) &",
        ];
        for script in scripts {
            let stage = Stage::new(&format!("cd $1; exec 2>&- >&-; {script}"));
            stage.run(LONG, &|| false).expect("an answer");
            stage.wait_for_living(|living| living == 0);
        }
    }

    #[test]
    fn who_stops_it_waits_no_longer() {
        let stage = Stage::new("cd $1; sleep 300 & wait");
        let is_unwanted = AtomicBool::new(false);
        let began = Instant::now();
        thread::scope(|scope| {
            let asked = scope.spawn(|| stage.run(LONG * 10, &|| is_unwanted.load(Relaxed)));
            stage.wait_for_living(|living| living >= 2);
            is_unwanted.store(true, Relaxed);
            let error = asked.join().expect("no panic").expect_err("stopped");
            assert_eq!(error.kind(), Kind::Unavailable, "{}", error.chain());
        });
        assert!(began.elapsed() < LONG * 2);
        stage.wait_for_living(|living| living == 0);
    }

    #[test]
    fn runs_leave_no_descriptor_and_no_child_behind() {
        let pipes = || {
            let open = fs::read_dir("/proc/self/fd").expect("listed").filter_map(io::Result::ok);
            let links = open.filter_map(|entry| fs::read_link(entry.path()).ok());
            links.filter(|link| link.to_string_lossy().starts_with("pipe:")).count()
        };
        let stage = Stage::new("exit 1");
        let before = pipes();
        for _ in 0..50 {
            stage.run(LONG, &|| false).expect("an empty answer");
        }
        // Other tests run beside this one; a leak would be of 100.
        assert!(pipes() < before + 50, "{before} before, {} after", pipes());
        let children = fs::read_dir("/proc/self/task").expect("listed").filter_map(io::Result::ok);
        let children: usize = children
            .filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok())
            .map(|numbers| numbers.split_whitespace().count())
            .sum();
        assert!(children < 25, "{children} children");
    }

    #[test]
    fn a_program_that_is_not_there_is_told() {
        let stage = Stage::new("");
        fs::remove_file(stage.folder.path().join("program")).expect("removed");
        let error = stage.run(LONG, &|| false).expect_err("nothing runs");
        assert_eq!(error.kind(), Kind::NotFound);
        assert!(error.chain().contains("starting"), "{}", error.chain());
    }
}
