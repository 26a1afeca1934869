//! Has netavark set up the networks of a container, and take them down again.
//!
//! What it was told is kept in the container's directory before it is called: taking down needs the same. One call at a time: firewall
//! chains, bridges and the DNS server's configuration belong to all containers.

use super::input::{Info, Input};
use super::leases::{self, Leases};
use super::rootless_netns::RootlessNetns;
use crate::facts::{NetworkOutcome, NetworkStatus};
use crate::linux::apply::directories;
use crate::linux::apply::failed::{Attempt, Failed, errno};
use crate::linux::apply::files::{self, Dress};
use crate::linux::apply::state::Lock;
use crate::linux::{netlink, processes};
use crate::network::reload::kept;
use crate::plan::{Attachment, Port};
use crate::text::{Mode, Reader, json};
use rustix::fs::{MemfdFlags, memfd_create};
use rustix::io::Errno;
use rustix::process::{getegid, geteuid};
use std::borrow::ToOwned as _;
use std::collections::BTreeMap;
use std::format;
use std::fs::{File, read, read_dir, remove_dir, remove_file};
use std::io::{Read as _, Seek as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};
use std::string::{String, ToString as _};
use std::thread::sleep;
use std::time::{Duration, Instant};
use std::vec::Vec;

/// The file in a container's directory that keeps what netavark was told.
pub(crate) const INPUT: &str = "network.json";
/// The file whose lock is held while netavark works. Not the name of a container's lock: this is no container's directory.
const LOCK: &str = "networks.lock";
/// Directory of the DNS server's configuration.
const DNS: &str = "aardvark-dns";
/// The file in which the DNS server tells its process.
const DNS_PID: &str = "aardvark.pid";
/// What netavark says of a name server that is not there.
const NO_DNS: &str = "IO error: aardvark pid not found";
/// How long it may take to tell it.
const PATIENCE: Duration = Duration::from_secs(5);
/// The file whose lock netavark itself takes while it writes that.
const DNS_LOCK: &str = "aardvark.lock";
/// The longest answer that is read, bytes.
const ANSWER: u64 = 1 << 20;

/// Who sets networks up, and where they are kept.
#[derive(Clone, Debug, Default, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
pub struct Netavark {
    /// netavark.
    pub program: PathBuf,
    /// aardvark-dns; empty for none.
    pub aardvark: PathBuf,
    /// Directory of given addresses and of the DNS server's configuration, shared by all containers.
    pub run_dir: PathBuf,
    /// The rootless network namespace, inside of which it works; none for root.
    pub rootless: Option<RootlessNetns>,
    /// The namespace of the container.
    pub netns: PathBuf,
    /// Id of the container.
    pub id: String,
    /// What it was told.
    pub input: PathBuf,
}

impl Netavark {
    /// LP-NET-15, step 4: gives the container addresses, and has its networks set up.
    pub(crate) fn set_up(
        &self,
        name: &str,
        networks: &[Attachment<'_>],
        ports: &[Port<'_>],
    ) -> Result<NetworkStatus, Failed> {
        let lock = self.lock()?;
        let status = self.set_up_by(Input::new(&self.id, name, networks, ports));
        drop(lock);
        status
    }

    fn set_up_by(&self, mut input: Input) -> Result<NetworkStatus, Failed> {
        let refused = |why| Failed {
            note: Some(why),
            ..Failed::at(Attempt::Network, &self.program)(Errno::ADDRNOTAVAIL)
        };
        let mut leases = Leases::load(&self.run_dir)?;
        input.lease(&mut leases).map_err(refused)?;
        leases.save(&self.run_dir)?;
        let text = self.keep(&input)?;
        let told = self.call("setup", &text)?;
        let networks: BTreeMap<String, NetworkOutcome> = json(&told)
            .ok()
            .and_then(|node| Reader::whole(&node, Mode { api: false, lenient: true }).ok())
            .ok_or_else(|| refused(format!("its answer is not understood: {}", told.trim())))?;
        Ok(NetworkStatus { networks })
    }

    /// Takes the networks down as they were set up, and gives the addresses back whether that goes well or not: else they would never be
    /// given again. Where nothing was set up, nothing is done.
    pub(crate) fn tear_down(&self) -> Result<(), Failed> {
        if !self.run_dir.is_dir() {
            return Ok(());
        }
        // It outlives a process that is killed; what it is still doing would cross what is done here.
        self.wait_for_survivors()?;
        let lock = self.lock()?;
        let told = read(&self.input);
        let done = match &told {
            Ok(text) => self.take_down(text),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(e) => Err(Failed::at(Attempt::Look, &self.input)(errno(e))),
        };
        let released = Leases::load(&self.run_dir).and_then(|mut leases| {
            leases.release(&self.id);
            leases.save(&self.run_dir)?;
            if done.is_err() {
                remove_idle_bridges(told.as_deref().unwrap_or_default(), &leases);
            }
            Ok(leases.are_none())
        });
        if released == Ok(true) {
            self.remove_directory();
        }
        drop(lock);
        done.and(released.map(drop))
    }

    /// LP-NET-14: takes the networks down and sets them up again as they were. What fails in taking down is given beside the outcome.
    pub(crate) fn reload(
        &self,
        status: &NetworkStatus,
    ) -> (Option<Failed>, Result<NetworkStatus, Failed>) {
        let again = || {
            let text = read(&self.input).map_err(Failed::io(Attempt::Look, &self.input))?;
            let mut input: Input = serde_json::from_slice(&text)
                .map_err(|_| Failed::at(Attempt::Look, &self.input)(Errno::BADMSG))?;
            for (name, kept) in kept(status) {
                let Some(asked) = input.networks.get_mut(name) else { continue };
                asked.interface_name = kept.interface_name;
                asked.static_mac = kept.static_mac;
                asked.static_ips = kept.static_ips;
            }
            Ok((text, input))
        };
        let (text, input) = match again() {
            Ok(found) => found,
            Err(failed) => return (None, Err(failed)),
        };
        let lock = match self.lock() {
            Ok(lock) => lock,
            Err(failed) => return (None, Err(failed)),
        };
        let down = self.take_down(&text).err();
        let status = self.set_up_by(input);
        drop(lock);
        (down, status)
    }

    /// Writes down what is told.
    fn keep(&self, input: &Input) -> Result<Vec<u8>, Failed> {
        let text = serde_json::to_vec(input)
            .map_err(|_| Failed::at(Attempt::Write, &self.input)(Errno::INVAL))?;
        let (uid, gid) = (geteuid().as_raw(), getegid().as_raw());
        files::write_bytes(&self.input, &text, Dress { mode: 0o600, uid, gid, label: "" })?;
        Ok(text)
    }

    /// Calls it where the networks lie, and gives its answer.
    fn call(&self, verb: &str, input: &[u8]) -> Result<String, Failed> {
        match &self.rootless {
            None => self.call_here(verb, input),
            // What was set up in it is gone with it.
            Some(rootless) if verb == "teardown" && !rootless.is_there() => Ok(String::new()),
            Some(rootless) => rootless.within(|| self.call_here(verb, input)),
        }
    }

    fn call_here(&self, verb: &str, input: &[u8]) -> Result<String, Failed> {
        let attempt = if verb == "setup" { Attempt::Network } else { Attempt::TearDown };
        if self.program.as_os_str().is_empty() {
            return Err(Failed {
                note: Some("netavark is not installed".to_owned()),
                ..Failed::at(attempt, "netavark")(Errno::NOENT)
            });
        }
        let failed = Failed::io(attempt, &self.program);
        // Files in memory, not pipes: the DNS server that it starts keeps them open.
        let (mut out, mut err) = (self.memory(attempt)?, self.memory(attempt)?);
        let stream = |file: &File| file.try_clone().map(Stdio::from).map_err(&failed);
        let mut command = Command::new(&self.program);
        command
            .arg("--config")
            .arg(&self.run_dir)
            .arg(format!("--rootless={}", self.rootless.is_some()))
            .arg("--aardvark-binary")
            .arg(&self.aardvark)
            .arg(verb)
            .arg(&self.netns)
            .env("PATH", path())
            .stdin(Stdio::piped())
            .stdout(stream(&out)?)
            .stderr(stream(&err)?);
        let mut child = command.spawn().map_err(&failed)?;
        // If it ends without reading everything, what it says matters, not that.
        let _ = child.stdin.take().map(|mut stdin| stdin.write_all(input));
        let status = child.wait().map_err(&failed)?;
        let (told, said) = (text(&mut out), text(&mut err));
        if status.success() { Ok(told) } else { Err(self.refusal(attempt, status, &told, &said)) }
    }

    fn memory(&self, attempt: Attempt) -> Result<File, Failed> {
        memfd_create("netavark", MemfdFlags::CLOEXEC)
            .map(File::from)
            .map_err(Failed::at(attempt, &self.program))
    }

    fn refusal(&self, attempt: Attempt, status: ExitStatus, told: &str, said: &str) -> Failed {
        let node = serde_json::from_str::<serde_json::Value>(told).ok();
        let error = node.as_ref().and_then(|node| node.get("error")?.as_str());
        let words = error.map(str::trim).filter(|words| !words.is_empty());
        let note = match (words, said.trim()) {
            (Some(words), _) => words.to_owned(),
            (None, "") => status.to_string(),
            (None, said) => said.replace('\n', "; "),
        };
        Failed { note: Some(note), ..Failed::at(attempt, &self.program)(Errno::IO) }
    }

    fn take_down(&self, told: &[u8]) -> Result<(), Failed> {
        self.wait_for_dns();
        let done = self.call("teardown", told).map(drop);
        self.let_dns_go();
        match done {
            // The name server has ended already; all else was taken down, or there would be more than this to tell.
            Err(failed) if failed.note.as_deref() == Some(NO_DNS) => Ok(()),
            done => done,
        }
    }

    /// The DNS server goes a while after its last network. The next one would be handed to it meanwhile, and have none.
    fn let_dns_go(&self) {
        let entries = read_dir(self.run_dir.join(DNS)).into_iter().flatten().flatten();
        if entries.into_iter().any(|entry| entry.file_name() != *DNS_PID) {
            return;
        }
        let begin = Instant::now();
        while processes::is_any(|words| self.is_dns(words)) && begin.elapsed() < PATIENCE {
            sleep(Duration::from_millis(5));
        }
    }

    /// The DNS server tells its number a while after it was started. Before that netavark takes it for gone, and would leave it.
    fn wait_for_dns(&self) {
        let begin = Instant::now();
        let pid = self.run_dir.join(DNS).join(DNS_PID);
        while !pid.exists() && processes::is_any(|words| self.is_dns(words)) {
            if begin.elapsed() > PATIENCE {
                break;
            }
            sleep(Duration::from_millis(5));
        }
    }

    /// Whether a command line is that of the DNS server.
    fn is_dns(&self, words: &[&[u8]]) -> bool {
        let own = self.run_dir.join(DNS);
        words.first() == Some(&self.aardvark.as_os_str().as_bytes())
            && words.contains(&own.as_os_str().as_bytes())
    }

    fn wait_for_survivors(&self) -> Result<(), Failed> {
        let (program, netns) =
            (self.program.as_os_str().as_bytes(), self.netns.as_os_str().as_bytes());
        processes::wait_for(&self.program, |words| {
            words.first() == Some(&program) && words.last() == Some(&netns)
        })
    }

    /// Takes the lock of all networks, whose directory may go and come back meanwhile.
    fn lock(&self) -> Result<Lock, Failed> {
        loop {
            directories::make(&self.run_dir, 0o700, geteuid().as_raw(), getegid().as_raw())?;
            match Lock::of_file(&self.run_dir.join(LOCK)) {
                Err(failed) if failed.source == Errno::NOENT => {}
                locked => return locked,
            }
        }
    }

    /// Removes the networks' directory when no container has an address any more; anything of others in it keeps it.
    fn remove_directory(&self) {
        for file in leases::files_in(&self.run_dir) {
            remove_file(file).unwrap_or(());
        }
        let dns = self.run_dir.join(DNS);
        // Where netavark could not stop it, nobody needs it any more.
        let stopped = processes::end_all(&self.aardvark, |words| self.is_dns(words));
        if stopped.is_ok() {
            remove_file(dns.join(DNS_PID)).unwrap_or(());
        }
        if !dns.exists() || remove_dir(&dns).is_ok() {
            for lock in [DNS_LOCK, LOCK] {
                remove_file(self.run_dir.join(lock)).unwrap_or(());
            }
            remove_dir(&self.run_dir).unwrap_or(());
        }
    }
}

/// Of what was set up in part netavark leaves the bridge, which belongs to the network's containers: without any it goes. That it stays is no
/// failure of its own.
fn remove_idle_bridges(input: &[u8], leases: &Leases) {
    let Ok(input) = serde_json::from_slice::<Input>(input) else { return };
    let idle = |network: &&Info| network.driver == "bridge" && !leases.has(&network.name);
    for network in input.network_info.values().filter(idle) {
        netlink::remove_idle_bridge(&network.network_interface).unwrap_or(());
    }
}

/// Programs that netavark calls lie where a user does not look for them (LP-RNS-03).
fn path() -> String {
    let path = std::env::var("PATH").unwrap_or_default();
    let has = |directory: &str| path.split(':').any(|found| found == directory);
    let lacking = ["/usr/sbin", "/sbin"].into_iter().filter(|directory| !has(directory));
    let mut all: Vec<&str> = path.split(':').filter(|directory| !directory.is_empty()).collect();
    all.extend(lacking);
    all.join(":")
}

fn text(file: &mut File) -> String {
    let mut bytes = Vec::new();
    // Without its words there is still its exit status.
    let _ = file.rewind().and_then(|()| file.take(ANSWER).read_to_end(&mut bytes));
    String::from_utf8_lossy(&bytes).into_owned()
}
