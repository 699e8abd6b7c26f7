use super::*;
use std::collections::BTreeSet;

fn expand(text: &str) -> Vec<String> {
    Pattern::parse(text).unwrap().expand()
}

#[test]
fn a_pattern_expands_to_every_choice_of_alternatives() {
    for (pattern, texts) in [
        ("", &[""][..]),
        ("a,b", &["a,b"]),
        ("a{b,c}", &["ab", "ac"]),
        ("{a,b}{,-c}", &["a", "a-c", "b", "b-c"]),
        ("{a,b{c,d}}e", &["ae", "bce", "bde"]),
        ("{a}", &["a"]),
        ("{}", &[""]),
    ] {
        assert_eq!(expand(pattern), texts, "{pattern}");
    }
}

#[test]
fn braces_that_do_not_match_are_errors_with_their_place() {
    let deep = "{".repeat(MAX_DEPTH + 1);
    for (text, at, error) in [
        ("a{b", 1, PatternError::Unclosed),
        ("a{b,{c}", 1, PatternError::Unclosed),
        ("a}b", 1, PatternError::Unopened),
        ("{a}}", 3, PatternError::Unopened),
        (deep.as_str(), MAX_DEPTH, PatternError::TooDeep),
    ] {
        assert_eq!(Pattern::parse(text), Err((at, error)), "{text}");
    }
}

#[test]
fn the_size_is_that_of_the_expansion() {
    for text in ["", "abc", "{a,bc}{,d}{e,f,ggg}", "{a,b{c,d{,e}}}-{x,yy}"] {
        let texts = expand(text);
        let bytes: usize = texts.iter().map(String::len).sum();
        let size = Pattern::parse(text).unwrap().size();
        assert_eq!((size.texts, size.bytes), (texts.len() as u64, bytes as u64), "{text}");
    }
}

#[test]
fn the_size_of_a_hostile_pattern_is_known_without_expanding_it() {
    let size = Pattern::parse(&"{a,b}".repeat(1000)).unwrap().size();
    assert_eq!((size.texts, size.bytes), (u64::MAX, u64::MAX));
}

#[test]
fn names_fold_by_their_beginnings_and_endings() {
    for (names, patterns) in [
        (&["a"][..], &["a"][..]),
        (&["a", "b"], &["a", "b"]),
        (&["any", "any-wide", "one"], &["any{,-wide}", "one"]),
        (&["get-a", "get-b", "head-a", "head-b"], &["{get,head}-{a,b}"]),
        (&["x/a-1", "x/a-2", "x/b"], &["x/{a-{1,2},b}"]),
        (&["-", "--", "/", ""], &["", "-{,-}", "/"]),
    ] {
        let set: BTreeSet<&str> = names.iter().copied().collect();
        assert_eq!(fold(&set), patterns, "{names:?}");
    }
}

#[test]
fn folded_names_expand_to_themselves() {
    let mut state = 7_u64;
    let mut next = |below: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    const PIECES: [&str; 7] = ["a", "b", "-", "/", "-a", "/b", "é"];
    for _ in 0..500 {
        let count = next(12) + 1;
        let names: Vec<String> = (0..count)
            .map(|_| {
                (0..next(40))
                    .map(|_| PIECES[usize::try_from(next(7)).unwrap()])
                    .collect()
            })
            .collect();
        let set: BTreeSet<&str> = names.iter().map(String::as_str).collect();
        let patterns = fold(&set);
        let mut expanded: Vec<String> = patterns.iter().flat_map(|p| expand(p)).collect();
        let mut joined = expand(&join(&patterns));
        expanded.sort();
        joined.sort();
        assert!(expanded.iter().eq(set.iter()), "{set:?} as {patterns:?}");
        assert_eq!(expanded, joined);
    }
}

#[test]
fn the_deepest_fold_can_be_read() {
    // Each piece branches, so that each level adds braces.
    let names: Vec<String> = (0..100).map(|n| "-a".repeat(n)).collect();
    let set: BTreeSet<&str> = names.iter().map(String::as_str).collect();
    let expanded: Vec<String> = fold(&set).iter().flat_map(|p| expand(p)).collect();
    assert_eq!(expanded.iter().map(String::as_str).collect::<BTreeSet<_>>(), set);
}
