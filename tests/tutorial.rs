//! The tutorial of `docs/testing-packs.md`, carried out: its files are written, its commands run, its output compared.

mod common;

use common::Engine;

#[test]
fn the_tutorial_works() {
    let engine = Engine::new();
    let text = include_str!("../docs/testing-packs.md");
    let mut said = String::new();
    for (language, block) in blocks(text) {
        match language {
            "yaml" => {
                let name =
                    block.lines().next().and_then(|line| line.strip_prefix("# ")).expect("a block names its file");
                engine.write(name, block);
            }
            "sh" => block.lines().for_each(|line| said.push_str(&carry_out(&engine, line))),
            "text" => assert!(said.contains(block), "{block}\nis not in\n{said}"),
            other => panic!("a block of `{other}`"),
        }
    }
}

/// Fenced blocks: language and content.
fn blocks(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split("```").skip(1).step_by(2).map(|block| block.split_once('\n').unwrap())
}

fn carry_out(engine: &Engine, line: &str) -> String {
    let (command, code) = match line.split_once("# exit ") {
        Some((command, code)) => (command.trim(), code.trim().parse().unwrap()),
        None => (line.trim(), 0),
    };
    let words: Vec<&str> = command.split_whitespace().collect();
    if words.first() == Some(&"engine") {
        let ran = engine.run(&words[1..]);
        assert_eq!(ran.code, Some(code), "{command}: {ran}");
        return ran.stdout;
    }
    let status = std::process::Command::new("sh").args(["-c", command]).current_dir(engine.path()).status().unwrap();
    assert_eq!(status.code(), Some(code), "{command}");
    String::new()
}
