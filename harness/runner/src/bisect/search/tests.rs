use super::*;

/// Searches among releases whose results are given by letters: `g`, `b`, `-` for none. Returns the releases that ran, and the end.
fn search(letters: &str) -> (Vec<usize>, Step) {
    let letters: Vec<char> = letters.chars().collect();
    let answer = |i: usize| match letters[i] {
        'g' => Answer::Good,
        'b' => Answer::Bad,
        _ => Answer::Skip,
    };
    let mut search = Search::new(letters.len() - 1, answer(0));
    let mut ran = Vec::new();
    loop {
        match search.next() {
            Step::Ask(i) => {
                assert!(!ran.contains(&i), "{i} runs twice in {letters:?}");
                ran.push(i);
                search.tell(i, answer(i));
            }
            end => return (ran, end),
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
        // Skipped releases that are not next to the change do not matter.
        ("g-gb", 3),
        ("gb-b", 1),
        ("g--ggbb--b", 5),
    ] {
        assert_eq!(search(letters).1, Step::Found(expected), "of {letters}");
    }
}

#[test]
fn releases_without_result_next_to_the_change_are_named_with_it() {
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
fn a_search_among_a_thousand_releases_runs_at_most_ten() {
    for change in [1, 2, 499, 500, 998, 999] {
        let letters: String = (0..1000).map(|i| if i < change { 'g' } else { 'b' }).collect();
        let (ran, end) = search(&letters);
        assert_eq!(end, Step::Found(change));
        assert!(ran.len() <= 10, "{} releases ran for {change}", ran.len());
    }
}

#[test]
fn every_history_ends_at_a_change() {
    // All histories of six releases between two ends that differ.
    for n in 0..3_usize.pow(6) {
        let between: String = (0..6).map(|i| ['g', 'b', '-'][n / 3_usize.pow(i) % 3]).collect();
        let letters = format!("g{between}b");
        let (ran, end) = search(&letters);
        assert!(ran.len() <= 6);
        let letter = |i: usize| letters.as_bytes()[i];
        match end {
            Step::Found(i) => assert_eq!((letter(i - 1), letter(i)), (b'g', b'b'), "of {letters}"),
            Step::Among(list) => {
                assert_eq!(letter(list[0] - 1), b'g', "of {letters}");
                let (last, skipped) = list.split_last().unwrap();
                assert_eq!(letter(*last), b'b', "of {letters}");
                assert!(skipped.iter().all(|i| letter(*i) == b'-'), "of {letters}");
            }
            Step::Ask(_) => unreachable!(),
        }
    }
}
