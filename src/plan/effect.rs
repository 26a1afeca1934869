//! Every change to the host that a container's start can need.

use super::{Attachment, RootlessNetns, Undo};
use alloc::{borrow::Cow, string::String, vec::Vec};

/// Text of the effect: borrowed from an input where it can be.
type Text<'a> = Cow<'a, str>;

/// Defines the effects and how they are written out: one object each, `{"do": "...", ...}`.
macro_rules! effects {
    ($( $(#[doc = $doc:literal])* $Name:ident $word:literal { $( $(#[doc = $fdoc:literal])* $field:ident: $ty:ty ),* $(,)? } )*) => {
        /// A change to the host. Paths are absolute paths of the host.
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum Effect<'a> { $( $(#[doc = $doc])* $Name { $( $(#[doc = $fdoc])* $field: $ty ),* } ),* }
        impl Effect<'_> {
            /// Its word in a written plan.
            pub fn word(&self) -> &'static str {
                match self { $( Effect::$Name { .. } => $word ),* }
            }
            /// Every word, with what it does.
            pub const WORDS: &'static [(&'static str, &'static str)] = &[$(($word, concat!($($doc),*))),*];
        }
        impl serde::Serialize for Effect<'_> {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeMap as _;
                let mut map = to.serialize_map(None)?;
                map.serialize_entry("do", self.word())?;
                match self { $( Effect::$Name { $($field),* } => { $( map.serialize_entry(stringify!($field), $field)?; )* } )* }
                map.end()
            }
        }
        impl<'a> schemars::JsonSchema for Effect<'a> {
            fn schema_name() -> Cow<'static, str> {
                Cow::Borrowed("Effect")
            }
            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let one_of: Vec<schemars::Schema> = Vec::from([$({
                    let mut properties = serde_json::Map::new();
                    properties.insert("do".into(), serde_json::json!({ "const": $word }));
                    $({
                        let mut property = generator.subschema_for::<$ty>();
                        if property.get("$ref").is_some() {
                            property = schemars::json_schema!({ "allOf": [property] });
                        }
                        property.insert("description".into(), concat!($($fdoc),*).trim().into());
                        properties.insert(stringify!($field).into(), property.into());
                    })*
                    schemars::json_schema!({
                        "type": "object",
                        "description": concat!($($doc),*).trim(),
                        "properties": properties,
                        "required": ["do" $(, stringify!($field))*],
                        "additionalProperties": false,
                    })
                }),*]);
                schemars::json_schema!({ "oneOf": one_of })
            }
        }
    };
}

effects! {
    /// Makes a network namespace that outlives its maker: an empty file with the namespace bound on it.
    CreateNetns "create_netns" {
        /// The file.
        path: Text<'a>,
        /// The directory of such files, made shared.
        run_dir: Text<'a>,
    }
    /// Binds the network namespace that the runtime has made onto a file.
    BindNetns "bind_netns" {
        /// The file.
        path: Text<'a>,
        /// The directory of such files.
        run_dir: Text<'a>,
        /// Process id of the container; 0 while the runtime has not made it.
        pid: u32,
    }
    /// Makes the rootless network namespace, if no other container has made it, with a slirp4netns and a resolv.conf of its own.
    JoinRootlessNetns "join_rootless_netns" {
        /// The namespace.
        namespace: RootlessNetns<'a>,
        /// The directory of such files, made shared.
        run_dir: Text<'a>,
        /// The container that uses it.
        container_id: Text<'a>,
        /// Command line of its slirp4netns.
        argv: Vec<Text<'a>>,
        /// `accept_dad` is 0 in the namespace until slirp4netns is ready (LP-SLIRP-11).
        without_dad: bool,
        /// slirp4netns gets a mount namespace of its own.
        own_mount_namespace: bool,
        /// Log of slirp4netns' output.
        log: Text<'a>,
        /// Its resolv.conf.
        resolv_conf: Text<'a>,
    }
    /// Sets up the networks of the container: gives it addresses, and calls netavark.
    NetworkSetup "network_setup" {
        /// netavark.
        program: Text<'a>,
        /// aardvark-dns, which answers for names of containers; empty for none.
        aardvark: Text<'a>,
        /// Directory of given addresses and of the DNS server's configuration, shared by all containers.
        run_dir: Text<'a>,
        /// The rootless network namespace, inside of which it works; null for root.
        rootless: Option<RootlessNetns<'a>>,
        /// Path of the namespace.
        netns: Text<'a>,
        /// Id of the container.
        container_id: Text<'a>,
        /// Name of the container.
        container_name: Text<'a>,
        /// Networks, in order of their names.
        networks: Vec<Attachment<'a>>,
        /// Published ports.
        ports: Vec<Port<'a>>,
    }
    /// Starts pasta, which goes on by itself when it is ready.
    StartPasta "start_pasta" {
        /// The whole command line.
        argv: Vec<Text<'a>>,
        /// Path of the namespace.
        netns: Text<'a>,
        /// The name servers that it hands questions on for.
        dns: Vec<Text<'a>>,
    }
    /// Starts slirp4netns.
    StartSlirp4netns "start_slirp4netns" {
        /// The whole command line.
        argv: Vec<Text<'a>>,
        /// What it is attached to.
        attach: SlirpAttach,
        /// `accept_dad` is 0 in the namespace until it is ready (LP-SLIRP-11).
        without_dad: bool,
        /// It gets a mount namespace of its own.
        own_mount_namespace: bool,
        /// Log of its output.
        log: Text<'a>,
    }
    /// Forwards ports by slirp4netns' API.
    SlirpForward "slirp4netns_forward" {
        /// Socket of the API.
        socket: Text<'a>,
        /// The ports.
        ports: Vec<Port<'a>>,
    }
    /// Starts the rootless port forwarder.
    StartRootlessport "start_rootlessport" {
        /// The program.
        program: Text<'a>,
        /// Id of the container.
        container_id: Text<'a>,
        /// Directory of its socket and its log.
        tmp_dir: Text<'a>,
        /// Path of the namespace.
        netns: Text<'a>,
        /// Address in the container that is forwarded to.
        child_ip: Text<'a>,
        /// The ports.
        ports: Vec<Port<'a>>,
        /// Whether it works inside the rootless network namespace.
        rootless_cni: bool,
    }
    /// Makes a directory and those above it.
    MakeDir "make_dir" {
        /// The directory.
        path: Text<'a>,
        /// Mode of what is made, octal bits.
        mode: u32,
        /// Owner of what is made.
        uid: u32,
        /// Group of what is made.
        gid: u32,
    }
    /// Mounts /dev/shm's tmpfs.
    MountShm "mount_shm" {
        /// Where.
        path: Text<'a>,
        /// mount(2) data.
        data: Text<'a>,
        /// Owner it is given.
        uid: u32,
        /// Group it is given.
        gid: u32,
    }
    /// Mounts the image as the container's root.
    MountRootfs "mount_rootfs" {
        /// Where storage mounts it.
        mountpoint: Text<'a>,
        /// Mount label of storage.
        label: Text<'a>,
        /// Owner of the mount point.
        uid: u32,
        /// Group of the mount point.
        gid: u32,
    }
    /// Mounts an overlay above a root directory.
    MountRootfsOverlay "mount_rootfs_overlay" {
        /// The lower directory.
        rootfs: Text<'a>,
        /// The directory of upper, work and merge.
        content: Text<'a>,
        /// mount(2) data.
        options: Vec<Text<'a>>,
        /// A program that mounts it instead of the kernel; empty for none.
        program: Text<'a>,
        /// Owner of the merged directory.
        uid: u32,
        /// Group of the merged directory.
        gid: u32,
    }
    /// Makes /etc and the link /etc/mtab inside the root, beneath it.
    MakeMtab "make_mtab" {
        /// The root.
        root: Text<'a>,
        /// Owner of what is made.
        uid: u32,
        /// Group of what is made.
        gid: u32,
    }
    /// Makes a named volume.
    CreateVolume "create_volume" {
        /// Its name.
        name: Text<'a>,
        /// Its owner.
        uid: u32,
        /// Its group.
        gid: u32,
        /// It goes with the container.
        anonymous: bool,
        /// Driver options, `K=V`.
        options: Vec<Text<'a>>,
    }
    /// Mounts a named volume where its driver needs it, and copies the image's content into an empty new one.
    MountVolume "mount_volume" {
        /// Its name.
        name: Text<'a>,
        /// Its directory.
        mountpoint: Text<'a>,
        /// Whether there is something to mount (LP-MNT-12).
        needs_mount: bool,
        /// Path in the container whose content is copied up; empty for none.
        copy_up: Text<'a>,
    }
    /// Mounts an image as a volume.
    MountImage "mount_image" {
        /// The image.
        image: Text<'a>,
        /// Where storage mounts it.
        mountpoint: Text<'a>,
    }
    /// Makes an overlay's directories and mounts it, or lets the runtime mount it.
    Overlay "overlay" {
        /// The lower directory.
        source: Text<'a>,
        /// The directory of upper, work, merge and lower.
        content: Text<'a>,
        /// The upper directory takes mode and owner of the lower one; the work directory; empty when read-only.
        upper: Text<'a>,
        /// The work directory.
        work: Text<'a>,
        /// A program that mounts it, with its options; empty when the runtime mounts it.
        program: Vec<Text<'a>>,
        /// Owner of the directories.
        uid: u32,
        /// Group of the directories.
        gid: u32,
    }
    /// Changes the owner of one path.
    Chown "chown" {
        /// The path.
        path: Text<'a>,
        /// Owner.
        uid: u32,
        /// Group.
        gid: u32,
        /// Everything below as well.
        recursive: bool,
        /// Only when the top has another owner (LP-VOL-22).
        unless_owned: bool,
        /// Refused for system paths (LP-LEAF-09).
        guarded: bool,
    }
    /// Sets an SELinux label.
    Relabel "relabel" {
        /// The path.
        path: Text<'a>,
        /// The label.
        label: Text<'a>,
        /// Shared between containers.
        shared: bool,
        /// Only when it differs (LP-VOL-21).
        unless_labelled: bool,
    }
    /// Writes a file: beside, then renamed.
    WriteFile "write_file" {
        /// The file.
        path: Text<'a>,
        /// What it holds.
        content: Content<'a>,
        /// Mode, octal bits.
        mode: u32,
        /// Owner.
        uid: u32,
        /// Group.
        gid: u32,
        /// SELinux label; empty for none.
        label: Text<'a>,
    }
    /// Writes a file anew that is bound into the container already: it stays the file that it is.
    RewriteFile "rewrite_file" {
        /// The file.
        path: Text<'a>,
        /// What it holds.
        text: Text<'a>,
    }
    /// Appends to a file inside the root, beneath it; makes it with mode 0600 where it is missing.
    AppendInRoot "append_in_root" {
        /// The root.
        root: Text<'a>,
        /// The file, absolute inside the root.
        path: Text<'a>,
        /// What is appended.
        content: Text<'a>,
    }
    /// Adds lines to another container's hosts file, under its lock.
    AddHosts "add_hosts" {
        /// The file.
        path: Text<'a>,
        /// Address.
        ip: Text<'a>,
        /// Names.
        names: Vec<Text<'a>>,
    }
    /// Copies a file or directory of the host.
    CopyTree "copy_tree" {
        /// From.
        source: Text<'a>,
        /// To.
        destination: Text<'a>,
        /// Owner.
        uid: u32,
        /// Group.
        gid: u32,
        /// SELinux label; empty for none.
        label: Text<'a>,
    }
    /// Makes a path accessible to a user: search permission on each directory above.
    MakeAccessible "make_accessible" {
        /// The path.
        path: Text<'a>,
        /// User.
        uid: u32,
        /// Group.
        gid: u32,
    }
    /// Loads the default AppArmor profile.
    LoadApparmor "load_apparmor" {
        /// Its name.
        profile: Text<'a>,
    }
    /// Makes the working directory inside the root, beneath it.
    MakeWorkDir "make_work_dir" {
        /// The root: of the container, or of the volume it lies on.
        root: Text<'a>,
        /// The directory, absolute inside the root.
        path: Text<'a>,
        /// Owner.
        uid: u32,
        /// Group.
        gid: u32,
    }
    /// Gives a new volume the owner, mode and times of the directory that it covers.
    FixVolume "fix_volume" {
        /// Its name.
        name: Text<'a>,
        /// Its directory.
        mountpoint: Text<'a>,
        /// The directory of the image that it covers.
        covers: Text<'a>,
        /// Owner for want of such a directory.
        uid: u32,
        /// Group for want of such a directory.
        gid: u32,
    }
    /// Moves the engine's own processes into a child of its cgroup.
    MoveSelf "move_self" {
        /// Name of the child.
        child: Text<'a>,
    }
    /// Writes config.json.
    SaveSpec "save_spec" {
        /// The file.
        path: Text<'a>,
    }
    /// Copies a secret into a file.
    WriteSecret "write_secret" {
        /// Its name.
        name: Text<'a>,
        /// The file.
        path: Text<'a>,
        /// Owner on the host.
        uid: u32,
        /// Group on the host.
        gid: u32,
        /// Mode.
        mode: u32,
    }
    /// Runs a precreate hook over the spec.
    PrecreateHook "precreate_hook" {
        /// Program.
        path: Text<'a>,
        /// Arguments.
        args: Vec<Text<'a>>,
        /// Environment.
        env: Vec<Text<'a>>,
        /// Seconds it may take; 0 for no limit.
        timeout: i64,
    }
}

/// What a file holds.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Content<'a> {
    /// This text.
    Text(Text<'a>),
    /// A copy of a file of the host.
    CopyOf(Text<'a>),
}

impl serde::Serialize for Content<'_> {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap as _;
        let mut map = to.serialize_map(Some(1))?;
        match self {
            Content::Text(text) => map.serialize_entry("text", text)?,
            Content::CopyOf(path) => map.serialize_entry("copy_of", path)?,
        }
        map.end()
    }
}

impl schemars::JsonSchema for Content<'_> {
    fn schema_name() -> Cow<'static, str> {
        Cow::Borrowed("Content")
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "What a file holds: a text, or a copy of a file of the host",
            "type": "object",
            "properties": { "text": { "type": "string" }, "copy_of": { "type": "string" } },
            "minProperties": 1,
            "maxProperties": 1,
            "additionalProperties": false,
        })
    }
}

/// A published port.
#[derive(Clone, Debug, PartialEq, serde::Serialize, schemars::JsonSchema)]
pub struct Port<'a> {
    /// Address on the host; empty for all.
    pub host_ip: Text<'a>,
    /// Port on the host.
    pub host_port: u16,
    /// Port in the container.
    pub container_port: u16,
    /// How many ports.
    pub range: u16,
    /// `tcp`, `udp` or `sctp`.
    pub protocol: Text<'a>,
}

/// Where an overlay's lower directory comes from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum OverlaySource {
    /// A directory of the host.
    Directory,
    /// A named volume.
    Volume,
    /// An image.
    Image,
}

/// What slirp4netns is attached to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SlirpAttach {
    /// A namespace by path.
    Path,
    /// The container's process, once the runtime made it.
    Process,
}

impl serde::Serialize for SlirpAttach {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(match self {
            SlirpAttach::Path => "path",
            SlirpAttach::Process => "process",
        })
    }
}

impl schemars::JsonSchema for SlirpAttach {
    fn schema_name() -> Cow<'static, str> {
        Cow::Borrowed("SlirpAttach")
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "enum": ["path", "process"] })
    }
}

impl Effect<'_> {
    /// The way back.
    pub fn undo(&self) -> Undo {
        use Effect as E;
        match self {
            E::CreateNetns { path, .. } | E::BindNetns { path, .. } => {
                Undo::Unmount { path: own(path), remove: true, lazy: true }
            }
            E::NetworkSetup { .. } => Undo::NetworkTeardown,
            E::JoinRootlessNetns { namespace, .. } => {
                Undo::LeaveRootlessNetns { path: own(&namespace.netns) }
            }
            E::StartPasta { .. }
            | E::StartSlirp4netns { .. }
            | E::SlirpForward { .. }
            | E::StartRootlessport { .. } => Undo::StopProcess,
            E::MakeDir { path, .. } => Undo::RemoveMade { path: own(path) },
            E::MountShm { path, .. } => {
                Undo::Unmount { path: own(path), remove: false, lazy: false }
            }
            E::MountRootfs { mountpoint, .. } => Undo::UnmountRootfs { path: own(mountpoint) },
            E::MountVolume { name, .. } => Undo::UnmountVolume { name: own(name) },
            E::MountImage { image, .. } => Undo::UnmountImage { image: own(image) },
            E::MountRootfsOverlay { content, .. } | E::Overlay { content, .. } => {
                Undo::RemoveOverlay { path: own(content) }
            }
            E::WriteFile { path, .. } | E::SaveSpec { path } => {
                Undo::RemoveFile { path: own(path) }
            }
            E::WriteSecret { path, .. } => Undo::RemoveFile { path: own(path) },
            E::CopyTree { destination, .. } => Undo::RemoveMade { path: own(destination) },
            E::AddHosts { path, ip, names } => Undo::RemoveHosts {
                path: own(path),
                ip: own(ip),
                names: names.iter().map(own).collect(),
            },
            E::CreateVolume { name, anonymous: true, .. } => Undo::RemoveVolume { name: own(name) },
            E::CreateVolume { .. } => {
                Undo::Keep { why: "a named volume outlives the container that made it" }
            }
            E::RewriteFile { .. } => Undo::Keep { why: "the file goes with the step that made it" },
            E::MakeMtab { .. } | E::MakeWorkDir { .. } | E::AppendInRoot { .. } => {
                Undo::Keep { why: "what is made inside the root filesystem belongs to it" }
            }
            E::Chown { .. } => {
                Undo::Keep { why: "the owner was changed for good, as was asked with U" }
            }
            E::Relabel { .. } => {
                Undo::Keep { why: "the label was changed for good, as was asked with z or Z" }
            }
            E::MakeAccessible { .. } => Undo::Keep {
                why: "search permission stays: other containers may have come to need it",
            },
            E::LoadApparmor { .. } => {
                Undo::Keep { why: "a loaded profile is shared by all containers" }
            }
            E::FixVolume { .. } => {
                Undo::Keep { why: "a volume keeps the owner that it was given once" }
            }
            E::MoveSelf { .. } => {
                Undo::Keep { why: "processes stay in the cgroup that they were moved to" }
            }
            E::PrecreateHook { .. } => Undo::Keep { why: "a hook's own effects are its own" },
        }
    }
}

fn own(text: &Text<'_>) -> String {
    text.clone().into_owned()
}
