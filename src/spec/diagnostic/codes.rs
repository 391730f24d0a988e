//! Every code that a complaint can carry, with its explanation. A code keeps its meaning for ever; one that is no
//! longer used is not given to something else.

/// Code, one-line title, explanation in Markdown.
pub const CODES: &[(&str, &str, &str)] = &[
    (
        "E0001",
        "not UTF-8 text",
        "\
Files are read as UTF-8 text. This one holds bytes that are no UTF-8, a NUL byte, or is UTF-16.

Save it as UTF-8 in your editor, or convert it:

```sh
iconv -f latin1 -t utf-8 old.yaml > new.yaml
```",
    ),
    (
        "E0002",
        "file too large",
        "\
A file may have 16 MiB and two million values; more is almost always the wrong file.

Split a large pack into several files of one folder: `checks.d/web.yaml`, `checks.d/database.yaml`.",
    ),
    (
        "E0003",
        "empty file",
        "\
The file holds no value, perhaps only comments. A pack that checks nothing would always pass.

Write at least one `key: value`, or delete the file.",
    ),
    (
        "E0004",
        "YAML syntax",
        "\
The file is not YAML. The place is where the reader had to stop; the cause is sometimes a line above it.

```yaml
title: warning: disk full      # a colon and a space begin a value
title: \"warning: disk full\"    # in quotes they are text
```

Usual causes: a missing quote or bracket, a colon inside of a text, keys that begin in different columns.",
    ),
    (
        "E0005",
        "duplicate key",
        "\
A map holds the same key twice. Other readers silently drop one of the two values; here neither is guessed.

```yaml
expect: { mode: \"0644\", owner: root, mode: \"0600\" }
```

Keep one of them.",
    ),
    (
        "E0006",
        "more than one document",
        "\
A line `---` begins a second YAML document. A file holds one document, so that its name says what it is.

Move the second document to a file of its own, or remove the `---`.",
    ),
    (
        "E0007",
        "nesting too deep",
        "\
Lists and maps may be nested 64 deep, aliases followed. A pack needs about ten.

Look for brackets that are not closed, or for aliases that refer to each other in a chain.",
    ),
    (
        "E0008",
        "alias that cannot be used",
        "\
An alias `*name` stands for the value that `&name` marks above it. It cannot stand for something unknown, for
a value that contains it, or (together with others) for millions of values.

```yaml
path: *.conf      # an alias named `.conf`
path: \"*.conf\"    # a text
```",
    ),
    (
        "E0009",
        "tag that cannot be used",
        "\
Only the tags of YAML's core schema are known: `!!str`, `!!int`, `!!float`, `!!bool`, `!!null`, `!!seq`, `!!map`.
Others would silently do nothing.

```yaml
password: !vault secret/db     # nobody would look into the vault
version: !!str 3.10            # fine, but \"3.10\" is shorter
```

Leave the tag out; quote a text that begins with `!`.",
    ),
    (
        "E0010",
        "tab as indentation",
        "\
YAML is indented with spaces only, since a tab is not equally wide everywhere.

Replace the tabs, for example with `expand -t 2 old.yaml > new.yaml`, and let the editor insert spaces.",
    ),
    (
        "E0011",
        "braces without quotes",
        "\
A value that begins with `{{`, or that has `${…}` inside of brackets, must be quoted: YAML reads `{` as a map.

```yaml
title: {{ vars.name }} runs         # wrong
title: \"{{ vars.name }} runs\"       # right
command: [${python}, --version]     # wrong
command: [\"${python}\", --version]   # right
```",
    ),
    (
        "E0012",
        "unusable key",
        "\
A key is a word or a quoted text. It cannot be a list or a map, and it cannot be left out. The key `<<` merges
the entries of other maps, so its value is an alias of a map or a list of such aliases.

```yaml
base: &base { owner: root }
expect: { <<: *base, mode: \"0644\" }
```",
    ),
    (
        "E0013",
        "too many mistakes in one file",
        "\
After a thousand mistakes reading ends: one cause, such as a wrong kind of file, is more likely than a thousand.

Mend the first ones and try again.",
    ),
    ("E0501", "not a recording of this engine", include_str!("../codes/E0501.md")),
    ("E0502", "recording cut off", include_str!("../codes/E0502.md")),
    ("E0503", "unknown fact in a recording", include_str!("../codes/E0503.md")),
    ("E0504", "recording of another pack", include_str!("../codes/E0504.md")),
    ("E0505", "look that answers no check, or one twice", include_str!("../codes/E0505.md")),
    ("E0506", "look that does not say what was seen", include_str!("../codes/E0506.md")),
    ("E0507", "case that says too little", include_str!("../codes/E0507.md")),
    ("E0508", "change that changes nothing", include_str!("../codes/E0508.md")),
];

#[cfg(test)]
mod tests {
    use super::CODES;

    #[test]
    fn codes_are_in_order_and_explained() {
        assert!(CODES.is_sorted_by(|(a, ..), (b, ..)| a < b), "each code once, in order");
        for (code, title, explanation) in CODES {
            assert!(code.len() == 5 && code.starts_with('E'), "{code}");
            assert!(!title.is_empty() && title.lines().count() == 1, "{code}");
            assert!(explanation.lines().count() >= 3, "{code} is hardly explained");
            assert_eq!(explanation.matches("```").count() % 2, 0, "{code}: an example is not closed");
        }
    }
}
