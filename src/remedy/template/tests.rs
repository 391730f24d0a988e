use std::collections::BTreeSet;
use std::ops::Range;

use handlebars::Path;
use handlebars::template::{HelperTemplate, Parameter, TemplateElement};
use proptest::prelude::*;
use serde_json::json;

use super::*;

fn data() -> Value {
    json!({
        "vars": { "python": "python3", "none": null, "empty": "", "ratio": 2.0, "flag": false,
                  "list": ["a", "b", "c"], "one": ["a"], "no": [], "map": { "k": "v", "n": [1, 2] }, "zwölf": 12,
                  "html": "<a & b>", "two words": "yes" },
        "item": { "key": "pandas", "value": ">=2.0" },
        "failed": [{ "expectation": "age", "found": "3d" }, { "expectation": "mode", "found": null }],
    })
}

fn render(text: &str) -> String {
    Template::parse(text).expect(text).render(&data()).expect(text)
}

fn complaint(text: &str) -> (Range<usize>, String, String) {
    let error = Template::parse(text).expect_err(text);
    assert!(text.get(error.range.clone()).is_some(), "{error:?}");
    (error.range, error.message, error.help.unwrap_or_default())
}

#[test]
fn values_read_as_people_write_them() {
    for (text, expected) in [
        ("plain } text $5 é", "plain } text $5 é"),
        ("{{ vars.python }} -m pip install '{{item.key}}{{{item.value}}}'", "python3 -m pip install 'pandas>=2.0'"),
        ("{{vars.html}} {{&vars.html}}", "<a & b> <a & b>"),
        ("{{vars.none}}", "(none)"),
        ("{{vars.list}}; {{vars.one}}; {{vars.no}}", "a, b and c; a; (none)"),
        ("{{vars.map}}", "k=v, n=(1 and 2)"),
        ("{{vars.ratio}} {{vars.flag}} {{vars.zwölf}}", "2 false 12"),
        ("{{vars.[two words]}} {{vars.list.1}}", "yes b"),
        ("a {{~vars.python~}} b", "apython3b"),
        ("{{! nothing }}x{{!-- {{vars.nope}} --}}y", "xy"),
    ] {
        assert_eq!(render(text), expected, "{text}");
    }
}

#[test]
fn blocks_and_helpers() {
    for (text, expected) in [
        ("{{#if vars.flag}}a{{else if vars.list}}b{{else}}c{{/if}}", "b"),
        ("{{#unless vars.flag}}a{{/unless}}", "a"),
        ("{{#each vars.list}}{{@index}}{{this}}{{#unless @last}}, {{/unless}}{{/each}}", "0a, 1b, 2c"),
        ("{{#each vars.map}}{{@key}}={{this}};{{/each}}", "k=v;n=1 and 2;"),
        (
            "{{#each failed}}{{expectation}}: {{found}} of {{../item.key}}/{{@root.vars.python}}\n{{/each}}",
            "age: 3d of pandas/python3\nmode: (none) of pandas/python3\n",
        ),
        ("{{#each failed as |one index|}}{{index}}{{one.expectation}} {{/each}}", "0age 1mode "),
        ("{{#each vars.no}}x{{else}}none{{/each}}", "none"),
        ("{{#with vars}}{{python}} {{../item.key}}{{/with}}", "python3 pandas"),
        ("{{#if (and (eq vars.python \"python3\") (gt vars.ratio 1))}}yes{{/if}}", "yes"),
        (
            "{{eq vars.ratio 2.0}} {{not vars.flag}} {{len vars.list}} {{len vars.[zwölf]}} {{lookup vars.map 'k'}}",
            "true true 3 0 v",
        ),
        (
            "{{default vars.none \"none\"}} {{default vars.empty \"-\"}} {{default vars.flag 1}} {{default vars.nope 'gone'}}",
            "none - false gone",
        ),
        ("{{join vars.list}} {{join vars.list '+'}} {{join vars.python}}", "a, b, c a+b+c python3"),
        ("{{len \"zwölf\"}} {{lookup vars.list 1}} {{lookup vars 'list'}}", "5 b a, b and c"),
        ("{{#each (lookup vars 'list')}}{{this}}{{/each}}", "abc"),
        (
            "{{#each vars.list as |item|}}{{item}}{{../vars.python}}{{@root.vars.flag}} {{/each}}",
            "apython3false bpython3false cpython3false ",
        ),
    ] {
        assert_eq!(render(text), expected, "{text}");
    }
}

#[test]
fn what_is_missing_leaves_a_mark() {
    for (text, expected) in [
        ("a {{seen.stdout.version}} b", "a (unknown: seen.stdout.version) b"),
        ("{{vars.python.deeper}}", "(unknown: vars.python.deeper)"),
        ("a {{vars.list.name}} b", "a (unknown: vars.list.name) b"),
        ("{{#if seen.x}}a{{else}}b{{/if}}", "b"),
        ("{{#each seen.x}}a{{/each}}", "(unknown: seen.x)"),
        ("{{#with seen.x}}a{{/with}}", "(unknown: seen.x)"),
        ("{{#each vars.no}}a{{/each}}{{#with vars.empty}}a{{/with}}", ""),
        ("{{#each failed}}{{nope}} {{/each}}", "(unknown: nope) (unknown: nope) "),
        (
            "{{#each vars.list}}{{this.name.x}} {{/each}}",
            "(unknown: this.name.x) (unknown: this.name.x) (unknown: this.name.x) ",
        ),
        ("{{eq seen.x 1}} {{join seen.x}} {{lookup vars.map 'nope'}} {{len seen.x}}", "false (none) (none) 0"),
        ("{{#if vars.list.name}}a{{/if}} b", "(unknown: if) b"),
    ] {
        assert_eq!(render(text), expected, "{text}");
    }
}

#[test]
fn braces_of_other_tools_can_be_written() {
    assert_eq!(
        render(r"docker inspect --format '\{{.State}}' {{item.key}}"),
        "docker inspect --format '{{.State}}' pandas"
    );
    assert_eq!(render("{{{{raw}}}}{{.State}} {{/if}}{{{{/raw}}}} {{item.key}}"), "{{.State}} {{/if}} pandas");
    assert_eq!(render(r"\\{{item.key}}"), r"\pandas");
    assert_eq!(render("${HOME} `pip freeze` {x}"), "${HOME} `pip freeze` {x}");
    assert_eq!(
        complaint("é {{.State}}"),
        (5..11, "a name does not begin with a dot".into(), "write `\\{{` for a literal `{{`".into())
    );
}

#[test]
fn complaints_have_exact_places() {
    for (text, range, message) in [
        ("é 😀 {{item.key", 8..10, "this `{{` is not closed"),
        ("é {{#if a}}x", 3..12, "the block `if` is not closed"),
        ("é {{#if a}}x{{/each}}", 13..22, "`{{/each}}` does not close the block `if`"),
        ("é x{{/if}}", 4..11, "`{{/if}}` closes no block"),
        ("é {{else}}", 3..11, "this `else` belongs to no block"),
        ("é {{> header}}", 5..6, "texts of other places cannot be included here"),
        ("é {{#> header}}{{/header}}", 6..7, "texts of other places cannot be included here"),
        ("é {{* inline}}", 5..6, "decorators are not supported"),
        ("é {{#*inline 'x'}}{{/inline}}", 6..7, "texts of other places cannot be included here"),
        ("é {{uper vars.x}}", 5..9, "there is no helper `uper` here"),
        ("é {{#iff vars.x}}{{/iff}}", 6..9, "there is no helper `iff` here"),
        ("é {{#if (equal a b)}}{{/if}}", 10..15, "there is no helper `equal` here"),
        ("é {{eq a}}", 5..7, "`eq` takes 2 values, not 1"),
        ("é {{#if a b}}{{/if}}", 6..8, "`if` takes 1 value, not 2"),
        ("é {{#if}}{{/if}}", 6..8, "`if` takes 1 value, not 0"),
        ("é {{#if a == b}}{{/if}}", 11..13, "`==` is not expected inside {{ }}"),
        ("é {{#if !a}}{{/if}}", 9..10, "`!` is not expected inside {{ }}"),
        ("é {{ }}", 3..8, "there is nothing between {{ and }}"),
        ("é {{log vars.x}}", 5..8, "there is no helper `log` here"),
        ("é {{this}}", 5..9, "here this means everything at once"),
        ("é {{../x}}", 5..9, "`../` leads out of the outermost block"),
        ("é {{#each a}}{{../../x}}{{/each}}", 16..23, "`../` leads out of the outermost block"),
        ("é {{#each a}}{{vars.x}}{{/each}}", 16..22, "inside {{#each}} `vars.x` is a field of the element"),
        (
            "é {{#each a}}{{#if (eq this seen.x)}}{{/if}}{{/each}}",
            29..35,
            "inside {{#each}} `seen.x` is a field of the element",
        ),
        ("é {{@index}}", 5..11, "`@index` means something only inside {{#each}}"),
        ("é {{#each a}}{{@idx}}{{/each}}", 16..20, "there is no `@idx`"),
        ("é {{join a [1]}}", 12..13, "`[` is not expected inside {{ }}"),
        ("é {{default a 'x}}", 15..16, "this text is not closed"),
        ("é {{{{raww}}}}{{{{/raww}}}}", 3..15, "only `raw` is written with four braces"),
        ("é {{(lookup)}}", 6..12, "parentheses hold a helper with its values"),
        ("é {{a..b}}", 5..9, "a part of this name is empty"),
        ("é {{#if a}}{{elsewhere}}{{/if}}", 14..23, "a name may not begin with `else` here"),
        ("é {{eq a b k=}}", 14..15, "the text between {{ and }} cannot be read here"),
        ("é\né {{a b=}}", 8..9, "there is no helper `a` here"),
    ] {
        let (found, said, _) = complaint(text);
        assert_eq!((found, said.as_str()), (range, message), "{text}");
    }
    assert_eq!(
        complaint("{{uper x}}").2,
        "known here: eq, ne, gt, gte, lt, lte, and, or, not, len, lookup, default, join"
    );
    assert_eq!(complaint("{{defualt x 1}}").2, "did you mean `default`?");
}

fn references(text: &str) -> Vec<(String, &str)> {
    let template = Template::parse(text).expect(text);
    let described = |reference: &Reference| (reference.path.join("|"), &text[reference.range.clone()]);
    template.references().iter().map(described).collect()
}

#[test]
fn references_are_the_free_names_with_their_places() {
    assert_eq!(
        references(
            "é {{vars.x}}\n {{#if vars.nope}}{{default seen.y vars.[a b].c}}{{else if (eq item.q 1)}}😀{{~ this.z ~}}{{/if}}"
        ),
        [
            ("vars|x".into(), "vars.x"),
            ("vars|nope".into(), "vars.nope"),
            ("seen|y".into(), "seen.y"),
            ("vars|a b|c".into(), "vars.[a b].c"),
            ("item|q".into(), "item.q"),
            ("z".into(), "this.z"),
        ]
    );
    assert_eq!(
        references(
            "{{#each failed}}{{this}}{{found}}{{@index}}{{../item.key}}{{@root.vars.x}}{{#each rows}}{{../y}}{{../../z}}{{/each}}{{else}}{{b}}{{/each}}{{c}}"
        ),
        [
            ("failed".into(), "failed"),
            ("item|key".into(), "../item.key"),
            ("vars|x".into(), "@root.vars.x"),
            ("z".into(), "../../z"),
            ("b".into(), "b"),
            ("c".into(), "c"),
        ]
    );
    assert_eq!(
        references(
            "{{#with vars.a}}{{b}}{{../item.key}}{{#each c as |d i|}}{{d.e}}{{i}}{{f}}{{../g}}{{/each}}{{/with}}"
        ),
        [
            ("vars|a".into(), "vars.a"),
            ("vars|a|b".into(), "b"),
            ("item|key".into(), "../item.key"),
            ("vars|a|c".into(), "c"),
            ("vars|a|g".into(), "../g"),
        ]
    );
    assert_eq!(
        references(r"\{{a}} {{!b}} {{{{raw}}}}{{c}}{{{{/raw}}}} {{eq d 'e f'}} {{&g}} {{{h}}}"),
        [("d".into(), "d"), ("g".into(), "g"), ("h".into(), "h"),]
    );
}

#[test]
fn hostile_texts_are_refused_or_bounded() {
    let deep = |count: usize| format!("{}x{}", "{{#if vars.list}}".repeat(count), "{{/if}}".repeat(count));
    assert_eq!(render(&deep(32)), "x");
    assert!(complaint(&deep(33)).1.contains("nested deeper than 32"));
    assert!(complaint(&"{{#if a}}".repeat(7_000)).1.contains("nested deeper than 32"));
    assert!(complaint(&deep(10_000)).1.contains("at most 64 KiB"));
    assert!(
        complaint(&format!("{{{{#if a}}}}{}{{{{/if}}}}", "{{else if a}}".repeat(3_000))).1.contains("nested deeper")
    );
    assert!(complaint(&format!("{{{{{}a", "(eq 1 ".repeat(5_000))).1.contains("nested deeper than 32"));
    assert!(complaint(&"x".repeat(1 << 20)).1.contains("at most 64 KiB"));
    assert!(
        complaint(&"{{".repeat(20_000)).1.contains("four braces")
            || complaint(&"{{".repeat(20_000)).1.contains("not closed")
    );
    assert_eq!(render(&"{{item.key}}".repeat(1_000)).len(), 6_000);
    assert!(complaint(&"{{item.key}}".repeat(1_001)).1.contains("more than 1000 {{ }}"));
    let nested = format!("{{{{#if {}a{}}}}}x{{{{/if}}}}", "(not ".repeat(31), ")".repeat(31));
    assert!(Template::parse(&nested).is_ok());
}

#[test]
fn the_output_and_the_turns_are_bounded() {
    let many: Vec<u32> = (0..20_000).collect();
    let data = json!({ "many": many, "long": "é".repeat(100_000), "some": (0..100).collect::<Vec<u32>>() });
    let rendered = |text: &str| Template::parse(text).unwrap().render(&data).unwrap();
    for text in [
        "{{long}}{{long}}",
        "{{many}}",
        "{{#each many}}{{this}} {{/each}}",
        "{{join many}}",
        "{{#each many}}{{../many}}{{/each}}",
    ] {
        let text = rendered(text);
        assert!(text.len() < (16 << 10) + 64 && text.ends_with("… (cut after 16 KiB)"), "{}", text.len());
    }
    let loops = "{{#each some}}{{#each ../some}}{{#each ../../some}}{{#each ../../../some}}{{/each}}{{/each}}{{/each}}{{/each}}";
    assert!(rendered(loops).ends_with("(cut: too many turns of {{#each}})"));
    assert_eq!(rendered("{{#each many}}{{#if (eq this 19999)}}last{{/if}}{{/each}}"), "last");
    assert!(Template::parse(&"é".repeat(20_000)).unwrap().render(&data).unwrap().ends_with("… (cut after 16 KiB)"));
}

#[test]
fn templates_are_shared_between_threads() {
    fn shared<T: Send + Sync + Clone>() {}
    shared::<Template>();
    let template = Template::parse("{{item.key}}").unwrap();
    let threads: Vec<_> = (0..4)
        .map(|_| {
            std::thread::spawn({
                let template = template.clone();
                move || template.render(&data())
            })
        })
        .collect();
    for thread in threads {
        assert_eq!(thread.join().unwrap(), Ok("pandas".to_owned()));
    }
}

/// The names in a template as handlebars itself reads it.
fn names(template: &handlebars::Template, found: &mut BTreeSet<String>) {
    for element in &template.elements {
        if let TemplateElement::Expression(call)
        | TemplateElement::HtmlExpression(call)
        | TemplateElement::HelperBlock(call) = element
        {
            names_of_call(call, found);
        }
    }
}

fn names_of_call(call: &HelperTemplate, found: &mut BTreeSet<String>) {
    if !call.block && call.params.is_empty() && call.hash.is_empty() {
        names_of_value(&call.name, found);
    }
    call.params.iter().chain(call.hash.values()).for_each(|value| names_of_value(value, found));
    call.template.iter().chain(&call.inverse).for_each(|template| names(template, found));
}

fn names_of_value(value: &Parameter, found: &mut BTreeSet<String>) {
    match value {
        Parameter::Path(Path::Relative((_, name)) | Path::Local((_, _, name))) => drop(found.insert(name.clone())),
        Parameter::Subexpression(inner) => {
            let inner = inner.as_element().clone();
            if let TemplateElement::Expression(call) = inner {
                names_of_call(&call, found);
            }
        }
        _ => {}
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in any::<String>()) {
        let _ = Template::parse(&text).map(|template| template.render(&data()));
    }

    #[test]
    fn our_reading_agrees_with_handlebars(words in proptest::collection::vec(prop::sample::select(vec![
        "{{", "}}", "{{{", "}}}", "{{{{", "}}}}", "{{{{raw}}}}", "{{{{/raw}}}}", "#", "/", "if", "each", "with", "else", "^", "~", "&", "!",
        "!--", "--}}", "vars.x", "a", " ", "\n", "\\", "(", ")", "eq", "'é'", "\"}}\"", "1", "@index", "../b", "this", "k=", "as |i j|", "é", "😀",
        "{{#if a}}", "{{/if}}", "{{#each a.b}}", "{{/each}}", "{{else}}", "{{else if c}}", "{{a.b}}", "{{eq a 1}}", "{{this.x}}", "[c d]", ".", "@root.",
    ]), 0..14)) {
        let text = words.concat();
        match Template::parse(&text) {
            Err(error) => {
                prop_assert!(text.get(error.range.clone()).is_some(), "{error:?} in {text:?}");
                prop_assert!(!error.message.contains("itself failed"), "{text:?}");
            }
            Ok(template) => {
                prop_assert!(template.render(&data()).is_ok());
                let Ok(compiled) = handlebars::Template::compile(&text) else { return Ok(()) };
                let mut theirs = BTreeSet::new();
                names(&compiled, &mut theirs);
                for reference in template.references() {
                    prop_assert!(theirs.contains(&text[reference.range.clone()]), "{reference:?} in {text:?}: {theirs:?}");
                }
                let ours: BTreeSet<&str> = template.references().iter().map(|reference| &text[reference.range.clone()]).collect();
                let free = theirs.iter().filter(|name| !name.contains(['@', '.']) && *name != "this" && !text.contains("each") && !text.contains("with"));
                for name in free {
                    prop_assert!(ours.contains(name.as_str()), "{name} in {text:?}: {ours:?}");
                }
            }
        }
    }
}
