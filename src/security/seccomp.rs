//! stub
use alloc::string::String;
use alloc::vec::Vec;
#[derive(Clone, Debug, PartialEq)]
pub struct SeccompProfile { text: String }
#[derive(Clone, Debug)]
pub struct SeccompError;
impl core::fmt::Display for SeccompError { fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result { f.write_str("") } }
impl SeccompProfile { pub fn parse(text: &str) -> Result<Self, SeccompError> { Ok(Self { text: text.into() }) } pub fn text(&self) -> &str { &self.text } }
#[derive(Clone, Debug)]
pub struct Selected<'a>(&'a str);
impl Selected<'_> { pub fn write_json(&self, out: &mut Vec<u8>) { out.extend_from_slice(self.0.as_bytes()); } }
