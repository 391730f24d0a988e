//! Speed, as whole processes: the engine against a bare program that makes the
//! same system calls, in turn, in one run. Figures are medians; ratios are what
//! counts, since machines differ. `just bench`, or `just bench stat` for one row.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

const ENGINE: &str = env!("CARGO_BIN_EXE_engine");
const RUNS: usize = 9;

/// One kind of work: a pack for the engine, a mode for the bare program.
struct Work {
    name: &'static str,
    what: &'static str,
    /// The most the engine may take in all, in milliseconds and MiB.
    milliseconds: f64,
    mebibytes: Option<f64>,
    /// The most it may take as a multiple of the bare program.
    ratio: Option<f64>,
    /// The most it may take beyond the bare program, in milliseconds.
    beyond: Option<f64>,
    pack: fn(&Path) -> String,
}

fn works() -> Vec<Work> {
    let work = |name, what, milliseconds, mebibytes, ratio, pack| Work {
        name,
        what,
        milliseconds,
        mebibytes,
        ratio,
        beyond: None,
        pack,
    };
    vec![
        work("trivial", "one trivial check, start to end", 3.0, Some(8.0), None, |folder| files(folder, 1, MODE)),
        work("stat", "1,000 files: exists, mode, owner", 10.0, None, None, |folder| files(folder, 1000, MODE)),
        work("read", "1,000 files of 4 KiB against a regex", 15.0, None, None, |folder| files(folder, 1000, CONTENT)),
        work("true", "200 commands `true`", f64::INFINITY, None, Some(1.15), |_| commands(200, "[\"true\"]", "")),
        work("echo", "200 commands `sh -c 'echo hello'`, output matched", f64::INFINITY, None, Some(1.2), |_| {
            commands(200, "[sh, -c, \"echo hello\"]", "\n    expect: { stdout: { contains: hello } }")
        }),
        work("sleep", "200 commands `sleep 0.05`", 300.0, None, None, |_| commands(200, "[sleep, \"0.05\"]", "")),
        work("many", "20,000 file checks in one pack", 150.0, Some(48.0), None, |folder| files(folder, 20_000, MODE)),
        work("linear", "100,000 file checks in one pack", 750.0, None, None, |folder| files(folder, 100_000, MODE)),
        Work {
            beyond: Some(10.0),
            ..work("tcp", "200 TCP looks at one listener", f64::INFINITY, None, None, |folder| {
                looks(200, &format!("tcp: 127.0.0.1:{}", port(folder, "tcp")), "")
            })
        },
        work("http", "100 HTTP looks at one server", 15.0, None, None, |folder| {
            let look = format!("http: http://127.0.0.1:{}/", port(folder, "http"));
            looks(100, &look, "\n    expect: { status: 200, body: { contains: hello } }")
        }),
    ]
}

const MODE: &str = "\n    expect: { type: file, mode: \"0644\", owner: root }";
const CONTENT: &str = "\n    expect: { content: { matches: \"needle [0-9]+\" } }";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [flag, mode, folder] = arguments.as_slice()
        && flag == "--bare"
    {
        return bare(mode, Path::new(folder));
    }
    let folder = std::env::temp_dir().join(format!("engine-bench-{}", std::process::id()));
    prepare(&folder);
    println!("{:<52} {:>9} {:>9} {:>7} {:>9}   bound", "work", "engine", "bare", "ratio", "memory");
    for work in works().iter().filter(|work| arguments.is_empty() || arguments.iter().any(|name| name == work.name)) {
        row(work, &folder);
    }
    fs::remove_dir_all(&folder).expect("the folder of the benchmark can be removed");
}

fn row(work: &Work, folder: &Path) {
    let pack = folder.join("pack.yaml");
    fs::write(&pack, (work.pack)(folder)).expect("the pack can be written");
    let mut times = (Vec::new(), Vec::new());
    let mut memory: f64 = 0.0;
    for _ in 0..RUNS {
        // every look is different, or checks would be joined: `--set` is not needed, names differ
        let (engine, peak) = measure(Command::new(ENGINE).arg("run").arg(&pack).arg("--quiet"));
        let (bare, _) = measure(
            Command::new(std::env::current_exe().expect("our own path")).args(["--bare", work.name]).arg(folder),
        );
        times.0.push(engine);
        times.1.push(bare);
        memory = memory.max(peak);
    }
    let (engine, bare) = (median(times.0), median(times.1));
    let ratio = engine / bare;
    let within = engine <= work.milliseconds
        && work.mebibytes.is_none_or(|most| memory <= most)
        && work.ratio.is_none_or(|most| ratio <= most)
        && work.beyond.is_none_or(|most| engine - bare <= most);
    let mut bounds = Vec::new();
    bounds.extend(work.milliseconds.is_finite().then(|| format!("{} ms", work.milliseconds)));
    bounds.extend(work.mebibytes.map(|most| format!("{most} MiB")));
    bounds.extend(work.ratio.map(|most| format!("{most} x bare")));
    bounds.extend(work.beyond.map(|most| format!("bare + {most} ms")));
    let mark = if within { "within" } else { "OVER" };
    println!(
        "{:<52} {engine:>6.1} ms {bare:>6.1} ms {ratio:>7.2} {memory:>5.1} MiB   {mark} {}",
        work.what,
        bounds.join(", ")
    );
}

/// Wall time in milliseconds and peak memory in MiB of a whole process.
#[allow(clippy::zombie_processes)] // wait4 waits for it, and tells its memory too
fn measure(command: &mut Command) -> (f64, f64) {
    let started = Instant::now();
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program can be started");
    // SAFETY: all zeros is a valid rusage.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    let mut status = 0;
    // SAFETY: wait4 writes into two locals of the right types; the child is ours and waited for once.
    let waited = unsafe { libc::wait4(child.id() as libc::pid_t, &mut status, 0, &mut usage) };
    assert!(waited > 0, "the program can be waited for");
    assert!(status == 0, "the program ended with {status}");
    (started.elapsed().as_secs_f64() * 1000.0, usage.ru_maxrss as f64 / 1024.0)
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn prepare(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::create_dir_all(folder.join("files")).expect("a folder for the benchmark");
    let content = format!("{}needle 42\n", "hay hay hay hay\n".repeat(255));
    for link in 1..100 {
        std::os::unix::fs::symlink("files", folder.join(format!("d{link}"))).expect("a link to the folder");
    }
    for number in 0..1000 {
        let path = file(folder, number);
        fs::write(&path, &content).expect("a file for the benchmark");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("its mode");
    }
    serve(folder, "tcp", drop);
    serve(folder, "http", hello);
}

fn file(folder: &Path, number: usize) -> PathBuf {
    folder.join("files").join(format!("f{:04}", number % 1000))
}

/// Beyond the thousandth file, links to the same folder, so that no two checks share a look.
fn files(folder: &Path, count: usize, expect: &str) -> String {
    let mut pack = String::from("pack: bench\nchecks:\n");
    for number in 0..count {
        let link = match number / 1000 {
            0 => "files".to_string(),
            link => format!("d{link}"),
        };
        let path = folder.join(link).join(format!("f{:04}", number % 1000));
        pack.push_str(&format!("  - id: f{number}\n    file: {}{expect}\n", path.display()));
    }
    pack
}

fn commands(count: usize, argv: &str, expect: &str) -> String {
    looks(count, &format!("command: {argv}"), expect)
}

/// The timeout differs, so that no two checks share a look.
fn looks(count: usize, look: &str, expect: &str) -> String {
    let mut pack = String::from("pack: bench\nchecks:\n");
    for number in 0..count {
        pack.push_str(&format!("  - id: c{number}\n    timeout: {}ms\n    {look}{expect}\n", 10_000 + number));
    }
    pack
}

/// A listener that closes whatever connects, or a server that answers one request; its port is kept in the folder.
fn serve(folder: &Path, name: &str, answer: fn(TcpStream)) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    // more than ever wait at once: a connection that is dropped is tried again after a whole second
    rustix::net::listen(&listener, 1024).expect("a longer queue");
    let port = listener.local_addr().expect("its address").port();
    fs::write(folder.join(name), port.to_string()).expect("its port can be kept");
    std::thread::spawn(move || listener.incoming().flatten().for_each(answer));
}

fn port(folder: &Path, name: &str) -> u16 {
    fs::read_to_string(folder.join(name)).expect("a port").parse().expect("a number")
}

fn hello(mut connection: TcpStream) {
    let lines = BufReader::new(connection.try_clone().expect("the connection")).lines();
    lines.map_while(Result::ok).take_while(|line| !line.is_empty()).for_each(drop);
    // whoever asks may have left already
    let _ = connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nhello\n");
}

/// The same system calls and nothing else.
fn bare(mode: &str, folder: &Path) {
    match mode {
        "trivial" => drop(fs::metadata(file(folder, 0))),
        "stat" => (0..1000).for_each(|number| drop(fs::metadata(file(folder, number)))),
        "read" => (0..1000).for_each(|number| {
            let mut text = String::new();
            fs::File::open(file(folder, number)).and_then(|mut file| file.read_to_string(&mut text)).expect("a file");
            assert!(text.contains("needle 42"));
        }),
        "true" => in_threads(2, 200, || drop(piped("/bin/true", &[]).wait_with_output())),
        "echo" => in_threads(2, 200, || {
            let output = piped("/bin/sh", &["-c", "echo hello"]).wait_with_output().expect("its output");
            assert!(output.stdout.starts_with(b"hello"));
        }),
        "sleep" => in_threads(64, 200, || drop(piped("/bin/sleep", &["0.05"]).wait_with_output())),
        "many" => (0..20_000).for_each(|number| drop(fs::metadata(file(folder, number)))),
        "linear" => (0..100_000).for_each(|number| drop(fs::metadata(file(folder, number)))),
        "tcp" => {
            in_threads(64, 200, || drop(TcpStream::connect(("127.0.0.1", port(folder, "tcp"))).expect("a connection")))
        }
        "http" => in_threads(64, 100, || {
            let mut connection = TcpStream::connect(("127.0.0.1", port(folder, "http"))).expect("a connection");
            connection.write_all(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n").expect("a request");
            let mut answer = String::new();
            connection.read_to_string(&mut answer).expect("an answer");
            assert!(answer.ends_with("hello\n"));
        }),
        other => panic!("no bare work `{other}`"),
    }
}

fn piped(program: &str, arguments: &[&str]) -> std::process::Child {
    Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .expect("the program")
}

fn in_threads(threads: usize, count: usize, work: impl Fn() + Sync) {
    let next = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while next.fetch_add(1, std::sync::atomic::Ordering::Relaxed) < count {
                    work()
                }
            });
        }
    });
}
