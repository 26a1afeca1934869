//! `compile --batch`: a line in, a line out, in order, on all cores, in memory that does not grow with the number of lines.
//!
//! The reader deals blocks of whole lines to the workers in turn, and the writer takes what they make of them in the same turn: so the order
//! holds with nothing to sort, and every queue is short. Whoever is ahead waits.

use super::args::Compile;
use super::message::{Message, each};
use super::output::{self, Beside};
use super::source::{Source, Sources};
use super::{Failure, input, render};
use ocify::batch::{Last, Line};
use ocify::config::{Format, ParseError, Parsing, parse_as};
use ocify::facts::facts_from_json;
use ocify::problem::{WrittenLevel, WrittenMessage, WrittenPosition};
use ocify::why::Teller;
use ocify::{Config, Facts, Options, Profile};
use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::num::NonZero;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

/// The longest line that is read, in bytes.
const LONGEST: usize = 16 << 20;
/// How much is read at once, and how much of what comes of it is handed on at once, in bytes.
const BLOCK: usize = 64 << 10;
/// How many lines a worker is dealt at once, if they are short: what comes of them is long, and others wait for it.
const LINES: usize = 16;
/// How many blocks wait for a worker, and how many pieces of each worker for the writer: what comes of some blocks.
const WAITING: (usize, usize) = (2, 8);

/// What every line is compiled with.
struct Common {
    name: String,
    facts: Option<Facts>,
    options: Options,
    parsing: Parsing,
    /// Whether a line was refused.
    refused: AtomicBool,
}

/// Whole lines.
struct Block {
    /// The number of the first, from 1.
    first: usize,
    text: Vec<u8>,
}

/// Whole lines of the result.
struct Piece {
    text: Vec<u8>,
    /// Whether it is the last of its block.
    last: bool,
}

/// Compiles each line of a file, or of standard input.
pub(crate) fn run(args: &Compile, from: &Path) -> Result<ExitCode, Failure> {
    let how = &args.given.how;
    let facts = how.facts.as_ref();
    input::one_standard_input([&from.to_path_buf()].into_iter().chain(facts))?;
    let profile = how.reading.profile();
    let api = profile == Profile::Podman43; // SG-JSON-02
    let (name, lines): (String, Box<dyn Read + Send>) = if from.as_os_str() == "-" {
        ("standard input".to_owned(), Box::new(io::stdin()))
    } else {
        let name = from.display().to_string();
        let file =
            File::open(from).map_err(|e| Failure::Trouble(format!("cannot read `{name}`: {e}")))?;
        (name, Box::new(file))
    };
    let common = Arc::new(Common {
        name,
        facts: facts.map(|path| input::facts(path)).transpose()?,
        options: Options { profile },
        parsing: Parsing { api, lenient: how.reading.lenient },
        refused: AtomicBool::new(false),
    });
    let jobs = args
        .jobs
        .map_or_else(|| thread::available_parallelism().map_or(1, NonZero::get), usize::from);
    // Threads that nobody waits for: where the one who reads the result has left, the reader may wait for a line that never comes.
    let (mut dealt, mut made, mut workers) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..jobs {
        let (deal, blocks) = sync_channel(WAITING.0);
        let (hand, pieces) = sync_channel(WAITING.1);
        let common = Arc::clone(&common);
        workers.push(thread::spawn(move || work(&common, &blocks, &hand)));
        dealt.push(deal);
        made.push(pieces);
    }
    let reader = thread::spawn(move || deal(lines, &dealt));
    let into = &args.output;
    let mut file = into.output.as_ref().map(|path| Beside::create(path, into.force)).transpose()?;
    let wrote = match &mut file {
        Some(file) => written(&made, file),
        None => written(&made, &mut io::stdout().lock()),
    };
    match (wrote, &into.output) {
        (Ok(()), _) => {}
        (Err(e), Some(path)) => return Err(output::trouble(path, &e)),
        // A reader who left early has what it wanted.
        (Err(e), None) if e.kind() == ErrorKind::BrokenPipe => return Ok(status(&common)),
        (Err(e), None) => {
            return Err(Failure::Trouble(format!("cannot write to standard output: {e}")));
        }
    }
    let read = reader.join();
    if workers.into_iter().any(|worker| worker.join().is_err()) {
        return Err(Failure::Trouble("a worker has failed".to_owned()));
    }
    match read {
        Ok(Ok(())) => {}
        Ok(Err(e)) => {
            return Err(Failure::Trouble(format!("cannot read `{}`: {e}", common.name)));
        }
        Err(_) => return Err(Failure::Trouble("the reader has failed".to_owned())),
    }
    file.map_or(Ok(()), Beside::finish)?;
    Ok(status(&common))
}

fn status(common: &Common) -> ExitCode {
    ExitCode::from(u8::from(common.refused.load(Ordering::Relaxed)))
}

/// Reads lines, and deals them out in turn. Of one that is too long no more is kept than tells so.
fn deal(mut lines: impl Read, workers: &[SyncSender<Block>]) -> io::Result<()> {
    let mut turn = workers.iter().cycle();
    let mut first = 1_usize;
    let mut part = vec![0; BLOCK];
    // The beginning of a line whose end is still to come.
    let mut open: Vec<u8> = Vec::new();
    loop {
        let bytes = match lines.read(&mut part) {
            Ok(0) => break,
            Ok(read) => part.get(..read).unwrap_or_default(),
            Err(e) if e.kind() == ErrorKind::Interrupted => continue,
            Err(e) => return Err(e),
        };
        let is_end = |b: &u8| *b == b'\n';
        let end = bytes.iter().position(is_end).unwrap_or(bytes.len());
        let (line, rest) = bytes.split_at_checked(end).unwrap_or((bytes, &[]));
        let room = LONGEST.saturating_add(1).saturating_sub(open.len());
        open.extend_from_slice(line.get(..room).unwrap_or(line));
        let Some(last) = rest.iter().rposition(is_end) else { continue };
        let (whole, rest) = rest.split_at_checked(last.saturating_add(1)).unwrap_or((rest, &[]));
        open.extend_from_slice(whole);
        let mut lines = open.split_inclusive(is_end).peekable();
        while lines.peek().is_some() {
            let some: Vec<&[u8]> = lines.by_ref().take(LINES).collect();
            let block = Block { first, text: some.concat() };
            if turn.next().is_none_or(|worker| worker.send(block).is_err()) {
                return Ok(());
            }
            first = first.saturating_add(some.len());
        }
        open.clear();
        open.extend_from_slice(rest);
    }
    if !open.is_empty() {
        // Who is gone has failed, and is asked for it.
        let _ = turn.next().map(|worker| worker.send(Block { first, text: open }));
    }
    Ok(())
}

/// Compiles what is dealt out.
fn work(common: &Common, blocks: &Receiver<Block>, hand: &SyncSender<Piece>) {
    let mut worker = Worker { config: Last::default(), facts: Last::default(), out: Vec::new() };
    for block in blocks {
        let lines = block.text.split_inclusive(|b| *b == b'\n');
        for (line, number) in lines.zip(block.first..) {
            if !worker.line(common, line, number) {
                common.refused.store(true, Ordering::Relaxed);
            }
            if worker.out.len() >= BLOCK {
                let text = std::mem::take(&mut worker.out);
                if hand.send(Piece { text, last: false }).is_err() {
                    return;
                }
            }
        }
        let text = std::mem::take(&mut worker.out);
        if hand.send(Piece { text, last: true }).is_err() {
            return;
        }
    }
}

/// Writes what the workers make, in the turn in which they were dealt their blocks; none of them comes after one who has no more.
fn written(workers: &[Receiver<Piece>], out: &mut impl Write) -> io::Result<()> {
    for pieces in workers.iter().cycle() {
        loop {
            let Ok(piece) = pieces.recv() else { return out.flush() };
            out.write_all(&piece.text)?;
            if piece.last {
                break;
            }
        }
    }
    out.flush()
}

/// What a worker uses again for the next line.
struct Worker {
    config: Last<Config>,
    facts: Last<Facts>,
    out: Vec<u8>,
}

impl Worker {
    /// Writes the line that comes of one; whether it was compiled.
    fn line(&mut self, common: &Common, line: &[u8], number: usize) -> bool {
        self.out.extend_from_slice(format!("{{\"line\":{number}").as_bytes());
        let place = Place { common, number };
        let line = match place.text(line) {
            Ok(line) => line,
            Err(words) => return self.refused(&[place.plain(&words)], &[]),
        };
        let parts = match Line::read(line) {
            Ok(parts) => parts,
            Err(error) => {
                let help = "write {\"config\": ..., \"facts\": ..., \"id\": ...} on a line";
                let told = place.wrong(line, line, &error, |m| Message { help, ..m });
                return self.refused(&told, &[]);
            }
        };
        if let Some(id) = parts.id {
            self.out.extend_from_slice(b",\"id\":");
            self.out.extend_from_slice(id.as_bytes());
        }
        let facts = match (parts.facts, &common.facts) {
            (Some(text), _) => match self.facts.read(text, facts_from_json) {
                Ok(facts) => facts,
                Err(error) => {
                    let source = place.source(text);
                    let told = input::facts_messages(&source, &error);
                    return self.refused(&place.all(line, text, &told), &[]);
                }
            },
            (None, Some(facts)) => facts,
            (None, None) => {
                let told = place.plain("the line has no `facts`, and --facts gives none");
                return self.refused(&[told], &[]);
            }
        };
        let text = parts.config;
        let config =
            match self.config.read(text, |text| parse_as(text, Format::Json, common.parsing)) {
                Ok(config) => config,
                Err(error) => {
                    let told = place.wrong(line, text, &error, |m| m);
                    return self.refused(&told, &[]);
                }
            };
        let sources = || Sources::from(place.source(text));
        match ocify::compile(config, facts, &common.options) {
            Ok(compiled) => {
                self.out.extend_from_slice(b",\"spec\":");
                compiled.write_json(&mut self.out);
                let mut warnings = Vec::new();
                if !compiled.warnings().is_empty() {
                    let teller = Teller::new(compiled.trails(), config, facts);
                    let sources = sources();
                    let say = |warning| Message::warning(&sources, &teller, warning);
                    warnings = place.all(line, text, &each(compiled.warnings(), say));
                }
                list(&mut self.out, "warnings", &warnings);
                self.out.extend_from_slice(b"}\n");
                true
            }
            Err(refused) => {
                let teller = Teller::new(refused.trails(), config, facts);
                let sources = sources();
                let warning = |warning| Message::warning(&sources, &teller, warning);
                let refusal = |refusal| Message::refusal(&sources, &teller, refusal);
                let warnings = place.all(line, text, &each(&refused.warnings, warning));
                let refusals = place.all(line, text, &each(&refused.diagnostics, refusal));
                self.refused(&refusals, &warnings)
            }
        }
    }

    fn refused(&mut self, messages: &[WrittenMessage], warnings: &[WrittenMessage]) -> bool {
        list(&mut self.out, "refused", messages);
        list(&mut self.out, "warnings", warnings);
        self.out.extend_from_slice(b"}\n");
        false
    }
}

fn list(out: &mut Vec<u8>, key: &str, messages: &[WrittenMessage]) {
    out.extend_from_slice(format!(",\"{key}\":[").as_bytes());
    for (at, message) in messages.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        out.extend_from_slice(render::line(message).trim_end().as_bytes());
    }
    out.push(b']');
}

/// Where a line stands.
struct Place<'c> {
    common: &'c Common,
    number: usize,
}

impl Place<'_> {
    /// The line as text, without its end.
    fn text<'l>(&self, line: &'l [u8]) -> Result<&'l str, String> {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        if line.len() > LONGEST {
            return Err(format!("the line has more than {LONGEST} bytes"));
        }
        let line = str::from_utf8(line).map_err(|e| {
            let byte = e.valid_up_to().saturating_add(1);
            format!("the line is not UTF-8 text (byte {byte})")
        })?;
        Ok(if self.number == 1 { line.strip_prefix('\u{feff}').unwrap_or(line) } else { line })
    }

    /// A part of a line as what messages point into.
    fn source(&self, text: &str) -> Source {
        Source { name: self.common.name.clone(), format: Format::Json, text: text.to_owned() }
    }

    /// A message about the line as a whole.
    fn plain(&self, words: &str) -> WrittenMessage {
        WrittenMessage {
            file: Some(self.common.name.clone()),
            line: Some(self.number),
            ..render::plain(WrittenLevel::Error, words)
        }
    }

    /// What is wrong with a part of a line.
    fn wrong(
        &self,
        line: &str,
        part: &str,
        error: &ParseError,
        of: impl Fn(Message) -> Message,
    ) -> Vec<WrittenMessage> {
        match input::messages(&self.source(part), error) {
            Ok(told) => self.all(line, part, &told.into_iter().map(of).collect::<Vec<_>>()),
            Err(_) => vec![self.plain(&error.to_string())],
        }
    }

    /// Messages that point into a part of the line, and how many more of their kind there are.
    fn all(&self, line: &str, part: &str, told: &[Message]) -> Vec<WrittenMessage> {
        let written = told.iter().map(|message| self.of(line, part, message.written()));
        let more = told.iter().filter_map(Message::untold);
        let note =
            |words: String| WrittenMessage { level: WrittenLevel::Note, ..self.plain(&words) };
        written.chain(more.map(note)).collect()
    }

    /// A message that points into a part of the line, pointing into the file: what is read as a text of its own begins somewhere in this line.
    fn of(&self, line: &str, part: &str, mut message: WrittenMessage) -> WrittenMessage {
        let before = part.as_ptr().addr().saturating_sub(line.as_ptr().addr());
        let before = line.get(..before).map_or(0, |before| before.chars().count());
        let line = |line: usize| line.saturating_sub(1).saturating_add(self.number);
        let column = |row: usize, column: usize| {
            if row == 1 { column.saturating_add(before) } else { column }
        };
        let position = |at: WrittenPosition| WrittenPosition {
            line: line(at.line),
            column: column(at.line, at.column),
        };
        let row = message.line.unwrap_or(1);
        message.line = Some(line(row));
        message.column = message.column.map(|at| column(row, at));
        message.end = message.end.map(position);
        for place in &mut message.places {
            place.column = column(place.line, place.column);
            place.line = line(place.line);
            place.end = position(place.end);
        }
        if let Some(fix) = &mut message.fix {
            fix.column = column(fix.line, fix.column);
            fix.line = line(fix.line);
        }
        message
    }
}
