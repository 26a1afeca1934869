//! Defines the commands that carry a plan out on this host and take it back.

use super::given::Given;
use clap::Args;
use std::path::PathBuf;

#[derive(Args, Debug)]
pub(crate) struct Run {
    #[command(flatten)]
    pub(crate) given: Given,
}

pub(super) const RUN: &str = "\
Examples:
  ocify run web.yaml
  ocify run web.yaml --runtime crun --cgroup-manager cgroupfs
  ocify run - < web.yaml

Exit status: that of the container; 1 the config is refused, 2 usage or trouble (which a container may end with as well).";

pub(super) const PREPARE: &str = "\
Examples:
  ocify prepare web.yaml
  directory=$(ocify prepare web.yaml --state-dir /run/web) && ocify start \"$directory\"; ocify cleanup \"$directory\"

Exit status: 0 prepared, 1 the config is refused, 2 usage or trouble (then what was done is taken back).";

#[derive(Args, Debug)]
pub(crate) struct Which {
    /// Its id, the beginning of that, or its name; or its own directory, as `prepare` printed it, with a `/` in it
    #[arg(value_name = "CONTAINER")]
    pub(crate) container: PathBuf,
    /// Directory below which each container has its own
    #[arg(long, value_name = "DIR")]
    pub(crate) state_dir: Option<PathBuf>,
}

pub(super) const START: &str = "\
Examples:
  ocify start web
  ocify start web --state-dir /run/web
  ocify start 3f2a

Exit status: that of the container; 2 usage or trouble (which a container may end with as well).";

pub(super) const CLEANUP: &str = "\
Examples:
  ocify cleanup web
  ocify cleanup web --state-dir /run/web

Exit status: 0 nothing is left of it, 2 usage or trouble (then again: what could not be taken back is tried anew).";

pub(super) const RELOAD: &str = "\
Examples:
  ocify reload-network web
  ocify list --json | jq -r '.[] | select(.state == \"running\").id' | xargs -n 1 ocify reload-network

Exit status: 0 set up again, 2 usage or trouble.";

#[derive(Args, Debug)]
#[command(after_help = LIST)]
pub(crate) struct List {
    /// Write a JSON array of objects with id, name, state, error, pid, created, command, image, rootfs and directory
    #[arg(long)]
    pub(crate) json: bool,
    /// Directory below which each container has its own
    #[arg(long, value_name = "DIR")]
    pub(crate) state_dir: Option<PathBuf>,
}

const LIST: &str = "\
Examples:
  ocify list
  ocify list --json | jq -r '.[].name'
  ocify list --state-dir /run/web

Exit status: 0 listed, 2 usage or trouble.";
