#[test]
fn timing() {
    use serde_json::json;
    let list: Vec<u32> = (0..1000).collect();
    let scope = json!({"list": list, "text": "x".repeat(100_000), "vars": {"name": "disk", "port": 80}});
    for t in [
        "list.map(x, list.exists(y, x == y)).size()",
        "list.map(x, list.map(y, x + y)).size() > 0",
        "list.all(x, list.all(y, x + y >= 0))",
        "text.split('').all(x, x == 'x')",
        "text.split('').size()",
        "list.map(x, x).size()",
        "list.all(x, 'abc'.matches(string(x)))",
        "vars.name == 'disk' && vars.port > 8",
        "vars.name",
    ] {
        let s = std::time::Instant::now();
        let e = super::Expression::parse(t).unwrap();
        let p = s.elapsed();
        let s = std::time::Instant::now();
        let e2 = super::Expression::parse(t).unwrap();
        let p2 = s.elapsed();
        drop(e2);
        if let super::Kind::Program(pr) = &e.0.kind {
            let v = [
                ("list", std::borrow::Cow::Borrowed(&scope["list"])),
                ("text", std::borrow::Cow::Borrowed(&scope["text"])),
            ];
            println!("{:?}", super::cost::bound(pr.tree(), &v));
        }
        let s = std::time::Instant::now();
        let r = e.evaluate(&scope);
        println!("{t} parse {p:?} {p2:?} eval {:?} {:?}", s.elapsed(), r.map(|_| ()));
        let s = std::time::Instant::now();
        for _ in 0..100 {
            let _ = if t.len() < 30 || t.starts_with("vars") { e.evaluate(&scope).ok() } else { None };
        }
        println!("   x100 {:?}", s.elapsed());
    }
}
