//! Starts Podman's port forwarder for a namespace: it listens on the host and connects inside.

use super::program::{self, Program};
use crate::linux::apply::directories;
use crate::linux::apply::failed::{Attempt, Failed};
use crate::linux::processes::EXIT;
use crate::plan::Port;
use rustix::fs::{MemfdFlags, memfd_create};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{getegid, geteuid};
use std::borrow::ToOwned as _;
use std::format;
use std::fs::File;
use std::io::{Seek as _, Write as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::string::ToString as _;

/// How it is started.
pub(crate) struct Start<'p> {
    pub(crate) program: &'p Path,
    pub(crate) container_id: &'p str,
    pub(crate) tmp_dir: &'p str,
    pub(crate) netns: &'p str,
    pub(crate) child_ip: &'p str,
    pub(crate) ports: &'p [Port<'p>],
    pub(crate) rootless_cni: bool,
    /// A directory that it may take for the user's run-time directory: it makes others in there, which nobody needs.
    pub(crate) runtime_dir: &'p Path,
}

/// The name of its directory in the container's.
pub(crate) const DIRECTORY: &str = "rootlessport";

/// LP-RLK-01: its log, of which there is one for each container.
pub(crate) fn log(tmp_dir: &str, container_id: &str) -> PathBuf {
    Path::new(tmp_dir).join(format!("rootlessport-{container_id}.log"))
}

/// The directory that it makes for the sockets by which it is told of other addresses (LP-RLK-05).
pub(crate) fn sockets(tmp_dir: &str) -> PathBuf {
    Path::new(tmp_dir).join("rp")
}

/// LP-RLK-01 to LP-RLK-04: starts it and waits until it is ready.
pub(crate) fn start(start: &Start<'_>) -> Result<(), Failed> {
    let program = start.program;
    if program.as_os_str().is_empty() {
        return Err(Failed {
            note: Some("rootlessport is not installed".to_owned()),
            ..Failed::at(Attempt::Start, "rootlessport")(Errno::NOENT)
        });
    }
    let failed = Failed::at(Attempt::Start, program);
    let (ready, ready_end) = pipe_with(PipeFlags::CLOEXEC).map_err(&failed)?;
    // It ends, and takes away what it has made, when the other end is shut. That is a socket which it keeps itself: whoever takes it back gets
    // hold of that and shuts it.
    let (exit, exit_end) =
        socketpair(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)
            .map_err(&failed)?;
    let mapping = |port: &Port<'_>| {
        serde_json::json!({
            "host_ip": port.host_ip, "container_port": port.container_port, "host_port": port.host_port, "range": port.range,
            "protocol": port.protocol,
        })
    };
    // LP-RLK-03
    let told = serde_json::json!({
        "Mappings": start.ports.iter().map(mapping).collect::<serde_json::Value>(),
        "NetNSPath": start.netns,
        "ExitFD": exit.as_raw_fd(),
        "ReadyFD": ready_end.as_raw_fd(),
        "TmpDir": start.tmp_dir,
        "ChildIP": start.child_ip,
        "ContainerID": start.container_id,
        "RootlessCNI": start.rootless_cni,
    });
    // Files in memory, not pipes: it must not depend on this process, which may be killed.
    let memory =
        || memfd_create("rootlessport", MemfdFlags::CLOEXEC).map(File::from).map_err(&failed);
    let path = log(start.tmp_dir, start.container_id);
    let (mut input, mut said, mut log) = (memory()?, memory()?, program::log(&path)?);
    let io = Failed::io(Attempt::Start, program);
    input.write_all(told.to_string().as_bytes()).and_then(|()| input.rewind()).map_err(&io)?;
    let stream = |file: &File| file.try_clone().map(Stdio::from).map_err(&io);

    directories::make(start.runtime_dir, 0o700, geteuid().as_raw(), getegid().as_raw())?;
    let mut command = Command::new(program);
    command
        .arg0("rootlessport")
        .env("XDG_RUNTIME_DIR", start.runtime_dir)
        .env(EXIT, format!("{}", exit_end.as_raw_fd()))
        .stdin(input)
        .stdout(stream(&said)?)
        .stderr(stream(&log)?);
    let program =
        Program { path: program, command, ready, inherited: [ready_end, exit, exit_end], slice: 3 };
    program.start(&path, &mut [&mut said, &mut log])
}
