//! Lambda's runtime API on the loopback: it hands out one event and keeps the answer.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use crate::common::repository;

/// An answer of a function.
pub(crate) struct Answer {
    /// `/2018-06-01/runtime/invocation/ID/response`, or `…/error`.
    pub(crate) path: String,
    pub(crate) body: String,
    /// The time at which it came.
    pub(crate) at: Instant,
}

/// A running runtime API. Its thread ends with the process.
pub(crate) struct RuntimeApi {
    pub(crate) address: SocketAddr,
    answers: Receiver<Answer>,
}

impl RuntimeApi {
    /// Starts on a free port, with this event.
    pub(crate) fn start(event: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("the port's address");
        let (sender, answers) = channel();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let sender = sender.clone();
                std::thread::spawn(move || serve(stream, event, &sender));
            }
        });
        Self { address, answers }
    }

    /// The next answer of the function.
    pub(crate) fn answer(&self) -> Option<Answer> {
        self.answers.recv_timeout(Duration::from_mins(2)).ok()
    }
}

fn serve(mut stream: TcpStream, event: &str, answers: &Sender<Answer>) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut length = 0;
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = String::new();
    reader.take(length).read_to_string(&mut body).ok()?;
    let (status, text) = if method == "GET" { ("200 OK", event) } else { ("202 Accepted", "") };
    let head = format!(
        "HTTP/1.1 {status}\r\nLambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\n\
         Connection: close\r\nContent-Length: {}\r\n\r\n",
        text.len()
    );
    stream.write_all((head + text).as_bytes()).ok()?;
    if method == "POST" {
        answers.send(Answer { path, body, at: Instant::now() }).ok()?;
    }
    Some(())
}

/// Builds the zip of a function with `tools/dist` and unpacks it as Lambda does, with the modes of its files.
pub(crate) fn unpacked(kind: &str, program: &Path, policy: &Path, folder: &Path) {
    const UNPACK: &str = "import sys, zipfile, pathlib\n\
        for entry in (archive := zipfile.ZipFile(sys.argv[1])).infolist():\n    \
        path = pathlib.Path(archive.extract(entry, sys.argv[2]))\n    \
        path.chmod(entry.external_attr >> 16 & 0o777)\n";
    let zip = folder.join(format!("{kind}.zip"));
    let mut build = Command::new("python3");
    build.arg("-B").arg(repository("tools/dist/function.py")).arg(kind).args([program, policy, &zip]);
    let mut unpack = Command::new("python3");
    unpack.args(["-c", UNPACK]).arg(&zip).arg(folder.join("root"));
    for command in [&mut build, &mut unpack] {
        let output = command.stdin(Stdio::null()).output().expect("python3 starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}
