//! A `yaml-language-server` and as much of its protocol (LSP 3.17 over standard input and output) as the tests ask.

use crate::common::GUARD;
use engine::schema::SCHEMAS;
use serde_json::{Value as Json, json};
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

const PROGRAM: &str = "target/editor-server/node_modules/yaml-language-server/bin/yaml-language-server";

/// What is underlined: lines and columns begin at 1, both in characters.
#[derive(Debug, PartialEq, Eq)]
pub struct Place {
    pub line: u64,
    pub column: u64,
    pub width: u64,
}

/// A running server with the schema of packs in its folder. Dropped, it is ended.
pub struct Server {
    child: Child,
    input: ChildStdin,
    messages: Receiver<Json>,
    folder: tempfile::TempDir,
    requests: u64,
    documents: u64,
    /// The last mistakes the server told, by document.
    told: HashMap<String, Json>,
}

impl Server {
    pub fn start() -> Server {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join(PROGRAM);
        assert!(
            program.exists(),
            "yaml-language-server is not installed; run scripts/install-editor-server.sh (it needs node and npm)"
        );
        let folder = tempfile::tempdir().unwrap();
        let schema = SCHEMAS.iter().find(|schema| schema.name == "pack").unwrap();
        std::fs::write(folder.path().join("pack.schema.json"), schema.text()).unwrap();
        let mut child = Command::new("node")
            .arg(&program)
            .arg("--stdio")
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("node is needed to run yaml-language-server");
        let input = child.stdin.take().unwrap();
        let messages = listen(child.stdout.take().unwrap());
        let mut server = Server { child, input, messages, folder, requests: 0, documents: 0, told: HashMap::new() };
        server.greet();
        server
    }

    fn greet(&mut self) {
        let root = format!("file://{}", self.folder.path().display());
        let capabilities = json!({
            "textDocument": {
                "completion": { "completionItem": { "documentationFormat": ["markdown"] } },
                "hover": { "contentFormat": ["markdown"] },
                "publishDiagnostics": {},
            },
            "workspace": { "configuration": true },
        });
        self.ask("initialize", json!({ "processId": null, "rootUri": root, "capabilities": capabilities }));
        self.tell("initialized", json!({}));
        self.tell("workspace/didChangeConfiguration", json!({ "settings": { "yaml": settings() } }));
    }

    /// The words offered at the cursor.
    pub fn complete(&mut self, text: &str) -> Vec<String> {
        let answer = self.at_cursor("textDocument/completion", text);
        let items = answer["items"].as_array().or(answer.as_array()).cloned().unwrap_or_default();
        items.iter().filter_map(|item| Some(item["label"].as_str()?.to_string())).collect()
    }

    /// The documentation shown at the cursor.
    pub fn hover(&mut self, text: &str) -> String {
        let answer = self.at_cursor("textDocument/hover", text);
        answer["contents"]["value"].as_str().unwrap_or_default().to_string()
    }

    /// Everything that is underlined, with its message.
    pub fn mistakes(&mut self, text: &str) -> Vec<(Place, String)> {
        let document = self.open(text);
        while !self.told.contains_key(&document) {
            let message = self.next();
            self.handle(&message);
        }
        let told = self.told[&document].as_array().cloned().unwrap_or_default();
        told.iter()
            .map(|mistake| (place(&mistake["range"]), mistake["message"].as_str().unwrap().to_string()))
            .collect()
    }

    fn at_cursor(&mut self, method: &str, text: &str) -> Json {
        let (before, _) = text.split_once('‸').expect("the text has a cursor");
        let (line, character) = (before.matches('\n').count(), before.rsplit('\n').next().unwrap_or_default().len());
        let document = self.open(&text.replace('‸', ""));
        let position = json!({ "line": line, "character": character });
        self.ask(method, json!({ "textDocument": { "uri": document }, "position": position }))
    }

    /// Opens a new document; answers its address.
    fn open(&mut self, text: &str) -> String {
        self.documents += 1;
        let uri = format!("file://{}/pack{}.yaml", self.folder.path().display(), self.documents);
        let document = json!({ "uri": uri, "languageId": "yaml", "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
        uri
    }

    fn ask(&mut self, method: &str, parameters: Json) -> Json {
        self.requests += 1;
        let id = self.requests;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": parameters }));
        loop {
            let mut message = self.next();
            if message["id"] == id && message["method"].is_null() {
                assert!(message["error"].is_null(), "{method}: {}", message["error"]);
                return message["result"].take();
            }
            self.handle(&message);
        }
    }

    fn tell(&mut self, method: &str, parameters: Json) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": parameters }));
    }

    /// Answers the server's own questions and keeps what it tells about documents.
    fn handle(&mut self, message: &Json) {
        match message["method"].as_str() {
            Some("textDocument/publishDiagnostics") => {
                let parameters = &message["params"];
                let document = parameters["uri"].as_str().unwrap_or_default().to_string();
                self.told.insert(document, parameters["diagnostics"].clone());
            }
            Some("workspace/configuration") => {
                let items = message["params"]["items"].as_array().cloned().unwrap_or_default();
                let of = |item: &Json| if item["section"] == "yaml" { settings() } else { json!({}) };
                let result: Json = items.iter().map(of).collect();
                self.send(&json!({ "jsonrpc": "2.0", "id": message["id"], "result": result }));
            }
            Some(_) if !message["id"].is_null() => {
                self.send(&json!({ "jsonrpc": "2.0", "id": message["id"], "result": null }));
            }
            _ => {}
        }
    }

    fn send(&mut self, message: &Json) {
        let text = message.to_string();
        write!(self.input, "Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
        self.input.flush().unwrap();
    }

    fn next(&self) -> Json {
        self.messages.recv_timeout(GUARD).expect("yaml-language-server does not answer")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn settings() -> Json {
    json!({ "validate": true, "hover": true, "completion": true, "schemaStore": { "enable": false } })
}

fn place(range: &Json) -> Place {
    let number = |end: &str, part: &str| range[end][part].as_u64().unwrap();
    let (line, start) = (number("start", "line"), number("start", "character"));
    Place { line: line + 1, column: start + 1, width: number("end", "character").saturating_sub(start) }
}

/// Reads messages until the server ends.
fn listen(output: ChildStdout) -> Receiver<Json> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut output = BufReader::new(output);
        while let Some(message) = read_message(&mut output) {
            if sender.send(message).is_err() {
                break;
            }
        }
    });
    receiver
}

fn read_message(output: &mut impl BufRead) -> Option<Json> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end().split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => length = value.parse().ok()?,
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length];
    output.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}
