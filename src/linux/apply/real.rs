//! This host: looks at what is there before a step, performs it, takes it back.

use super::back::Back;
use super::directories::{self, missing};
use super::failed::Failed;
use super::files::{self, Dress};
use super::host::{Host, Outcome};
use super::network::netavark::{self, Netavark};
use super::network::rootless_netns::RootlessNetns;
use super::network::{netns, pasta, rootlessport, slirp4netns};
use super::owners::{self, Chown};
use super::state::State;
use super::support::Unsupported;
use super::{mounts, own_cgroup, served, volume_mounts, volumes};
use crate::facts::{SecretFacts, Table};
use crate::plan::{Effect, Plan, PlanStep};
use std::borrow::ToOwned as _;
use std::fs::symlink_metadata;
use std::path::{Path, PathBuf};
use std::string::String;
use std::vec::Vec;

/// This host, with what the steps of one container's plan are supplied from.
#[derive(Debug)]
pub struct ThisHost {
    /// The container's directory: its state is kept here.
    directory: PathBuf,
    spec: Vec<u8>,
    secrets: Table<SecretFacts>,
    volumes: PathBuf,
    root: PathBuf,
}

impl ThisHost {
    /// For taking the steps of a plan.
    pub fn new(directory: &Path, plan: &Plan<'_>) -> Self {
        let (facts, mut spec) = (plan.facts, Vec::new());
        crate::emit::spec(&plan.draft.spec, &mut spec);
        let path = |text: &Option<String>| PathBuf::from(text.clone().unwrap_or_default());
        let (volumes, root) = (path(&facts.engine.volume_path), path(&facts.container.mountpoint));
        ThisHost {
            directory: directory.to_owned(),
            spec,
            secrets: facts.secrets.clone(),
            volumes,
            root,
        }
    }

    /// Takes back the directories that would be made: below the container's own directory with what the runtime has put in meanwhile, such
    /// as mount points; anywhere else only if nothing of others is in them by then.
    fn made(&self, path: &Path) -> Vec<Back> {
        let ours = |path: &Path| path.starts_with(&self.directory) && path != self.directory;
        let back = |path: PathBuf| {
            if ours(&path) { Back::RemoveTree { path } } else { Back::RemoveDirectory { path } }
        };
        let (mut made, base) = (missing(path), self.directory.parent().unwrap_or(Path::new("/")));
        // One that all containers share goes with the last of them, whoever made it.
        let is_shared = |at: &&Path| at.starts_with(base) && *at != base && !ours(at);
        let shared =
            path.ancestors().filter(is_shared).filter(|at| !self.directory.starts_with(at));
        let mut there: Vec<PathBuf> = shared.map(Path::to_owned).collect();
        there.reverse();
        there.retain(|at| !made.contains(at));
        there.append(&mut made);
        there.into_iter().map(back).collect()
    }

    /// Takes back a tree of ours, and the directories above it that would be made.
    fn made_as_tree(&self, path: &Path) -> Vec<Back> {
        let mut back = path.parent().map(|above| self.made(above)).unwrap_or_default();
        back.push(Back::RemoveTree { path: path.to_owned() });
        back
    }

    /// Who sets the networks up that an effect tells of.
    fn netavark(&self, effect: &Effect<'_>) -> Netavark {
        let Effect::NetworkSetup {
            program, aardvark, run_dir, rootless, netns, container_id, ..
        } = effect
        else {
            return Netavark::default();
        };
        Netavark {
            program: PathBuf::from(&**program),
            aardvark: PathBuf::from(&**aardvark),
            run_dir: PathBuf::from(&**run_dir),
            rootless: rootless.as_ref().map(rootless_netns),
            netns: PathBuf::from(&**netns),
            id: container_id.clone().into_owned(),
            input: self.directory.join(netavark::INPUT),
        }
    }

    /// For taking steps back only.
    pub(super) fn only_back(directory: &Path) -> Self {
        ThisHost {
            directory: directory.to_owned(),
            spec: Vec::new(),
            secrets: Table::default(),
            volumes: PathBuf::new(),
            root: PathBuf::new(),
        }
    }
}

impl Host for ThisHost {
    fn check(&self, plan: &[PlanStep<'_>]) -> Result<(), Unsupported> {
        super::check(plan)
    }

    fn foresee(&self, effect: &Effect<'_>) -> Result<Vec<Back>, Failed> {
        use Effect as E;
        Ok(match effect {
            E::MakeDir { path, .. } => self.made(Path::new(&**path)),
            E::MountShm { path, .. } => {
                let path = PathBuf::from(&**path);
                if mounts::is_mounted(&path)? {
                    Vec::new()
                } else {
                    Vec::from([Back::Unmount { path, lazy: false }])
                }
            }
            E::MountRootfsOverlay { content, program, .. } => {
                let content = Path::new(&**content);
                let mut back = self.made_as_tree(content);
                back.push(unmounted(content.join("merge"), program));
                back
            }
            E::Overlay { content, program, .. } => {
                let content = Path::new(&**content);
                let mut back = self.made_as_tree(content);
                back.extend(
                    program.first().map(|program| unmounted(content.join("merge"), program)),
                );
                back
            }
            E::WriteFile { path, .. } | E::SaveSpec { path } => written(Path::new(&**path)),
            E::WriteSecret { path, .. } => {
                let path = Path::new(&**path);
                let mut back = path.parent().map(|above| self.made(above)).unwrap_or_default();
                back.extend(written(path));
                back
            }
            // What is there already is used as it is.
            E::CopyTree { destination, .. } if is_there(Path::new(&**destination)) => Vec::new(),
            E::CopyTree { destination, .. } => self.made_as_tree(Path::new(&**destination)),
            E::AddHosts { path, ip, names } => {
                let borrowed: Vec<&str> = names.iter().map(|name| &**name).collect();
                let path = PathBuf::from(&**path);
                if files::new_hosts(&path, ip, &borrowed)?.is_empty() {
                    Vec::new()
                } else {
                    Vec::from([Back::RemoveHosts {
                        path,
                        ip: ip.clone().into_owned(),
                        names: names.iter().map(|name| name.clone().into_owned()).collect(),
                    }])
                }
            }
            E::CreateNetns { path, .. } | E::BindNetns { path, .. } => {
                let path = PathBuf::from(&**path);
                Vec::from([
                    Back::RemoveFile { path: path.clone() },
                    Back::Unmount { path, lazy: true },
                ])
            }
            E::StartSlirp4netns { argv, log, .. } => {
                let mut back = Vec::from([Back::RemoveFile { path: PathBuf::from(&**log) }]);
                back.extend(
                    slirp4netns::socket(argv).map(|path| Back::RemoveFile { path: path.into() }),
                );
                let program = argv.first().map_or_else(PathBuf::new, |path| PathBuf::from(&**path));
                back.push(match slirp4netns::namespace(argv) {
                    Some(netns) => Back::EndProgram { program, argument: netns.to_owned() },
                    // The number of a process is another's later.
                    None => Back::EndMarked { program, mark: PathBuf::from(&**log) },
                });
                back
            }
            E::StartRootlessport { program, tmp_dir, container_id, .. } => {
                let log = rootlessport::log(tmp_dir, container_id);
                Vec::from([
                    Back::RemoveDirectory { path: rootlessport::sockets(tmp_dir) },
                    Back::RemoveTree { path: self.directory.join(rootlessport::DIRECTORY) },
                    Back::RemoveFile { path: log.clone() },
                    Back::EndMarked { program: PathBuf::from(&**program), mark: log },
                ])
            }
            E::JoinRootlessNetns { namespace, argv, log, container_id, .. } => {
                let namespace = rootless_netns(namespace);
                let program = PathBuf::from(argv.first().map_or("", |word| &**word));
                let id = container_id.clone().into_owned();
                Vec::from([
                    Back::RemoveFile { path: PathBuf::from(&**log) },
                    Back::LeaveRootlessNetns { namespace, program, id },
                ])
            }
            E::StartPasta { argv, netns, .. } => {
                let program = PathBuf::from(argv.first().map_or("", |word| &**word));
                let argument = netns.clone().into_owned();
                Vec::from([Back::EndProgram { program, argument }])
            }
            E::NetworkSetup { .. } => {
                let by = self.netavark(effect);
                // Its directory goes with the last address that is given in it.
                let above = by.run_dir.parent().map(|above| self.made(above)).unwrap_or_default();
                let mut back = above;
                back.push(Back::RemoveFile { path: files::beside(&by.input) });
                back.push(Back::RemoveFile { path: by.input.clone() });
                back.push(Back::TearDownNetwork { by });
                back
            }
            E::CreateVolume { name, anonymous: true, .. } => {
                self.made_as_tree(&volumes::directory(&self.volumes, name)?)
            }
            E::MountVolume { name, mountpoint, needs_mount: true, .. } => {
                Vec::from([Back::LeaveVolume {
                    directory: volumes::directory(&self.volumes, name)?,
                    mountpoint: PathBuf::from(&**mountpoint),
                    user: self.directory.clone(),
                }])
            }
            // These stay, as their `Undo::Keep` says, or are not performed here.
            E::CreateVolume { .. }
            | E::MountVolume { .. }
            | E::MountRootfs { .. }
            | E::MakeMtab { .. }
            | E::MakeWorkDir { .. }
            | E::AppendInRoot { .. }
            | E::RewriteFile { .. }
            | E::Chown { .. }
            | E::Relabel { .. }
            | E::MakeAccessible { .. }
            | E::FixVolume { .. }
            | E::SlirpForward { .. }
            | E::MountImage { .. }
            | E::LoadApparmor { .. }
            | E::MoveSelf { .. }
            | E::PrecreateHook { .. } => Vec::new(),
        })
    }

    fn perform(&self, effect: &Effect<'_>) -> Result<Option<Outcome>, Failed> {
        use Effect as E;
        let path_of = |text: &str| PathBuf::from(text);
        let done = match effect {
            E::NetworkSetup { container_name, networks, ports, .. } => {
                let status = self.netavark(effect).set_up(container_name, networks, ports)?;
                return Ok(Some(Outcome::Network(status)));
            }
            E::StartPasta { argv, netns, dns } => {
                let status = pasta::start(argv, &path_of(netns), dns)?;
                return Ok(Some(Outcome::Network(status)));
            }
            E::MakeDir { path, mode, uid, gid } => {
                directories::make(&path_of(path), *mode, *uid, *gid)
            }
            E::MountShm { path, data, uid, gid } => mounts::shm(&path_of(path), data, *uid, *gid),
            E::MountRootfs { mountpoint, .. } => mounts::rootfs(&path_of(mountpoint)),
            E::MountRootfsOverlay { rootfs, content, options, program, uid, gid } => {
                mounts::rootfs_overlay(mounts::RootfsOverlay {
                    rootfs: &path_of(rootfs),
                    content: &path_of(content),
                    options,
                    program,
                    uid: *uid,
                    gid: *gid,
                })
            }
            E::MakeMtab { root, uid, gid } => directories::make_mtab(root, *uid, *gid),
            E::CreateVolume { name, uid, gid, options, .. } => {
                volumes::create(&self.volumes, name, *uid, *gid, options)
            }
            E::MountVolume { name, mountpoint, needs_mount, copy_up } => {
                let mountpoint = path_of(mountpoint);
                if *needs_mount {
                    let own = volumes::directory(&self.volumes, name)?;
                    volume_mounts::enter(&own, &mountpoint, &self.directory)?;
                }
                if copy_up.is_empty() {
                    Ok(())
                } else {
                    volumes::fill(&self.volumes, name, &mountpoint, &self.root, copy_up)
                }
            }
            E::Overlay { source, content, upper, work, program, uid, gid } => {
                let (upper, work) = (path_of(upper), path_of(work));
                mounts::overlay(&path_of(source), &path_of(content), &upper, &work, *uid, *gid)?;
                match program.as_slice() {
                    [program, _, options, merge] => {
                        served::mount(program, options, &path_of(merge))
                    }
                    _ => Ok(()),
                }
            }
            E::MoveSelf { child } => own_cgroup::move_into(child),
            E::Chown { path, uid, gid, recursive, unless_owned, guarded } => {
                let how = Chown {
                    uid: *uid,
                    gid: *gid,
                    recursive: *recursive,
                    unless_owned: *unless_owned,
                    guarded: *guarded,
                };
                owners::chown(&path_of(path), how)
            }
            E::Relabel { path, label, shared, unless_labelled } => {
                owners::relabel(&path_of(path), label, *shared, *unless_labelled)
            }
            E::WriteFile { path, content, mode, uid, gid, label } => files::write(
                &path_of(path),
                content,
                Dress { mode: *mode, uid: *uid, gid: *gid, label },
            ),
            E::AppendInRoot { root, path, content } => files::append_in_root(root, path, content),
            E::AddHosts { path, ip, names } => {
                let names: Vec<&str> = names.iter().map(|name| &**name).collect();
                files::add_hosts(&path_of(path), ip, &names)
            }
            E::CopyTree { source, destination, uid, gid, label } => {
                files::copy_tree(&path_of(source), &path_of(destination), *uid, *gid, label)
            }
            E::MakeAccessible { path, uid, gid } => {
                directories::make_accessible(&path_of(path), *uid, *gid)
            }
            E::MakeWorkDir { root, path, uid, gid } => {
                directories::make_work_dir(root, path, *uid, *gid)
            }
            E::FixVolume { name, mountpoint, covers, uid, gid } => volumes::fix(
                &self.volumes,
                name,
                &path_of(mountpoint),
                &self.root,
                &path_of(covers),
                (*uid, *gid),
            ),
            E::SaveSpec { path } => directories::refuse_dev_outside(&self.root).and_then(|()| {
                let dress = Dress { mode: 0o644, uid: 0, gid: 0, label: "" };
                files::write_bytes(&path_of(path), &self.spec, dress)
            }),
            E::WriteSecret { name, path, uid, gid, mode } => {
                let text = self
                    .secrets
                    .get(name)
                    .and_then(|secret| secret.data.as_deref())
                    .unwrap_or_default();
                let path = path_of(path);
                if let Some(above) = path.parent() {
                    directories::make(above, 0o755, 0, 0)?;
                }
                files::write_bytes(
                    &path,
                    text.as_bytes(),
                    Dress { mode: *mode, uid: *uid, gid: *gid, label: "" },
                )
            }
            E::BindNetns { path, run_dir, pid } => {
                netns::bind(&path_of(path), &path_of(run_dir), *pid)
            }
            E::RewriteFile { path, text } => files::rewrite(&path_of(path), text),
            E::CreateNetns { path, run_dir } => netns::create(&path_of(path), &path_of(run_dir)),
            E::StartSlirp4netns { argv, without_dad, own_mount_namespace, log, .. } => {
                slirp4netns::start(&slirp4netns::Start {
                    argv,
                    without_dad: *without_dad,
                    own_mount_namespace: *own_mount_namespace,
                    log: &path_of(log),
                })
            }
            E::JoinRootlessNetns {
                namespace,
                run_dir,
                container_id,
                argv,
                without_dad,
                own_mount_namespace,
                log,
                resolv_conf,
            } => {
                let start = slirp4netns::Start {
                    argv,
                    without_dad: *without_dad,
                    own_mount_namespace: *own_mount_namespace,
                    log: &path_of(log),
                };
                rootless_netns(namespace).join(&path_of(run_dir), &start, resolv_conf, container_id)
            }
            E::SlirpForward { socket, ports } => slirp4netns::forward(&path_of(socket), ports),
            E::StartRootlessport {
                program,
                container_id,
                tmp_dir,
                netns,
                child_ip,
                ports,
                rootless_cni,
            } => rootlessport::start(&rootlessport::Start {
                program: &path_of(program),
                container_id,
                tmp_dir,
                netns,
                child_ip,
                ports,
                rootless_cni: *rootless_cni,
                runtime_dir: &self.directory.join(rootlessport::DIRECTORY),
            }),
            // `support::check` has refused a plan with any of these.
            E::MountImage { .. } | E::LoadApparmor { .. } | E::PrecreateHook { .. } => {
                Err(Failed::at(super::Attempt::Make, effect.word())(rustix::io::Errno::NOSYS))
            }
        };
        done.map(|()| None)
    }

    fn renew(&mut self, plan: &Plan<'_>) {
        *self = ThisHost::new(&self.directory, plan);
    }

    fn take_back(&self, back: &Back) -> Result<(), Failed> {
        back.take()
    }

    fn save(&self, state: &State) -> Result<(), Failed> {
        state.save(&self.directory)
    }
}

/// Takes an overlay back that the kernel mounts, or a program.
fn unmounted(path: PathBuf, program: &str) -> Back {
    if program.is_empty() {
        Back::Unmount { path, lazy: false }
    } else {
        Back::UnmountServed { program: PathBuf::from(program), path }
    }
}

fn is_there(path: &Path) -> bool {
    symlink_metadata(path).is_ok()
}

/// Takes back a file that is not there yet, and what is written beside it.
fn written(path: &Path) -> Vec<Back> {
    let mut back = Vec::from([Back::RemoveFile { path: files::beside(path) }]);
    if !is_there(path) {
        back.push(Back::RemoveFile { path: path.to_owned() });
    }
    back
}

fn rootless_netns(planned: &crate::plan::RootlessNetns<'_>) -> RootlessNetns {
    RootlessNetns {
        dir: PathBuf::from(&*planned.dir),
        netns: PathBuf::from(&*planned.netns),
        runtime_dir: PathBuf::from(&*planned.runtime_dir),
    }
}
