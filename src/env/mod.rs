//! Environment variables: how entries are read and expanded.

pub mod parse;
pub mod shell;
