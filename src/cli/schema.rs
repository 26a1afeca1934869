//! `schema`: the JSON Schema of an input or output, draft 2020-12.

use super::args::{Schema, SchemaOf};
use super::{Failure, output};
use ocify::schema::{SchemaName, schema_text};

pub(crate) fn run(args: &Schema) -> Result<(), Failure> {
    let name = match args.of {
        SchemaOf::Config => SchemaName::Config,
        SchemaOf::Facts => SchemaName::Facts,
        SchemaOf::Plan => SchemaName::Plan,
        SchemaOf::Message => SchemaName::Message,
    };
    output::print(schema_text(name).as_bytes())
}
