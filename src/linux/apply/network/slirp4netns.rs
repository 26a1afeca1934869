//! Starts slirp4netns for a namespace, waits until it is ready, and has it forward ports.
//!
//! It goes on by itself: not this process but what takes the plan back ends it, which may be another process after a kill.

use super::netns;
use super::program::{self, Program};
use crate::linux::apply::failed::{Attempt, Failed};
use crate::plan::Port;
use rustix::io::Errno;
use rustix::mount::{MountPropagationFlags, mount_change};
use rustix::pipe::{PipeFlags, pipe_with};
use std::borrow::Cow;
use std::fs::{read_to_string, write};
use std::io::{Read as _, Write as _};
use std::net::Shutdown;
use std::os::fd::AsRawFd as _;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::string::{String, ToString as _};
use std::thread::sleep;
use std::time::{Duration, Instant};
use std::vec::Vec;

/// Whether addresses are checked for duplicates before they are used, which takes a second.
const ACCEPT_DAD: &str = "/proc/sys/net/ipv6/conf/default/accept_dad";
/// How long the socket may take to appear (LP-SLIRP-20).
const SOCKET: Duration = Duration::from_secs(60);
/// The longest answer that is read, bytes.
const ANSWER: u64 = 2048;

/// How it is started.
pub(crate) struct Start<'p> {
    /// The whole command line, with the numbers 3 and 4 for its two pipes.
    pub(crate) argv: &'p [Cow<'p, str>],
    pub(crate) without_dad: bool,
    pub(crate) own_mount_namespace: bool,
    pub(crate) log: &'p Path,
}

/// The word after an option.
fn after<'p>(argv: &'p [Cow<'p, str>], option: &str) -> Option<&'p str> {
    let at = argv.iter().position(|word| word == option)?;
    argv.get(at.checked_add(1)?).map(|word| &**word)
}

/// The file of the namespace, where it is attached to one.
pub(crate) fn namespace<'p>(argv: &'p [Cow<'p, str>]) -> Option<&'p str> {
    after(argv, "--netns-type=path")
}

/// The namespace's file: a path, or that of the process before the device's name.
fn namespace_file(argv: &[Cow<'_, str>]) -> Option<PathBuf> {
    namespace(argv).map(PathBuf::from).or_else(|| {
        let process: u32 = argv.iter().nth_back(1)?.parse().ok()?;
        Some(PathBuf::from(std::format!("/proc/{process}/ns/net")))
    })
}

/// The socket of its API.
pub(crate) fn socket<'p>(argv: &'p [Cow<'p, str>]) -> Option<&'p str> {
    after(argv, "--api-socket")
}

/// LP-SLIRP-10 to LP-SLIRP-12: starts it and waits until it is ready.
pub(crate) fn start(start: &Start<'_>) -> Result<(), Failed> {
    let program = start.argv.first().map_or_else(PathBuf::new, |word| PathBuf::from(&**word));
    let failed = Failed::at(Attempt::Start, &program);
    let namespace = namespace_file(start.argv).ok_or_else(|| failed(Errno::INVAL))?;
    let dad = start.without_dad.then(|| accept_dad(&namespace, "0")).flatten();
    let started = start_and_wait(start, &program);
    if let Some(before) = dad {
        accept_dad(&namespace, &before);
    }
    started
}

/// LP-SLIRP-11: sets it, and gives what it was. A kernel without IPv6 has none, and a namespace that keeps it works all the same.
fn accept_dad(namespace: &Path, value: &str) -> Option<String> {
    let set = || {
        let before = read_to_string(ACCEPT_DAD).map_err(|_| Errno::NOENT)?;
        write(ACCEPT_DAD, value).map_err(|_| Errno::ACCESS)?;
        Ok(before)
    };
    netns::within(namespace, set).ok()
}

fn start_and_wait(start: &Start<'_>, path: &Path) -> Result<(), Failed> {
    let failed = Failed::at(Attempt::Start, path);
    let (ready, ready_end) = pipe_with(PipeFlags::CLOEXEC).map_err(&failed)?;
    // It would end when nobody has the other end any more. It keeps both ends itself: what ends it is the way back from this step.
    let (exit, exit_end) = pipe_with(PipeFlags::CLOEXEC).map_err(&failed)?;
    let mut log = program::log(start.log)?;
    let mut command = Command::new(path);
    let mut words = start.argv.iter().skip(1).map(|word| word.clone().into_owned());
    while let Some(word) = words.next() {
        // The plan names the pipes by the numbers that they have in Podman.
        let number = match &*word {
            "-e" => Some(&exit),
            "-r" => Some(&ready_end),
            _ => None,
        };
        command.arg(word);
        if let Some(pipe) = number {
            words.next();
            command.arg(std::format!("{}", pipe.as_raw_fd()));
        }
    }
    let stream = || log.try_clone().map(Stdio::from).map_err(Failed::io(Attempt::Start, path));
    command.stdin(Stdio::null()).stdout(stream()?).stderr(stream()?);
    if start.own_mount_namespace {
        own_mounts(&mut command);
    }
    let program =
        Program { path, command, ready, inherited: [ready_end, exit, exit_end], slice: 1 };
    program.start(start.log, &mut [&mut log])
}

/// What it unmounts when it shuts itself in must not be unmounted here, too.
fn own_mounts(command: &mut Command) {
    let shut_in = || {
        netns::unshare_mounts()?;
        let slave = MountPropagationFlags::DOWNSTREAM | MountPropagationFlags::REC;
        mount_change(c"/", slave).map_err(Into::into)
    };
    #[expect(unsafe_code, reason = "between fork and exec there is no other way")]
    // SAFETY: the closure makes two system calls, which are safe after a fork, and neither allocates nor takes a lock.
    unsafe {
        command.pre_exec(shut_in);
    }
}

/// LP-SLIRP-20: tells it each port and protocol.
pub(crate) fn forward(socket: &Path, ports: &[Port<'_>]) -> Result<(), Failed> {
    let begin = Instant::now();
    while !socket.exists() {
        if begin.elapsed() > SOCKET {
            return Err(Failed::at(Attempt::Look, socket)(Errno::TIMEDOUT));
        }
        sleep(Duration::from_millis(5));
    }
    for port in ports {
        for protocol in port.protocol.split(',') {
            for offset in 0..port.range {
                let host = port.host_port.saturating_add(offset);
                let guest = port.container_port.saturating_add(offset);
                let address = if port.host_ip.is_empty() { "0.0.0.0" } else { &port.host_ip };
                forward_one(socket, protocol, address, host, guest)?;
            }
        }
    }
    Ok(())
}

fn forward_one(
    socket: &Path,
    protocol: &str,
    address: &str,
    host: u16,
    guest: u16,
) -> Result<(), Failed> {
    let failed = Failed::io(Attempt::Forward, socket);
    let request = serde_json::json!({
        "execute": "add_hostfwd",
        "arguments": {"proto": protocol, "host_addr": address, "host_port": host, "guest_addr": "", "guest_port": guest},
    });
    let mut line = request.to_string();
    line.push('\n');
    let mut stream = UnixStream::connect(socket).map_err(&failed)?;
    stream.write_all(line.as_bytes()).map_err(&failed)?;
    stream.shutdown(Shutdown::Write).map_err(&failed)?;
    let mut answer = Vec::new();
    stream.take(ANSWER).read_to_end(&mut answer).map_err(&failed)?;
    let refused = |why: &str| Failed {
        note: Some(std::format!("{address}:{host}/{protocol}: {why}")),
        ..Failed::at(Attempt::Forward, socket)(Errno::ADDRINUSE)
    };
    let answer: serde_json::Value =
        serde_json::from_slice(&answer).map_err(|_| refused("its answer is no JSON"))?;
    match answer.get("error") {
        Some(error) => {
            let said = error.get("desc").and_then(serde_json::Value::as_str);
            Err(refused(said.unwrap_or("refused")))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_is_attached_to_stands_after_the_option() {
        let argv: Vec<Cow<'_, str>> =
            ["/bin/slirp4netns", "--api-socket", "/s", "--netns-type=path", "/n", "tap0"]
                .map(Cow::Borrowed)
                .into();
        assert_eq!((namespace(&argv), socket(&argv)), (Some("/n"), Some("/s")));
        let bare = [Cow::Borrowed("--api-socket")];
        assert_eq!((namespace(&bare), socket(&bare)), (None, None));
    }

    #[test]
    fn a_program_that_ends_is_told_with_its_words() {
        let scratch = crate::linux::scratch::Scratch::new();
        let program = scratch.path().join("slirp4netns");
        write(&program, "#!/bin/sh\necho no tap >&2\n").unwrap();
        std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755))
            .unwrap();
        let argv = [
            program.to_str().unwrap(),
            "-e",
            "3",
            "-r",
            "4",
            "--netns-type=path",
            "/nowhere",
            "tap0",
        ]
        .map(Cow::Borrowed);
        let log = scratch.path().join("log");
        let start = Start { argv: &argv, without_dad: true, own_mount_namespace: false, log: &log };
        let failed = super::start(&start).unwrap_err();
        assert_eq!(failed.note.as_deref(), Some("no tap"));
        assert!(!log.exists());
    }
}
