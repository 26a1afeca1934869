//! Speaks HTTP to Podman's API service over its socket: one connection for each request.

use crate::Fallible;
use serde_json::Value;
use std::error::Error;
use std::fmt;
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

/// Podman's libpod API at a socket.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    socket: PathBuf,
}

/// The service went away.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Down;

impl fmt::Display for Down {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the service is down")
    }
}

impl Error for Down {}

/// What the service answered.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Reply {
    /// Podman's words of refusal.
    pub(crate) fn message(&self) -> String {
        match self.body.get("message").and_then(Value::as_str) {
            Some(message) => message.to_owned(),
            None if self.body.is_null() => String::new(),
            None => self.body.to_string(),
        }
    }

    /// The body, of a request that cannot be refused.
    pub(crate) fn expect(self, what: &str) -> Fallible<Value> {
        if self.status < 300 {
            Ok(self.body)
        } else {
            Err(format!("{what}: status {}: {}", self.status, self.message()).into())
        }
    }
}

impl Api {
    pub(crate) fn new(socket: impl Into<PathBuf>) -> Self {
        Api { socket: socket.into() }
    }

    /// Asks for something.
    pub(crate) fn read(&self, path: &str) -> Fallible<Reply> {
        self.send("GET", path, "application/json", b"")
    }

    /// Sends JSON.
    pub(crate) fn post(&self, path: &str, body: &str) -> Fallible<Reply> {
        self.send("POST", path, "application/json", body.as_bytes())
    }

    /// Removes something.
    pub(crate) fn delete(&self, path: &str) -> Fallible<Reply> {
        self.send("DELETE", path, "application/json", b"")
    }

    /// One request. HTTP/1.0, so that the answer is not cut into chunks and ends with the connection.
    pub(crate) fn send(
        &self,
        method: &str,
        path: &str,
        kind: &str,
        body: &[u8],
    ) -> Fallible<Reply> {
        let mut stream = UnixStream::connect(&self.socket).map_err(|_| Down)?;
        stream.set_read_timeout(Some(Duration::from_secs(120)))?;
        let head = format!(
            "{method} /v4.0.0/libpod{path} HTTP/1.0\r\nHost: d\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let mut answer = Vec::new();
        stream
            .write_all(head.as_bytes())
            .and_then(|()| stream.write_all(body))
            .and_then(|()| stream.read_to_end(&mut answer))
            .map_err(|error| match error.kind() {
                ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => Down.into(),
                _ => Box::<dyn Error + Send + Sync>::from(error),
            })?;
        let text = String::from_utf8_lossy(&answer);
        let (head, body) = text.split_once("\r\n\r\n").ok_or(Down)?;
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|n| n.parse().ok())
            .ok_or("an answer without a status")?;
        let body = if body.trim().is_empty() {
            Value::Null
        } else {
            serde_json::from_str(body).unwrap_or_else(|_| Value::String(body.to_owned()))
        };
        Ok(Reply { status, body })
    }
}
