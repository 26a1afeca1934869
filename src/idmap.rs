//! stub
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct IdMap { pub container_id: u32, pub host_id: u32, pub size: u32 }
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct IdRange { pub id: u32, pub parent: u32, pub count: u32 }
pub fn split<'a>(maps: &'a [IdMap], _: &[IdRange]) -> alloc::borrow::Cow<'a, [IdMap]> { alloc::borrow::Cow::Borrowed(maps) }
