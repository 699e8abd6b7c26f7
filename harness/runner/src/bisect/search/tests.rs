use super::*;

/// Searches among releases that say what the letters say: `g`, `b`, `-` for nothing. What was asked, and the end.
fn search(letters: &str) -> (Vec<usize>, Step) {
    let letters: Vec<char> = letters.chars().collect();
    let answer = |i: usize| match letters[i] {
        'g' => Answer::Good,
        'b' => Answer::Bad,
        _ => Answer::Skip,
    };
    let mut search = Search::new(letters.len() - 1, answer(0));
    let mut asked = Vec::new();
    loop {
        match search.next() {
            Step::Ask(i) => {
                assert!(!asked.contains(&i), "{i} is asked twice in {letters:?}");
                asked.push(i);
                search.tell(i, answer(i));
            }
            end => return (asked, end),
        }
    }
}

#[test]
fn the_release_that_changed_the_verdict_is_found_in_both_directions() {
    for (letters, expected) in [
        ("gb", 1),
        ("bg", 1),
        ("gbb", 1),
        ("ggb", 2),
        ("ggggggggbb", 8),
        ("bbbggggggggg", 3),
        // What is skipped away from the change does not blur it.
        ("g-gb", 3),
        ("gb-b", 1),
        ("g--ggbb--b", 5),
    ] {
        assert_eq!(search(letters).1, Step::Found(expected), "of {letters}");
    }
}

#[test]
fn releases_that_say_nothing_beside_the_change_are_named_with_it() {
    for (letters, expected) in [
        ("g-b", vec![1, 2]),
        ("g----b", vec![1, 2, 3, 4, 5]),
        ("gg-bb", vec![2, 3]),
        ("b-g", vec![1, 2]),
    ] {
        assert_eq!(search(letters).1, Step::Among(expected), "of {letters}");
    }
}

#[test]
fn a_thousand_releases_need_ten_questions() {
    for change in [1, 2, 499, 500, 998, 999] {
        let letters: String = (0..1000).map(|i| if i < change { 'g' } else { 'b' }).collect();
        let (asked, end) = search(&letters);
        assert_eq!(end, Step::Found(change));
        assert!(asked.len() <= 10, "{} questions for {change}", asked.len());
    }
}

#[test]
fn every_history_ends_at_a_change() {
    // All histories of six releases between ends that differ, whatever they say between.
    for n in 0..3_usize.pow(6) {
        let between: String = (0..6).map(|i| ['g', 'b', '-'][n / 3_usize.pow(i) % 3]).collect();
        let letters = format!("g{between}b");
        let (asked, end) = search(&letters);
        assert!(asked.len() <= 6);
        let said = |i: usize| letters.as_bytes()[i];
        match end {
            Step::Found(i) => assert_eq!((said(i - 1), said(i)), (b'g', b'b'), "of {letters}"),
            Step::Among(list) => {
                assert_eq!(said(list[0] - 1), b'g', "of {letters}");
                let (last, skipped) = list.split_last().unwrap();
                assert_eq!(said(*last), b'b', "of {letters}");
                assert!(skipped.iter().all(|i| said(*i) == b'-'), "of {letters}");
            }
            Step::Ask(_) => unreachable!(),
        }
    }
}
