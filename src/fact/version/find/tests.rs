//! What programs print, and the version in it.

use super::*;

#[test]
fn versions_are_found_in_what_programs_print() {
    let cases = [
        ("Python 3.12.4", "3.12.4"),
        ("git version 2.47.3", "2.47.3"),
        ("Docker version 28.2.2, build e6534b4", "28.2.2"),
        ("openjdk version \"17.0.15\" 2025-04-15", "17.0.15"),
        ("openjdk 21 2023-09-19\nOpenJDK 64-Bit Server VM (build 21+35-2513)", "21"),
        ("java 21", "21"),
        ("v20.20.2", "20.20.2"),
        ("psql (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", "15.18"),
        ("OpenSSL 1.1.1k  25 Mar 2021", "1.1.1k"),
        ("go version go1.22.3 linux/amd64", "1.22.3"),
        ("jq-1.6", "1.6"),
        ("nginx version: nginx/1.22.1", "1.22.1"),
        ("GNU bash, version 5.2.15(1)-release (x86_64-pc-linux-gnu)", "5.2.15(1)-release"),
        ("Linux 6.1.0-18-amd64", "6.1.0-18-amd64"),
        ("gcc (Debian 12.2.0-14+deb12u1) 12.2.0", "12.2.0"),
        ("ldd (Debian GLIBC 2.36-9+deb12u9) 2.36", "2.36"),
        ("redis-server v=7.0.15 sha=00000000", "7.0.15"),
        ("Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64", "7.0.15"),
        ("ripgrep 14.1.0 (rev e50df40a19)", "14.1.0"),
        ("systemd 252 (252.30-1~deb12u2)\n+PAM +AUDIT", "252.30-1~deb12u2"),
        ("less 590 (GNU regular expressions)\nCopyright (C) 1984-2021  Mark Nudelman", "590"),
        ("This is perl 5, version 36, subversion 0 (v5.36.0) built for x86_64", "5.36.0"),
        ("OpenSSH_9.2p1 Debian-2+deb12u2, OpenSSL 3.0.11 19 Sep 2023", "9.2p1"),
        ("rustc 1.95.0 (59807616e 2026-04-14)", "1.95.0"),
        ("Client Version: v1.28.2\nKustomize Version: v5.0.4", "1.28.2"),
        ("Google Chrome 120.0.6099.109", "120.0.6099.109"),
        ("pip 23.0.1 from /usr/lib/python3/dist-packages/pip (python 3.11)", "23.0.1"),
        ("mawk 1.3.4 20200120", "1.3.4"),
        ("UnZip 6.00 of 20 April 2009, by Debian.", "6.00"),
        ("foo-1.2.3.tar.gz", "1.2.3"),
        ("ip utility, iproute2-6.1.0, libbpf 1.1.0", "6.1.0"),
        ("log4j-2.17.1.jar", "2.17.1"),
        ("It is 3.12.4.", "3.12.4"),
        ("version:1.2.3", "1.2.3"),
        ("docker.io/library/nginx:1.25-alpine", "1.25-alpine"),
        ("cargo 1.95.0-nightly (8c5dd2d 2026-03-01)", "1.95.0-nightly"),
    ];
    for (text, found) in cases {
        assert_eq!(find(text), Some(found), "{text}");
    }
}

#[test]
fn addresses_and_dates_give_way() {
    let cases = [
        ("listening on 127.0.0.1:8080, version 1.2", "1.2"),
        ("2025-04-15T10:00:00.123Z app 1.4 started", "1.4"),
        ("2025.04.15 tool 2.0", "2.0"),
        ("15.04.2025 java 21", "21"),
        ("Server 21 at 10.0.0.1", "21"),
        ("14:03:47 up 12 days, procps v7", "7"),
        ("built 20250415 as v3", "3"),
        ("yt-dlp 2025.04.15", "2025.04.15"),
        ("tool version 1.2.3.4 pid 77", "1.2.3.4"),
        ("tool 1.2.3.4 pid 77", "1.2.3.4"),
        ("released 2025-04-15", "2025-04-15"),
    ];
    for (text, found) in cases {
        assert_eq!(find(text), Some(found), "{text}");
    }
}

#[test]
fn texts_without_a_version() {
    for text in ["", "none", "command not found", "x86_64", "e50df40a19", "50%", "14:03:47", "libc.so.6", "utf-8"] {
        assert_eq!(find(text), None, "{text}");
    }
}

#[test]
fn only_the_beginning_is_read() {
    assert_eq!(find(&format!("{} 1.2.3", " ".repeat(LOOK_AT - 10))), Some("1.2.3"));
    assert_eq!(find(&format!("{} 1.2.3", " ".repeat(LOOK_AT))), None);
}

#[test]
fn hostile_texts_take_linear_time() {
    let started = std::time::Instant::now();
    for pattern in ["1", "1.", "1-", "a1", "(", "1:", "1(1", "v", "é", "~", "9.9.9.9 ", "1 ", "2025-04-15 "] {
        let _ = find(&pattern.repeat((1 << 20) / pattern.len()));
    }
    assert!(started.elapsed().as_secs() < 20, "quadratic");
}
