//! A host with a bridge, in a network namespace that stands for it, and containers on it.

use crate::outside::{Scratch, busybox, listing};
use ocify::linux::{GatherOptions, RunError, RunOptions, run};
use ocify::{Config, parse};
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

pub(crate) const NETAVARK: &str = "/usr/lib/podman/netavark";
pub(crate) const AARDVARK: &str = "/usr/lib/podman/aardvark-dns";

/// A host with one network besides the default one.
pub(crate) struct Host {
    pub(crate) scratch: Scratch,
    pub(crate) runtime: String,
}

impl Host {
    pub(crate) fn new(runtime: &str, case: &str) -> Self {
        let scratch = Scratch::new(&format!("{case}-{runtime}"));
        busybox(&scratch.join("root"));
        fs::create_dir(scratch.join("networks")).unwrap();
        let network = serde_json::json!({
            "name": "lan", "id": "11".repeat(32), "driver": "bridge", "network_interface": "lan0",
            "subnets": [{"subnet": "10.99.0.0/24", "gateway": "10.99.0.1"}, {"subnet": "fd99::/64", "gateway": "fd99::1"}],
            "ipv6_enabled": true, "internal": false, "dns_enabled": true, "ipam_options": {"driver": "host-local"},
        });
        fs::write(scratch.join("networks/lan.json"), network.to_string()).unwrap();
        let conf =
            format!("[network]\nnetwork_config_dir = \"{}\"\n", scratch.join("networks").display());
        fs::write(scratch.join("containers.conf"), conf).unwrap();
        Host { scratch, runtime: runtime.to_owned() }
    }

    pub(crate) fn container(&self, number: u64, text: &str) -> Container<'_> {
        let out = self.scratch.join(&format!("out{number}"));
        fs::create_dir_all(&out).unwrap();
        fs::set_permissions(&out, fs::Permissions::from_mode(0o777)).unwrap();
        let limit = |resource| rustix::process::getrlimit(resource).maximum.unwrap_or(u64::MAX);
        let (nofile, nproc) =
            (limit(rustix::process::Resource::Nofile), limit(rustix::process::Resource::Nproc));
        let text = format!(
            "rootfs: {}\nname: box{number}\nr_limits: ['nofile=64:{nofile}', 'nproc=100:{nproc}']\nrootfs_overlay: true\nmounts: ['type=bind,src={},dst=/out']\n{text}",
            self.scratch.join("root").display(),
            out.display()
        );
        let config = parse(&text).unwrap_or_else(|e| panic!("{text}: {e:?}"));
        let id = format!("{:064x}", u64::from(std::process::id()) * 1000 + number);
        let gather = GatherOptions {
            id: Some(id.clone()),
            state_dir: Some(self.scratch.join("state")),
            volume_dir: Some(self.scratch.join("volumes")),
            containers_conf: Some(self.scratch.join("containers.conf")),
            runtime: Some(self.runtime.clone()),
            ..GatherOptions::default()
        };
        let directory = self.scratch.join("state").join(&id);
        Container {
            host: self,
            text,
            config,
            options: RunOptions { gather, progress: None },
            out,
            directory,
        }
    }

    /// What may not differ afterwards. netavark leaves its chains, which are empty then.
    pub(crate) fn listing(&self) -> Vec<String> {
        let mut found = listing(&[&self.scratch.join("root"), &self.scratch.join("state")]);
        // The directory of namespaces is made a shared mount for all of them, and stays one.
        found.retain(|line| !line.contains(" /run/netns "));
        let links = Command::new("ip").args(["-br", "link"]).output().unwrap();
        // Their states change by themselves.
        let name = |line: &str| line.split(' ').next().unwrap_or_default().to_owned();
        found.extend(String::from_utf8(links.stdout).unwrap().lines().map(name));
        let rules = Command::new("iptables-save").output().unwrap();
        let ours = |line: &&str| {
            line.starts_with("-A") && (line.contains("10.99.") || line.contains("10.88."))
        };
        found.extend(
            String::from_utf8(rules.stdout).unwrap().lines().filter(ours).map(str::to_owned),
        );
        for process in fs::read_dir("/proc").unwrap() {
            let process = process.unwrap().path();
            let read = |file| {
                let text = fs::read(process.join(file)).unwrap_or_default();
                String::from_utf8_lossy(&text).into_owned()
            };
            let (line, scratch) = (read("cmdline"), self.scratch.path().display());
            if line.contains(&scratch.to_string())
                || read("environ").contains(&format!("OCIFY_STARTED_AS={scratch}"))
            {
                found.push(line);
            }
        }
        found
    }
}

/// A container of that host, which may write into `/out`.
pub(crate) struct Container<'h> {
    host: &'h Host,
    /// The config as text.
    pub(crate) text: String,
    pub(crate) config: Config,
    pub(crate) options: RunOptions,
    pub(crate) out: PathBuf,
    pub(crate) directory: PathBuf,
}

impl Container<'_> {
    /// What it wrote.
    pub(crate) fn said(&self, name: &str) -> String {
        fs::read_to_string(self.out.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    /// Does something while it runs.
    pub(crate) fn meanwhile(&self, then: impl FnOnce()) {
        std::thread::scope(|scope| {
            let container = scope.spawn(|| run(&self.config, &self.options));
            let begin = Instant::now();
            // The runtime may tell init's number only after that has begun.
            while !self.out.join("ready").exists() || !self.directory.join("pid").exists() {
                if container.is_finished() || begin.elapsed() > Duration::from_secs(30) {
                    fs::write(self.out.join("stop"), "").unwrap();
                    panic!("the container does not start: {:?}", container.join());
                }
                std::thread::sleep(Duration::from_millis(10));
            }
            let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(then));
            fs::write(self.out.join("stop"), "").unwrap();
            let ended = container.join().unwrap();
            done.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            assert_eq!(ended.unwrap(), 0, "{}", self.host.runtime);
        });
    }

    pub(crate) fn refused(&self) -> String {
        let error = run(&self.config, &self.options).unwrap_err();
        assert!(matches!(error, RunError::Apply(_)), "{error:?}");
        let mut text = error.to_string();
        let mut source = std::error::Error::source(&error);
        while let Some(error) = source {
            text = format!("{text}: {error}");
            source = error.source();
        }
        text
    }
}

/// A page of a web server, if it answers.
pub(crate) fn page(address: &str) -> Option<String> {
    let address: SocketAddr = address.parse().unwrap();
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(2)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(3))).unwrap();
    stream.write_all(b"GET /index.html HTTP/1.0\r\n\r\n").ok()?;
    let mut page = String::new();
    stream.read_to_string(&mut page).ok()?;
    page.lines().last().map(str::to_owned)
}
